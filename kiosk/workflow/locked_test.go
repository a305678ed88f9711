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

// TestLockedAdministratorIsToldBeforeAnythingIsReserved: such a key could not be managed for its customer.
func TestLockedAdministratorIsToldBeforeAnythingIsReserved(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.client.lock.Lock()
	projects := h.client.projects
	h.client.lock.Unlock()
	for _, state := range []ukey.PINState{ukey.PINLocked, ukey.PINFinal} {
		look, err := h.w.lookAt(t.Context(), "", projects, ukey.Info{
			Manufacturer: "SoftHSM project", Model: "SoftHSM v2", Serial: "1", Initialized: true, AdminPIN: state,
		})
		if err != nil || !isFault(look.fault, ra.CodeKeyAdminPIN) {
			t.Errorf("%s: got %+v, %v, want key_admin_pin", state, look.fault, err)
		}
	}
	h.end()
}
