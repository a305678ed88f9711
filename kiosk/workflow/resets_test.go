package workflow

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
	"keyhall/backoffice/servicetest"
)

// forgets goes from home to the form of the forgotten password.
func (h *hall) forgets(login string) {
	h.account()
	see[HomePage](h, nil)
	h.do(SeeOrders{})
	see(h, func(p FormPage) bool {
		return p.ID == FormLogIn && slices.Contains(p.Secondary, Named(ForgotPassword{}))
	})
	h.do(Type{"login", login}, ForgotPassword{})
	see(h, func(p FormPage) bool { return p.ID == FormForgot && p.Fields[0].Value == login })
}

// TestForgottenPassword is set anew at the place where somebody notices: a code, a new password, and the login that was begun.
func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.forgets("13800001234")
	h.do(Go{})
	see(h, func(p FormPage) bool { return p.ID == FormRecover && p.Facts[0].Value == "13800001234" })
	h.form(FormRecover, "reset_code", "11111111", "new_password", "secret456", "new_password_again", "secret456")
	see(h, func(p FormPage) bool { // a wrong code stays one, and what is hidden is typed again
		return p.ID == FormRecover && p.Fields[0].Problem != nil && p.Fields[0].Problem.Code == ra.CodeSMSCodeWrong && !p.Ready
	})
	h.form(FormRecover, "reset_code", "12345678", "new_password", "secret456", "new_password_again", "secret456")
	see(h, func(p NoticePage) bool { return p.ID == "password_reset" })
	h.do(Go{})
	see(h, func(p FormPage) bool { return p.ID == FormLogIn && p.Fields[0].Value == "13800001234" })
	h.form(FormLogIn, "login", "13800001234", "password", "secret456")
	see[OrdersPage](h, nil)
	h.end()
}

// TestForgottenPasswordAndBack: who knows it after all goes back; who has no telephone is told the way; codes are not sent without end.
func TestForgottenPasswordAndBack(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.forgets("13800001234")
	h.do(NoMobile{})
	see(h, func(p NoticePage) bool { return p.ID == "forgot_password" && !p.Asks })
	h.do(Go{})
	see(h, func(p FormPage) bool { return p.ID == FormForgot })
	h.do(Go{})
	see(h, func(p FormPage) bool { return p.ID == FormRecover })
	for range 2 {
		h.do(SendReset{})
		see(h, func(p NoticePage) bool { return p.ID == "reset_code_sent" })
		h.do(Go{})
		see(h, func(p FormPage) bool { return p.ID == FormRecover })
	}
	h.do(SendReset{})
	see(h, func(p FormPage) bool {
		return p.ID == FormRecover && p.Fault != nil && p.Fault.Code == ra.CodeSMSPaused
	})
	h.do(Back{})
	see(h, func(p FormPage) bool { return p.ID == FormForgot })
	h.do(Back{})
	see(h, func(p FormPage) bool { return p.ID == FormLogIn && p.Fields[0].Value == "13800001234" })
	h.do(ForgotPassword{})
	see(h, func(p FormPage) bool { return p.ID == FormForgot }) // it is asked for again
	h.do(Home{})
	see[HomePage](h, nil)
	h.end()
}

// TestCodeFromTheDesk: the code that a second officer had sent sets the password at a kiosk, good for an hour, and no further one is sent there.
func TestCodeFromTheDesk(t *testing.T) {
	t.Parallel()
	h, d := realHall(t, 0)
	r := d.Registration(t)
	member, err := d.Register(t.Context(), "", r)
	servicetest.Must(t, err)
	askedAtDesk(t, d, member)
	code := lastReset(t, d, r.Login, 1)
	d.Clock.Advance(review.DeskCodeLifetime - time.Minute)
	h.do(SeeOrders{})
	see(h, func(p FormPage) bool { return p.ID == FormLogIn })
	h.do(ForgotPassword{})
	see(h, func(p FormPage) bool { return p.ID == FormForgot && slices.Contains(p.Secondary, Named(HaveCode{})) })
	h.do(HaveCode{}) // whose?
	see(h, func(p FormPage) bool { return p.ID == FormForgot && p.Fields[0].Problem != nil })
	h.do(Type{"login", "13900000000"}, HaveCode{}) // a slip of the finger
	see(h, func(p FormPage) bool { return p.ID == FormRecoverHeld && p.Facts[0].Value == "13900000000" })
	h.do(Back{})
	see(h, func(p FormPage) bool { return p.ID == FormForgot })
	h.do(Type{"login", r.Login}, HaveCode{})
	see(h, func(p FormPage) bool { return p.ID == FormRecoverHeld && p.Facts[0].Value == r.Login })
	wrong := "11111111"
	if code == wrong {
		wrong = "22222222"
	}
	h.form(FormRecoverHeld, "reset_code", wrong, "new_password", "Weihai2027a", "new_password_again", "Weihai2027a")
	see(h, func(p FormPage) bool {
		return p.ID == FormRecoverHeld && p.Fields[0].Problem != nil && p.Fields[0].Problem.Code == ra.CodeSMSCodeWrong
	})
	h.form(FormRecoverHeld, "reset_code", code, "new_password", "Weihai2027a", "new_password_again", "Weihai2027a")
	see(h, func(p NoticePage) bool { return p.ID == "password_reset" })
	h.do(Go{})
	h.form(FormLogIn, "login", r.Login, "password", "Weihai2027a")
	see[OrdersPage](h, nil)
	lastReset(t, d, r.Login, 1) // none but the desk's
	h.end()
	d.Sound(t)
}

// askedAtDesk has a code sent as the desk does: papers, a clerk, a second officer.
func askedAtDesk(t *testing.T, d *direct, member ra.Membership) {
	t.Helper()
	second := d.Hired(t, "qian@hall.example", "钱主管", servicetest.Grants(ra.RoleSupervisor)...)
	c := book.AccessChange{ID: servicetest.ID(t), MembershipID: member.ID, HallID: servicetest.HallID, Kind: ra.AccessPassword, Note: "本人到场"}
	for i, kind := range c.Kind.Papers() {
		scan, _ := servicetest.Scan(t, i+1)
		sum, err := d.Access.Bring(t.Context(), d.Counter, member.ID, servicetest.HallID, bytes.NewReader(scan))
		servicetest.Must(t, err)
		c.Papers = append(c.Papers, book.Paper{Kind: kind, SHA256: sum})
	}
	servicetest.Must(t, d.Access.Ask(t.Context(), d.Counter, c))
	servicetest.Must(t, d.Access.Confirm(t.Context(), second, c.ID))
}

// lastReset is the code in the last of n messages with one to a mobile.
func lastReset(t *testing.T, d *direct, mobile string, n int) (code string) {
	t.Helper()
	_, err := d.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	for _, m := range d.Sender.Sent() {
		if m.Template == "password_code" && m.Mobile == mobile {
			n, code = n-1, m.Parameters["code"]
		}
	}
	if n != 0 || code == "" {
		t.Fatalf("%d messages fewer than wanted with a code, the last %q", n, code)
	}
	return code
}
