package workflow

import (
	"context"
	"time"

	"keyhall/backoffice/ra"
)

// waitStep shows the live state of the order while people work on it.
type waitStep struct {
	fault  *Fault
	asking bool
	again  bool // something changed while it was asked
	asked  time.Time
}

func (s *waitStep) name() stepName      { return stepWait }
func (s *waitStep) back(*Workflow) step { return &ordersStep{} }
func (s *waitStep) enter(w *Workflow)   { s.refresh(w) }

func (s *waitStep) tick(w *Workflow) {
	if w.cfg.Now().Sub(s.asked) >= w.cfg.Refresh {
		s.refresh(w)
	}
}

// refresh asks for the order; a change that comes in meanwhile makes it ask once more.
func (s *waitStep) refresh(w *Workflow) {
	if s.asking {
		s.again = true
		return
	}
	v := w.visit
	s.asking, s.again, s.asked = true, false, w.cfg.Now()
	session, id := v.session, v.orderID()
	w.work("", func(ctx context.Context) func() {
		o, err := w.cfg.Office.Order(ctx, session, id)
		return func() {
			s.asking = false
			if err != nil {
				if !w.lost(err) {
					s.fault = FaultOf(err)
				}
				return
			}
			s.fault = nil
			v.setOrder(o)
			if s.again {
				s.refresh(w)
			}
		}
	})
}

func (s *waitStep) page(w *Workflow) Page {
	v := w.visit
	card := cardOf(*v.order)
	since := v.waitSince
	if since.IsZero() {
		since = v.order.UpdatedAt
	}
	return WaitPage{
		Order: card, Marks: marksOf(*v.order), Since: since, Typical: w.cfg.Typical, Fault: s.fault,
		Mend: card.Next == "materials" || card.Next == "pay", Make: card.Next == "make",
	}
}

func (s *waitStep) act(w *Workflow, a Action) {
	c, _ := a.(Choose)
	_, main := a.(Go)
	switch {
	case c.Name == "retry":
		s.refresh(w)
	case c.Name == "orders":
		w.become(&ordersStep{})
	case main || c.Name == "pay":
		w.goOn(*w.visit.order)
	}
}

// goOn takes an order up where it stands.
func (w *Workflow) goOn(o ra.Order) {
	w.visit.setOrder(o)
	switch cardOf(o).Next {
	case "materials":
		w.toMaterials(o)
	case "pay":
		w.become(&payStep{})
	case "make":
		w.become(&keyStep{})
	default:
		if w.at.name() != stepWait {
			w.become(&waitStep{})
		}
	}
}

// toMaterials prints the form first where nothing was handed in yet.
func (w *Workflow) toMaterials(o ra.Order) {
	if o.Materials == ra.MaterialsMissing && w.at.name() != stepWait {
		w.become(&printStep{})
		return
	}
	w.become(&scanStep{})
}
