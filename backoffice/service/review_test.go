package service_test

import (
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
	"keyhall/backoffice/service/servicetest"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order := h.Submitted(t, account, 1)
	reason := []ra.Reason{{Kind: ra.ReasonUnreadable}}
	for name, c := range map[string]struct {
		staff   ra.Staff
		kind    ra.MaterialKind
		verdict ra.Verdict
		reasons []ra.Reason
		version int
		code    ra.Code
		field   string
	}{
		"no reason":       {h.Supervisor, ra.MaterialForm, ra.VerdictReturned, nil, order.Version, ra.CodeReasonMissing, "reasons"},
		"other, no note":  {h.Supervisor, ra.MaterialForm, ra.VerdictReturned, []ra.Reason{{Kind: ra.ReasonOther}}, order.Version, ra.CodeReasonMissing, "note"},
		"unknown reason":  {h.Supervisor, ra.MaterialForm, ra.VerdictReturned, []ra.Reason{{Kind: "x"}}, order.Version, ra.CodeInvalid, "reasons"},
		"unknown verdict": {h.Supervisor, ra.MaterialForm, "x", nil, order.Version, ra.CodeInvalid, "verdict"},
		"old version":     {h.Supervisor, ra.MaterialForm, ra.VerdictReturned, reason, order.Version - 1, ra.CodeConflict, "version"},
		"counter clerk":   {h.Counter, ra.MaterialForm, ra.VerdictAccepted, nil, order.Version, ra.CodeForbidden, ""},
		"the slip":        {h.Supervisor, ra.MaterialRemittance, ra.VerdictAccepted, nil, order.Version, ra.CodeNotFound, "kind"},
		"not needed":      {h.Supervisor, ra.MaterialProof, ra.VerdictAccepted, nil, order.Version, ra.CodeNotFound, "kind"},
	} {
		_, err := h.Judge(ctx, c.staff, order.ID, c.kind, c.verdict, c.reasons, c.version)
		wantCode(t, name, err, c.code, c.field)
	}
	for range 2 { // the second finds its version gone, but also that its verdict stands
		judged, err := h.Judge(ctx, h.Supervisor, order.ID, ra.MaterialForm, ra.VerdictReturned, reason, order.Version)
		if err != nil || judged.Version != order.Version+1 || judged.Paper(ra.MaterialForm).Reasons[0].Material != ra.MaterialForm {
			t.Errorf("Judge = version %d, %+v, %v", judged.Version, judged.Paper(ra.MaterialForm), err)
		}
	}
	_, err := h.Return(ctx, h.Supervisor, servicetest.ID(t), 1)
	wantCode(t, "no such order", err, ra.CodeNotFound, "")
	placed := h.Placed(t, account, 1)
	_, err = h.Judge(ctx, h.Supervisor, placed.ID, ra.MaterialForm, ra.VerdictAccepted, nil, placed.Version)
	wantCode(t, "not handed in", err, ra.CodeState, "")
	changed, err := h.Judge(ctx, h.Supervisor, order.ID, ra.MaterialForm, ra.VerdictAccepted, nil, order.Version+1)
	if err != nil || changed.Paper(ra.MaterialForm).Verdict != ra.VerdictAccepted || len(changed.Paper(ra.MaterialForm).Reasons) != 0 {
		t.Errorf("changed verdict: %+v, %v", changed.Paper(ra.MaterialForm), err)
	}
	_, err = h.Return(ctx, h.Supervisor, order.ID, changed.Version)
	wantCode(t, "returning nothing", err, ra.CodeReasonMissing, "reasons")
}

func TestClaims(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	order := h.Submitted(t, h.Registered(t), 1)
	other := h.Hired(t, "qian@hall.example", "钱主管", servicetest.Grants(ra.RoleReviewer)...)
	for range 2 {
		if err := h.Claim(ctx, other, order.ID); err != nil {
			t.Fatal(err)
		}
	}
	err := h.Claim(ctx, h.Supervisor, order.ID)
	wantCode(t, "claimed by another", err, ra.CodeConflict, "claim")
	if got := argument(err, "name"); got != "钱主管" {
		t.Errorf("claimed by %q", got)
	}
	_, err = h.Judge(ctx, h.Supervisor, order.ID, ra.MaterialForm, ra.VerdictAccepted, nil, order.Version)
	wantCode(t, "judging another's", err, ra.CodeConflict, "claim")
	if queue, err := h.Queue(ctx, h.Counter); err != nil || len(queue) != 1 || queue[0].Claim == nil || queue[0].Claim.StaffID != other.ID {
		t.Errorf("queue %+v, %v", queue, err)
	}
	h.Clock.Advance(review.ClaimLifetime)
	if err := h.Claim(ctx, h.Supervisor, order.ID); err != nil {
		t.Errorf("after the claim: %v", err)
	}
	for range 2 {
		if err := h.Unclaim(ctx, h.Supervisor, order.ID); err != nil {
			t.Errorf("Unclaim: %v", err)
		}
	}
	if err := h.Claim(ctx, other, order.ID); err != nil {
		t.Errorf("after Unclaim: %v", err)
	}
	wantCode(t, "no such order", h.Claim(ctx, other, servicetest.ID(t)), ra.CodeNotFound, "")
}

func TestPayment(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order := h.Submitted(t, account, 1)
	_, err := h.ConfirmPayment(ctx, h.Supervisor, order.ID, 19999, "R1", order.Version)
	wantCode(t, "another amount", err, ra.CodeAmountDiffers, "amount_fen")
	_, err = h.ConfirmPayment(ctx, h.Supervisor, order.ID, 20000, " ", order.Version)
	wantCode(t, "no reference", err, ra.CodeRequired, "reference")
	_, err = h.ConfirmPayment(ctx, h.Counter, order.ID, 20000, "R1", order.Version)
	wantCode(t, "counter clerk", err, ra.CodeForbidden, "")
	for range 2 {
		paid, err := h.ConfirmPayment(ctx, h.Supervisor, order.ID, 20000, "R1", order.Version)
		if err != nil || paid.Payment != ra.PaymentPaid || paid.Version != order.Version+1 {
			t.Errorf("ConfirmPayment = %s, version %d, %v", paid.Payment, paid.Version, err)
		}
	}
	_, err = h.ConfirmPayment(ctx, h.Supervisor, order.ID, 20000, "R2", order.Version+1)
	wantCode(t, "paid already, otherwise", err, ra.CodeState, "")
	second := h.Submitted(t, account, 1)
	_, err = h.ConfirmPayment(ctx, h.Supervisor, second.ID, 20000, "R1", second.Version)
	wantCode(t, "one transfer for two orders", err, ra.CodeConflict, "reference")

	reasons := []ra.Reason{{Kind: ra.ReasonNoTransfer}}
	_, err = h.RefusePayment(ctx, h.Supervisor, second.ID, nil, second.Version)
	wantCode(t, "refusing without reason", err, ra.CodeReasonMissing, "reasons")
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

func TestApprove(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	order := h.Submitted(t, h.Registered(t), 1)
	_, err := h.Approve(ctx, h.Supervisor, order.ID, order.Version)
	wantCode(t, "nothing judged", err, ra.CodeMaterialsUnjudged, "")
	order = h.Judged(t, order)
	_, err = h.Approve(ctx, h.Supervisor, order.ID, order.Version)
	wantCode(t, "not paid", err, ra.CodePaymentUnsettled, "")
	order = h.Paid(t, order)
	_, err = h.Approve(ctx, h.Counter, order.ID, order.Version)
	wantCode(t, "counter clerk", err, ra.CodeForbidden, "")
	_, err = h.Approve(ctx, h.Supervisor, order.ID, order.Version-1)
	wantCode(t, "old version", err, ra.CodeConflict, "version")
	for range 2 {
		approved, err := h.Approve(ctx, h.Supervisor, order.ID, order.Version)
		if err != nil || approved.State != ra.OrderApproved || approved.ApprovedAt == nil || approved.Version != order.Version+1 {
			t.Errorf("Approve = %s, version %d, %v", approved.State, approved.Version, err)
		}
	}
	if n, err := h.DeliverMessages(ctx); err != nil || n != 2 {
		t.Errorf("approving twice sent %d messages, %v, want the code and the confirmation", n, err)
	}
	h.Sound(t)
}

func TestCancelOrder(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 2)
	reasons := []ra.Reason{{Kind: ra.ReasonDiffers, Note: "地址"}}
	_, err := h.CancelOrder(ctx, h.Supervisor, order.ID, nil, order.Version)
	wantCode(t, "no reason", err, ra.CodeReasonMissing, "reasons")
	_, err = h.CancelOrder(ctx, h.Counter, order.ID, reasons, order.Version)
	wantCode(t, "counter clerk", err, ra.CodeForbidden, "")
	for range 2 {
		cancelled, err := h.CancelOrder(ctx, h.Supervisor, order.ID, reasons, order.Version)
		if err != nil || cancelled.State != ra.OrderCancelled || cancelled.Remaining() != 0 || len(cancelled.Returned) != 1 {
			t.Errorf("CancelOrder = %s, %d remaining, %v, %v", cancelled.State, cancelled.Remaining(), cancelled.Returned, err)
		}
	}
	_, err = h.Reserve(ctx, h.Kiosk, account, reservation(t, order, code, "S"))
	wantCode(t, "making a key of it", err, ra.CodeState, "")
	begun, code := h.Approved(t, account, 1)
	h.Reserved(t, account, begun, code, servicetest.NewKey(t))
	_, err = h.CancelOrder(ctx, h.Supervisor, begun.ID, reasons, begun.Version+1)
	wantCode(t, "one in progress", err, ra.CodeState, "")
	h.Sound(t)
}

func TestQueueAndOverview(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	first := h.Submitted(t, account, 1)
	h.Clock.Advance(time.Minute)
	second := h.Submitted(t, account, 1)
	h.Placed(t, account, 1)
	queue := func() (ids []string) {
		entries, err := h.Queue(ctx, h.Supervisor)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Window != h.Kiosk.Window || e.WaitingSince.IsZero() {
				t.Errorf("entry of %v since %v", e.Window, e.WaitingSince)
			}
			ids = append(ids, e.Order.ID)
		}
		return ids
	}
	if got := queue(); len(got) != 2 || got[0] != first.ID || got[1] != second.ID {
		t.Errorf("queue %v, want %s and %s", got, first.ID, second.ID)
	}
	first = h.Paid(t, h.Judged(t, first))
	if got := queue(); len(got) != 2 {
		t.Errorf("an order ready to be approved left the queue: %v", got)
	}
	if _, err := h.Approve(ctx, h.Supervisor, first.ID, first.Version); err != nil {
		t.Fatal(err)
	}
	if got := queue(); len(got) != 1 || got[0] != second.ID {
		t.Errorf("queue %v, want %s", got, second.ID)
	}
	o, err := h.Overview(ctx, h.Supervisor)
	if err != nil || o.Orders[ra.OrderOpen] != 2 || o.Orders[ra.OrderApproved] != 1 || o.WaitingPayments != 1 || o.WaitingMaterials != 1 || o.UnsentMessages != 2 {
		t.Errorf("overview %+v, %v", o, err)
	}
	order, code := h.Approved(t, account, 1)
	h.Made(t, account, order, code)
	if o, err = h.Overview(ctx, h.Supervisor); err != nil || o.DoneToday != 1 || o.ActiveCertificates != 1 || o.UnfinishedUnits != 0 {
		t.Errorf("overview %+v, %v", o, err)
	}
}
