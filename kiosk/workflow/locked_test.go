package workflow

import (
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
)

// TestLockedPINWhileWriting (after administrator, factory PIN, administrator): the page tells, nothing is lost, and the same write goes on once the PIN is open again.
func TestLockedPINWhileWriting(t *testing.T) {
	t.Parallel()
	h := openHall(t, 1)
	h.account()
	id := h.order(1, ra.OrderApproved)
	h.hub.Plug(t, 0)
	h.keys.StrikeAt("Login", 4, ukeytest.Before, func() error {
		return &ukey.PINError{Role: ukey.Customer, State: ukey.PINLocked, Err: ukey.ErrPINLocked}
	})
	h.write(id)
	see(h, func(p ProgressPage) bool { return isFault(p.Fault, ra.CodePINLocked) && p.Retry })
	h.do(Go{})
	see(h, func(p DonePage) bool { return p.Remaining == 0 })
	if h.client.Issued != 1 {
		t.Errorf("%d certificates, want 1", h.client.Issued)
	}
	h.end()
}
