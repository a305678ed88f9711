package notify_test

import (
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

func TestMessages(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order := h.Paid(t, h.Judged(t, h.Submitted(t, account, 1)))
	if _, err := h.Approve(ctx, h.Supervisor, order.ID, order.Version); err != nil {
		t.Fatal(err)
	}
	h.Sender.Refuse(ra.E(ra.CodeOfficeAway))
	if n, err := h.DeliverMessages(ctx); err == nil || n != 0 {
		t.Errorf("sender away: %d sent, %v", n, err)
	}
	h.Sender.Refuse(nil)
	if n, err := h.DeliverMessages(ctx); err != nil || n != 0 {
		t.Errorf("at once again: %d sent, %v, want a wait", n, err)
	}
	h.Clock.Advance(time.Minute)
	if n, err := h.DeliverMessages(ctx); err != nil || n != 2 {
		t.Fatalf("later: %d sent, %v", n, err)
	}
	code, err := h.Sender.Code(order.Number)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range h.Sender.Sent() {
		if got.Mobile != account.Handler.Mobile || got.ID == "" {
			t.Errorf("sent %+v", got)
		}
	}
	if n, err := h.DeliverMessages(ctx); err != nil || n != 0 {
		t.Errorf("again: %d sent, %v", n, err)
	}
	if strings.Contains(h.Dump(t), code) {
		t.Error("the authorization code stands in the database")
	}
	c, err := h.Case(ctx, h.Supervisor, order.ID)
	if err != nil || len(c.Messages) != 2 || c.Messages[0].SentAt == nil || c.Messages[0].Attempts != 2 || c.Messages[0].Mobile == account.Handler.Mobile {
		t.Errorf("messages %+v, %v", c.Messages, err)
	}
}

// TestMessageOfAClockThatWasAhead: what was put in or put off by such a clock goes out once the clock is right, and not as late.
func TestMessageOfAClockThatWasAhead(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	h.Clock.Advance(24 * time.Hour)
	order := h.Paid(t, h.Judged(t, h.Submitted(t, h.Registered(t), 1)))
	_, err := h.Approve(t.Context(), h.Supervisor, order.ID, order.Version)
	servicetest.Must(t, err)
	h.Sender.Refuse(ra.E(ra.CodeOfficeAway))
	if _, err := h.DeliverMessages(t.Context()); err == nil {
		t.Error("a sender that is away sent something")
	}
	h.Sender.Refuse(nil)
	h.Clock.Advance(-24 * time.Hour)
	if n, err := h.DeliverMessages(t.Context()); err != nil || n != 2 {
		t.Errorf("%d sent, %v, want 2", n, err)
	}
}

func TestCodeIsSealedWhileItWaits(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	order := h.Paid(t, h.Judged(t, h.Submitted(t, h.Registered(t), 1)))
	if _, err := h.Approve(ctx, h.Supervisor, order.ID, order.Version); err != nil {
		t.Fatal(err)
	}
	before := h.Dump(t)
	if _, err := h.DeliverMessages(ctx); err != nil {
		t.Fatal(err)
	}
	code, err := h.Sender.Code(order.Number)
	if err != nil {
		t.Fatal(err)
	}
	hexed := ""
	for _, c := range []byte(code) {
		hexed += string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15])
	}
	if strings.Contains(before, code) || strings.Contains(before, hexed) {
		t.Error("the authorization code stood in the database")
	}
}
