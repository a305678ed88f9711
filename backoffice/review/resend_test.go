package review_test

import (
	"strings"
	"testing"

	"keyhall/backoffice/book"
	"keyhall/backoffice/password"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
	"keyhall/backoffice/servicetest"
)

// TestCustomerAsksForTheCodeAgain: a new one goes to the registered mobile, the one before is worth nothing, and too many have to wait.
func TestCustomerAsksForTheCodeAgain(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	open := h.Placed(t, account, 1)
	servicetest.WantCode(t, "not approved", h.SendCode(ctx, h.Kiosk, account, open.ID), ra.CodeState, "")
	order, first := h.Approved(t, account, 1)
	stranger := ra.Membership{ID: open.ID, PersonID: account.PersonID}
	servicetest.WantCode(t, "another's", h.SendCode(ctx, h.Kiosk, stranger, order.ID), ra.CodeNotFound, "")
	for range review.MaxAsked {
		if err := h.SendCode(ctx, h.Kiosk, account, order.ID); err != nil {
			t.Fatal(err)
		}
	}
	servicetest.WantCode(t, "one too many", h.SendCode(ctx, h.Kiosk, account, order.ID), ra.CodeSMSPaused, "")
	if _, err := h.DeliverMessages(ctx); err != nil {
		t.Fatal(err)
	}
	code, err := h.Sender.Code(order.Number)
	if err != nil || code == first {
		t.Fatalf("the new code is %q, the old one %q, %v", code, first, err)
	}
	r := servicetest.ReservationFor(t, order, first, "S1")
	_, err = h.Reserve(ctx, h.Kiosk, account, r)
	servicetest.WantCode(t, "the old one", err, ra.CodeAuthCodeWrong, "auth_code")
	r.AuthCode = code
	if _, err := h.Reserve(ctx, h.Kiosk, account, r); err != nil {
		t.Fatalf("the new one: %v", err)
	}
	h.Clock.Advance(password.Pause)
	if err := h.SendCode(ctx, h.Kiosk, account, order.ID); err != nil {
		t.Errorf("after the pause: %v", err)
	}
	h.Sound(t)
}

// TestWhatWasMadeIsTold to the member whose order it is, without the bytes.
func TestWhatWasMadeIsTold(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 1)
	h.Made(t, account, order, code)
	all, err := h.Certificates(ctx, account, order.ID)
	if err != nil || len(all) != 1 || all[0].SerialNumber == "" || all[0].NotAfter.IsZero() || all[0].DER != nil {
		t.Errorf("got %+v, %v", all, err)
	}
}

// TestCustomerHasTheAccountSent: where to pay goes to the registered mobile, whole; only while something is to be paid, to its own customer,
// and not for ever.
func TestCustomerHasTheAccountSent(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order := h.Placed(t, account, 2)
	stranger := ra.Membership{ID: order.ID, PersonID: account.PersonID}
	servicetest.WantCode(t, "another's", h.SendAccount(ctx, h.Kiosk, stranger, order.ID), ra.CodeNotFound, "")
	said := h.NewLines(t, order.ID)
	for range review.MaxAsked {
		servicetest.Must(t, h.SendAccount(ctx, h.Kiosk, account, order.ID))
	}
	err := h.SendAccount(ctx, h.Kiosk, account, order.ID)
	servicetest.WantCode(t, "one too many", err, ra.CodeSMSPaused, "")
	if servicetest.Argument(err, "minutes") == "" {
		t.Error("nobody is told how long to wait")
	}
	if lines := said(); len(lines) != review.MaxAsked+1 || !strings.HasPrefix(lines[0], "account.send") {
		t.Errorf("the trail says %q", lines)
	}
	_, err = h.DeliverMessages(ctx)
	servicetest.Must(t, err)
	var sent []book.Message
	for _, m := range h.Sender.Sent() {
		if m.Template == "account" {
			sent = append(sent, m)
		}
	}
	bank := h.Project.Bank
	if len(sent) != 1 || sent[0].Mobile != account.Handler.Mobile {
		t.Fatalf("sent %+v, want the newest alone to %s", sent, account.Handler.Mobile)
	}
	for name, want := range map[string]string{"order": order.Number, "holder": bank.Holder, "bank": bank.Bank, "account": bank.Number, "amount": "400.00"} {
		if got := sent[0].Parameters[name]; got != want || !strings.Contains(sent[0].Text, want) {
			t.Errorf("%s: %q in %q, want %q", name, got, sent[0].Text, want)
		}
	}
	h.Clock.Advance(password.Pause)
	servicetest.Must(t, h.SendAccount(ctx, h.Kiosk, account, order.ID))
	paid := h.Paid(t, h.Judged(t, h.Submitted(t, account, 1)))
	servicetest.WantCode(t, "paid", h.SendAccount(ctx, h.Kiosk, account, paid.ID), ra.CodeState, "")
	h.Sound(t)
}
