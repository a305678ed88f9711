package cashier_test

import (
	"strings"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

func TestPayment(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order := h.Submitted(t, account, 1)
	_, err := h.ConfirmPayment(ctx, h.Supervisor, order.ID, 19999, "R1", order.Version)
	servicetest.WantCode(t, "another amount", err, ra.CodeAmountDiffers, "amount_fen")
	_, err = h.ConfirmPayment(ctx, h.Supervisor, order.ID, 20000, " ", order.Version)
	servicetest.WantCode(t, "no reference", err, ra.CodeRequired, "reference")
	_, err = h.ConfirmPayment(ctx, h.Counter, order.ID, 20000, "R1", order.Version)
	servicetest.WantCode(t, "counter clerk", err, ra.CodeForbidden, "")
	for range 2 {
		paid, err := h.ConfirmPayment(ctx, h.Supervisor, order.ID, 20000, "R1", order.Version)
		if err != nil || paid.Payment != ra.PaymentPaid || paid.Version != order.Version+1 {
			t.Errorf("ConfirmPayment = %s, version %d, %v", paid.Payment, paid.Version, err)
		}
	}
	_, err = h.ConfirmPayment(ctx, h.Supervisor, order.ID, 20000, "R2", order.Version+1)
	servicetest.WantCode(t, "paid already, otherwise", err, ra.CodeState, "")
	second := h.Submitted(t, account, 1)
	for reference, want := range map[string]ra.Code{"R1": ra.CodeConflict, "r1": ra.CodeConflict, " R\u30001\n": ra.CodeConflict, "Ｒ１": ra.CodeConflict,
		"R1\u200B": ra.CodeCharacter, "R\u202E1": ra.CodeCharacter, strings.Repeat("7", 65): ra.CodeTooLong} {
		_, err = h.ConfirmPayment(ctx, h.Supervisor, second.ID, 20000, reference, second.Version)
		servicetest.WantCode(t, "one transfer for two orders, "+reference, err, want, "reference")
	}

	reasons := []ra.Reason{{Kind: ra.ReasonNoTransfer}}
	_, err = h.RefusePayment(ctx, h.Supervisor, second.ID, nil, second.Version)
	servicetest.WantCode(t, "refusing without reason", err, ra.CodeReasonMissing, "reasons")
	var refused ra.Order
	for range 2 {
		refused, err = h.RefusePayment(ctx, h.Supervisor, second.ID, reasons, second.Version)
		if err != nil || refused.Payment != ra.PaymentUnpaid || len(refused.Returned) != 1 || refused.Version != second.Version+1 {
			t.Errorf("RefusePayment = %s, %v, version %d, %v", refused.Payment, refused.Returned, refused.Version, err)
		}
	}
	if same, err := h.Submit(ctx, account, second.ID); err != nil || same.Payment != ra.PaymentUnpaid {
		t.Errorf("the refused slip again: %s, %v, want unpaid", same.Payment, err)
	}
	h.Page(t, account, second.ID, ra.MaterialRemittance)
	again, err := h.Submit(ctx, account, second.ID)
	if err != nil || again.Payment != ra.PaymentAwaitingConfirmation || len(again.Returned) != 0 {
		t.Errorf("a new slip: %s, %v, %v", again.Payment, again.Returned, err)
	}
	h.Sound(t)
}
