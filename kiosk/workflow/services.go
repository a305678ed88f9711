package workflow

import (
	"slices"
	"strconv"

	"keyhall/backoffice/ra"
)

// ServicesPage chooses services and quantities.
type ServicesPage struct {
	Items    []ServiceItem
	TotalFen int64
	MaxUnits int
	Ready    bool
	Fault    *Fault
}

func (ServicesPage) page() {}

// ServiceItem is one service of the catalogue with the quantity chosen.
type ServiceItem struct {
	Service  ra.Service
	Quantity int
}

// SetQuantity chooses how many of a service.
type SetQuantity struct {
	ServiceID string
	Quantity  int
}

func (SetQuantity) action() {}

// servicesStep chooses services and how many keys.
type servicesStep struct{ fault *Fault }

func newServices(*Workflow) step { return &servicesStep{} }

func (s *servicesStep) enter(w *Workflow) {
	if all := w.visit.offered(); len(all) == 1 && len(w.visit.quantity) == 0 {
		w.visit.quantity[all[0].ID] = 1
	}
}

func (s *servicesStep) page(w *Workflow) Page {
	p := ServicesPage{MaxUnits: w.visit.project.MaxUnits, Fault: s.fault}
	n := 0
	for _, x := range w.visit.offered() {
		q := w.visit.quantity[x.ID]
		p.Items = append(p.Items, ServiceItem{Service: x, Quantity: q})
		p.TotalFen += int64(q) * x.PriceFen
		n += q
	}
	p.Ready = n > 0 && n <= p.MaxUnits
	return p
}

func (s *servicesStep) act(w *Workflow, a Action) {
	switch a := a.(type) {
	case SetQuantity:
		s.set(w, a)
	case Go:
		if !s.page(w).(ServicesPage).Ready {
			s.fault = &Fault{Code: ra.CodeNothingChosen}
			return
		}
		if w.keepApplication() {
			w.done()
		}
	}
}

func (s *servicesStep) set(w *Workflow, a SetQuantity) {
	v := w.visit
	known := slices.ContainsFunc(w.visit.offered(), func(x ra.Service) bool { return x.ID == a.ServiceID })
	if !known || a.Quantity < 0 {
		return
	}
	others := 0
	for id, q := range v.quantity {
		if id != a.ServiceID {
			others += q
		}
	}
	s.fault = nil
	if most := v.project.MaxUnits; others+a.Quantity > most {
		s.fault = &Fault{Code: ra.CodeQuantity, Args: map[string]string{"max": strconv.Itoa(most)}}
		a.Quantity = max(0, most-others)
	}
	v.quantity[a.ServiceID] = a.Quantity
}

// keepDraft stores the order in hand; the journal's failure stops the customer, who would lose it.
func (w *Workflow) keepDraft() bool {
	w.visit.draft.UpdatedAt = w.date()
	if err := w.cfg.Journal.SaveDraft(w.ctx, w.visit.draft); err != nil {
		w.stop(err)
		return false
	}
	return true
}
