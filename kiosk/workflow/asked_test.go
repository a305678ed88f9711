package workflow

import (
	"testing"

	"keyhall/backoffice/ra"
)

// valueOf is what stands in a field of a form.
func valueOf(p FormPage, id string) string {
	for _, f := range p.Fields {
		if f.ID == id {
			return f.Value
		}
	}
	return ""
}

// TestLoginNameIsTypedOnce: who typed theirs to log in, and then registers, finds it filled in.
func TestLoginNameIsTypedOnce(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	see[HomePage](h, nil)
	h.do(ChooseKind{ra.KindNew})
	see(h, func(p ProjectsPage) bool { return len(p.Projects) == 2 })
	h.do(ChooseProject{"seal"})
	h.ready()
	see(h, func(p FormPage) bool { return p.ID == FormLogIn })
	h.do(Type{"login", "13800001234"})
	see(h, func(p FormPage) bool { return valueOf(p, "login") == "13800001234" })
	h.do(Register{})
	see(h, func(p FormPage) bool { return p.ID == FormAccount && valueOf(p, "login") == "13800001234" })
	h.form(FormAccount, "password", "secret123", "password_again", "secret123")
	h.end()
}

// TestFurtherOrderKnowsTheInvoice: the invoice and the address of the last order stand in the next one, those that were the
// organisation's as they are now; another member's never.
func TestFurtherOrderKnowsTheInvoice(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	id := h.order(1, ra.OrderOpen)
	h.client.set(func() {
		o := h.client.orders[id]
		o.Applicant.Organisation.Name, o.Applicant.Organisation.CreditCode = "旧名称有限公司", testCreditCode
		o.Invoice = ra.Invoice{Kind: ra.InvoiceSpecial, Title: "旧名称有限公司", TaxNumber: testCreditCode, Address: "文三路 1 号", Phone: "0571-88880000", Bank: "工商银行", Account: "1202020309900012345"}
		o.Delivery = ra.Delivery{Kind: ra.DeliveryCollect, Name: "李四", Phone: "13900001234", Address: "文三路 2 号"}
	})
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(NewApplication{})
	h.ready()
	see[ServicesPage](h, nil)
	h.do(SetQuantity{"one-year", 1})
	see(h, func(p ServicesPage) bool { return p.Ready })
	h.do(Go{})
	see(h, func(p FormPage) bool {
		return p.ID == FormInvoice && p.Ready && valueOf(p, "invoice.account") == "1202020309900012345" && valueOf(p, "invoice.title") == "杭州某某有限公司"
	})
	h.do(Go{})
	see(h, func(p FormPage) bool {
		return p.ID == FormDelivery && p.Ready && valueOf(p, "delivery.address") == "文三路 2 号"
	})
	h.end()
}

// TestFirstOrderKnowsTheOrganisation: before any order the organisation's data says what it can.
func TestFirstOrderKnowsTheOrganisation(t *testing.T) {
	t.Parallel()
	v := newVisit(nil)
	v.member = ra.Membership{Organisation: ra.Organisation{Name: "甲公司", CreditCode: testCreditCode, Address: "文三路 1 号"}, Handler: ra.Person{Name: "李四", Mobile: "13900001234"}}
	if got, want := v.usualInvoice(), (ra.Invoice{Kind: ra.InvoiceOrdinary, Title: "甲公司", TaxNumber: testCreditCode, Address: "文三路 1 号"}); got != want {
		t.Errorf("invoice %+v, want %+v", got, want)
	}
	if got, want := v.usualDelivery(), (ra.Delivery{Kind: ra.DeliveryCounter, Name: "李四", Phone: "13900001234", Address: "文三路 1 号"}); got != want {
		t.Errorf("delivery %+v, want %+v", got, want)
	}
}
