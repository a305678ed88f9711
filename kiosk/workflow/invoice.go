package workflow

import "keyhall/backoffice/ra"

func newInvoice(*Workflow) step {
	return draftForm(stageInvoice, FormInvoice, ra.InvoiceFields(), func(a *ra.Application) *ra.Invoice { return &a.Invoice })
}

func newDelivery(*Workflow) step {
	return draftForm(stageDelivery, FormDelivery, ra.DeliveryFields(), func(a *ra.Application) *ra.Delivery { return &a.Delivery })
}

// draftForm enters a part of the draft in hand.
func draftForm[T any](at stageName, id string, fields ra.Fields[T], part func(*ra.Application) *T) step {
	return &formStep{
		at: at,
		build: func(w *Workflow) *form {
			f := &form{id: id, primary: "next", entries: entriesOf(fields, *part(&w.visit.draft.Application), w.setting())}
			for _, e := range f.entries {
				e.stands = w.visit.recorded()
			}
			return f
		},
		next: func(w *Workflow, f *form) {
			v := entered(fields, f)
			given := w.setting()
			given.Insisted = f.insisted()
			if err := fields.Check(v, given); err != nil {
				f.refuse(err)
				return
			}
			app := &w.visit.draft.Application
			*part(app) = v
			app.Insisted = f.insistsOn(app.Insisted)
			if w.keepDraft() {
				w.done()
			}
		},
	}
}

// recorded is what the member entered of themselves and their organisation: whatever doubts there were, they insisted then.
func (v *visit) recorded() []string {
	a := v.member.Applicant()
	return []string{a.Organisation.CreditCode, a.Organisation.Name, a.Organisation.ShortName, a.Legal.Name, a.Handler.Name}
}
