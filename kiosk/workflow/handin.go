package workflow

import (
	"context"
	"time"

	"keyhall/backoffice/ra"
)

// handIn brings everything over and hands it in. what is said of while it is kept.
func (s *scanning) handIn(w *Workflow, what string) {
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
				v.waitSince = w.date()
				w.done()
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
	if f != nil && (f.Code == ra.CodeOfficeAway || f.Code == ra.CodeClockWrong || f.Code == ra.CodeOfficeError) {
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

// placing is the mandate to place the order in hand.
func (v *visit) placing(kiosk ra.Kiosk) (ra.Mandate, error) {
	a := v.draft.Application
	return v.mandate.Seal(kiosk.ID, ra.Mandate{OrderID: a.ID, MembershipID: v.member.ID, Application: &a})
}

// handing is the mandate to deliver the pages of the order in hand that the back office does not have, and to hand it in.
func (v *visit) handing(kiosk ra.Kiosk, submit bool) (ra.Mandate, error) {
	return v.mandate.Seal(kiosk.ID, ra.Mandate{OrderID: v.order.ID, MembershipID: v.member.ID, Version: v.order.Version,
		Pages: v.sheets.waiting(), Submit: submit})
}

// setAside keeps the pages of the order in hand in mind that were scanned and not handed in. For what was handed in a mandate is
// kept already.
func (v *visit) setAside(kiosk ra.Kiosk) {
	if v.order == nil || v.handed[v.order.ID] || len(v.sheets.waiting()) == 0 {
		return
	}
	if m, err := v.handing(kiosk, false); err == nil {
		v.aside[v.order.ID] = m
	}
}
