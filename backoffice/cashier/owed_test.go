package cashier_test

import (
	"slices"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// ending is a hall in which a member holds n keys, whose certificates end in 40 days.
func ending(t *testing.T, n int) (*servicetest.Hall, ra.Membership, []string) {
	t.Helper()
	h := servicetest.New(t)
	member, certificates := h.Holder(t, n)
	h.Clock.Advance(h.CertificateEnd(t, certificates[0]).Sub(h.Clock.Now()) - 40*24*time.Hour)
	return h, member, certificates
}

// wantOwed compares what finance sees: for which order, how much, and by which act.
func wantOwed(t *testing.T, h *servicetest.Hall, want ...book.OwedRow) {
	t.Helper()
	rows, more, err := h.Owed(t.Context(), h.Supervisor, "")
	servicetest.Must(t, err)
	got := make([]book.OwedRow, len(rows))
	for i, w := range rows {
		got[i] = book.OwedRow{Number: w.Number, Owed: book.Owed{AmountFen: w.AmountFen, Because: w.Because}}
	}
	if !slices.Equal(got, want) || more {
		t.Errorf("owed is %+v, want %+v", got, want)
	}
	h.Sound(t)
}

func owed(o ra.Order, fen int64, because string) book.OwedRow {
	return book.OwedRow{Number: o.Number, Owed: book.Owed{AmountFen: fen, Because: because}}
}

// TestPaidAndCancelledIsOwed: by the customer before the approval, and by staff; what nobody paid is not.
func TestPaidAndCancelledIsOwed(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	member := h.Registered(t)
	unpaid := h.Submitted(t, member, 1)
	_, err := h.Cancel(ctx, member, unpaid.ID, unpaid.Version)
	servicetest.Must(t, err)
	wantOwed(t, h)
	own := h.Paid(t, h.Submitted(t, member, 2))
	for range 2 {
		cancelled, err := h.Cancel(ctx, member, own.ID, own.Version)
		if err != nil || cancelled.State != ra.OrderCancelled {
			t.Fatalf("paid, before the approval: %s, %v", cancelled.State, err)
		}
	}
	rejected := h.Paid(t, h.Submitted(t, member, 1))
	_, err = h.CancelOrder(ctx, h.Supervisor, rejected.ID, []ra.Reason{{Kind: ra.ReasonExpired}}, rejected.Version)
	servicetest.Must(t, err)
	wantOwed(t, h, owed(own, 20000, "order.cancel"), owed(own, 20000, "order.cancel"), owed(rejected, 20000, "order.reject"))
	c, err := h.Case(ctx, h.Supervisor, own.ID)
	if err != nil || len(c.Owed) != 2 || c.Owed[0].UnitID != own.Units[0].ID {
		t.Errorf("the case owes %+v, %v", c.Owed, err)
	}
	if rows, _, err := h.Owed(ctx, h.Counter, ""); err != nil || len(rows) != 0 {
		t.Errorf("the counter sees %d rows, %v", len(rows), err)
	}
}

// TestConfirmedAfterItWasCancelledIsOwed: money that was under way when the order was given up is looked for still, and owed once it is there.
func TestConfirmedAfterItWasCancelledIsOwed(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member := h.Registered(t)
	order := h.Submitted(t, member, 1)
	order, err := h.Cancel(t.Context(), member, order.ID, order.Version)
	servicetest.Must(t, err)
	if got := h.Paid(t, order); got.State != ra.OrderCancelled || got.Payment != ra.PaymentPaid {
		t.Errorf("it is %s and %s", got.State, got.Payment)
	}
	wantOwed(t, h, owed(order, 20000, "payment.confirm"))
}

// TestOvertakenIsOwed: what a reissue ends of a paid extension, unit by unit; one that a term pays owes nothing, since the term passes on.
func TestOvertakenIsOwed(t *testing.T) {
	t.Parallel()
	h, member, certificates := ending(t, 2)
	h.Passed(t, member, h.On(t, ra.KindRenew, ra.ReasonNone, certificates[0]))
	extension := h.Passed(t, member, h.On(t, ra.KindExtend, ra.ReasonNone, certificates...))
	h.Passed(t, member, h.On(t, ra.KindReissue, ra.ReasonLost, certificates[0]))
	wantOwed(t, h)
	h.Passed(t, member, h.On(t, ra.KindReissue, ra.ReasonDamaged, certificates[1]))
	wantOwed(t, h, owed(extension, 19000, "order.overtaken"))
	h.Texted(t, extension.Number, "未完成的办理已全部取消。相应的已付款项将为您退还或抵用，工作人员会与您联系。")
}

// TestRevokedIsOwed: the term that was paid for a certificate is owed once nothing can use it, whether an extension held it or not; what a
// reissue is still to get is not.
func TestRevokedIsOwed(t *testing.T) {
	t.Parallel()
	h, member, certificates := ending(t, 3)
	renewal := h.Passed(t, member, h.On(t, ra.KindRenew, ra.ReasonNone, certificates...))
	h.Passed(t, member, h.On(t, ra.KindExtend, ra.ReasonNone, certificates[0]))
	reissue := h.Passed(t, member, h.On(t, ra.KindReissue, ra.ReasonLost, certificates[2]))
	fen := renewal.PriceOf(renewal.Units[0])
	for _, c := range certificates[:2] {
		servicetest.Must(t, h.Revoke(t.Context(), h.Supervisor, c, ra.GroundCessation, "不再使用"))
	}
	wantOwed(t, h, owed(renewal, fen, "unit.let_go"), owed(renewal, fen, "unit.let_go"))
	_, err := h.CancelOrder(t.Context(), h.Supervisor, reissue.ID, []ra.Reason{{Kind: ra.ReasonExpired}}, reissue.Version)
	servicetest.Must(t, err)
	wantOwed(t, h, owed(renewal, fen, "unit.let_go"), owed(renewal, fen, "unit.let_go"), owed(reissue, 9000, "order.reject"), owed(renewal, fen, "order.reject"))
}
