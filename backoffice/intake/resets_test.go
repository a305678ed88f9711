package intake_test

import (
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/issuing"
	"keyhall/backoffice/password"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
	"keyhall/backoffice/servicetest"
)

const anew = "Weihai2027a"

// texts delivers what waits and returns the texts of a template to a mobile.
func texts(t *testing.T, h *servicetest.Hall, template, mobile string) (all []string, code string) {
	t.Helper()
	_, err := h.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	for _, m := range h.Sender.Sent() {
		if m.Template == template && m.Mobile == mobile {
			all, code = append(all, m.Text), m.Parameters["code"]
		}
	}
	return all, code
}

// forgot asks for a code and returns it.
func forgot(t *testing.T, h *servicetest.Hall, m ra.Membership) string {
	t.Helper()
	servicetest.Must(t, h.ForgotPassword(t.Context(), h.Kiosk, m.Login))
	_, code := texts(t, h, "password_code", m.Handler.Mobile)
	if code == "" {
		t.Fatal("no code was sent")
	}
	return code
}

// TestForgottenPasswordIsSetAnew by a code to the registered mobile: sessions and authorization codes of before are over, whoever can be
// told is told, and for a day nothing is begun on a key.
func TestForgottenPasswordIsSetAnew(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	m := h.Registered(t)
	order, first := h.Approved(t, m, 1)
	before := h.LoggedIn(t, h.Kiosk, m.Login, servicetest.Password, m.ID)
	code := forgot(t, h, m)
	servicetest.Must(t, h.RecoverPassword(ctx, h.Kiosk, " "+m.Login, code, anew))
	servicetest.Must(t, h.RecoverPassword(ctx, h.Kiosk, m.Login, code, anew)) // the answer was lost
	_, err := h.Session(ctx, h.Kiosk, before)
	servicetest.WantCode(t, "the session of before", err, ra.CodeSessionOver, "")
	_, err = h.LogIn(ctx, h.Kiosk, m.Login, servicetest.Password)
	servicetest.WantCode(t, "the old password", err, ra.CodeLoginWrong, "")
	h.LoggedIn(t, h.Kiosk, m.Login, anew, m.ID)
	if told, _ := texts(t, h, "password_reset", m.Handler.Mobile); len(told) != 1 || !strings.Contains(told[0], "24 小时") {
		t.Errorf("told %q, want it once", told)
	}
	r := servicetest.ReservationFor(t, order, first, "S1")
	_, err = h.Reserve(ctx, h.Kiosk, m, r)
	servicetest.WantCode(t, "within the day", err, ra.CodePasswordFresh, "")
	if got := servicetest.Argument(err, "hours"); got != "24" {
		t.Errorf("%s hours to wait, want 24", got)
	}
	h.Clock.Advance(issuing.FreshPassword)
	_, err = h.Reserve(ctx, h.Kiosk, m, r)
	servicetest.WantCode(t, "the code of before", err, ra.CodeAuthCodeExpired, "auth_code")
	servicetest.Must(t, h.SendCode(ctx, h.Kiosk, m, order.ID))
	_, err = h.DeliverMessages(ctx)
	servicetest.Must(t, err)
	r.AuthCode, err = h.Sender.Code(order.Number)
	servicetest.Must(t, err)
	if _, err := h.Reserve(ctx, h.Kiosk, m, r); err != nil {
		t.Errorf("a day later with a new code: %v", err)
	}
	h.Sound(t)
}

// TestResetCodeIsRefused where it is not the live one, and the password stays.
func TestResetCodeIsRefused(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	m, other := h.Registered(t), h.Registered(t)
	set := func(login, code, pass string) error { return h.RecoverPassword(ctx, h.Kiosk, login, code, pass) }
	servicetest.WantCode(t, "none was sent", set(m.Login, "12345678", anew), ra.CodeSMSCodeOver, "code")
	servicetest.WantCode(t, "nobody's login", set("13900000000", "12345678", anew), ra.CodeSMSCodeOver, "code")
	old := forgot(t, h, m)
	servicetest.WantCode(t, "a weak password", set(m.Login, old, "1"), ra.CodePasswordWeak, "password")
	code := forgot(t, h, m)
	theirs := forgot(t, h, other)
	servicetest.WantCode(t, "no code", set(m.Login, " ", anew), ra.CodeRequired, "code")
	for range 2 { // the same wrong one counts once
		err := set(m.Login, old, anew)
		servicetest.WantCode(t, "an older code", err, ra.CodeSMSCodeWrong, "code")
		if got := servicetest.Argument(err, "left"); got != "4" {
			t.Errorf("%s left, want 4", got)
		}
	}
	servicetest.WantCode(t, "another person's", set(m.Login, theirs, anew), ra.CodeSMSCodeWrong, "code")
	h.Clock.Advance(review.ResetCodeLifetime)
	servicetest.WantCode(t, "too late", set(m.Login, code, anew), ra.CodeSMSCodeOver, "code")
	h.Clock.Advance(password.Pause)
	code = forgot(t, h, m)
	for i := range review.MaxWrongCodes {
		want := ra.CodeSMSCodeWrong
		if i == review.MaxWrongCodes-1 {
			want = ra.CodeSMSCodeOver
		}
		servicetest.WantCode(t, "wrong", set(m.Login, "0000000"+string(rune('0'+i)), anew), want, "code")
	}
	servicetest.WantCode(t, "the right one after too many", set(m.Login, code, anew), ra.CodeSMSCodeOver, "code")
	code = forgot(t, h, m)
	servicetest.Must(t, set(m.Login, code, anew))
	h.Clock.Advance(time.Second)
	servicetest.WantCode(t, "used", set(m.Login, code, anew+"b"), ra.CodeSMSCodeOver, "code")
	if _, err := h.LogIn(ctx, h.Kiosk, other.Login, servicetest.Password); err != nil {
		t.Errorf("the other person: %v", err)
	}
	h.Sound(t)
}

// TestWhoForgotIsNobodysBusiness: the answer is the same for a login that nobody has, nothing is sent, and too many asked for have to wait.
func TestWhoForgotIsNobodysBusiness(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	m := h.Registered(t)
	servicetest.WantCode(t, "no login name", h.ForgotPassword(ctx, h.Kiosk, "?"), ra.CodeLoginName, "login")
	for _, login := range []string{m.Login, "13900000000"} {
		for range review.MaxResetCodes {
			if err := h.ForgotPassword(ctx, h.Kiosk, login); err != nil {
				t.Fatalf("%s: %v", login, err)
			}
		}
		servicetest.WantCode(t, login, h.ForgotPassword(ctx, h.Kiosk, login), ra.CodeSMSPaused, "login")
	}
	if _, err := h.DeliverMessages(ctx); err != nil {
		t.Fatal(err)
	}
	if sent := h.Sender.Sent(); len(sent) != 1 { // older ones that waited were withdrawn
		t.Errorf("%d sent, want the last code alone", len(sent))
	}
	h.Clock.Advance(password.Pause)
	servicetest.Must(t, h.ForgotPassword(ctx, h.Kiosk, m.Login))
	h.Sound(t)
}
