package console

import (
	"slices"

	"keyhall/backoffice/ra"
)

// enteredRow is one value that a customer entered.
type enteredRow struct {
	ID      string // of the field
	Value   string
	Was     string // what it was, "" where that is the same
	WasKey  string // its words instead, of a choice
	Key     string // the value's words instead, of a choice
	Figures bool   // digits and codes, to be compared character by character
}

// enteredRows are the values of a T as the reviewer sees them: whole, without those left empty, beside what they were.
func enteredRows[T any](fields ra.Fields[T], v, was T) []enteredRow {
	var rows []enteredRow
	for _, f := range fields.Applying(v) {
		row := enteredRow{ID: f.ID, Value: f.Value(v), Figures: f.Writing != ra.WritingChinese && f.Writing != ra.WritingName && f.Writing != ra.WritingChoice}
		if row.Value == "" {
			continue
		}
		if f.Value(was) != row.Value {
			row.Was = f.Value(was)
		}
		if f.Writing == ra.WritingChoice {
			row.Key = "choice." + row.Value
			if row.Was != "" {
				row.WasKey = "choice." + row.Was
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// Applicant is who the order speaks for, and where the keys go; without what a change brings, which stands beside what it replaces.
func (p casePage) Applicant() []enteredRow {
	o := p.Order
	rows := slices.DeleteFunc(applicantRows(o.Applicant, o.Applicant), func(r enteredRow) bool { return slices.Contains(o.Changes, r.ID) })
	return append(rows, enteredRows(ra.DeliveryFields(), o.Delivery, o.Delivery)...)
}

// Changed are the values that a change brings, beside those of when it was ordered; of one that is left empty from now on the value is "".
func (p casePage) Changed() []enteredRow {
	o := p.Order
	if o.Former == nil {
		return nil
	}
	was := o.Applicant.Take(o.Changes, *o.Former)
	rows := applicantRows(o.Applicant, was)
	for _, old := range applicantRows(was, was) {
		if !slices.ContainsFunc(rows, func(r enteredRow) bool { return r.ID == old.ID }) {
			old.Was, old.Value, old.Key = old.Value, "", ""
			rows = append(rows, old)
		}
	}
	return slices.DeleteFunc(rows, func(r enteredRow) bool { return !slices.Contains(o.Changes, r.ID) })
}

func applicantRows(a, was ra.Applicant) []enteredRow {
	return slices.Concat(enteredRows(ra.OrganisationFields(), a.Organisation, was.Organisation), enteredRows(ra.LegalFields(), a.Legal, was.Legal),
		enteredRows(ra.HandlerFields(), a.Handler, was.Handler))
}

// Invoice is what is to stand on it.
func (p casePage) Invoice() []enteredRow {
	return enteredRows(ra.InvoiceFields(), p.Order.Invoice, p.Order.Invoice)
}
