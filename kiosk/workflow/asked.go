package workflow

import (
	"cmp"

	"keyhall/backoffice/ra"
)

// Nothing is asked twice that is known: what stands here fills in what somebody would have to type again.

// triedLogin is the login name that was typed where one logs in, by who then registers or has forgotten the password.
func (v *visit) triedLogin() string {
	if f := v.forms[string(stageLogIn)]; f != nil {
		return f.value("login")
	}
	return ""
}

// usualInvoice is the one of the member's last order, else what the organisation's data says. What was the organisation's own follows it.
func (v *visit) usualInvoice() ra.Invoice {
	own := v.member.Organisation
	if v.former == nil || v.former.Invoice.Kind == "" {
		return ra.Invoice{Kind: ra.InvoiceOrdinary, Title: own.Name, TaxNumber: own.CreditCode, Address: own.Address}
	}
	i, was := v.former.Invoice, v.former.Applicant.Organisation
	if i.Title == was.Name {
		i.Title = own.Name
	}
	if i.TaxNumber == was.CreditCode {
		i.TaxNumber = own.CreditCode
	}
	i.Address = cmp.Or(i.Address, own.Address)
	return i
}

// usualDelivery is the one of the member's last order, else to the handler at the organisation's address, should it be sent.
func (v *visit) usualDelivery() ra.Delivery {
	d := ra.Delivery{Kind: ra.DeliveryCounter, Name: v.member.Handler.Name, Phone: v.member.Handler.Mobile, Address: v.member.Organisation.Address}
	if v.former != nil && v.former.Delivery.Address != "" {
		d = v.former.Delivery
	}
	return d
}
