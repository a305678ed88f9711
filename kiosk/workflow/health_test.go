package workflow

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/health"
)

// fakeHealth is a kiosk whose devices are as they are set.
type fakeHealth struct {
	mu     sync.Mutex
	looks  int
	limits []health.Part
}

func (f *fakeHealth) Look(context.Context) []health.Finding {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looks++
	return []health.Finding{{Part: health.Printer, What: "good", State: health.Good, Cause: "look " + strconv.Itoa(f.looks)}}
}

func (f *fakeHealth) Limits(context.Context) []health.Part {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.limits)
}

func (f *fakeHealth) set(limits ...health.Part) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.limits = limits
}

// TestStaffLookAtTheDevices: the page opens with the maintenance PIN alone, wrong ones make everybody wait, and it is closed again once
// staff went home.
func TestStaffLookAtTheDevices(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.stop()
	h.devices = &fakeHealth{}
	h.start()
	see[HomePage](h, nil)
	h.do(OpenHealth{})
	see(h, func(p FormPage) bool { return p.ID == FormStaff })
	for range staffTries {
		h.do(Type{"staff_pin", "000000"})
		see(h, func(p FormPage) bool { return p.Ready && p.Fields[0].Problem == nil })
		h.do(Go{})
		see(h, func(p FormPage) bool { return isFault(p.Fields[0].Problem, ra.CodeStaffPIN) })
	}
	h.do(Type{"staff_pin", hallPIN}, Go{})
	see(h, func(p FormPage) bool { return isFault(p.Fault, ra.CodeStaffPaused) })
	h.clock.add(staffPause)
	see[HomePage](h, nil) // nobody touched anything for so long
	h.do(OpenHealth{})
	see(h, func(p FormPage) bool { return p.ID == FormStaff })
	h.do(Type{"staff_pin", hallPIN}, Go{})
	see(h, func(p HealthPage) bool { return !p.Busy && len(p.Findings) == 1 && p.Findings[0].Cause == "look 1" })
	h.do(Go{})
	see(h, func(p HealthPage) bool { return !p.Busy && p.Findings[0].Cause == "look 2" })
	h.do(Home{})
	see[HomePage](h, nil)
	h.do(OpenHealth{})
	see(h, func(p FormPage) bool { return p.ID == FormStaff })
	h.end()
}

// TestHomeTellsWhatCannotBeDone, calmly and before anybody begins, and takes it back once it can be done again.
func TestHomeTellsWhatCannotBeDone(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.stop()
	h.devices = &fakeHealth{}
	h.devices.set(health.Printer)
	h.start()
	see(h, func(p HomePage) bool { return slices.Equal(p.Limits, []health.Part{health.Printer}) && p.Fault == nil })
	h.devices.set()
	h.clock.add(limitsAgain)
	see(h, func(p HomePage) bool { return len(p.Limits) == 0 })
	h.devices.set(health.Scanner)
	h.clock.add(limitsEvery)
	see(h, func(p HomePage) bool { return slices.Equal(p.Limits, []health.Part{health.Scanner}) })
	h.end()
}

// TestStaffFromAnyPage: the notice stands before the page, which is as it was behind it, and what is under way goes on.
// TestStaffFromAnyPage: the page behind the notice is as it was. That every page shown anywhere offers it is wanted in hall.Show.
func TestStaffFromAnyPage(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	id := h.order(1, ra.OrderOpen)
	see[HomePage](h, nil)
	h.do(CallStaff{})
	see(h, func(p NoticePage) bool { return p.ID == "staff" })
	h.do(Go{})
	see[HomePage](h, nil)
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(OpenOrder{id})
	see(h, func(p ScanPage) bool { return len(p.Sources) == 2 })
	h.do(Scan{"flatbed"})
	h.do(CallStaff{})
	see(h, func(p NoticePage) bool { return p.ID == "staff" })
	h.do(Scan{"flatbed"}) // the page behind it is not touched
	h.do(Back{})
	see(h, func(p ScanPage) bool { return !p.Busy && p.Materials[0].Pages == 1 })
	h.do(CallStaff{})
	see[NoticePage](h, nil)
	h.clock.add(4 * time.Minute) // who went away for good finds nothing of theirs
	see[HomePage](h, nil)
	h.end()
}
