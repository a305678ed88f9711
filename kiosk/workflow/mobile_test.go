package workflow

import (
	"slices"
	"testing"

	"keyhall/backoffice/ra"
)

// toMobile fills in a registration up to the code of the mobile.
func (h *hall) toMobile(mobile string) {
	h.t.Helper()
	h.client.set(func() { h.client.projects[0].ProveMobile = true })
	see[HomePage](h, nil)
	h.do(ChooseKind{ra.KindNew})
	see[ProjectsPage](h, nil)
	h.do(ChooseProject{"seal"})
	h.ready()
	see(h, func(p FormPage) bool { return p.ID == FormLogIn && slices.Contains(p.Secondary, Named(Register{})) })
	h.do(Register{})
	h.form(FormAccount, "login", "13800001234", "password", "secret123", "password_again", "secret123")
	h.form(FormOrganisation, "organisation.credit_code", testCreditCode, "organisation.credit_code_again", testCreditCode, "organisation.name", "杭州某某有限公司")
	h.form(FormLegal, "legal.name", "张三", "legal.id_number", testIDNumber)
	h.form(FormHandler, "handler.name", "李四", "handler.id_number", testIDNumber, "handler.mobile", mobile)
}

// agrees agrees to everything.
func (h *hall) agrees() {
	h.t.Helper()
	see[AgreementsPage](h, nil)
	for _, id := range []string{"terms", "privacy"} {
		h.do(OpenAgreement{id})
		see(h, func(p AgreementPage) bool { return p.Agreement.ID == id })
		h.do(Go{})
		see[AgreementsPage](h, nil)
	}
	h.do(Go{})
}

func (h *hall) codes(mobile string) (n int) {
	h.client.set(func() {
		for _, sent := range h.client.sent {
			if sent[len(sent)-len(mobile):] == mobile {
				n++
			}
		}
	})
	return n
}

// TestMobileIsProven where the project asks for it: by a code that is sent as the page comes, once for a number.
func TestMobileIsProven(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.toMobile("13800001234")
	see(h, func(p FormPage) bool {
		return p.ID == FormMobile && p.Facts[0].Value == "13800001234" && slices.Equal(p.Secondary, []Named{SendMobile{}}) && !p.Ready
	})
	h.form(FormMobile, "mobile_code", "11111111")
	h.problem("mobile_code", ra.CodeSMSCodeWrong)
	h.do(SendMobile{})
	see(h, func(p NoticePage) bool { return p.ID == "mobile_code_sent" })
	h.do(Go{})
	h.form(FormMobile, "mobile_code", "12345678")
	see[AgreementsPage](h, nil)
	h.do(Back{})
	see(h, func(p FormPage) bool { return p.ID == FormMobile && p.Ready })
	h.do(Back{})
	see(h, func(p FormPage) bool { return p.ID == FormHandler })
	if n := h.codes("13800001234"); n != 2 {
		t.Errorf("%d codes, want 2", n)
	}
	h.form(FormHandler, "handler.mobile", "13900005678") // another number is proven anew
	see(h, func(p FormPage) bool {
		return p.ID == FormMobile && p.Facts[0].Value == "13900005678" && p.Fields[0].Value == ""
	})
	h.form(FormMobile, "mobile_code", "12345678")
	h.agrees()
	see(h, func(p FormPage) bool { return p.ID == FormCheck })
	h.do(Go{})
	see[ServicesPage](h, nil)
	if n := h.codes("13900005678"); n != 1 {
		t.Errorf("%d codes to the other number, want 1", n)
	}
	h.end()
}

// TestMobileCodeNotSent is told, and asked for again; nothing typed is lost.
func TestMobileCodeNotSent(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.client.set(func() { h.client.refuse["AskMobileCode"] = ra.E(ra.CodeSMSPaused, "minutes", "15").At("mobile") })
	h.toMobile("13800001234")
	see(h, func(p FormPage) bool { return p.ID == FormMobile && isFault(p.Fault, ra.CodeSMSPaused) })
	h.client.set(func() { delete(h.client.refuse, "AskMobileCode") })
	h.do(SendMobile{})
	see(h, func(p NoticePage) bool { return p.ID == "mobile_code_sent" })
	h.do(Go{})
	h.client.set(func() { h.client.refuse["CheckMobile"] = ra.E(ra.CodeOfficeAway) })
	h.form(FormMobile, "mobile_code", "12345678")
	see(h, func(p FormPage) bool {
		return p.ID == FormMobile && isFault(p.Fault, ra.CodeOfficeAway) && p.Fields[0].Value == "12345678"
	})
	h.client.set(func() { delete(h.client.refuse, "CheckMobile") })
	h.do(Go{})
	h.agrees()
	see(h, func(p FormPage) bool { return p.ID == FormCheck })
	h.client.set(func() { h.client.refuse["Register"] = ra.E(ra.CodeSMSCodeOver).At("mobile_code") }) // it took too long
	h.do(Go{})
	h.problem("mobile_code", ra.CodeSMSCodeOver)
	h.client.set(func() { delete(h.client.refuse, "Register") })
	h.do(SendMobile{})
	see(h, func(p NoticePage) bool { return p.ID == "mobile_code_sent" })
	h.do(Go{})
	h.form(FormMobile, "mobile_code", "12345678")
	see(h, func(p FormPage) bool { return p.ID == FormCheck })
	h.do(Go{})
	see[ServicesPage](h, nil)
	h.end()
}
