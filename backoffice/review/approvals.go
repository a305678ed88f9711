package review

import (
	"context"
	"slices"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Approve accepts the materials and lets what was ordered take effect, once that is paid: what follows is a row of the table of services.
// CodeMaterialsUnjudged, CodeSelfReview, CodeConflict, CodeState, CodeForbidden.
func (r *Review) Approve(ctx context.Context, staff ra.Staff, orderID string, version int) (ra.Order, error) {
	already := func(_ Tx, o ra.Order) (bool, error) {
		accepted := o.State == ra.OrderOpen && o.Materials == ra.MaterialsAccepted && !o.Payment.Settled()
		return accepted || o.State == ra.OrderApproved || o.State == ra.OrderInProgress || o.State == ra.OrderDone, nil
	}
	return r.decided(ctx, staff, ra.ActJudge, orderID, version, already, func(tx Tx, o *ra.Order) error {
		if err := mayApprove(*o); err != nil {
			return err
		}
		if err := r.confirmApplicant(ctx, tx, staff, *o); err != nil {
			return err
		}
		if o.Payment.Settled() {
			return r.takeEffect(ctx, tx, o, book.StaffActor(staff))
		}
		if err := r.rebase(ctx, tx, o, ra.ServiceRule{}, book.StaffActor(staff)); err != nil {
			return err
		}
		o.Materials = ra.MaterialsAccepted
		return r.clerk.Save(ctx, tx, o, book.StaffActor(staff), "order.accept", "")
	})
}

func mayApprove(o ra.Order) error {
	if o.State != ra.OrderOpen {
		return o.State.Bars(ra.OrderApproved)
	}
	accepted := o.Materials == ra.MaterialsSubmitted || o.Materials == ra.MaterialsAccepted
	for _, m := range o.Papers {
		accepted = accepted && (m.Kind == ra.MaterialRemittance || m.Verdict == ra.VerdictAccepted)
	}
	if !accepted {
		return ra.E(ra.CodeMaterialsUnjudged)
	}
	return nil
}

// CancelOrder rejects an order for good, or what is not made of it yet: it is done then. CodeReasonMissing, CodeConflict, CodeState, CodeForbidden.
func (r *Review) CancelOrder(ctx context.Context, staff ra.Staff, orderID string, reasons []ra.Reason, version int) (ra.Order, error) {
	if err := ra.CheckReasons(reasons); err != nil {
		return ra.Order{}, err
	}
	already := func(_ Tx, o ra.Order) (bool, error) {
		return o.State == ra.OrderCancelled || o.State == ra.OrderDone && slices.Equal(o.Returned, reasons), nil
	}
	return r.decided(ctx, staff, ra.ActJudge, orderID, version, already, func(tx Tx, o *ra.Order) error {
		o.Returned = reasons
		if err := r.clerk.Cancel(ctx, tx, o, book.StaffActor(staff), "order.reject", "reasons", ra.ReasonsText(reasons)); err != nil {
			return err
		}
		if o.State == ra.OrderDone {
			return r.messages.Stopped(ctx, tx, *o, reasons)
		}
		return r.messages.Cancelled(ctx, tx, *o, reasons)
	})
}

// NewCode makes a new authorization code for an approved order and sends it; the old one is worth nothing from then on, and is not
// sent any more where it still waits: CodeState, CodeForbidden, CodeSelfReview, CodeNotFound.
func (r *Review) NewCode(ctx context.Context, staff ra.Staff, orderID string, version int) (ra.Order, error) {
	never := func(Tx, ra.Order) (bool, error) { return false, nil }
	return r.decided(ctx, staff, ra.ActSend, orderID, version, never, func(tx Tx, o *ra.Order) error {
		if !coded(*o) {
			return o.State.Bars(o.State)
		}
		if err := r.sendCode(ctx, tx, *o); err != nil {
			return err
		}
		return r.clerk.Save(ctx, tx, o, book.StaffActor(staff), "code.renew", "")
	})
}
