package workflow

import (
	"slices"
	"testing"

	"keyhall/backoffice/ra"
)

// TestSwitchBetweenOrganisations: a person in two projects chooses after the login, sees the orders of that membership only,
// and switches without a password.
func TestSwitchBetweenOrganisations(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.order(1, ra.OrderOpen)
	h.client.set(func() {
		first := h.client.members["13800001234"][0]
		second := first
		second.ID, second.ProjectID, second.Organisation.Name, second.State = "second", "trade", "杭州另一家有限公司", ra.MembershipConfirmed
		h.client.members["13800001234"] = []ra.Membership{second, first}
	})
	h.logIn()
	p := see(h, func(p MembersPage) bool { return len(p.Members) == 2 && p.Members[0].Project.ZH != "" })
	if p.Members[0].Organisation != "杭州另一家有限公司" || !p.Members[0].Confirmed || p.Members[0].Current || p.Members[0].Project.ZH != "电子印章中心 trade" {
		t.Errorf("members %+v", p.Members)
	}
	h.do(ChooseMember{"second"})
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 0 && p.Member.ID == "second" })
	h.do(SeeMembers{})
	see(h, func(p MembersPage) bool { return p.Members[0].Current })
	h.do(ChooseMember{h.firstMember()})
	see(h, func(p OrdersPage) bool {
		return len(p.Orders) == 1 && p.Member.Organisation == "杭州某某有限公司"
	})
	h.end()
}

// firstMember is the membership that account made.
func (h *hall) firstMember() (id string) {
	h.client.set(func() {
		all := h.client.members["13800001234"]
		id = all[len(all)-1].ID
	})
	return id
}

// secondMember gives the member that account made a membership at another project.
func (h *hall) secondMember() {
	h.client.set(func() {
		second := h.client.members["13800001234"][0]
		second.ID, second.ProjectID = "second", "trade"
		h.client.members["13800001234"] = []ra.Membership{second, h.client.members["13800001234"][0]}
	})
}

// inFirstOfTwo logs in a member with a second membership and chooses the first.
func (h *hall) inFirstOfTwo() {
	h.t.Helper()
	h.secondMember()
	h.logIn()
	see[MembersPage](h, nil)
	h.do(ChooseMember{h.firstMember()})
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
}

// TestSecondPartner: the same handler at a second partner adds an organisation there, with the login of before and without
// making an account.
func TestSecondPartner(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	see[HomePage](h, nil)
	h.do(ChooseKind{ra.KindNew})
	see[ProjectsPage](h, nil)
	h.do(ChooseProject{"trade"})
	h.ready()
	h.form(FormLogIn, "login", "13800001234", "password", "secret123")
	h.form(FormOrganisation, "organisation.credit_code", testCreditCode, "organisation.credit_code_again", testCreditCode, "organisation.name", "杭州某某有限公司")
	h.form(FormLegal, "legal.name", "张三", "legal.id_number", testIDNumber)
	see(h, func(p FormPage) bool {
		return p.ID == FormHandler && slices.ContainsFunc(p.Fields, func(f Field) bool { return f.ID == "handler.name" && f.Value == "李四" })
	})
	h.form(FormHandler, "handler.mobile", "13900009999")
	h.agree()
	h.form(FormJoin)
	h.problem("handler.mobile", ra.CodeMobileDiffers)
	h.form(FormHandler, "handler.mobile", "13800001234")
	h.form(FormJoin)
	see[ServicesPage](h, nil)
	if all := h.client.members["13800001234"]; len(all) != 2 || all[0].ProjectID != "trade" || len(all[0].Agreed) != 2 {
		t.Errorf("memberships %+v", all)
	}
	if h.now().Customer != "138****1234" {
		t.Errorf("customer %q", h.now().Customer)
	}
	h.end()
}

// agree opens and agrees to everything.
func (h *hall) agree() {
	h.t.Helper()
	see[AgreementsPage](h, nil)
	for _, id := range []string{"terms", "privacy"} {
		h.do(OpenAgreement{id})
		see[AgreementPage](h, nil)
		h.do(Go{})
		see[AgreementsPage](h, nil)
	}
	h.do(Go{})
}

// TestNewPassword changes it, with a wrong old one first.
func TestNewPassword(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.logIn()
	see[OrdersPage](h, nil)
	h.do(SeeMembers{})
	see[MembersPage](h, nil)
	h.do(ChangePassword{})
	h.form(FormPassword, "old", "wrong12345", "new_password", "secret456", "new_password_again", "secret456")
	h.problem("old", ra.CodePasswordWrong)
	h.form(FormPassword, "old", "secret123", "new_password", "secret456", "new_password_again", "secret456")
	see(h, func(p NoticePage) bool { return p.ID == "password_changed" })
	h.do(Go{})
	see[MembersPage](h, nil)
	h.do(Home{})
	see[HomePage](h, nil)
	h.do(SeeOrders{})
	h.form(FormLogIn, "login", "13800001234", "password", "secret456")
	see[OrdersPage](h, nil)
	h.end()
}

// TestSessionOverInAMembership comes back in the membership of before, although the person has two.
func TestSessionOverInAMembership(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.order(1, ra.OrderOpen)
	h.client.set(func() {
		second := h.client.members["13800001234"][0]
		second.ID, second.ProjectID = "second", "trade"
		h.client.members["13800001234"] = append(h.client.members["13800001234"], second)
	})
	h.logIn()
	see[MembersPage](h, nil)
	h.do(ChooseMember{"second"})
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 0 })
	h.client.set(func() { clear(h.client.sessions) })
	h.do(Retry{})
	h.form(FormLogIn, "password", "secret123")
	see(h, func(p OrdersPage) bool { return p.Member.ID == "second" && len(p.Orders) == 0 })
	h.end()
}

// TestSwitchWhoseAnswerIsLost: the session may be in either membership then, so neither is shown as the one in hand, and the one of
// before is entered anew.
func TestSwitchWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.order(1, ra.OrderOpen)
	h.inFirstOfTwo()
	h.do(SeeMembers{})
	see(h, func(p MembersPage) bool { return p.Members[1].Current })
	h.client.set(func() { h.client.lost["Choose"] = 3 })
	h.do(ChooseMember{"second"})
	see(h, func(p FaultPage) bool { return p.Fault.Code == ra.CodeOfficeAway })
	h.do(Retry{})
	p := see[MembersPage](h, nil)
	if p.Members[0].Current || p.Members[1].Current || h.now().Back {
		t.Errorf("members %+v, back %v: nobody knows which of them the session is in", p.Members, h.now().Back)
	}
	h.do(ChooseMember{h.firstMember()})
	if p := see[OrdersPage](h, nil); len(p.Orders) != 1 || p.Member.ID != h.firstMember() {
		t.Errorf("%d orders under %s, want that membership's own", len(p.Orders), p.Member.ID)
	}
	h.end()
}

// TestSessionOverAndTheChoiceLost: the new session was never put into the membership of before, so choosing that one asks for it.
func TestSessionOverAndTheChoiceLost(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.order(1, ra.OrderOpen)
	h.inFirstOfTwo()
	h.client.set(func() {
		clear(h.client.sessions)
		h.client.refuse["Choose"] = ra.E(ra.CodeInternal)
	})
	h.do(Retry{})
	h.form(FormLogIn, "password", "secret123")
	see(h, func(p FaultPage) bool { return p.Fault.Code == ra.CodeInternal })
	h.do(Retry{})
	see[MembersPage](h, nil)
	if h.now().Back {
		t.Error("there is a way back to orders of no membership")
	}
	h.do(ChooseMember{h.firstMember()})
	if p := see[OrdersPage](h, nil); len(p.Orders) != 1 {
		t.Errorf("%d orders, want the membership's own", len(p.Orders))
	}
	h.end()
}
