package issuing_test

import (
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// TestWhoIsTurnedAwayStandsInTheTrail: each try to go on with somebody's operation that is refused leaves a line.
func TestWhoIsTurnedAwayStandsInTheTrail(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account, other, nobody := h.Registered(t), h.Registered(t), ra.Membership{}
	order, code := h.Approved(t, account, 2)
	release := h.Reserved(t, account, order, code, servicetest.NewKey(t))
	id, ticket := release.Operation.ID, release.Ticket
	said := h.NewLines(t, order.ID)
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
		servicetest.WantRefused(t, c.what, err, c.code, said(), c.line)
	}
	_, err := h.Reserve(ctx, h.Kiosk, other, servicetest.ReservationFor(t, order, code, "S1"))
	servicetest.WantRefused(t, "a reservation of another membership", err, ra.CodeNotFound, said(), "operation.refuse not_found")
	_, err = h.Reserve(ctx, h.Kiosk, other, servicetest.ReservationFor(t, ra.Order{ID: "x\x00"}, code, "S1"))
	servicetest.WantCode(t, "a reservation for an id that is none", err, ra.CodeNotFound, "")
	if unit := h.OrderOf(t, account, order.ID).Units[1]; unit.State != ra.UnitWaiting {
		t.Errorf("the other unit is %s, want it to wait", unit.State)
	}
	h.Sound(t)
}

// TestWhoReservesAnothersCertificateStandsInTheTrail: so does the key that is not the certificate's, whether an order asks or none.
func TestWhoReservesAnothersCertificateStandsInTheTrail(t *testing.T) {
	t.Parallel()
	h := holding(t)
	order := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	for what, c := range map[string]struct {
		member ra.Membership
		order  ra.Order
		plan   ra.Plan
		serial string
		code   ra.Code
	}{
		"a stranger's repair":   {h.Registered(t), ra.Order{}, ra.PlanRepair, h.key.Identity.Serial, ra.CodeNotFound},
		"another key":           {h.member, order, ra.PlanExtend, "other", ra.CodeKeyWrong},
		"another key, no order": {h.member, ra.Order{}, ra.PlanRotate, "other", ra.CodeKeyWrong},
	} {
		r := h.reservation(t, c.order, c.plan, "")
		r.Key.Serial = c.serial
		_, err := h.Reserve(t.Context(), h.Kiosk, c.member, r)
		servicetest.WantRefused(t, what, err, c.code, linesOn(t, h.Hall, r.OperationID), "operation.refuse "+string(c.code))
	}
	h.Sound(t)
}

// linesOn are the lines "action code" that the trail has for an operation.
func linesOn(t *testing.T, h *servicetest.Hall, operationID string) (said []string) {
	t.Helper()
	servicetest.Must(t, h.Store.Pool().QueryRow(t.Context(),
		`SELECT array_agg(action || ' ' || (facts->>'code')) FROM audit WHERE subject = $1`, operationID).Scan(&said))
	return said
}
