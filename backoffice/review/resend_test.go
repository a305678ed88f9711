package review_test

import (
	"testing"

	"keyhall/backoffice/password"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
	"keyhall/backoffice/servicetest"
)

// TestCustomerAsksForTheCodeAgain: a new one goes to the registered mobile, the one before is worth nothing, and too many have to wait.
func TestCustomerAsksForTheCodeAgain(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	open := h.Placed(t, account, 1)
	servicetest.WantCode(t, "not approved", h.SendCode(ctx, h.Kiosk, account, open.ID), ra.CodeState, "")
	order, first := h.Approved(t, account, 1)
	stranger := ra.Membership{ID: open.ID, PersonID: account.PersonID}
	servicetest.WantCode(t, "another's", h.SendCode(ctx, h.Kiosk, stranger, order.ID), ra.CodeNotFound, "")
	for range review.MaxCodesAsked {
		if err := h.SendCode(ctx, h.Kiosk, account, order.ID); err != nil {
			t.Fatal(err)
		}
	}
	servicetest.WantCode(t, "one too many", h.SendCode(ctx, h.Kiosk, account, order.ID), ra.CodeAuthCodePaused, "auth_code")
	if _, err := h.DeliverMessages(ctx); err != nil {
		t.Fatal(err)
	}
	code, err := h.Sender.Code(order.Number)
	if err != nil || code == first {
		t.Fatalf("the new code is %q, the old one %q, %v", code, first, err)
	}
	r := servicetest.ReservationFor(t, order, first, "S1")
	_, err = h.Reserve(ctx, h.Kiosk, account, r)
	servicetest.WantCode(t, "the old one", err, ra.CodeAuthCodeWrong, "auth_code")
	r.AuthCode = code
	if _, err := h.Reserve(ctx, h.Kiosk, account, r); err != nil {
		t.Fatalf("the new one: %v", err)
	}
	h.Clock.Advance(password.Pause)
	if err := h.SendCode(ctx, h.Kiosk, account, order.ID); err != nil {
		t.Errorf("after the pause: %v", err)
	}
	h.Sound(t)
}

// TestWhatWasMadeIsTold to the member whose order it is, without the bytes.
func TestWhatWasMadeIsTold(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 1)
	h.Made(t, account, order, code)
	all, err := h.Certificates(ctx, account, order.ID)
	if err != nil || len(all) != 1 || all[0].SerialNumber == "" || all[0].NotAfter.IsZero() || all[0].DER != nil {
		t.Errorf("got %+v, %v", all, err)
	}
}
