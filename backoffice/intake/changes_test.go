package intake_test

import (
	"context"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

func TestChangesAreToldAndFollowed(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	account := h.Registered(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	none, cursor, err := h.Changes(ctx, h.Kiosk, "", time.Minute)
	if err != nil || len(none) != 0 || cursor == "" {
		t.Fatalf("from now: %v, %q, %v", none, cursor, err)
	}
	before := cursor
	watch, err := h.Watch(ctx, h.Supervisor)
	if err != nil {
		t.Fatal(err)
	}
	order := h.Submitted(t, account, 1) // placed, five pages, handed in: versions 1 to 7
	var versions []int
	for len(versions) < 7 {
		changes, next, err := h.Changes(ctx, h.Kiosk, cursor, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			if c.ID != order.ID || c.Kind != "order" {
				t.Errorf("change %+v", c)
			}
			versions = append(versions, c.Version)
		}
		cursor = next
	}
	for i, v := range versions {
		if v != i+1 {
			t.Fatalf("versions %v", versions)
		}
	}
	if _, open := <-watch; !open {
		t.Error("watch closed")
	}
	if other, _, err := h.Changes(ctx, h.Other, before, 0); err != nil || len(other) != 0 {
		t.Errorf("another kiosk sees %v, %v", other, err)
	}
	servicetest.Must(t, h.Shown(ctx, h.Other, order))
	if other, _, err := h.Changes(ctx, h.Other, before, 0); err != nil || len(other) != 7 {
		t.Errorf("another kiosk that found the order sees %v, %v", other, err)
	}
	instead := h.Enrolled(t, h.Kiosk.Prefix)
	if others, _, err := h.Changes(ctx, instead, before, 0); err != nil || len(others) != 7 {
		t.Errorf("the kiosk that replaces the first sees %v, %v", others, err)
	}
	if rest, same, err := h.Changes(ctx, h.Kiosk, cursor, 10*time.Millisecond); err != nil || len(rest) != 0 || same != cursor {
		t.Errorf("after the last: %v, %q, %v", rest, same, err)
	}
	_, _, err = h.Changes(ctx, h.Kiosk, "nonsense", 0)
	servicetest.WantCode(t, "no cursor", err, ra.CodeInvalid, "after")
	cancel()
	for range watch { // ends with ctx
	}
}
