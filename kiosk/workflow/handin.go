package workflow

import (
	"context"

	"keyhall/backoffice/ra"
)

// handIn brings everything over and hands it in, and goes on with then.
func (s *scanning) handIn(w *Workflow, then func(o ra.Order)) {
	v := w.visit
	session, order := v.session, v.orderID()
	v.handedIn = true
	s.busy, s.fault = true, nil
	w.work("", func(ctx context.Context) func() {
		o, err := w.cfg.Office.Submit(ctx, session, order)
		return func() {
			s.busy = false
			if err == nil {
				v.handedIn = false
				v.sheets.delivered()
				v.setOrder(o)
				v.waitSince = w.cfg.Now()
				then(o)
				return
			}
			if refused(err) {
				v.handedIn = false
			}
			if !w.lost(err) {
				s.fail(w, err)
			}
		}
	})
}
