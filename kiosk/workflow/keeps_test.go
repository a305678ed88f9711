package workflow

import (
	"testing"

	"keyhall/backoffice/ra"
)

// TestHomeAsksBeforeARegistrationIsLost: nothing of it is kept before it is sent. What is lost by nothing is not asked about.
func TestHomeAsksBeforeARegistrationIsLost(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	register := func() {
		see[HomePage](h, nil)
		h.do(ChooseKind{ra.KindNew})
		see[ProjectsPage](h, nil)
		h.do(ChooseProject{"seal"})
		h.ready()
		see(h, func(p FormPage) bool { return p.ID == FormLogIn })
		h.do(Register{})
		see(h, func(p FormPage) bool { return p.ID == FormAccount })
	}
	register()
	h.do(Home{}) // nothing was entered
	register()
	h.form(FormAccount, "login", "new@example.cn", "password", "secret123", "password_again", "secret123")
	see(h, func(p FormPage) bool { return p.ID == FormOrganisation })
	for _, out := range []Action{Home{}, LogOut{}, Home{}} {
		h.do(Type{"organisation.name", "杭州某某"}, out)
		see(h, func(p NoticePage) bool { return p.ID == noticeLoseTyped && p.Asks })
		h.do(Go{})
		see(h, func(p FormPage) bool {
			return p.ID == FormOrganisation && p.Fields[2].Value != "" || p.Fields[0].Value != ""
		})
	}
	h.do(Home{})
	see[NoticePage](h, nil)
	h.do(Back{})
	see(h, func(p FormPage) bool { return p.ID == FormOrganisation })
	h.do(GiveUp{}, Home{}) // without the question it is nothing
	see(h, func(p NoticePage) bool { return p.Asks })
	h.do(GiveUp{})
	see[HomePage](h, nil)
	h.end()
}

// TestAccountIsPrinted: who pays elsewhere takes the account along, on paper or on their telephone, and hears one span of time on every page.
func TestAccountIsPrinted(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	id := h.order(1, ra.OrderOpen)
	h.client.set(func() {
		h.client.orders[id].Materials, h.client.orders[id].Applicant.Handler.Mobile = ra.MaterialsSubmitted, "13800001234"
	})
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(OpenOrder{id})
	pay := see(h, func(p PayPage) bool {
		return len(p.Sources) == 2 && p.Print == PrintReady && p.Span.Key == "span.working_days"
	})
	h.do(Print{})
	see(h, func(p PayPage) bool { return p.Print == PrintDone })
	if got, want := h.printer.printed, "transfer "+pay.Number+" 6222"; len(got) != 1 || got[0] != want {
		t.Errorf("printed %q, want %q", got, want)
	}
	h.do(SendAccount{})
	see(h, func(p NoticePage) bool { return p.ID == "account_sent" && p.Args["mobile"] == "138****1234" })
	h.do(Go{})
	see(h, func(p PayPage) bool { return p.Fault == nil && p.Print == PrintDone }) // as it was
	h.client.set(func() { h.client.refuse["SendAccount"] = ra.E(ra.CodeSMSPaused, "minutes", "15") })
	h.do(SendAccount{})
	see(h, func(p PayPage) bool { return isFault(p.Fault, ra.CodeSMSPaused) && p.Fault.Args["minutes"] == "15" })
	h.do(Later{})
	see(h, func(p WaitPage) bool { return p.Span.Key == pay.Span.Key && p.Span.Args["to"] == pay.Span.Args["to"] })
	h.client.supervisor(t, func(o *ra.Order) { o.Payment = ra.PaymentAwaitingConfirmation })
	see(h, func(p WaitPage) bool { return p.Span.Key == pay.Span.Key })
	h.client.supervisor(t, func(o *ra.Order) { o.Payment = ra.PaymentPaid })
	see(h, func(p WaitPage) bool { return p.Span.Key == "span.minutes" && p.Span.Args["minutes"] == "10" })
	h.end()
}
