package issuing_test

import (
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// TestRecordOfAKey: its life, its customer's PIN as it told last, and who has it are three things.
func TestRecordOfAKey(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	for name, c := range map[string]struct {
		delivery string
		pin      ra.TokenPINState
		custody  ra.Custody
	}{
		"taken along":       {`{"kind": "counter"}`, ra.TokenPINOK, ra.CustodyPerson},
		"sent later":        {`{"kind": "courier_prepaid"}`, ra.TokenPINOK, ra.CustodyStock},
		"tried in vain":     {`{"kind": "counter"}`, ra.TokenPINLow, ra.CustodyPerson},
		"tried till locked": {`{"kind": "counter"}`, ra.TokenPINLocked, ra.CustodyPerson},
		"one try left":      {`{"kind": "counter"}`, ra.TokenPINFinal, ra.CustodyPerson},
	} {
		member := h.Registered(t)
		order, code := h.Approved(t, member, 1)
		deliver := func(how string) {
			t.Helper()
			_, err := h.Store.Pool().Exec(t.Context(), `UPDATE orders SET delivery = $2 WHERE id = $1`, order.ID, how)
			servicetest.Must(t, err)
		}
		deliver(c.delivery)
		key := servicetest.NewKey(t)
		release := h.Reserved(t, member, order, code, key)
		next := servicetest.Attempt(t)
		next.CustomerPINSet, next.CustomerPIN, next.Last = true, c.pin, &ra.AttemptResult{ID: release.Opening.AttemptID, Outcome: ra.AttemptRight, Begun: true}
		if _, err := h.Administrator(t.Context(), h.Kiosk, release.Hold(), next); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantKey(t, h, name+", begun", key, ra.KeyBlank, c.pin, ra.CustodyStock)
		h.Certified(t, release, key)
		if _, err := h.Confirm(t.Context(), h.Kiosk, release.Hold(), h.Proof(t, release, key)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantKey(t, h, name, key, ra.KeyActive, ra.TokenPINOK, c.custody)
		deliver(`{"kind": "counter"}`) // as it was placed, for the audit
	}
	_, err := h.Reserve(t.Context(), h.Kiosk, ra.Membership{}, ra.Reservation{OperationID: servicetest.ID(t), Plan: ra.PlanRotate, Key: servicetest.KeyIdentity("x"),
		Attempt: ra.AdminAttempt{ID: servicetest.ID(t), CustomerPINSet: true, CustomerPIN: "open"}})
	servicetest.WantCode(t, "a condition that no PIN has", err, ra.CodeInvalid, "attempt.customer_pin")
	h.Sound(t)
}

func wantKey(t *testing.T, h *servicetest.Hall, what string, key *servicetest.Key, life ra.KeyLife, pin ra.TokenPINState, custody ra.Custody) {
	t.Helper()
	k, err := h.Store.UKey(t.Context(), key.Identity)
	if err != nil {
		t.Fatal(err)
	}
	if k.Life != life || k.PIN != pin || k.Custody != custody {
		t.Errorf("%s: the key is %s, PIN %s, with %s, want %s, %s, %s", what, k.Life, k.PIN, k.Custody, life, pin, custody)
	}
}
