package console

import (
	"slices"

	"keyhall/backoffice/ra"
)

// enteredRow is one value that a customer entered.
type enteredRow struct {
	ID      string // of the field
	Value   string
	Key     string // its words instead, of a choice
	Figures bool   // digits and codes, to be compared character by character
}

// enteredRows are the values of a T as the reviewer sees them: whole, without those left empty.
func enteredRows[T any](fields ra.Fields[T], v T) []enteredRow {
	var rows []enteredRow
	for _, f := range fields.Applying(v) {
		row := enteredRow{ID: f.ID, Value: f.Value(v), Figures: f.Writing != ra.WritingChinese && f.Writing != ra.WritingChoice}
		if row.Value == "" {
			continue
		}
		if f.Writing == ra.WritingChoice {
			row.Key = "choice." + row.Value
		}
		rows = append(rows, row)
	}
	return rows
}

// Applicant is who the order speaks for, and where the keys go.
func (p casePage) Applicant() []enteredRow {
	a := p.Order.Applicant
	return slices.Concat(enteredRows(ra.OrganisationFields(), a.Organisation), enteredRows(ra.LegalFields(), a.Legal),
		enteredRows(ra.HandlerFields(), a.Handler), enteredRows(ra.DeliveryFields(), p.Order.Delivery))
}

// Invoice is what is to stand on it.
func (p casePage) Invoice() []enteredRow { return enteredRows(ra.InvoiceFields(), p.Order.Invoice) }
