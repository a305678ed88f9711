package workflow

import (
	"slices"

	"keyhall/backoffice/ra"
)

// The forms of a change: what is to be changed, with what stands in the record beside it.

func newNewOrganisation(*Workflow) step {
	return changeForm(stageNewOrganisation, FormNewOrganisation, ra.OrganisationFields(), func(a *ra.Applicant) *ra.Organisation { return &a.Organisation })
}

func newNewLegal(*Workflow) step {
	return changeForm(stageNewLegal, FormNewLegal, ra.LegalFields(), func(a *ra.Applicant) *ra.Person { return &a.Legal })
}

func newNewHandler(*Workflow) step {
	return changeForm(stageNewHandler, FormNewHandler, ra.HandlerFields(), func(a *ra.Applicant) *ra.Person { return &a.Handler })
}

// changeForm enters a part of the applicant's data anew. It begins with what is known, which stands beside each field as long as it is
// being changed; doubts that were insisted on before are none here.
func changeForm[T any](at stageName, id string, fields ra.Fields[T], part func(*ra.Applicant) *T) step {
	return &formStep{
		at: at,
		build: func(w *Workflow) *form {
			v := w.visit
			before := v.member.Applicant()
			now := v.changed()
			f := &form{id: id, primary: "next", entries: entriesOf(fields, *part(&now), w.setting())}
			for _, e := range f.entries {
				e.stands = v.recorded()
				if e.again != "" {
					e.value = f.value(e.again)
				}
			}
			for _, field := range fields {
				for _, id := range []string{field.ID, field.ID + "_again"} {
					if e := f.entry(id); e != nil {
						e.Was = field.Value(*part(&before))
					}
				}
			}
			return f
		},
		next: func(w *Workflow, f *form) {
			v := w.visit
			to := v.changed()
			*part(&to) = entered(fields, f)
			if to.Normal() == v.member.Applicant() {
				f.fault = &Fault{Code: ra.CodeNothingChanged}
				return
			}
			app := &v.draft.Application
			app.Applicant = &to
			app.Insisted = f.insistsOn(app.Insisted)
			if w.keepApplication() {
				w.done()
			}
		},
	}
}

// changed is the applicant as the order in hand is to make them.
func (v *visit) changed() ra.Applicant {
	if to := v.draft.Application.Applicant; to != nil {
		return *to
	}
	return v.member.Applicant()
}

// changedRows are the fields that the order in hand changes, with what they were.
func (v *visit) changedRows() []Row {
	to := v.draft.Application.Applicant
	if to == nil {
		return nil
	}
	return comparedRows(v.member.Applicant(), *to)
}

// comparedRows are the fields in which two applicants differ, with what they were.
func comparedRows(before, after ra.Applicant) (rows []Row) {
	changed := before.Changes(after)
	was := map[string]Row{}
	for _, r := range applicantOf(before) {
		was[r.ID] = r
	}
	for _, r := range applicantOf(after) {
		if !slices.Contains(changed, r.ID) {
			continue
		}
		old := was[r.ID]
		r.Was = &old
		rows = append(rows, r)
		delete(was, r.ID)
	}
	for _, id := range changed { // what is there no more
		if old, is := was[id]; is {
			rows = append(rows, Row{ID: id, Key: "value.none", Was: &old})
		}
	}
	return rows
}

// applicantOf is all that is known of an applicant; who changes it compares it whole.
func applicantOf(a ra.Applicant) []Row {
	return slices.Concat(wholeRows(ra.OrganisationFields(), a.Organisation), wholeRows(ra.LegalFields(), a.Legal), wholeRows(ra.HandlerFields(), a.Handler))
}
