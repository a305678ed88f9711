package workflow

import (
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/keys"
	"keyhall/kiosk/write/writetest"
)

// bothTwins tells whether two keys are shown and nothing can be done with either.
func bothTwins(p KeyPage) bool {
	return len(p.Keys) == 2 && isFault(p.Keys[0].Fault, ra.CodeKeyTwin) && isFault(p.Keys[1].Fault, ra.CodeKeyTwin) && !p.Ready
}

// lookedAnew waits until no look goes on that began before now: one that still saw a twin would count against a key opened meanwhile.
func (h *hall) lookedAnew() {
	h.t.Helper()
	news, leave := h.w.cfg.Watcher.Subscribe(keys.Person{})
	defer leave()
	select {
	case <-news:
	case <-time.After(time.Minute):
		h.t.Fatal("nobody looks at the keys")
	}
}

func TestTwinsAreShownAndTheOneThatIsLeftIsUsed(t *testing.T) {
	t.Parallel()
	h, module := openFaultyHall(t)
	h.account()
	id := h.order(1, ra.OrderApproved)
	module.Plug(t, 0)
	h.toKey(id)
	module.PlugTwin(t, 0)
	see(h, bothTwins)
	h.do(Go{})
	see(h, func(p KeyPage) bool { return bothTwins(p) && isFault(p.Fault, ra.CodeKeyTwin) })
	module.Pull(t, 0)
	see(h, func(p KeyPage) bool { return len(p.Keys) == 1 && p.Ready && p.Fault == nil })
	h.do(Go{})
	h.form(FormCode, "auth_code", writetest.Code)
	h.form(FormPIN, "pin", "13579246", "pin_again", "13579246")
	see(h, func(p DonePage) bool { return p.Remaining == 0 })
	h.end()
}

// TestWriteStopsWhenATwinIsPluggedIn: it does not go on by itself on whichever key is left, only when a person says so.
func TestWriteStopsWhenATwinIsPluggedIn(t *testing.T) {
	t.Parallel()
	h, module := openFaultyHall(t)
	h.account()
	id := h.order(1, ra.OrderApproved)
	module.Plug(t, 0)
	h.keys.StrikeAt("GenerateKey", 1, ukeytest.Before, func() error {
		module.PlugTwin(t, 0)
		return nil
	})
	h.write(id)
	see(h, func(p ProgressPage) bool { return isFault(p.Fault, ra.CodeKeyTwin) && p.Retry })
	module.PullTwin(t)
	h.lookedAnew()
	h.do(Go{})
	see(h, func(p DonePage) bool { return p.Remaining == 0 })
	if h.client.Issued != 1 {
		t.Errorf("%d certificates, want 1", h.client.Issued)
	}
	h.end()
}

// TestKeyThatComesBackWithATwin: a pulled key is waited for, and the write goes on by itself only while nobody doubts which
// key came back.
func TestKeyThatComesBackWithATwin(t *testing.T) {
	t.Parallel()
	h, module := openFaultyHall(t)
	h.account()
	id := h.order(1, ra.OrderApproved)
	module.Plug(t, 0)
	h.keys.StrikeAt("GenerateKey", 1, ukeytest.After, func() error {
		module.PlugTwin(t, 0)
		return ukey.ErrRemoved
	})
	h.write(id)
	see(h, func(p ProgressPage) bool { return isFault(p.Fault, ra.CodeKeyTwin) && p.Retry })
	module.PullTwin(t)
	h.lookedAnew()
	h.do(Go{})
	see(h, func(p DonePage) bool { return p.Remaining == 0 })
	h.end()
}

// TestTwinOfAnInterruptedWrite: on going on, neither of the two is taken for the one that waits.
func TestTwinOfAnInterruptedWrite(t *testing.T) {
	t.Parallel()
	h, module := openFaultyHall(t)
	h.account()
	id := h.order(1, ra.OrderApproved)
	module.Plug(t, 0)
	h.hook = func(p string) error {
		if p == "write" {
			return errPowerCut
		}
		return nil
	}
	h.write(id)
	see(h, func(p ProgressPage) bool { return p.Fault != nil })
	h.stop()
	h.hook = nil
	module.PlugTwin(t, 0)
	h.restart()
	see(h, func(p HomePage) bool { return p.Unfinished })
	h.do(ResumeWrite{})
	see(h, bothTwins)
	module.PullTwin(t)
	see(h, func(p KeyPage) bool { return p.Ready })
	h.do(Go{})
	h.form(FormProof, "auth_code", writetest.Code)
	h.form(FormPIN, "pin", "86427531", "pin_again", "86427531")
	see(h, func(p DonePage) bool { return p.Remaining == 0 })
	h.end()
}

// TestKeysThatWantSomethingOfStaff: what a key answers to a login is told with what to do, and is no device's fault.
func TestKeysThatWantSomethingOfStaff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer string
		want   ra.Code
		retry  bool
	}{
		"a PIN to begin with":   {"0x102", ra.CodePINUnset, false},
		"its protection lifted": {"0xE2", ra.CodeKeyReadOnly, false},
		"a touch":               {"0x50", ra.CodeKeyUnconfirmed, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, module := openFaultyHall(t)
			h.account()
			id := h.order(1, ra.OrderApproved)
			module.Plug(t, 0)
			module.Set(t, ukeytest.FaultLogin, c.answer)
			h.write(id)
			see(h, func(p ProgressPage) bool { return isFault(p.Fault, c.want) && p.Retry == c.retry })
			h.end()
		})
	}
}

// TestReadableKeyIsNeverCertified: at no touch, whatever the page offers, and each time the unit waits for another key.
func TestReadableKeyIsNeverCertified(t *testing.T) {
	t.Parallel()
	h, module := openFaultyHall(t)
	h.account()
	id := h.order(1, ra.OrderApproved)
	module.Plug(t, 0)
	module.Set(t, ukeytest.FaultExtractable, "")
	h.write(id)
	for range 2 {
		see(h, func(p ProgressPage) bool { return isFault(p.Fault, ra.CodeKeyReadable) && !p.Retry })
		h.do(Go{}) // not offered
		h.do(OtherKey{})
		see(h, func(p KeyPage) bool { return p.Ready })
		h.do(Go{})
		h.form(FormPIN, "pin", "13579246", "pin_again", "13579246")
	}
	see(h, func(p ProgressPage) bool { return isFault(p.Fault, ra.CodeKeyReadable) })
	module.Pull(t, 0) // nothing is told of a key that is gone
	see(h, func(p KeyPage) bool { return len(p.Keys) == 0 && p.Fault == nil && p.Index == 1 && p.Of == 1 })
	h.end()
	if u := h.client.Units[0]; h.client.Issued != 0 || u.State != ra.UnitWaiting {
		t.Errorf("%d certificates, the unit is %s, want none and that it waits", h.client.Issued, u.State)
	}
}

// TestPassingTroubleOfAKeyPasses: a key is not written off for what its driver said once.
func TestPassingTroubleOfAKeyPasses(t *testing.T) {
	t.Parallel()
	h, module := openFaultyHall(t)
	h.account()
	id := h.order(1, ra.OrderApproved)
	h.keys.FailAt("Blank", ukeytest.Before, &ukey.DeviceError{Call: "C_FindObjects", Code: "CKR_GENERAL_ERROR"})
	module.Plug(t, 0)
	h.toKey(id)
	looks := 0
	for _, call := range h.keys.Calls() {
		if call == "Blank" {
			looks++
		}
	}
	if looks < 2 {
		t.Errorf("looked at %d times, want again after the trouble", looks)
	}
	h.end()
}
