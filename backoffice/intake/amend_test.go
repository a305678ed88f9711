package intake_test

import (
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// TestMistypedDataIsAmended: until it is confirmed, with the open orders, whose scanned form is asked for again; never what tells who it is.
func TestMistypedDataIsAmended(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	m := h.Registered(t)
	order := h.Placed(t, m, 1)
	h.Page(t, m, order.ID, ra.MaterialForm)
	to := m.Applicant()
	to.Organisation.Name, to.Legal.Name = "杭州更正有限公司", "章三"
	for range 2 { // the same again changes nothing
		got, err := h.Amend(ctx, h.Kiosk, m, to, nil)
		if err != nil || got.Applicant() != to {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
	now := h.OrderOf(t, m, order.ID)
	if form := now.Paper(ra.MaterialForm); now.Applicant != to || form.Verdict != ra.VerdictReturned || form.Reasons[0].Kind != ra.ReasonDiffers {
		t.Errorf("the order has %+v, its form %+v", now.Applicant, form)
	}
	for field, change := range map[string]func(*ra.Applicant){
		"organisation.credit_code": func(a *ra.Applicant) { a.Organisation.CreditCode = "91330100MA00000072" },
		"handler.mobile":           func(a *ra.Applicant) { a.Handler.Mobile = "13900005678" },
	} {
		other := to
		change(&other)
		_, err := h.Amend(ctx, h.Kiosk, m, other, nil)
		servicetest.WantCode(t, field, err, ra.CodeForbidden, field)
	}
	empty := to
	empty.Legal.Name = ""
	_, err := h.Amend(ctx, h.Kiosk, m, empty, nil)
	servicetest.WantCode(t, "no name", err, ra.CodeRequired, "legal.name")
	h.Sound(t)
}

// TestReviewedDataIsNotAmended: neither while papers are looked at, nor once they are confirmed.
func TestReviewedDataIsNotAmended(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	m := h.Registered(t)
	h.Submitted(t, m, 1)
	to := m.Applicant()
	to.Organisation.Name = "杭州更正有限公司"
	_, err := h.Amend(ctx, h.Kiosk, m, to, nil)
	servicetest.WantCode(t, "under review", err, ra.CodeState, "")
	other, _ := h.Holder(t, 1)
	to = other.Applicant()
	to.Organisation.Name = "杭州更正有限公司"
	_, err = h.Amend(ctx, h.Kiosk, other, to, nil)
	servicetest.WantCode(t, "confirmed", err, ra.CodeState, "")
	h.Sound(t)
}

// TestTakenLoginIsToldAtOnce: before a registration is filled in, with no more than the registration itself would tell.
func TestTakenLoginIsToldAtOnce(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	r := h.Registration(t)
	if err := h.CheckAccount(ctx, h.Kiosk, r.Login, r.Password); err != nil {
		t.Errorf("a free one: %v", err)
	}
	_, err := h.Register(ctx, h.Kiosk, r)
	servicetest.Must(t, err)
	if err := h.CheckAccount(ctx, h.Kiosk, r.Login, r.Password); err != nil {
		t.Errorf("one's own: %v", err)
	}
	servicetest.WantCode(t, "taken", h.CheckAccount(ctx, h.Kiosk, r.Login, "another12345"), ra.CodeLoginKnown, "password")
	servicetest.WantCode(t, "none", h.CheckAccount(ctx, h.Kiosk, "x", "another12345"), ra.CodeLoginName, "login")
	servicetest.WantCode(t, "weak", h.CheckAccount(ctx, h.Kiosk, r.Login, "x"), ra.CodePasswordWeak, "password")
}
