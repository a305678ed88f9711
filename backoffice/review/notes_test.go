package review_test

import (
	"strings"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

func TestNote(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	order := h.Submitted(t, h.Registered(t), 1)
	servicetest.WantCode(t, "empty", h.Note(t.Context(), h.Supervisor, order.ID, " "), ra.CodeRequired, "note")
	servicetest.WantCode(t, "long", h.Note(t.Context(), h.Supervisor, order.ID, strings.Repeat("长", 301)), ra.CodeTooLong, "note")
	servicetest.WantCode(t, "no such order", h.Note(t.Context(), h.Supervisor, servicetest.ID(t), "x"), ra.CodeNotFound, "")
	if err := h.Note(t.Context(), h.Counter, order.ID, "客户下午再来"); err != nil {
		t.Fatal(err)
	}
	found, err := h.Case(t.Context(), h.Supervisor, order.ID)
	if err != nil {
		t.Fatal(err)
	}
	last := found.History[len(found.History)-1]
	if last.Action != "order.note" || last.Facts["note"] != "客户下午再来" || last.ActorID != h.Counter.ID {
		t.Errorf("last line: got %+v", last)
	}
	if found.Order.Version != order.Version {
		t.Errorf("version: got %d, want %d: a note changes nothing that is decided on", found.Order.Version, order.Version)
	}
}
