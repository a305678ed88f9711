package workflow

import (
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/write/writetest"
)

// interrupted is a hall whose kiosk died while it wrote to key 0, and was started again without it.
func interrupted(t *testing.T, keys int) *hall {
	t.Helper()
	h := openHall(t, keys)
	h.account()
	id := h.order(1, ra.OrderApproved)
	h.hub.Plug(t, 0)
	h.hook = func(p string) error {
		if p == "write" {
			return errPowerCut
		}
		return nil
	}
	h.write(id)
	see(h, func(p ProgressPage) bool { return p.Fault != nil })
	h.stop()
	h.hub.Pull(t, 0)
	h.hook = nil
	h.restart()
	see(h, func(p HomePage) bool { return p.Unfinished })
	return h
}

// goOn goes from home to the touch with which the write of key 0 is to go on.
func (h *hall) goOn() {
	h.t.Helper()
	see(h, func(p HomePage) bool { return p.Unfinished })
	h.do(ResumeWrite{})
	see(h, func(p KeyPage) bool { return p.Going && p.Ready && p.Order.Number == "" })
	h.do(Go{})
}

// finish chooses a new PIN and waits for the end.
func (h *hall) finish() {
	h.t.Helper()
	h.form(FormPIN, "pin", "86427531", "pin_again", "86427531")
	see(h, func(p DonePage) bool { return p.Remaining == 0 })
	if h.client.Issued != 1 {
		h.t.Errorf("%d certificates, want 1", h.client.Issued)
	}
	h.do(Home{})
	see(h, func(p NoticePage) bool { return p.ID == noticePullKey && p.Asks }) // it is still plugged in
	h.do(Home{})
	see(h, func(p HomePage) bool { return !p.Unfinished })
	h.end()
}

// TestInterruptedWriteIsTakenUp: the start page tells that something waits, not whose; another key is told apart; whoever holds
// the right one gets nowhere without the code, and finishes it with it.
func TestInterruptedWriteIsTakenUp(t *testing.T) {
	t.Parallel()
	h := interrupted(t, 2)
	h.do(ResumeWrite{})
	h.hub.Plug(t, 1)
	see(h, func(p KeyPage) bool {
		return p.Going && len(p.Keys) == 1 && isFault(p.Keys[0].Fault, ra.CodeKeyNothingWaits) && !p.Ready && !p.NeedsCode
	})
	h.do(Home{})
	h.hub.Pull(t, 1)
	h.hub.Plug(t, 0)
	h.goOn()
	h.form(FormProof, "auth_code", "87654321")
	h.problem("auth_code", ra.CodeAuthCodeWrong)
	h.form(FormProof, "auth_code", writetest.Code)
	h.finish()
}

func TestInterruptedWriteGoesOnByLogin(t *testing.T) {
	t.Parallel()
	h := interrupted(t, 1)
	h.hub.Plug(t, 0)
	h.goOn()
	see(h, func(p FormPage) bool { return p.ID == FormProof && len(p.Secondary) == 1 })
	h.do(LogIn{})
	h.form(FormLogIn, "login", "13800001234", "password", "secret123")
	see(h, func(p KeyPage) bool { return p.Going && p.Ready })
	h.do(Go{})
	h.finish()
}

// TestInterruptedWriteGoesOnFromTheOrders: who logs in and opens the order needs nothing more at this kiosk.
func TestInterruptedWriteGoesOnFromTheOrders(t *testing.T) {
	t.Parallel()
	h := interrupted(t, 1)
	h.hub.Plug(t, 0)
	h.logIn()
	orders := see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(OpenOrder{orders.Orders[0].ID})
	see(h, func(p KeyPage) bool { return p.Ready && !p.Going && p.Keys[0].Waits })
	h.do(Go{})
	h.finish()
}

// TestTicketThatDiedMeanwhile: the kiosk was blocked and let in again while its page was open: a login alone is no longer enough,
// and the code is asked for instead of a fault.
func TestTicketThatDiedMeanwhile(t *testing.T) {
	t.Parallel()
	h := interrupted(t, 1)
	h.hub.Plug(t, 0)
	h.logIn()
	orders := see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(OpenOrder{orders.Orders[0].ID})
	see(h, func(p KeyPage) bool { return p.Ready && p.Keys[0].Waits })
	h.client.Office.Lock.Lock()
	for _, o := range h.client.Operations {
		o.Ticket = "the next generation's"
	}
	h.client.Office.Lock.Unlock()
	h.do(Go{})
	h.form(FormCode, "auth_code", writetest.Code)
	h.finish()
}

// TestKeyOfAnotherKioskIsFoundAtHome: the back office says that something waits for it and no more; going on takes a login and
// the code, and somebody else's login gets nowhere.
func TestKeyOfAnotherKioskIsFoundAtHome(t *testing.T) {
	t.Parallel()
	h := openHall(t, 1)
	h.account()
	id := h.order(1, ra.OrderApproved)
	op := newID()
	_, err := h.client.Reserve(t.Context(), "", ra.Reservation{OperationID: op, OrderID: id, Key: ra.KeyIdentity(h.hub.Identity(0)), AuthCode: writetest.Code,
		Attempt: ra.AdminAttempt{ID: op, Initialized: true}})
	if err != nil {
		t.Fatal(err)
	}
	see(h, func(p HomePage) bool { return !p.Unfinished })
	h.hub.Plug(t, 0)
	h.goOn()
	h.form(FormLogIn, "login", "13800001234", "password", "secret123")
	see(h, func(p KeyPage) bool { return p.Going && p.Ready })
	h.do(Go{})
	h.form(FormCode, "auth_code", "87654321")
	h.problem("auth_code", ra.CodeAuthCodeWrong)
	h.form(FormCode, "auth_code", writetest.Code)
	h.finish()
}

// TestWriteThatAnotherKioskTook: this one's record is cleared, and says so.
func TestWriteThatAnotherKioskTook(t *testing.T) {
	t.Parallel()
	h := interrupted(t, 1)
	h.do(ResumeWrite{})
	h.hub.Plug(t, 0)
	see(h, func(p KeyPage) bool { return p.Ready })
	h.client.Lock.Lock()
	for _, o := range h.client.Operations {
		o.Ticket = "another kiosk's"
	}
	h.client.Lock.Unlock()
	h.do(Go{})
	h.form(FormProof, "auth_code", writetest.Code)
	see(h, func(p KeyPage) bool { return isFault(p.Fault, ra.CodeTicketDead) })
	open, err := h.journal.OpenWrites(t.Context())
	if err != nil || len(open) != 0 {
		t.Errorf("%d writes are open, %v, want none", len(open), err)
	}
	h.end()
}

// TestPersonIsProvenAgain: a new password elsewhere ends the proof while the key is being made.
func TestPersonIsProvenAgain(t *testing.T) {
	t.Parallel()
	h := openHall(t, 1)
	h.account()
	id := h.order(1, ra.OrderApproved)
	h.hub.Plug(t, 0)
	h.hook = func(p string) error {
		if p == "certificate" {
			h.client.Lock.Lock()
			for _, o := range h.client.Operations {
				o.Presence = ""
			}
			h.client.Lock.Unlock()
		}
		return nil
	}
	h.write(id)
	see(h, func(p KeyPage) bool { return isFault(p.Fault, ra.CodePresenceOver) && p.Ready })
	h.hook = nil
	h.do(Go{})
	h.finish()
}

// TestKeyWithoutKnownAdministratorPIN gives its unit back by itself, and the next key takes it.
func TestKeyWithoutKnownAdministratorPIN(t *testing.T) {
	t.Parallel()
	h := openHall(t, 2)
	h.account()
	id := h.order(1, ra.OrderApproved)
	h.hub.Plug(t, 0)
	token, err := h.keys.Open(t.Context(), h.hub.Identity(0))
	if err != nil {
		t.Fatal(err)
	}
	if err := token.Login(t.Context(), ukey.Administrator, []byte("87654321")); err != nil {
		t.Fatal(err)
	}
	if err := token.SetPIN(t.Context(), []byte("87654321"), []byte("somebody else's")); err != nil {
		t.Fatal(err)
	}
	_ = token.Close()
	h.write(id)
	see(h, func(p ProgressPage) bool { return isFault(p.Fault, ra.CodeKeyAdminPIN) && !p.Retry })
	h.hub.Pull(t, 0)
	h.hub.Plug(t, 1)
	h.do(OtherKey{})
	see(h, func(p KeyPage) bool { return p.Ready && !p.NeedsCode })
	h.do(Go{})
	h.finish()
}

// TestBackFromThePINOfATakenUpWrite: who took up a write without an order in hand, and goes back from its PIN, is asked for that key
// still; a blank one is none of theirs to begin with.
func TestBackFromThePINOfATakenUpWrite(t *testing.T) {
	t.Parallel()
	h := interrupted(t, 2)
	h.hub.Plug(t, 0)
	h.goOn()
	h.form(FormProof, "auth_code", writetest.Code)
	see(h, func(p FormPage) bool { return p.ID == FormPIN })
	h.do(Back{})
	see(h, func(p KeyPage) bool { return p.Going })
	h.hub.Pull(t, 0)
	h.hub.Plug(t, 1)
	see(h, func(p KeyPage) bool {
		return len(p.Keys) == 1 && isFault(p.Keys[0].Fault, ra.CodeKeyNothingWaits) && !p.Ready
	})
	h.do(Go{})
	h.hub.Pull(t, 1)
	h.hub.Plug(t, 0)
	see(h, func(p KeyPage) bool { return p.Ready && p.Keys[0].Waits })
	h.do(Go{})
	h.finish()
}
