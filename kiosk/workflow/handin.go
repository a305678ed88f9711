package workflow

import (
	"context"
	"time"

	"keyhall/backoffice/ra"
)

// handIn brings everything over and hands it in, and goes on with then. what is said of while it is kept.
func (s *scanning) handIn(w *Workflow, what string, then func(o ra.Order)) {
	v := w.visit
	if !v.sheets.loaded { // the journal failed before
		if s.load(w); !v.sheets.loaded {
			return
		}
	}
	session := v.session
	m, err := v.handing(w.cfg.Kiosk, true)
	if err != nil {
		s.fail(w, err)
		return
	}
	v.handed[m.OrderID] = true
	s.busy, s.fault, s.tried = true, nil, w.cfg.Now()
	w.work("", func(ctx context.Context) func() {
		o, err := w.cfg.Office.Submit(ctx, session, m)
		return func() {
			s.busy = false
			if err == nil {
				delete(v.handed, m.OrderID)
				v.sheets.delivered()
				v.setOrder(o)
				v.waitSince = w.cfg.Now()
				then(o)
				return
			}
			v.handed[m.OrderID] = ra.Passing(err)
			if !w.lost(err) {
				s.fail(w, err)
				s.fault = keptFault(err, what)
			}
		}
	})
}

// What is kept when it is confirmed: Fault.Kept.
const (
	keptOrder  = "order"
	keptPapers = "papers"
	keptSlip   = "slip"
)

// keptFault tells that what was confirmed is kept, where an error means only that the back office does not answer now. Kept it was
// before anything was asked, so none of the kiosk's own errors is such a one.
func keptFault(err error, what string) *Fault {
	f := FaultOf(err)
	if f != nil && (f.Code == ra.CodeOfficeAway || f.Code == ra.CodeOfficeError) {
		f.Kept = what
	}
	return f
}

// backAgain tells a page whose customer waits with what is kept that the back office may be asked again.
func (w *Workflow) backAgain(f *Fault, tried time.Time) bool {
	return f != nil && f.Kept != "" && w.cfg.Office.Up() && w.cfg.Now().Sub(tried) >= w.cfg.Refresh
}

// keepSheets leaves to the uplink what was scanned and not handed in, so that its customer can go on anywhere. What was confirmed
// is kept since then.
func (w *Workflow) keepSheets() {
	v := w.visit
	v.setAside(w.cfg.Kiosk)
	for id, m := range v.aside {
		if err := w.cfg.Office.Keep(w.ctx, m); err != nil && !gone(err) {
			w.cfg.Log.Error("pages wait for their customer", "order", id, "error", err)
		}
	}
	clear(v.aside)
}

// waiting are the pages that the back office does not have, material by material, in the order on the screen.
func (s *sheets) waiting() []ra.MandatePage {
	if s == nil {
		return nil
	}
	var all []ra.MandatePage
	for _, kind := range ra.MaterialKinds() {
		for _, x := range s.of[kind] {
			if !x.delivered {
				all = append(all, ra.MandatePage{Material: kind, Page: x.page})
			}
		}
	}
	return all
}
