package workflow

import "keyhall/backoffice/ra"

// CertificatePage shows a certificate, the key that it is on, and the services for it.
type CertificatePage struct {
	Card    CertificateCard
	Facts   []Row
	Offers  []OfferCard
	Lost    bool // its key was reported lost
	Report  bool // its key may be reported lost: event ReportLost{}
	Restore bool // and restored by who has it: event RestoreLost{}
}

func (CertificatePage) page() {}

// OfferCard is a service that the project has for certificates: "offer.<ID>".
type OfferCard struct {
	ID  string // the kind, with the reason behind it where there is one
	Why *Fault // why it cannot be ordered now; nil: it can, event OrderService{ID}
}

// OrderService begins an application for the certificate in hand.
type OrderService struct{ ID string }

func (OrderService) action() {}

// certificateStep shows one certificate.
type certificateStep struct{}

// newCertificate is where a report that was begun ends, too.
func newCertificate(w *Workflow) step {
	w.visit.endReport()
	delete(w.flow.passed, stageLost)
	return &certificateStep{}
}

func (s *certificateStep) page(w *Workflow) Page {
	h := *w.visit.holding
	p := CertificatePage{Card: w.certificateCard(h), Lost: h.LostAt != nil, Report: w.mayReport(), Restore: w.mayRestore()}
	p.Facts = []Row{
		{ID: "organisation.name", Value: w.visit.member.Organisation.Name},
		{ID: "model", Text: p.Card.Model}, {ID: "serial", Value: p.Card.Serial},
		{ID: "certificate_number", Value: h.SerialNumber}, {ID: "number", Value: h.OrderNumber},
		{ID: "valid_from", Value: p.Card.From}, {ID: "valid_until", Value: p.Card.Until},
		{ID: "certificate_state", Key: "certificate." + p.Card.State},
	}
	if h.LostAt != nil {
		p.Facts = append(p.Facts, Row{ID: "lost_at", Value: ra.HallDay(*h.LostAt)})
	}
	for _, o := range h.Offers {
		p.Offers = append(p.Offers, offerCard(o))
	}
	return p
}

// offerCard puts a service for a certificate into the customer's words.
func offerCard(o ra.Offer) OfferCard {
	c := OfferCard{ID: offerID(o.Kind, o.Reason)}
	if o.Refused != "" {
		c.Why = &Fault{Code: o.Refused, Args: o.Args}
	}
	return c
}

func offerID(k ra.Kind, r ra.ServiceReason) string {
	if r == ra.ReasonNone {
		return string(k)
	}
	return string(k) + "_" + string(r)
}

func (s *certificateStep) act(w *Workflow, a Action) {
	switch a := a.(type) {
	case OrderService:
		s.order(w, a.ID)
	case ReportLost:
		w.visit.reporting = w.mayReport()
	case RestoreLost:
		w.visit.restoring = w.mayRestore()
	}
	if w.visit.reporting || w.visit.restoring {
		w.done()
	}
}

// order begins an application for the certificate, or where the service is for all of them for those.
func (s *certificateStep) order(w *Workflow, id string) {
	h := *w.visit.holding
	for _, o := range h.Offers {
		if offerID(o.Kind, o.Reason) != id || o.Refused != "" {
			continue
		}
		if rule, _ := ra.RuleOf(o.Kind, o.Reason); rule.Targets == ra.TargetsChosen {
			w.apply(o.Kind, o.Reason, h)
			return
		}
		w.apply(o.Kind, o.Reason)
		return
	}
}
