package workflow

import (
	"slices"

	"keyhall/backoffice/ra"
	papers "keyhall/printer/form"
)

// RiskPage is the notice of risks, filled in, which is read before it is printed: event Go{} once it was, to print it with the other papers, or
// HaveRead{} for who has them already.
type RiskPage struct {
	Title        ra.Text
	Version      int
	Organisation string
	Certificates []RiskCertificate
	Then         ra.Text // what becomes of them
	Body         ra.Text
}

func (RiskPage) page() {}

// HaveRead says that the notice was read, and is there.
type HaveRead struct{}

func (HaveRead) Name() string { return "have_read" }
func (HaveRead) action()      {}

// RiskCertificate is a certificate that gives way to another.
type RiskCertificate struct{ Serial, Number, Ends string }

// riskStep has the notice read.
type riskStep struct{}

func newRisk(*Workflow) step { return riskStep{} }

// unprinted: the papers of the order in hand are to be printed here.
func unprinted(v *visit) bool {
	return nextIs(v, "materials") && (v.order.Materials == ra.MaterialsMissing && !v.printed || v.stale) && v.printsAny()
}

// unwarned: a notice is among them.
func unwarned(v *visit) bool {
	return unprinted(v) && slices.Contains(papers.Sealed(*v.order), papers.PaperNotice)
}

func (riskStep) page(w *Workflow) Page {
	o := *w.visit.order
	notice, _ := w.projectOf(o).NoticeFor(o.Kind, o.Reason)
	rule, _ := ra.RuleOf(o.Kind, o.Reason)
	p := RiskPage{Title: notice.Title, Version: notice.Version, Organisation: o.Before().Organisation.Name, Then: papers.OldCertificate(rule), Body: notice.Body}
	for _, u := range o.Units {
		if t := u.Target; t != nil {
			p.Certificates = append(p.Certificates, RiskCertificate{t.Key.Serial, t.SerialNumber, ra.HallDay(t.NotAfter)})
		}
	}
	return p
}

func (riskStep) act(w *Workflow, a Action) {
	switch a.(type) {
	case Go:
		w.visit.printNow = true
		w.done()
	case HaveRead:
		w.done()
	}
}
