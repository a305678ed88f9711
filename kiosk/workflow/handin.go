package workflow

import (
	"context"

	"keyhall/backoffice/ra"
)

// handIn brings everything over and hands it in, and goes on with then.
func (s *scanning) handIn(w *Workflow, then func(o ra.Order)) {
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
	s.busy, s.fault = true, nil
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
			}
		}
	})
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
