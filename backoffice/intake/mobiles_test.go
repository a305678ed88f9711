package intake_test

import (
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
	"keyhall/backoffice/servicetest"
)

// proving is a hall whose project wants mobiles proven, with a registration that is complete but for the code.
func proving(t *testing.T) (*servicetest.Hall, ra.Registration) {
	t.Helper()
	h := servicetest.New(t)
	p := h.Project
	p.ProveMobile = true
	h.PutProject(t, 1, p)
	return h, h.Registration(t)
}

// mobileCode has a code sent and returns it.
func mobileCode(t *testing.T, h *servicetest.Hall, r ra.Registration) string {
	t.Helper()
	servicetest.Must(t, h.AskMobileCode(t.Context(), h.Kiosk, r.ID, r.ProjectID, r.Handler))
	_, code := texts(t, h, "mobile_code", ra.NormalMobile(r.Handler.Mobile))
	if code == "" {
		t.Fatal("no code was sent")
	}
	return code
}

// TestMobileIsProvenAtTheRegistration where the project asks for it: the code that was sent to it, for this registration, once.
func TestMobileIsProvenAtTheRegistration(t *testing.T) {
	t.Parallel()
	h, r := proving(t)
	ctx := t.Context()
	_, err := h.Register(ctx, h.Kiosk, r)
	servicetest.WantCode(t, "no code was sent", err, ra.CodeSMSCodeOver, "mobile_code")
	r.Handler.Mobile = "+86 " + r.Handler.Mobile
	code := mobileCode(t, h, r)
	_, err = h.Register(ctx, h.Kiosk, r)
	servicetest.WantCode(t, "no code was entered", err, ra.CodeRequired, "mobile_code")
	servicetest.Must(t, h.CheckMobile(ctx, h.Kiosk, r.ID, r.ProjectID, r.Handler.Mobile, code))
	servicetest.Must(t, h.CheckMobile(ctx, h.Kiosk, r.ID, r.ProjectID, r.Handler.Mobile, " "+code))
	r.MobileCode = code
	m, err := h.Register(ctx, h.Kiosk, r)
	servicetest.Must(t, err)
	again, err := h.Register(ctx, h.Kiosk, r) // the answer was lost
	servicetest.Must(t, err)
	if m.ID != r.ID || again.ID != r.ID {
		t.Errorf("memberships %s and %s, want %s", m.ID, again.ID, r.ID)
	}
	err = h.CheckMobile(ctx, h.Kiosk, r.ID, r.ProjectID, r.Handler.Mobile, code)
	servicetest.WantCode(t, "the code again", err, ra.CodeSMSCodeOver, "mobile_code")
	h.Sound(t)
}

// TestMobileCodeProvesNothingElse than the mobile it was sent to, in the registration it was asked for.
func TestMobileCodeProvesNothingElse(t *testing.T) {
	t.Parallel()
	h, r := proving(t)
	ctx := t.Context()
	r.MobileCode = mobileCode(t, h, r)
	mobile, registration, late := r, r, r
	mobile.Handler.Mobile = "13911112222"
	registration.ID = servicetest.ID(t)
	for name, other := range map[string]ra.Registration{"another mobile": mobile, "another registration": registration} {
		_, err := h.Register(ctx, h.Kiosk, other)
		servicetest.WantCode(t, name, err, ra.CodeSMSCodeOver, "mobile_code")
	}
	h.Clock.Advance(review.MobileCodeLifetime)
	_, err := h.Register(ctx, h.Kiosk, late)
	servicetest.WantCode(t, "too late", err, ra.CodeSMSCodeOver, "mobile_code")
	old := mobileCode(t, h, r)
	r.MobileCode = mobileCode(t, h, r)
	err = h.CheckMobile(ctx, h.Kiosk, r.ID, r.ProjectID, r.Handler.Mobile, old)
	servicetest.WantCode(t, "the one before", err, ra.CodeSMSCodeWrong, "mobile_code")
	_, err = h.Register(ctx, h.Kiosk, r)
	servicetest.Must(t, err)
}

// TestMobileCodesAreLimited in how often they are asked for, and how often they are wrong.
func TestMobileCodesAreLimited(t *testing.T) {
	t.Parallel()
	h, r := proving(t)
	ctx := t.Context()
	r.MobileCode = mobileCode(t, h, r)
	for left := range review.MaxWrongCodes {
		wrong := r
		wrong.MobileCode = "0000000" + string(rune('0'+left))
		_, err := h.Register(ctx, h.Kiosk, wrong)
		if left == review.MaxWrongCodes-1 {
			servicetest.WantCode(t, "the last", err, ra.CodeSMSCodeOver, "mobile_code")
		} else {
			servicetest.WantCode(t, "a wrong code", err, ra.CodeSMSCodeWrong, "mobile_code")
		}
	}
	_, err := h.Register(ctx, h.Kiosk, r)
	servicetest.WantCode(t, "the right one, after too many wrong ones", err, ra.CodeSMSCodeOver, "mobile_code")
	for range review.MaxMobileCodes - 2 {
		mobileCode(t, h, r)
	}
	ask := func(mobile string) error {
		return h.AskMobileCode(ctx, h.Kiosk, r.ID, r.ProjectID, ra.Person{Name: "李四", Mobile: mobile})
	}
	servicetest.Must(t, ask(r.Handler.Mobile))
	servicetest.WantCode(t, "too many", ask("+86"+r.Handler.Mobile), ra.CodeSMSPaused, "mobile")
	servicetest.Must(t, ask("13911112222"))
	h.Sealed(t)
}

// TestMobileCodeIsRefused where nobody asks for one, and to what is no number here.
func TestMobileCodeIsRefused(t *testing.T) {
	t.Parallel()
	h, r := proving(t)
	ctx := t.Context()
	send := func(id, project, mobile string) error {
		return h.AskMobileCode(ctx, h.Kiosk, id, project, ra.Person{Name: "李四", Mobile: mobile})
	}
	servicetest.WantCode(t, "no number", send(r.ID, r.ProjectID, "12345"), ra.CodeMobile, "mobile")
	servicetest.WantCode(t, "a country that is not taken", send(r.ID, r.ProjectID, "+81 9012345678"), ra.CodeMobileCountry, "mobile")
	servicetest.WantCode(t, "no id", send("x", r.ProjectID, "13911112222"), ra.CodeInvalid, "id")
	servicetest.WantCode(t, "no project of the kiosk", send(r.ID, "elsewhere", "13911112222"), ra.CodeForbidden, "")
	h.PutProject(t, 1, h.Project)
	servicetest.WantCode(t, "a project that does not ask", send(r.ID, r.ProjectID, "13911112222"), ra.CodeForbidden, "")
	_, err := h.Register(ctx, h.Kiosk, r)
	servicetest.Must(t, err)
}
