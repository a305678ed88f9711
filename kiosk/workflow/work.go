package workflow

import (
	"context"

	"keyhall/backoffice/ra"
)

// WorkPage lists what waits to be done on keys, over all orders of the membership: event OpenOrder.
type WorkPage struct {
	Member MemberCard
	Work   []WorkCard
}

func (WorkPage) page() {}

// WorkCard is one thing that waits.
type WorkCard struct {
	OrderID string
	Number  string // the order's
	Offer   string // "offer.<Offer>"
	Service ra.Text
	Serial  string // of the key, "" for a new one
	Begun   bool   // a kiosk is at it, or was
}

// SeeWork goes to what waits.
type SeeWork struct{}

func (SeeWork) Name() string { return "work" }
func (SeeWork) action()      {}

// workStep lists what waits.
type workStep struct{ all []ra.Work }

func newWork(*Workflow) step { return &workStep{} }

func (s *workStep) passing() {}

func (s *workStep) enter(w *Workflow) {
	session := w.visit.session
	w.work("work", func(ctx context.Context) func() {
		all, err := w.cfg.Office.Work(ctx, session)
		return func() {
			if err != nil {
				w.stop(err)
				return
			}
			s.all = all
		}
	})
}

func (s *workStep) page(w *Workflow) Page {
	p := WorkPage{Member: w.memberCard(w.visit.member)}
	for _, x := range s.all {
		c := WorkCard{OrderID: x.OrderID, Number: x.OrderNumber, Offer: offerID(x.Kind, x.Reason), Service: x.Service, Begun: x.State != ra.UnitWaiting}
		if x.Target != nil {
			c.Serial = x.Target.Key.Serial
		}
		p.Work = append(p.Work, c)
	}
	return p
}

func (s *workStep) act(w *Workflow, a Action) {
	if open, ok := a.(OpenOrder); ok {
		for _, x := range s.all {
			if x.OrderID == open.ID {
				w.openOrder(x.OrderID, nil)
				return
			}
		}
	}
}
