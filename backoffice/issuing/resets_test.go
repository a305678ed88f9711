package issuing_test

import (
	"testing"

	"keyhall/backoffice/issuing"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// TestFreshPasswordResumesNothing: who has somebody's telephone neither goes on with their key nor takes it over, with whatever else they
// show, and each try leaves a line.
func TestFreshPasswordResumesNothing(t *testing.T) {
	t.Parallel()
	h, order, release := interrupted(t)
	ctx, id := t.Context(), release.Operation.ID
	signed := h.signed(t, h.Other, id, h.key)
	here := ra.Resumption{OperationID: id, Ticket: release.Ticket}
	servicetest.Must(t, h.ForgotPassword(ctx, h.Kiosk, h.member.Login))
	_, err := h.DeliverMessages(ctx)
	servicetest.Must(t, err)
	sent := h.Sender.Sent()
	servicetest.Must(t, h.RecoverPassword(ctx, h.Kiosk, h.member.Login, sent[len(sent)-1].Parameters["code"], "Weihai2027a"))
	said := h.NewLines(t, order.ID)
	_, err = h.Resume(ctx, h.Other, h.member, signed)
	servicetest.WantRefused(t, "elsewhere", err, ra.CodePasswordFresh, said(), "operation.refuse password_fresh")
	_, err = h.Resume(ctx, h.Kiosk, h.member, here)
	servicetest.WantRefused(t, "at its kiosk", err, ra.CodePasswordFresh, said(), "operation.refuse password_fresh")
	_, err = h.Takeover(ctx, h.Other, h.member, id)
	servicetest.WantRefused(t, "a challenge", err, ra.CodePasswordFresh, said(), "operation.refuse password_fresh")
	servicetest.WantRefused(t, "a code", h.SendTakeoverCode(ctx, h.Other, h.member, id), ra.CodePasswordFresh, said(), "operation.refuse password_fresh")
	h.Clock.Advance(issuing.FreshPassword)
	if _, err := h.Resume(ctx, h.Kiosk, h.member, here); err != nil {
		t.Errorf("a day later: %v", err)
	}
	h.Sound(t)
}
