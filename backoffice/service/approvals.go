package service

import (
	"context"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Approve accepts the materials, lets the units be made and sends the authorization code: CodeMaterialsUnjudged,
// CodePaymentUnsettled, CodeSelfReview, CodeConflict, CodeState, CodeForbidden.
func (s *Service) Approve(ctx context.Context, staff ra.Staff, orderID string, version int) (ra.Order, error) {
	already := func(_ Tx, o ra.Order) (bool, error) {
		return o.State == ra.OrderApproved || o.State == ra.OrderInProgress || o.State == ra.OrderDone, nil
	}
	return s.decided(ctx, staff, ra.ActJudge, orderID, version, already, func(tx Tx, o *ra.Order) error {
		if err := mayApprove(*o); err != nil {
			return err
		}
		now := s.clerk.Now()
		o.State, o.Materials, o.ApprovedAt, o.Returned = ra.OrderApproved, ra.MaterialsAccepted, &now, nil
		if err := s.sendCode(ctx, tx, *o); err != nil {
			return err
		}
		if err := s.confirmMember(ctx, tx, staff, *o); err != nil {
			return err
		}
		return s.clerk.Save(ctx, tx, o, book.StaffActor(staff), "order.approve", "")
	})
}

func mayApprove(o ra.Order) error {
	if o.State != ra.OrderOpen {
		return o.State.Bars(ra.OrderApproved)
	}
	accepted := o.Materials == ra.MaterialsSubmitted
	for _, m := range o.Papers {
		accepted = accepted && (m.Kind == ra.MaterialRemittance || m.Verdict == ra.VerdictAccepted)
	}
	if !accepted {
		return ra.E(ra.CodeMaterialsUnjudged)
	}
	if !o.Payment.Settled() {
		return ra.E(ra.CodePaymentUnsettled)
	}
	return nil
}

// CancelOrder rejects an order for good: CodeReasonMissing, CodeConflict, CodeState, CodeForbidden.
func (s *Service) CancelOrder(ctx context.Context, staff ra.Staff, orderID string, reasons []ra.Reason, version int) (ra.Order, error) {
	if err := ra.CheckReasons(reasons); err != nil {
		return ra.Order{}, err
	}
	already := func(_ Tx, o ra.Order) (bool, error) { return o.State == ra.OrderCancelled, nil }
	return s.decided(ctx, staff, ra.ActJudge, orderID, version, already, func(tx Tx, o *ra.Order) error {
		o.Returned = reasons
		if err := s.messages.Cancelled(ctx, tx, *o, reasons); err != nil {
			return err
		}
		return s.cancel(ctx, tx, o, book.StaffActor(staff), "order.reject", "reasons", ra.ReasonsText(reasons))
	})
}

// NewCode makes a new authorization code for an approved order and sends it; the old one is worth nothing from then on, and is not
// sent any more where it still waits: CodeState, CodeForbidden, CodeSelfReview, CodeNotFound.
func (s *Service) NewCode(ctx context.Context, staff ra.Staff, orderID string, version int) (ra.Order, error) {
	never := func(Tx, ra.Order) (bool, error) { return false, nil }
	return s.decided(ctx, staff, ra.ActSend, orderID, version, never, func(tx Tx, o *ra.Order) error {
		if o.State != ra.OrderApproved && o.State != ra.OrderInProgress {
			return o.State.Bars(o.State)
		}
		if err := s.sendCode(ctx, tx, *o); err != nil {
			return err
		}
		return s.clerk.Save(ctx, tx, o, book.StaffActor(staff), "code.renew", "")
	})
}
