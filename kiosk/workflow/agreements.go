package workflow

import (
	"context"
	"slices"
	"time"

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
	AgreedAt  time.Time // zero: it is agreed to by Go{}
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

// SeeAgreed goes to what the member agreed to.
type SeeAgreed struct{}

func (SeeAgreed) Name() string { return "agreed" }
func (SeeAgreed) action()      {}

// AgreedPage lists what the member agreed to, and when: event OpenAgreed.
type AgreedPage struct {
	Member MemberCard
	Items  []AgreedItem
	Fault  *Fault // why one could not be opened
}

func (AgreedPage) page() {}

// AgreedItem is an agreement in the version that was agreed to.
type AgreedItem struct {
	ID      string
	Version int
	Title   ra.Text
	At      time.Time
}

// OpenAgreed opens an agreement in the version that was agreed to.
type OpenAgreed struct {
	ID      string
	Version int
}

func (OpenAgreed) action() {}

// agreedStep shows what the member agreed to, as it was then.
type agreedStep struct {
	reading *ra.Agreement // the one that is open
	at      time.Time     // when it was agreed to
	fault   *Fault
}

func newAgreed(*Workflow) step { return &agreedStep{} }

func (s *agreedStep) inside() bool  { return s.reading != nil }
func (s *agreedStep) out(*Workflow) { s.reading = nil }

func (s *agreedStep) page(w *Workflow) Page {
	if s.reading != nil {
		return AgreementPage{Agreement: *s.reading, AgreedAt: s.at}
	}
	m := w.visit.member
	p := AgreedPage{Member: w.memberCard(m), Fault: s.fault}
	for _, a := range m.Agreed {
		p.Items = append(p.Items, AgreedItem{ID: a.AgreementID, Version: a.Version, Title: w.agreementTitle(a.AgreementID), At: a.At})
	}
	return p
}

// agreementTitle is the name that an agreement of the project has now, its id where the project has it no more.
func (w *Workflow) agreementTitle(id string) ra.Text {
	if p := w.projectByID(w.visit.member.ProjectID); p != nil {
		if i := slices.IndexFunc(p.Agreements, func(a ra.Agreement) bool { return a.ID == id }); i >= 0 {
			return p.Agreements[i].Title
		}
	}
	return ra.Text{ZH: id, EN: id}
}

func (s *agreedStep) act(w *Workflow, a Action) {
	open, wanted := a.(OpenAgreed)
	agreed := w.visit.member.Agreed
	i := slices.IndexFunc(agreed, func(x ra.Agreed) bool { return x.AgreementID == open.ID && x.Version == open.Version })
	switch {
	case s.reading != nil: // Go: it was read
		s.reading = nil
	case wanted && i >= 0:
		s.open(w, agreed[i])
	}
}

func (s *agreedStep) open(w *Workflow, a ra.Agreed) {
	session := w.visit.session
	s.fault = nil
	w.work("agreement", func(ctx context.Context) func() {
		text, err := w.cfg.Office.Agreement(ctx, session, a.AgreementID, a.Version)
		return func() {
			if w.lost(err) {
				return
			}
			if s.fault = FaultOf(err); err == nil {
				s.reading, s.at = &text, a.At
			}
		}
	})
}
