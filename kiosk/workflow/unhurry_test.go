package workflow

import (
	"testing"
	"time"
)

// TestMoreTime: who asks for it has ten times the idle time, on whatever page; it ends with the visit, and can be given back.
func TestMoreTime(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	see[HomePage](h, nil)
	h.do(Unhurry{true}, SeeInfo{})
	see[ProjectsPage](h, nil)
	if left := h.left(); !h.now().Unhurried || left != 30*time.Minute {
		t.Errorf("%v left, want 30 minutes", left)
	}
	h.clock.add(29 * time.Minute)
	h.ticked()
	see[ProjectsPage](h, nil)
	h.clock.add(2 * time.Minute)
	see[HomePage](h, nil)
	if h.now().Unhurried {
		t.Error("the next person has the time that somebody else asked for")
	}
	h.do(SeeInfo{})
	see[ProjectsPage](h, nil)
	h.do(Unhurry{true})
	eventually(t, "more time", func() bool { return h.now().Unhurried })
	h.do(Unhurry{})
	eventually(t, "usual time", func() bool { return !h.now().Unhurried && h.left() == 3*time.Minute })
	h.clock.add(4 * time.Minute)
	see[HomePage](h, nil)
	h.end()
}

// TestStartPageSetBySomebodyWhoLeft: more time, letters and language that somebody chose on the start page, and left, are not those of
// the next person; untouched, the page stays as it is.
func TestStartPageSetBySomebodyWhoLeft(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	see[HomePage](h, nil)
	h.clearFresh()
	h.clock.add(4 * time.Minute)
	h.ticked()
	if h.wasFresh() {
		t.Error("a page that nobody touched began anew")
	}
	h.do(Unhurry{true})
	eventually(t, "more time", func() bool { return h.now().Unhurried })
	h.clock.add(2 * time.Minute)
	h.do(Touch{})
	h.ticked()
	h.clock.add(2 * time.Minute)
	h.ticked()
	if h.wasFresh() || !h.now().Unhurried {
		t.Error("the page began anew under somebody's hand")
	}
	h.clock.add(2 * time.Minute)
	eventually(t, "the page as it was", func() bool { return h.wasFresh() && !h.now().Unhurried })
	h.end()
}

// left is the time that the page shows, to the minute: the clock runs meanwhile.
func (h *hall) left() time.Duration { return h.now().Deadline.Sub(h.clock.now()).Round(time.Minute) }

// ticked has the kiosk look after itself once.
func (h *hall) ticked() {
	h.t.Helper()
	done := make(chan struct{})
	h.w.post(0, func() {
		h.w.tick()
		close(done)
	})
	<-done
}
