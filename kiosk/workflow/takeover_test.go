package workflow

import (
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// begunElsewhere is a hall in which another kiosk began to extend what is on key 0, and did not go on; the key is plugged in here.
func begunElsewhere(t *testing.T) (*hall, *direct, ra.Membership, string) {
	t.Helper()
	h, d := realHall(t, 1)
	member, certificate := d.holdsKey(t, h)
	d.Clock.Advance(d.CertificateEnd(t, certificate).Sub(d.Clock.Now()) - 40*24*time.Hour)
	order := d.Passed(t, member, d.On(t, ra.KindExtend, ra.ReasonNone, certificate))
	_, err := d.Hall.Reserve(t.Context(), d.Other, member, ra.Reservation{OperationID: newID(), OrderID: order.ID, Key: ra.KeyIdentity(h.hub.Identity(0)),
		Plan: ra.PlanExtend, CertificateID: certificate,
		Attempt: ra.AdminAttempt{Initialized: true, State: ra.TokenPINOK, CustomerPINSet: true, CustomerPIN: ra.TokenPINOK}})
	servicetest.Must(t, err)
	h.hub.Pull(t, 0)
	h.hub.Plug(t, 0)
	return h, d, member, order.ID
}

// toTakeOver opens the order, and touches the key that waits.
func (h *hall) toTakeOver(t *testing.T, m ra.Membership, orderID string) {
	t.Helper()
	see[HomePage](h, nil)
	h.do(SeeOrders{})
	h.form(FormLogIn, "login", m.Login, "password", servicetest.Password)
	see[OrdersPage](h, nil)
	h.do(OpenOrder{orderID})
	see(h, func(p KeyPage) bool { return p.Ready && p.Keys[0].Waits })
	h.do(Go{})
}

// TestHolderGoesOnAtAnotherKiosk: with a login and the PIN, by which the old pair signs; a wrong PIN is told, and the PIN is asked for once
// more as consent.
func TestHolderGoesOnAtAnotherKiosk(t *testing.T) {
	t.Parallel()
	h, d, member, order := begunElsewhere(t)
	h.toTakeOver(t, member, order)
	h.form(FormTakeOver, "held_pin", "00000000")
	h.problem("held_pin", ra.CodePINWrong)
	h.form(FormTakeOver, "held_pin", keyPIN)
	h.form(FormConsent, "held_pin", keyPIN)
	see(h, func(p DonePage) bool { return p.Remaining == 0 && p.Order.State == "done" })
	d.Texted(t, d.OrderOf(t, member, order).Number, "改在")
	h.end()
	d.Sound(t)
}

// TestHolderGoesOnByCode: where the old pair is gone a code to the registered mobile is in its place; a wrong one is told.
func TestHolderGoesOnByCode(t *testing.T) {
	t.Parallel()
	h, d, member, order := begunElsewhere(t)
	h.toTakeOver(t, member, order)
	see(h, func(p FormPage) bool { return p.ID == FormTakeOver })
	h.do(TakeOverByCode{})
	see(h, func(p FormPage) bool { return p.ID == FormTakeOverCode })
	code := codeSent(t, d)
	h.form(FormTakeOverCode, "auth_code", "00000000")
	h.problem("auth_code", ra.CodeAuthCodeWrong)
	h.form(FormTakeOverCode, "auth_code", code)
	h.form(FormConsent, "held_pin", keyPIN)
	see(h, func(p DonePage) bool { return p.Remaining == 0 && p.Order.State == "done" })
	h.end()
	d.Sound(t)
}
