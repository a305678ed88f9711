package workflow

import (
	"slices"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/write/writetest"
)

// What a key says of its holder's PIN, as flags of PKCS#11: a software key alone never says the last two.
const (
	saysFinal  = "0x20000"
	saysLocked = "0x40000"
)

// finalHall has a key of ours with one attempt at its PIN left.
func finalHall(t *testing.T) (*hall, *ukeytest.FaultModule, *writetest.Registered) {
	t.Helper()
	h, module := openFaultyHall(t)
	h.account()
	entered := owned(t, h)
	module.Set(t, ukeytest.FaultFlags, saysFinal)
	return h, module, entered
}

// attempts counts how often a PIN of the key was tried.
func (h *hall) attempts() (n int) {
	for _, call := range h.keys.Calls() {
		if call == "Login" {
			n++
		}
	}
	return n
}

// asksLast tells whether a form asks whether to make the last attempt.
func asksLast(p FormPage) bool {
	return isFault(p.Fault, ra.CodePINLast) && slices.Equal(p.Secondary, []Named{TryLast{}})
}

// says tells what a form says of the attempts left.
func says(p FormPage, key string) bool {
	return slices.ContainsFunc(p.Facts, func(r Row) bool { return r.ID == "pin_left" && r.Key == key })
}

// TestChangePINLast: the key is not asked before its holder says so, by a button of its own.
func TestChangePINLast(t *testing.T) {
	t.Parallel()
	h, module, _ := finalHall(t)
	h.checks(func(p KeyCheckPage) bool { return p.ChangePIN && found(p, "pin_final") })
	h.do(ChangePIN{})
	see(h, func(p FormPage) bool { return p.ID == FormChangePIN && says(p, "pin_state.final") })
	before := h.attempts()
	h.form(FormChangePIN, "held_pin", heldKeyPIN, "pin", otherPIN, "pin_again", otherPIN)
	see(h, asksLast)
	if h.attempts() != before || len(h.client.outcomes()) != 0 {
		t.Error("an attempt was made that nobody wanted")
	}
	h.do(TryLast{})
	see(h, func(p NoticePage) bool { return p.ID == "pin_changed" })
	module.Clear(t, ukeytest.FaultFlags)
	h.opensBy(otherPIN)
	h.end()
}

// locksAt locks the key with the n-th attempt from now.
func (h *hall) locksAt(module *ukeytest.FaultModule, n int) {
	h.keys.StrikeAt("Login", n, ukeytest.Before, func() error {
		module.Set(h.t, ukeytest.FaultFlags, saysLocked)
		return &ukey.PINError{Role: ukey.Customer, State: ukey.PINLocked, Err: ukey.ErrPINLocked}
	})
}

// TestChangePINLocks: a wrong last attempt is told for what it is, and leads to unlocking.
func TestChangePINLocks(t *testing.T) {
	t.Parallel()
	h, module, _ := finalHall(t)
	h.toChangePIN()
	h.form(FormChangePIN, "held_pin", "00000000", "pin", otherPIN, "pin_again", otherPIN)
	see(h, asksLast)
	h.locksAt(module, 1)
	h.do(TryLast{})
	see(h, func(p FormPage) bool {
		return isFault(p.Fault, ra.CodePINLocked) && len(p.Secondary) == 0 && !p.Ready && says(p, "pin_state.locked")
	})
	h.do(Back{})
	see(h, func(p KeyCheckPage) bool {
		_, unlock := p.Main.(UnlockKey)
		return unlock && found(p, "pin_locked") && !p.ChangePIN
	})
	if got, want := h.client.outcomes(), []ra.PINOutcome{ra.PINBegun, ra.PINKept}; !slices.Equal(got, want) {
		t.Errorf("the office heard %v, want %v", got, want)
	}
	h.end()
}

// toRepair takes the key's certificate away and goes to where its PIN is asked for.
func (h *hall) toRepair() {
	h.t.Helper()
	h.stop()
	h.on(func(k ukey.Token) {
		must(h.t, k.Login(h.t.Context(), ukey.Customer, []byte(heldKeyPIN)))
		must(h.t, k.Delete(h.t.Context(), ukey.KindCertificate, []byte("first")))
	})
	h.restart()
	h.checks(func(p KeyCheckPage) bool { return p.Main != nil })
	h.do(Go{})
	h.form(FormLogIn, "login", "13800001234", "password", "secret123")
	see(h, func(p KeyCheckPage) bool { _, ok := p.Main.(RepairKey); return ok && found(p, "missing") })
	h.do(Go{})
}

// TestRepairLast: the same before a repair, where the attempts left are shown too.
func TestRepairLast(t *testing.T) {
	t.Parallel()
	h, module, _ := finalHall(t)
	h.toRepair()
	see(h, func(p FormPage) bool { return p.ID == FormAskPIN && says(p, "pin_state.final") })
	before := h.attempts()
	h.form(FormAskPIN, "held_pin", heldKeyPIN)
	see(h, func(p FormPage) bool { return p.ID == FormAskPIN && asksLast(p) && !p.Ready })
	if h.attempts() != before {
		t.Error("an attempt was made that nobody wanted")
	}
	h.do(TryLast{}) // nothing is typed
	h.do(Type{"held_pin", heldKeyPIN}, TryLast{})
	module.Clear(t, ukeytest.FaultFlags)
	see(h, func(p KeyCheckPage) bool { return p.Repaired && found(p, "good") })
	h.end()
}

// TestRepairLocks: a key that locks in a repair leaves the repair waiting, and says so.
func TestRepairLocks(t *testing.T) {
	t.Parallel()
	h, module, _ := finalHall(t)
	h.toRepair()
	h.form(FormAskPIN, "held_pin", "00000000")
	see(h, func(p FormPage) bool { return p.ID == FormAskPIN && asksLast(p) })
	h.locksAt(module, 1)
	h.do(Type{"held_pin", "00000000"}, TryLast{})
	see(h, func(p ProgressPage) bool { return isFault(p.Fault, ra.CodePINLocked) })
	h.do(OtherKey{})
	see(h, func(p KeyCheckPage) bool { return found(p, "pin_locked") })
	h.end()
}
