package issuing_test

import (
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// TestSessionOfOneOrderWorks on what that order asks for, and on nothing else of the member's.
func TestSessionOfOneOrderWorks(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	order := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	only := h.member
	only.OrderID = servicetest.ID(t)
	_, err := h.Reserve(ctx, h.Kiosk, only, h.reservation(t, order, ra.PlanExtend, ""))
	servicetest.WantCode(t, "another order", err, ra.CodeNotFound, "")
	_, err = h.Reserve(ctx, h.Kiosk, only, h.reservation(t, ra.Order{}, ra.PlanRotate, ""))
	servicetest.WantCode(t, "no order", err, ra.CodeOrderSession, "")
	only.OrderID = order.ID
	_, err = h.Reserve(ctx, h.Kiosk, only, h.reservation(t, order, ra.PlanExtend, ""))
	servicetest.WantCode(t, "its own", err, "", "")
	h.Sound(t)
}

// TestTelephoneAloneMakesNoKey: a session that a code to the registered mobile opened is no login beside another code to it.
func TestTelephoneAloneMakesNoKey(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	member := h.Registered(t)
	order, code := h.Approved(t, member, 1)
	only := member
	only.OrderID = order.ID
	key := servicetest.NewKey(t)
	_, err := h.Reserve(ctx, h.Kiosk, only, servicetest.Reservation(t, order, code, key))
	servicetest.WantCode(t, "a new key", err, ra.CodeOrderSession, "")
	release := h.Reserved(t, member, order, code, key)
	_, err = h.Resume(ctx, h.Other, only, ra.Resumption{OperationID: release.Operation.ID, AuthCode: code})
	servicetest.WantCode(t, "going on with it elsewhere", err, ra.CodeOrderSession, "")
	h.Sound(t)

	extending, extension, begun := interrupted(t)
	only = extending.member
	only.OrderID = extension.ID
	servicetest.WantCode(t, "a code in the old pair's place", extending.SendTakeoverCode(ctx, extending.Other, only, begun.Operation.ID), ra.CodeOrderSession, "")
	_, err = extending.Resume(ctx, extending.Other, only, ra.Resumption{OperationID: begun.Operation.ID, AuthCode: extending.takeoverCode(t, extension, begun.Operation.ID)})
	servicetest.WantCode(t, "one that was sent to who logged in", err, ra.CodeRequired, "signature")
	_, err = extending.Resume(ctx, extending.Other, only, extending.signed(t, extending.Other, begun.Operation.ID, extending.key))
	servicetest.WantCode(t, "the key itself", err, "", "")
	extending.Sound(t)
}
