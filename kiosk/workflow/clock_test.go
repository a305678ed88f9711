package workflow

import (
	"testing"
	"time"

	"keyhall/backoffice/ra"
)

// TestWrongClockIsToldAndSweepsNothing: a kiosk whose clock jumps two years ahead says so on its start page and keeps what was
// scanned; customers are served all the same. It sweeps by the back office's time, once that is known.
func TestWrongClockIsToldAndSweepsNothing(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	id := h.order(1, ra.OrderOpen)
	kept := func() bool {
		_, there, err := h.journal.Page(t.Context(), "page")
		return err == nil && there
	}
	h.stop()
	if err := h.journal.SavePage(t.Context(), ra.KeptPage{OrderID: "left", Page: ra.Page{ID: "page"}, JPEG: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	office := time.Now()
	h.clock.add(2 * 365 * 24 * time.Hour)
	h.restart()
	see(h, func(p HomePage) bool { return len(p.Services) == 6 && p.Fault == nil })
	h.heard.Hear(office)
	see(h, func(p HomePage) bool { return isFault(p.Fault, ra.CodeClockWrong) })
	h.toScan(id)
	see(h, func(p ScanPage) bool { return len(p.Sources) == 2 })
	h.do(Home{})
	see[HomePage](h, nil)
	if !kept() {
		t.Error("what was scanned just now is swept")
	}
	h.heard.Hear(office.AddDate(3, 0, 0)) // the back office's clock is ahead
	h.do(SeeInfo{})
	see[ProjectsPage](h, nil)
	h.do(Home{})
	see[HomePage](h, nil)
	h.stop() // with what was under way
	if !kept() {
		t.Error("what was scanned is swept by a back office whose clock is ahead")
	}
	h.restart()
	h.heard.Hear(office.AddDate(0, 0, 31))
	see(h, func(p HomePage) bool { return len(p.Services) == 6 && isFault(p.Fault, ra.CodeClockWrong) })
	h.do(SeeInfo{})
	see[ProjectsPage](h, nil)
	h.do(Home{})
	eventually(t, "swept when its time has come", func() bool { return !kept() })
	h.end()
}
