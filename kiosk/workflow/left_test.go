package workflow

import (
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
)

// halfWay is a hall in which key 0 is being made, and makes its pair until goOn; fault is what it ends with then, if anything.
func halfWay(t *testing.T, fault error) (h *hall, id string, goOn func()) {
	t.Helper()
	h = openHall(t, 2)
	h.account()
	id = h.order(1, ra.OrderApproved)
	h.hub.Plug(t, 0)
	in, out := make(chan struct{}), make(chan struct{})
	h.keys.StrikeAt("GenerateKey", 1, ukeytest.Before, func() error {
		close(in)
		<-out
		return fault
	})
	h.write(id)
	<-in
	see(h, func(p ProgressPage) bool { return p.Marks[2].State == MarkRunning })
	goOn = sync.OnceFunc(func() { close(out) })
	t.Cleanup(goOn)
	return h, id, goOn
}

// made waits until the key was made without anybody's help.
func (h *hall) made() {
	h.t.Helper()
	eventually(h.t, "made", func() bool {
		open, err := h.journal.OpenWrites(h.t.Context())
		h.client.Office.Lock.Lock()
		defer h.client.Office.Lock.Unlock()
		return err == nil && len(open) == 0 && h.client.Remaining() == 0
	})
}

// comesBack logs in the customer and goes to the page of the key that is being made.
func (h *hall) comesBack(id string) {
	h.t.Helper()
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(OpenOrder{id})
	see(h, func(p KeyPage) bool { return p.Ready && !p.NeedsCode && p.Keys[0].Waits && !p.Keys[0].Looking })
	h.do(Go{})
}

// TestWritingGoesOnWhenItIsLeft: whichever way, nobody stops it, and home tells of nothing that waits.
func TestWritingGoesOnWhenItIsLeft(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(h *hall){
		"home":    func(h *hall) { h.do(Home{}) },
		"log out": func(h *hall) { h.do(LogOut{}) },
		"idle":    func(h *hall) { h.clock.add(time.Hour) },
		"back": func(h *hall) {
			h.do(Back{})
			see[KeyPage](h, nil)
			h.do(Home{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _, goOn := halfWay(t, nil)
			if f := h.now(); !f.Home || !f.Back || f.Deadline.IsZero() {
				t.Errorf("frame while writing %+v", f)
			}
			leave(h)
			see(h, func(p HomePage) bool { return !p.Unfinished })
			goOn()
			h.made()
			h.hub.Pull(t, 0)
			see(h, func(p HomePage) bool { return !p.Unfinished })
			h.end()
		})
	}
}

// TestLeftWritingIsFoundAgain by who began it, with its progress; somebody else finds nothing of it, not even on the same key.
func TestLeftWritingIsFoundAgain(t *testing.T) {
	t.Parallel()
	h, id, goOn := halfWay(t, nil)
	h.client.set(func() {
		h.client.members["x@example.cn"] = []ra.Membership{{ID: "x", ProjectID: "seal", Login: "x@example.cn"}}
		h.client.words["x@example.cn"] = "secret123"
		h.client.orders["theirs"] = &ra.Order{ID: "theirs", Kind: ra.KindNew, ProjectID: "seal", MembershipID: "x", State: ra.OrderApproved,
			Units: []ra.Unit{{ID: "unit", OrderID: "theirs", Index: 1, State: ra.UnitWaiting}}}
	})
	h.do(Home{})
	see[HomePage](h, nil)
	h.do(ResumeWrite{})
	see(h, func(p KeyPage) bool { return len(p.Keys) == 1 && p.Keys[0].Looking && !p.Ready })
	h.do(Go{}, Home{})
	see[HomePage](h, nil)
	h.do(SeeOrders{})
	h.form(FormLogIn, "login", "x@example.cn", "password", "secret123")
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(OpenOrder{"theirs"})
	see(h, func(p KeyPage) bool { return len(p.Keys) == 1 && p.Keys[0].Waits })
	h.do(Go{})
	if p := see(h, func(p KeyPage) bool { return p.Fault != nil || p.Keys[0].Fault != nil || p.Keys[0].Looking }); p.Ready || !p.Keys[0].Looking {
		t.Errorf("somebody else sees %+v", p)
	}
	h.do(Home{})
	h.comesBack(id)
	p := see(h, func(p ProgressPage) bool { return p.Marks[2].State == MarkRunning })
	if p.Marks[1].State != MarkDone || p.Key.Serial != h.hub.Serial(0) || p.Fault != nil {
		t.Errorf("found again as %+v", p)
	}
	goOn()
	see(h, func(p DonePage) bool { return p.Remaining == 0 && p.Slip == PrintDone })
	if h.client.Issued != 1 {
		t.Errorf("%d certificates, want 1", h.client.Issued)
	}
	h.end()
}

// TestFoundWritingThatStops asks for the PIN: it stayed with who gave it.
func TestFoundWritingThatStops(t *testing.T) {
	t.Parallel()
	h, id, goOn := halfWay(t, ukey.ErrDevice)
	h.do(Back{})
	see(h, func(p KeyPage) bool { return p.Ready && p.Keys[0].Waits })
	h.do(Go{})
	see(h, func(p ProgressPage) bool { return p.Marks[2].State == MarkRunning })
	h.do(Home{})
	h.comesBack(id)
	see(h, func(p ProgressPage) bool { return p.Marks[2].State == MarkRunning })
	goOn()
	see(h, func(p ProgressPage) bool {
		return isFault(p.Fault, ra.CodeKeyDevice) && p.Retry && p.Marks[2].State == MarkFailed
	})
	h.do(Go{})
	h.finish()
}

// TestLeftWritingThatStops waits in the journal, and home tells so.
func TestLeftWritingThatStops(t *testing.T) {
	t.Parallel()
	h, _, goOn := halfWay(t, ukey.ErrRemoved)
	h.do(Home{})
	see(h, func(p HomePage) bool { return !p.Unfinished })
	h.hub.Pull(t, 0)
	goOn()
	see(h, func(p HomePage) bool { return p.Unfinished })
	h.hub.Plug(t, 0)
	h.goOn()
	h.form(FormProof, "auth_code", "12345678")
	h.finish()
}
