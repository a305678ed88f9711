package workflow

import (
	"testing"

	"keyhall/backoffice/ra"
)

// TestSameWrongCodeIsNotSentTwice: not by five taps, and not typed anew; another one is, and after a new one was sent any.
func TestSameWrongCodeIsNotSentTwice(t *testing.T) {
	t.Parallel()
	f := &form{entries: []*entry{codeEntry()}}
	enter := func(code string) { f.act(Type{"auth_code", code}) }
	wrong := ra.E(ra.CodeAuthCodeWrong, "left", "4").At("auth_code")
	enter("12345678")
	f.refuse(wrong)
	for _, c := range []struct {
		code string
		good bool
	}{{"12345678", false}, {"1234567", true}, {"12345678", false}, {"12345679", true}} {
		enter(c.code)
		if p := f.page(); p.Ready != c.good || isFault(p.Fields[0].Problem, ra.CodeAuthCodeWrong) == c.good {
			t.Errorf("%s may be sent: %v, problem %+v", c.code, p.Ready, p.Fields[0].Problem)
		}
	}
	f.refuse(ra.E(ra.CodeAuthCodePaused, "minutes", "15").At("auth_code"))
	if !f.ready() {
		t.Error("a code that was not looked at may not be sent again")
	}
	f.wipe()
	enter("12345678")
	if !f.ready() {
		t.Error("the same code is refused after a new one was sent")
	}
}

// TestNewCodeIsSentToTheMaskedNumber, which the page tells.
func TestNewCodeIsSentToTheMaskedNumber(t *testing.T) {
	t.Parallel()
	h := openHall(t, 1)
	h.account()
	id := h.order(1, ra.OrderApproved)
	h.client.set(func() { h.client.orders[id].Applicant.Handler.Mobile = "13800001234" })
	h.hub.Plug(t, 0)
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(OpenOrder{id})
	see(h, func(p KeyPage) bool { return p.Ready })
	h.do(Go{})
	p := see(h, func(p FormPage) bool { return p.ID == FormCode })
	if len(p.Facts) != 2 || p.Facts[1].Value != "138****1234" || len(p.Secondary) != 1 {
		t.Errorf("the page tells %+v, offers %v", p.Facts, p.Secondary)
	}
	h.do(Type{"auth_code", "1"}, SendCode{})
	see(h, func(p NoticePage) bool { return p.ID == "code_sent" && p.Args["mobile"] == "138****1234" })
	h.do(Go{})
	see(h, func(p FormPage) bool { return p.ID == FormCode && p.Fields[0].Value == "" })
	h.client.set(func() { h.client.refuse["SendCode"] = ra.E(ra.CodeSMSPaused, "minutes", "15") })
	h.do(SendCode{})
	see(h, func(p FormPage) bool { return isFault(p.Fault, ra.CodeSMSPaused) })
	h.end()
}
