package service_test

import (
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/service/servicetest"
)

// newLines returns the lines "action code" that the trail got for an order since the last call.
func newLines(t *testing.T, h *servicetest.Hall, orderID string) func() []string {
	t.Helper()
	seen := len(trail(t, h, orderID))
	return func() (said []string) {
		t.Helper()
		all := trail(t, h, orderID)
		for _, row := range all[seen:] {
			said = append(said, row.Action+" "+row.Facts["code"])
		}
		seen = len(all)
		return said
	}
}

// wantRefused wants a code, and one line in the trail that tells of it.
func wantRefused(t *testing.T, what string, err error, code ra.Code, said []string, want string) {
	t.Helper()
	wantCode(t, what, err, code, "")
	if len(said) != 1 || said[0] != want {
		t.Errorf("%s: the trail says %q, want %q", what, said, want)
	}
}

// TestWhoIsTurnedAwayStandsInTheTrail: each try to go on with somebody's operation that is refused leaves a line.
func TestWhoIsTurnedAwayStandsInTheTrail(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account, other, nobody := h.Registered(t), h.Registered(t), ra.Membership{}
	order, code := h.Approved(t, account, 2)
	release := h.Reserved(t, account, order, code, servicetest.NewKey(t))
	id, ticket := release.Operation.ID, release.Ticket
	said := newLines(t, h, order.ID)
	for _, c := range []struct {
		what   string
		kiosk  ra.Kiosk
		member ra.Membership
		r      ra.Resumption
		code   ra.Code
		line   string
	}{
		{"nobody, with nothing", h.Other, nobody, ra.Resumption{OperationID: id}, ra.CodeSessionOver, "operation.refuse session_over"},
		{"nobody, with the code", h.Other, nobody, ra.Resumption{OperationID: id, AuthCode: code}, ra.CodeSessionOver, "operation.refuse session_over"},
		{"nobody, with a copied ticket", h.Other, nobody, ra.Resumption{OperationID: id, Ticket: ticket}, ra.CodeTicketDead, "ticket.refuse ticket_dead"},
		{"nobody, with the ticket", h.Kiosk, nobody, ra.Resumption{OperationID: id, Ticket: ticket}, ra.CodeRequired, "operation.refuse required"},
		{"a login without the ticket", h.Other, account, ra.Resumption{OperationID: id, AuthCode: " "}, ra.CodeRequired, "operation.refuse required"},
		{"another membership", h.Other, other, ra.Resumption{OperationID: id, AuthCode: code}, ra.CodeNotFound, "operation.refuse not_found"},
		{"another membership, with the ticket", h.Kiosk, other, ra.Resumption{OperationID: id, Ticket: ticket, AuthCode: code}, ra.CodeNotFound, "operation.refuse not_found"},
	} {
		_, err := h.Resume(ctx, c.kiosk, c.member, c.r)
		wantRefused(t, c.what, err, c.code, said(), c.line)
	}
	_, err := h.Reserve(ctx, h.Kiosk, other, reservation(t, order, code, "S1"))
	wantRefused(t, "a reservation of another membership", err, ra.CodeNotFound, said(), "operation.refuse not_found")
	_, err = h.Reserve(ctx, h.Kiosk, other, reservation(t, ra.Order{ID: "x\x00"}, code, "S1"))
	wantCode(t, "a reservation for an id that is none", err, ra.CodeNotFound, "")
	if unit := orderOf(t, h, account, order.ID).Units[1]; unit.State != ra.UnitWaiting {
		t.Errorf("the other unit is %s, want it to wait", unit.State)
	}
	h.Sound(t)
}

// TestEveryRefusedCodeStandsInTheTrail: also one that was not counted.
func TestEveryRefusedCodeStandsInTheTrail(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account, nobody := h.Registered(t), ra.Membership{}
	order, code := h.Approved(t, account, 1)
	release := h.Reserved(t, account, order, code, servicetest.NewKey(t))
	said := newLines(t, h, order.ID)
	resume := func(m ra.Membership, code string) error {
		_, err := h.Resume(ctx, h.Kiosk, m, ra.Resumption{OperationID: release.Operation.ID, Ticket: release.Ticket, AuthCode: code})
		return err
	}
	bad := wrongCodes(code, 11)
	for _, b := range append([]string{bad[0]}, bad[:4]...) { // the first one twice
		wantRefused(t, "alone, wrong", resume(nobody, b), ra.CodeAuthCodeWrong, said(), "code.wrong_alone ")
	}
	wantRefused(t, "alone, the fifth", resume(nobody, bad[4]), ra.CodeAuthCodePaused, said(), "code.wrong_alone ")
	wantRefused(t, "alone, right, in the pause", resume(nobody, code), ra.CodeAuthCodePaused, said(), "code.refuse auth_code_paused")
	for _, b := range bad[5:9] {
		wantRefused(t, "with a login, wrong", resume(account, b), ra.CodeAuthCodeWrong, said(), "code.wrong ")
	}
	wantRefused(t, "with a login, the fifth", resume(account, bad[9]), ra.CodeAuthCodeUsedUp, said(), "code.wrong ")
	wantRefused(t, "with a login, too late", resume(account, code), ra.CodeAuthCodeUsedUp, said(), "code.refuse auth_code_used_up")
	wantRefused(t, "alone, too late", resume(nobody, code), ra.CodeAuthCodeUsedUp, said(), "code.refuse auth_code_used_up")
	h.Sound(t)
}

// TestBlockedKioskThatCallsIsTold: once for each block, however often it calls.
func TestBlockedKioskThatCallsIsTold(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	certificate := certificatesOf(t, h, h.Kiosk.ID)[0].DER
	call := func(want ra.Code) {
		t.Helper()
		h.Clock.Advance(time.Second)
		_, err := h.KioskByCertificate(ctx, certificate)
		wantCode(t, "a call", err, want, "")
	}
	for told := range 2 {
		call("")
		must(t, h.BlockKiosk(ctx, book.Command(), h.Kiosk.ID, "stolen"))
		if got := lines(t, h, "kiosk.refuse", h.Kiosk.ID); got != told {
			t.Errorf("%d lines before it calls, want %d", got, told)
		}
		call(ra.CodeKioskBlocked)
		call(ra.CodeKioskBlocked)
		if got := lines(t, h, "kiosk.refuse", h.Kiosk.ID); got != told+1 {
			t.Errorf("%d lines after it called, want %d", got, told+1)
		}
		must(t, h.UnblockKiosk(ctx, book.Command(), h.Kiosk.ID))
	}
	h.Sound(t)
}
