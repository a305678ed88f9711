package workflow

import (
	"slices"

	"keyhall/backoffice/ra"
)

// AgreementsPage lists the agreements; each must be opened before it can be agreed to.
type AgreementsPage struct {
	Items []AgreementItem
	Ready bool
	Fault *Fault
}

func (AgreementsPage) page() {}

// AgreementItem is one agreement with what the customer did with it.
type AgreementItem struct {
	Agreement ra.Agreement
	Opened    bool
	Agreed    bool
}

// AgreementPage is one agreement opened for reading.
type AgreementPage struct {
	Agreement ra.Agreement
}

func (AgreementPage) page() {}

// OpenAgreement opens an agreement for reading.
type OpenAgreement struct{ ID string }

func (OpenAgreement) action() {}

// Agree ticks or unticks one that was opened.
type Agree struct {
	ID string
	On bool
}

func (Agree) action() {}

// agreementsStep: each agreement is opened before it can be agreed to; the version is kept.
type agreementsStep struct {
	reading *ra.Agreement // the one that is open
	fault   *Fault
}

func newAgreements(*Workflow) step { return &agreementsStep{} }

func (s *agreementsStep) inside() bool  { return s.reading != nil }
func (s *agreementsStep) out(*Workflow) { s.reading = nil }

func (s *agreementsStep) page(w *Workflow) Page {
	if s.reading != nil {
		return AgreementPage{Agreement: *s.reading}
	}
	return s.list(w)
}

func (s *agreementsStep) list(w *Workflow) AgreementsPage {
	v := w.visit
	p := AgreementsPage{Fault: s.fault, Ready: true}
	for _, a := range v.project.Agreements {
		item := AgreementItem{Agreement: a, Opened: v.opened[a.ID], Agreed: v.agreed[a.ID].Version == a.Version && v.agreed[a.ID].AgreementID != ""}
		p.Ready = p.Ready && item.Agreed
		p.Items = append(p.Items, item)
	}
	return p
}

func (s *agreementsStep) act(w *Workflow, a Action) {
	if s.reading != nil {
		s.read(w, a)
		return
	}
	v := w.visit
	switch a := a.(type) {
	case OpenAgreement:
		if i := s.find(v, a.ID); i >= 0 {
			v.opened[a.ID] = true
			s.reading = &v.project.Agreements[i]
		}
	case Agree:
		s.agree(w, a)
	case Go:
		if !s.list(w).Ready {
			s.fault = &Fault{Code: ra.CodeAgreementUnread}
			return
		}
		v.registration.Agreed = nil
		for _, x := range v.project.Agreements {
			v.registration.Agreed = append(v.registration.Agreed, v.agreed[x.ID])
		}
		w.done()
	}
}

func (s *agreementsStep) find(v *visit, id string) int {
	return slices.IndexFunc(v.project.Agreements, func(x ra.Agreement) bool { return x.ID == id })
}

func (s *agreementsStep) agree(w *Workflow, a Agree) {
	v := w.visit
	i := s.find(v, a.ID)
	switch {
	case i < 0:
	case !a.On:
		delete(v.agreed, a.ID)
	case !v.opened[a.ID]:
		s.fault = &Fault{Code: ra.CodeAgreementUnread}
	default:
		s.fault = nil
		v.agreed[a.ID] = ra.Agreed{AgreementID: a.ID, Version: v.project.Agreements[i].Version, At: w.date()}
	}
}

// read takes what a person says of the agreement that is open.
func (s *agreementsStep) read(w *Workflow, a Action) {
	switch a := a.(type) {
	case Go: // read and agreed
		s.agree(w, Agree{ID: s.reading.ID, On: true})
		s.reading = nil
	case Agree:
		s.agree(w, Agree{ID: s.reading.ID, On: a.On})
		s.reading = nil
	}
}
