package workflow

import (
	"context"
	"time"

	"keyhall/backoffice/ra"
)

// WaitPage shows the live state of an order while people work on it.
type WaitPage struct {
	Order OrderCard
	Marks []Mark
	Since time.Time
	Span  Row  // how long it usually takes
	Mend  bool // something was sent back: event Go{} goes to the scanner
	Make  bool // approved: event Go{} goes on to making
	Fault *Fault
}

func (WaitPage) page() {}

// waitStep shows the live state of the order while people work on it.
type waitStep struct {
	fault  *Fault
	asking bool
	again  bool // something changed while it was asked
	asked  time.Time
}

func newWait(*Workflow) step { return &waitStep{} }

func (s *waitStep) enter(w *Workflow) { s.refresh(w) }

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
				if w.resting() && ra.CodeOf(err) == ra.CodeSessionOver {
					return // it is asked for when somebody is there: the form has the person's login
				}
				if !w.lost(err) {
					s.fault = FaultOf(err)
				}
				return
			}
			s.fault = nil
			v.setOrder(o)
			if v.finished() {
				w.next()
				return
			}
			if s.again {
				s.refresh(w)
			}
		}
	})
}

// patience is as long as the page says that it usually takes.
func (s *waitStep) patience(w *Workflow) time.Duration { return w.told(*w.visit.order) }

func (s *waitStep) rests(w *Workflow) NoticePage {
	switch p := s.page(w).(WaitPage); {
	case p.Make:
		return NoticePage{ID: noticeRestApproved}
	case p.Mend:
		return NoticePage{ID: noticeRestReturned}
	}
	return NoticePage{ID: noticeRest}
}

func (s *waitStep) page(w *Workflow) Page {
	v := w.visit
	card := cardOf(*v.order)
	since := v.waitSince
	if since.IsZero() {
		since = v.order.UpdatedAt
	}
	return WaitPage{
		Order: card, Marks: marksOf(*v.order), Since: since, Span: w.usual(*v.order), Fault: s.fault,
		Mend: card.Next == "materials" || card.Next == "pay", Make: card.Next == "make",
	}
}

func (s *waitStep) act(w *Workflow, a Action) {
	switch a.(type) {
	case Retry:
		s.refresh(w)
	case SeeOrders:
		w.start(flowOrders)
	case Go:
		w.visit.payLater = false
		w.visit.eager = cardOf(*w.visit.order).Next == "make"
		w.done()
	}
}
