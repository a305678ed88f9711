package intake_test

import (
	"strconv"
	"testing"
	"time"

	"keyhall/backoffice/intake"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
	"keyhall/backoffice/servicetest"
)

// slipCode has a code for an order sent and returns it.
func slipCode(t *testing.T, h *servicetest.Hall, m ra.Membership, o ra.Order) string {
	t.Helper()
	servicetest.Must(t, h.AskSlipCode(t.Context(), h.Kiosk, o.Number))
	_, code := texts(t, h, "slip_code", m.Handler.Mobile)
	if code == "" {
		t.Fatal("no code was sent")
	}
	return code
}

// TestOrderIsOpenedByACode that was sent to the registered mobile: once, within its time, at any kiosk that offers the project.
func TestOrderIsOpenedByACode(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	member := h.Registered(t)
	order := h.Placed(t, member, 1)
	_, err := h.LogInBySlip(ctx, h.Kiosk, order.Number, "12345678")
	servicetest.WantCode(t, "no code was sent", err, ra.CodeSMSCodeOver, "slip_code")
	first := slipCode(t, h, member, order)
	code := slipCode(t, h, member, order)
	_, err = h.LogInBySlip(ctx, h.Kiosk, order.Number, "")
	servicetest.WantCode(t, "none entered", err, ra.CodeRequired, "slip_code")
	_, err = h.LogInBySlip(ctx, h.Kiosk, order.Number, first)
	servicetest.WantCode(t, "the one before", err, ra.CodeSMSCodeWrong, "slip_code")
	session, err := h.LogInBySlip(ctx, h.Other, order.Number, " "+code)
	servicetest.Must(t, err)
	if session.OrderID != order.ID || session.Membership.ID != member.ID || len(session.Memberships) != 1 || session.Mandate.SessionID == "" {
		t.Errorf("got %s of %+v, want one of the order", session.OrderID, session.Memberships)
	}
	_, err = h.LogInBySlip(ctx, h.Kiosk, order.Number, code)
	servicetest.WantCode(t, "once more", err, ra.CodeSMSCodeOver, "slip_code")
	code = slipCode(t, h, member, order)
	h.Clock.Advance(review.SlipCodeLifetime)
	_, err = h.LogInBySlip(ctx, h.Kiosk, order.Number, code)
	servicetest.WantCode(t, "too late", err, ra.CodeSMSCodeOver, "slip_code")
	h.Sound(t)
}

// TestSlipCodeWrong: so many wrong ones and it is dead; who asks too often waits; what is no order's, or of another project, gets none, and is
// told nothing else.
func TestSlipCodeWrong(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	h.Elsewhere(t)
	far := h.EnrolledAt(t, "NB07", servicetest.OtherHallID, servicetest.OtherProjectID)
	member := h.Registered(t)
	order := h.Placed(t, member, 1)
	code := slipCode(t, h, member, order)
	_, err := h.LogInBySlip(ctx, far, order.Number, code)
	servicetest.WantCode(t, "at another project's", err, ra.CodeSMSCodeOver, "slip_code")
	_, err = h.LogInBySlip(ctx, h.Kiosk, h.Placed(t, member, 1).Number, code)
	servicetest.WantCode(t, "another order", err, ra.CodeSMSCodeOver, "slip_code")
	for n := 1; n <= review.MaxWrongCodes; n++ {
		_, err := h.LogInBySlip(ctx, h.Kiosk, order.Number, "wrong"+strconv.Itoa(n))
		want := ra.CodeSMSCodeWrong
		if n == review.MaxWrongCodes {
			want = ra.CodeSMSCodeOver
		}
		servicetest.WantCode(t, "wrong", err, want, "slip_code")
	}
	_, err = h.LogInBySlip(ctx, h.Kiosk, order.Number, code)
	servicetest.WantCode(t, "used up", err, ra.CodeSMSCodeOver, "slip_code")
	before, _ := texts(t, h, "slip_code", member.Handler.Mobile)
	servicetest.Must(t, h.AskSlipCode(ctx, far, order.Number))
	servicetest.Must(t, h.AskSlipCode(ctx, h.Kiosk, ra.OrderNumber("XH03", 999)))
	servicetest.WantCode(t, "no number", h.AskSlipCode(ctx, h.Kiosk, "XH03-000001-0"), ra.CodeSlipNumber, "number")
	if after, _ := texts(t, h, "slip_code", member.Handler.Mobile); len(after) != len(before) {
		t.Errorf("%d messages were sent, want none", len(after)-len(before))
	}
	for err = nil; err == nil; {
		err = h.AskSlipCode(ctx, h.Kiosk, order.Number)
	}
	servicetest.WantCode(t, "too often", err, ra.CodeSMSPaused, "")
	h.Sound(t)
}

// TestSlipCodeDies with the password or the mobile of then.
func TestSlipCodeDies(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*testing.T, *servicetest.Hall, ra.Membership){
		"password set anew": func(t *testing.T, h *servicetest.Hall, m ra.Membership) {
			servicetest.Must(t, h.ForgotPassword(t.Context(), h.Kiosk, m.Login))
			_, code := texts(t, h, "password_code", m.Handler.Mobile)
			servicetest.Must(t, h.RecoverPassword(t.Context(), h.Kiosk, m.Login, code, "hangzhou2028"))
		},
		"another mobile": func(t *testing.T, h *servicetest.Hall, m ra.Membership) {
			h.Approved(t, m, 1)
			m = h.MemberAgain(t, m)
			h.Passed(t, m, h.Change(t, m, ra.ReasonData, func(a *ra.Applicant) { a.Handler.Mobile = "13900009999" }))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := servicetest.New(t)
			member := h.Registered(t)
			order := h.Placed(t, member, 1)
			code := slipCode(t, h, member, order)
			change(t, h, member)
			_, err := h.LogInBySlip(t.Context(), h.Kiosk, order.Number, code)
			servicetest.WantCode(t, name, err, ra.CodeSMSCodeOver, "slip_code")
			h.Sound(t)
		})
	}
}

// TestSessionOfOneOrder sees and does what is that order's, and nothing else; it ends when the password is set anew, and within an hour.
func TestSessionOfOneOrder(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	member := h.Registered(t)
	order, other := h.Placed(t, member, 1), h.Placed(t, member, 1)
	session, err := h.LogInBySlip(ctx, h.Kiosk, order.Number, slipCode(t, h, member, order))
	servicetest.Must(t, err)
	caller, err := h.Session(ctx, h.Kiosk, session.Token)
	servicetest.Must(t, err)
	only := caller.Membership
	all, err := h.Orders(ctx, only)
	servicetest.Must(t, err)
	if len(all) != 1 || all[0].ID != order.ID {
		t.Errorf("it sees %d orders, want its own", len(all))
	}
	_, err = h.Order(ctx, only, other.ID)
	servicetest.WantCode(t, "another order", err, ra.CodeNotFound, "")
	_, err = h.Cancel(ctx, only, other.ID, other.Version)
	servicetest.WantCode(t, "another order cancelled", err, ra.CodeNotFound, "")
	_, err = h.Place(ctx, h.Kiosk, only, h.Application(t, 1))
	servicetest.WantCode(t, "another application", err, ra.CodeOrderSession, "")
	servicetest.WantCode(t, "a person's call", caller.Person(), ra.CodeOrderSession, "")
	servicetest.Must(t, h.GiveMandate(ctx, h.Kiosk, sealed(t, session, h.Kiosk, ra.Mandate{OrderID: order.ID, MembershipID: member.ID, Version: 1, Submit: true})))
	servicetest.WantCode(t, "a mandate for another", h.GiveMandate(ctx, h.Kiosk, sealed(t, session, h.Kiosk, ra.Mandate{OrderID: other.ID, MembershipID: member.ID, Version: 1, Submit: true})), ra.CodeMandateOver, "")
	to := member.Applicant()
	to.Organisation.Name = "杭州更正有限公司"
	_, err = h.Amend(ctx, h.Kiosk, only, to, nil)
	servicetest.WantCode(t, "data of another order, too", err, ra.CodeOrderSession, "")
	if kept := h.OrderOf(t, member, other.ID); kept.Applicant != other.Applicant || kept.Version != other.Version {
		t.Errorf("the other order has %+v, want what it had", kept.Applicant)
	}
	_, err = h.Cancel(ctx, member, other.ID, other.Version)
	servicetest.Must(t, err)
	amended, err := h.Amend(ctx, h.Kiosk, only, to, nil)
	servicetest.Must(t, err)
	if amended.Organisation.Name != to.Organisation.Name {
		t.Errorf("got %q, want %q", amended.Organisation.Name, to.Organisation.Name)
	}
	order = h.OrderOf(t, member, order.ID)
	described, err := h.CurrentSession(ctx, h.Kiosk, caller)
	servicetest.Must(t, err)
	if described.OrderID != order.ID {
		t.Errorf("described as of %q", described.OrderID)
	}
	_, err = h.Cancel(ctx, only, order.ID, order.Version)
	servicetest.Must(t, err)
	to.Organisation.Name = "杭州再改有限公司"
	_, err = h.Amend(ctx, h.Kiosk, only, to, nil)
	servicetest.WantCode(t, "data of no order any more", err, ra.CodeOrderSession, "")
	for range int(intake.SlipSessionLife / (20 * time.Minute)) {
		h.Clock.Advance(20 * time.Minute)
		_, err = h.Session(ctx, h.Kiosk, session.Token)
	}
	servicetest.WantCode(t, "after an hour", err, ra.CodeSessionOver, "")
	h.Sound(t)
}
