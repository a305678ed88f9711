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

// enter takes up what was filled in on an earlier visit.
func (s *servicesStep) enter(w *Workflow) {
	v := w.visit
	if v.project == nil || v.project.ID != v.member.ProjectID {
		w.stop(ra.E(ra.CodeForbidden)) // a project that this hall does not offer any more
		return
	}
	for _, d := range v.drafts {
		if d.Application.Kind == v.kind && v.draft.Application.ID == "" {
			v.takeUp(d)
		}
	}
	if all := s.services(w); len(all) == 1 && len(w.visit.quantity) == 0 {
		w.visit.quantity[all[0].ID] = 1
	}
}

// services are the project's for the kind chosen.
func (s *servicesStep) services(w *Workflow) []ra.Service {
	return w.visit.project.ServicesFor(w.visit.kind, w.visit.draft.Application.Reason)
}

func (s *servicesStep) page(w *Workflow) Page {
	p := ServicesPage{MaxUnits: w.visit.project.MaxUnits, Fault: s.fault}
	n := 0
	for _, x := range s.services(w) {
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
		s.keep(w)
	}
}

func (s *servicesStep) set(w *Workflow, a SetQuantity) {
	v := w.visit
	known := slices.ContainsFunc(s.services(w), func(x ra.Service) bool { return x.ID == a.ServiceID })
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

// keep begins the order in hand: from here on it has an id and a number, and the journal keeps it.
func (s *servicesStep) keep(w *Workflow) {
	v := w.visit
	app := &v.draft.Application
	if app.ID == "" {
		number, err := w.cfg.Journal.NextNumber(w.ctx, w.cfg.Kiosk.Prefix)
		if err != nil {
			w.stop(err)
			return
		}
		app.ID, app.Number, app.Kind, app.Method = newID(), number, v.kind, ra.MethodTransfer
		app.Invoice, app.Delivery = v.usualInvoice(), v.usualDelivery()
		v.draft.MembershipID, v.draft.ProjectID = v.member.ID, v.member.ProjectID
	}
	app.Lines = nil
	for _, x := range s.services(w) {
		if q := v.quantity[x.ID]; q > 0 {
			app.Lines = append(app.Lines, ra.ChosenLine{ServiceID: x.ID, Quantity: q})
		}
	}
	if w.keepDraft() {
		w.done()
	}
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

// takeUp goes on with a draft of an earlier visit. Services that are no longer offered fall out.
func (v *visit) takeUp(d ra.Draft) {
	if v.project == nil || d.ProjectID != v.project.ID {
		return
	}
	v.draft = d
	for _, l := range d.Application.Lines {
		if slices.ContainsFunc(v.project.Services, func(x ra.Service) bool { return x.ID == l.ServiceID }) {
			v.quantity[l.ServiceID] = l.Quantity
		}
	}
}
