package console

import (
	"slices"

	"keyhall/backoffice/ra"
)

// enteredRow is one value that a customer entered.
type enteredRow struct {
	ID      string // of the field
	Value   string
	Was     string // what is believed until the order is approved, "" where that is the same
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
		}
		rows = append(rows, row)
	}
	return rows
}

// Applicant is who the order speaks for, beside what a change that is not approved yet would replace, and where the keys go.
func (p casePage) Applicant() []enteredRow {
	o := p.Order
	a, was := o.Applicant, o.Applicant
	if rule, _ := ra.RuleOf(o.Kind, o.Reason); o.ApprovedAt == nil {
		was = was.With(rule.Changes, ra.Applicant{Organisation: p.Member.Organisation, Legal: p.Member.Legal, Handler: p.Member.Handler})
	}
	return slices.Concat(enteredRows(ra.OrganisationFields(), a.Organisation, was.Organisation), enteredRows(ra.LegalFields(), a.Legal, was.Legal),
		enteredRows(ra.HandlerFields(), a.Handler, was.Handler), enteredRows(ra.DeliveryFields(), o.Delivery, o.Delivery))
}

// Invoice is what is to stand on it.
func (p casePage) Invoice() []enteredRow {
	return enteredRows(ra.InvoiceFields(), p.Order.Invoice, p.Order.Invoice)
}
