package workflow

import (
	"context"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/printer"
	papers "keyhall/printer/form"
)

// FinishedPage tells what became of an order that is over: the keys that were made for it, or why it was given up.
type FinishedPage struct {
	Order     OrderCard
	Keys      []FinishedKey
	Reasons   []ra.Reason // of an order that was given up
	Looking   bool        // the certificates are being asked for
	Slip      PrintState
	SlipFault *Fault
	Fault     *Fault // the certificates are not known: event Retry{}
	Extend    bool   // what was paid for may be written now: event ExtendNow{}
}

func (FinishedPage) page() {}

// FinishedKey is a key that was made.
type FinishedKey struct {
	Number int // among the order's, from 1
	Facts  []Row
}

// finishedStep shows an order that is over, and prints its slip again.
type finishedStep struct {
	keys   []papers.Key
	states map[int]ra.CertificateState // by the key's number
	asking bool
	fault  *Fault
	slip   slipPrint
}

func newFinished(*Workflow) step { return &finishedStep{} }

func (s *finishedStep) enter(w *Workflow) { s.ask(w) }

func (s *finishedStep) ask(w *Workflow) {
	if !w.visit.order.HasDone() {
		return
	}
	session, order := w.visit.session, *w.visit.order
	s.asking, s.fault = true, nil
	w.work("", func(ctx context.Context) func() {
		all, err := w.cfg.Office.Certificates(ctx, session, order.ID)
		return func() {
			s.asking = false
			if err != nil {
				if !w.lost(err) {
					s.fault = FaultOf(err)
				}
				return
			}
			s.found(w, order, all)
		}
	})
}

// found puts the certificates beside the units that they were made for; a unit for which none was made has that which it is about.
func (s *finishedStep) found(w *Workflow, o ra.Order, all []ra.Certificate) {
	s.keys, s.states = nil, map[int]ra.CertificateState{}
	for _, u := range o.Units {
		i := slices.IndexFunc(all, func(c ra.Certificate) bool { return c.ID == u.CertificateID })
		k := papers.Key{Number: u.Index, Model: w.nameOfModel(u.UKeyModel), Serial: u.UKeySerial, Target: u.Target, TermMonths: u.TermMonths}
		switch {
		case u.State != ra.UnitDone:
			continue
		case i >= 0:
			k.Certificate = all[i]
			s.states[u.Index] = all[i].State
		case u.Target != nil:
			k.Serial = u.Target.Key.Serial
		default:
			continue
		}
		s.keys = append(s.keys, k)
	}
}

func (s *finishedStep) page(w *Workflow) Page {
	o := *w.visit.order
	p := FinishedPage{Order: cardOf(o), Looking: s.asking, Slip: s.slip.state, SlipFault: s.slip.fault, Fault: s.fault}
	p.Extend = o.State == ra.OrderDone && w.visit.onlyOrder == "" && makesTerms(o)
	if o.State == ra.OrderCancelled {
		p.Reasons = o.Returned
	}
	for _, k := range s.keys {
		p.Keys = append(p.Keys, FinishedKey{Number: k.Number, Facts: s.facts(k)})
	}
	return p
}

// facts are what is known of a key: of the certificate that was made on it, else of that which it has.
func (s *finishedStep) facts(k papers.Key) []Row {
	if k.Certificate.SerialNumber == "" {
		return []Row{{ID: "serial", Value: k.Serial}, {ID: "certificate_number", Value: k.Target.SerialNumber}, {ID: "valid_until", Value: ra.HallDay(k.Target.NotAfter)}}
	}
	return []Row{
		{ID: "model", Text: k.Model}, {ID: "serial", Value: k.Serial}, {ID: "certificate_number", Value: k.Certificate.SerialNumber},
		{ID: "valid_from", Value: ra.HallDay(k.Certificate.NotBefore)}, {ID: "valid_until", Value: ra.HallDay(k.Certificate.NotAfter)},
		{ID: "certificate_state", Key: "certificate." + string(s.states[k.Number])},
	}
}

func (s *finishedStep) works() bool { return s.slip.state == PrintRunning }

func (s *finishedStep) act(w *Workflow, a Action) {
	switch a.(type) {
	case Reprint:
		if len(s.keys) > 0 {
			s.slip.print(w, *w.visit.order, s.keys)
		}
	case Retry:
		if !s.asking {
			s.ask(w)
		}
	case ExtendNow:
		if makesTerms(*w.visit.order) {
			w.suggest(ra.KindExtend, w.visit.order.Targets())
		}
	case SeeOrders:
		w.start(flowOrders)
	case Go:
		w.home()
	}
}

// makesTerms: the order is one whose terms are written by another.
func makesTerms(o ra.Order) bool {
	rule, _ := ra.RuleOf(o.Kind, o.Reason)
	return rule.Terms == ra.TermsMade
}

// slipPrint prints the collection slip of keys that were made.
type slipPrint struct {
	state PrintState
	fault *Fault
}

// print prints the slip, unless it is being printed. It goes on whatever page comes.
func (s *slipPrint) print(w *Workflow, order ra.Order, made []papers.Key) {
	if s.state == PrintRunning {
		return
	}
	project := w.projectOf(order)
	s.state, s.fault = PrintRunning, nil
	w.always(func(ctx context.Context) func() {
		pdf, err := w.cfg.Forms.Slip(ctx, order, project, made)
		if err == nil {
			_, err = w.cfg.Printer.Print(ctx, printer.Document{Name: order.Number, PDF: pdf})
		}
		return func() {
			s.state = PrintDone
			if err != nil {
				w.cfg.Log.Warn("slip not printed", "order", order.ID, "error", err)
				s.state, s.fault = PrintFailed, FaultOf(err)
			}
		}
	})
}
