package workflow

import (
	"strings"

	"keyhall/backoffice/ra"
)

func newInvoice(*Workflow) step {
	special := func(value func(string) string) bool { return value("invoice.kind") == string(ra.InvoiceSpecial) }
	return &formStep{
		at: stageInvoice,
		build: func(w *Workflow) *form {
			f := &form{id: FormInvoice, primary: "next", entries: []*entry{
				{Field: Field{ID: "invoice.kind", Kind: FieldChoice, Choices: []string{string(ra.InvoiceOrdinary), string(ra.InvoiceSpecial)}}},
				{Field: Field{ID: "invoice.title", Kind: FieldChinese}, check: ra.CheckName},
				{Field: Field{ID: "invoice.tax_number", Kind: FieldUpper, MaxLen: 24}, check: ra.CheckTaxNumber, full: 18},
				{Field: Field{ID: "invoice.address", Kind: FieldChinese}, check: ra.CheckName, when: special},
				{Field: Field{ID: "invoice.phone", Kind: FieldDigits, MaxLen: 20}, check: ra.CheckPhone, when: special},
				{Field: Field{ID: "invoice.bank", Kind: FieldChinese}, check: ra.CheckName, when: special},
				{Field: Field{ID: "invoice.account", Kind: FieldDigits, MaxLen: 40}, check: ra.CheckBankAccount, when: special},
			}}
			i := w.visit.draft.Application.Invoice
			for id, v := range map[string]string{
				"invoice.kind": string(i.Kind), "invoice.title": i.Title, "invoice.tax_number": i.TaxNumber, "invoice.address": i.Address,
				"invoice.phone": i.Phone, "invoice.bank": i.Bank, "invoice.account": i.Account,
			} {
				f.set(id, v)
			}
			return f
		},
		next: func(w *Workflow, f *form) {
			text := func(id string) string { return strings.TrimSpace(f.value(id)) }
			i := ra.Invoice{Kind: ra.InvoiceKind(text("invoice.kind")), Title: text("invoice.title"), TaxNumber: ra.NormalCreditCode(text("invoice.tax_number"))}
			if i.Kind == ra.InvoiceSpecial {
				i.Address, i.Phone, i.Bank, i.Account = text("invoice.address"), text("invoice.phone"), text("invoice.bank"), text("invoice.account")
			}
			if err := i.Validate(); err != nil {
				f.refuse(err)
				return
			}
			w.visit.draft.Application.Invoice = i
			if w.keepDraft() {
				w.done()
			}
		},
	}
}

func newDelivery(*Workflow) step {
	courier := func(value func(string) string) bool {
		return value("delivery.kind") != string(ra.DeliveryCounter) && value("delivery.kind") != ""
	}
	return &formStep{
		at: stageDelivery,
		build: func(w *Workflow) *form {
			f := &form{id: FormDelivery, primary: "next", entries: []*entry{
				{Field: Field{ID: "delivery.kind", Kind: FieldChoice, Choices: []string{
					string(ra.DeliveryCounter), string(ra.DeliveryPrepaid), string(ra.DeliveryCollect)}}},
				{Field: Field{ID: "delivery.name", Kind: FieldChinese}, check: ra.CheckName, when: courier},
				{Field: Field{ID: "delivery.phone", Kind: FieldDigits, MaxLen: 20}, check: ra.CheckPhone, when: courier},
				{Field: Field{ID: "delivery.address", Kind: FieldChinese}, check: ra.CheckName, when: courier},
			}}
			d := w.visit.draft.Application.Delivery
			for id, v := range map[string]string{
				"delivery.kind": string(d.Kind), "delivery.name": d.Name, "delivery.phone": d.Phone, "delivery.address": d.Address,
			} {
				f.set(id, v)
			}
			return f
		},
		next: func(w *Workflow, f *form) {
			text := func(id string) string { return strings.TrimSpace(f.value(id)) }
			d := ra.Delivery{Kind: ra.DeliveryKind(text("delivery.kind"))}
			if d.Kind != ra.DeliveryCounter {
				d.Name, d.Phone, d.Address = text("delivery.name"), text("delivery.phone"), text("delivery.address")
			}
			if err := d.Validate(); err != nil {
				f.refuse(err)
				return
			}
			w.visit.draft.Application.Delivery = d
			if w.keepDraft() {
				w.done()
			}
		},
	}
}
