package workflow

import (
	"slices"

	"keyhall/backoffice/ra"
)

// ChoosePage asks for one of a few things, and goes on with the touch: "choose.<ID>.title", "choose.<ID>.about", event Choose.
type ChoosePage struct {
	ID    string
	Items []ChooseItem
}

func (ChoosePage) page() {}

// ChooseItem is one of them: its own words, or where it has none "choose.<page's ID>.<ID>" and ".about".
type ChooseItem struct {
	ID     string
	Name   ra.Text
	About  ra.Text
	Priced bool // Fen is what it costs in all
	Fen    int64
	Chosen bool // it was before
}

// Choose takes one of them.
type Choose struct{ ID string }

func (Choose) action() {}

// The choices.
const (
	ChooseTerm    = "term"    // for how long
	ChooseRenewal = "renewal" // for how long, written at once; or whether that is put off
)

// RenewOnly is what ChooseRenewal has beside terms.
const RenewOnly = "later"

// chooseStep is a step that is nothing but a choice.
type chooseStep struct {
	id    string
	items func(w *Workflow) []ChooseItem
	take  func(w *Workflow, id string)
}

func (s *chooseStep) page(w *Workflow) Page {
	return ChoosePage{ID: s.id, Items: s.items(w)}
}

func (s *chooseStep) act(w *Workflow, a Action) {
	c, ok := a.(Choose)
	if ok && slices.ContainsFunc(s.items(w), func(i ChooseItem) bool { return i.ID == c.ID }) {
		s.take(w, c.ID)
	}
}

// newReason asks which service of the kind is meant: those that the project sells.
func newReason(w *Workflow) step {
	return &chooseStep{
		id: string(w.visit.kind),
		items: func(w *Workflow) (all []ChooseItem) {
			v := w.visit
			for _, rule := range ra.ServiceRules() {
				if rule.Kind == v.kind && len(v.project.ServicesFor(rule.Kind, rule.Reason)) > 0 {
					all = append(all, ChooseItem{ID: string(rule.Reason)})
				}
			}
			return all
		},
		take: func(w *Workflow, id string) {
			w.visit.reason = ra.ServiceReason(id)
			w.done()
		},
	}
}

// newTerm asks for how long each of the certificates is to be good for further.
func newTerm(*Workflow) step {
	return &chooseStep{
		id:    ChooseTerm,
		items: func(w *Workflow) []ChooseItem { return w.visit.terms(w.visit.offered(), w.visit.unpaid()) },
		take: func(w *Workflow, id string) {
			w.visit.serviceID = id
			if w.keepApplication() {
				w.done()
			}
		},
	}
}

// terms are services to choose from, with what each costs for so many certificates.
func (v *visit) terms(of []ra.Service, n int) (all []ChooseItem) {
	for _, s := range of {
		all = append(all, ChooseItem{ID: s.ID, Name: s.Name, About: s.About, Priced: true, Fen: s.PriceFen * int64(n), Chosen: s.ID == v.serviceID})
	}
	return all
}

// unpaid counts the certificates whose term is bought with the order.
func (v *visit) unpaid() (n int) {
	for _, h := range v.targets {
		if v.rule().Terms != ra.TermsUsed || h.PaidMonths == 0 {
			n++
		}
	}
	return n
}

// newRenewal asks for how long, and has what is renewed written onto the keys in the same visit: it is one case then, an extension that is
// paid with it. Who only pays says so, and is asked for the term of that.
func newRenewal(*Workflow) step {
	return &chooseStep{
		id: ChooseRenewal,
		items: func(w *Workflow) []ChooseItem {
			v := w.visit
			return append(v.terms(v.project.ServicesFor(ra.KindExtend, ra.ReasonNone), len(v.targets)), ChooseItem{ID: RenewOnly})
		},
		take: func(w *Workflow, id string) {
			v := w.visit
			v.written, v.draft.Application.Files = true, ra.FilesUnasked // who comes back here and only pays is asked for another term, and of no files
			v.kind, v.serviceID, w.flow.passed[stageTerm] = ra.KindRenew, "", false
			if id != RenewOnly {
				v.kind, v.serviceID, w.flow.passed[stageTerm] = ra.KindExtend, id, true
			}
			if w.keepApplication() {
				w.done()
			}
		},
	}
}

// mayWriteToo: the certificates that are renewed may be extended in the same case. An extension of one that a term was paid for uses that,
// so that it sells none.
func (v *visit) mayWriteToo() bool {
	if v.kind != ra.KindRenew || v.written || v.project == nil || len(v.project.ServicesFor(ra.KindExtend, ra.ReasonNone)) == 0 {
		return false
	}
	return !slices.ContainsFunc(v.targets, func(h ra.Holding) bool { return h.PaidMonths > 0 || !mayNow(h, ra.KindExtend) })
}
