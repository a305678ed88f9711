package service

import (
	"context"

	"fmt"
	"slices"
	"strconv"
	"strings"

	"keyhall/backoffice/ra"
)

// judged runs change on an order that a supervisor has before them, in one transaction: CodeForbidden for others than
// supervisors, CodeConflict when another member of staff has it claimed. When already reports that what was asked for
// has happened, the order is returned as it is; otherwise its version must be the one seen.
func (s *Service) judged(ctx context.Context, staff ra.Staff, id string, version int, already func(context.Context, ra.Order) (bool, error),
	change func(context.Context, *ra.Order) error) (ra.Order, error) {
	if staff.Role != ra.RoleSupervisor {
		return ra.Order{}, ra.E(ra.CodeForbidden)
	}
	if err := ra.CheckID(id); err != nil {
		return ra.Order{}, ra.E(ra.CodeNotFound)
	}
	var order ra.Order
	err := s.store.Do(ctx, func(ctx context.Context) (err error) {
		if order, err = s.store.LockOrder(ctx, id); err != nil {
			return err
		}
		if did, err := already(ctx, order); did || err != nil {
			return err
		}
		if err := sameVersion(order, version); err != nil {
			return err
		}
		if err := s.notClaimedByOther(ctx, staff, id); err != nil {
			return err
		}
		if err := change(ctx, &order); err != nil {
			return err
		}
		order, err = s.store.Order(ctx, id)
		return err
	})
	return order, err
}

// Judge puts a verdict on one submitted material: CodeReasonMissing, CodeConflict, CodeState, CodeForbidden, CodeNotFound
// (field "kind"). The materials as a whole are accepted with Approve, so a verdict can be changed until then.
func (s *Service) Judge(ctx context.Context, staff ra.Staff, orderID string, kind ra.MaterialKind, verdict ra.Verdict, reasons []ra.Reason, version int) (ra.Order, error) {
	if !slices.Contains(ra.Verdicts(), verdict) {
		return ra.Order{}, ra.E(ra.CodeInvalid).At("verdict")
	}
	if verdict != ra.VerdictReturned {
		reasons = nil
	} else if err := checkReasons(reasons); err != nil {
		return ra.Order{}, err
	}
	reasons = slices.Clone(reasons)
	for i := range reasons {
		reasons[i].Material = kind
	}
	already := func(_ context.Context, o ra.Order) (bool, error) {
		m := o.Paper(kind)
		return verdict != ra.VerdictNone && m.Verdict == verdict && slices.Equal(m.Reasons, reasons), nil
	}
	return s.judged(ctx, staff, orderID, version, already, func(ctx context.Context, o *ra.Order) error {
		if o.State != ra.OrderOpen || o.Materials != ra.MaterialsSubmitted {
			return ra.E(ra.CodeState, "what", "materials", "from", string(o.Materials))
		}
		known := slices.ContainsFunc(o.Papers, func(m ra.Material) bool { return m.Kind == kind })
		if !known || kind == ra.MaterialRemittance {
			return ra.E(ra.CodeNotFound).At("kind")
		}
		if err := s.store.SetVerdict(ctx, orderID, ra.Material{Kind: kind, Verdict: verdict, Reasons: reasons}, staff.ID, s.time()); err != nil {
			return err
		}
		return s.save(ctx, o, staffActor(staff), "material.judge", "", "material", string(kind), "verdict", string(verdict), "reasons", reasonKinds(reasons))
	})
}

// checkReasons wants at least one reason, each known, and a note where the reason is "other": CodeReasonMissing.
func checkReasons(reasons []ra.Reason) error {
	if len(reasons) == 0 {
		return ra.E(ra.CodeReasonMissing).At("reasons")
	}
	for _, r := range reasons {
		if !slices.Contains(ra.ReasonKinds(), r.Kind) {
			return ra.E(ra.CodeInvalid).At("reasons")
		}
		if r.Kind == ra.ReasonOther && strings.TrimSpace(r.Note) == "" {
			return ra.E(ra.CodeReasonMissing).At("note")
		}
		if len([]rune(r.Note)) > 300 {
			return ra.E(ra.CodeTooLong, "max", "300").At("note")
		}
	}
	return nil
}

func reasonKinds(reasons []ra.Reason) string {
	kinds := make([]string, len(reasons))
	for i, r := range reasons {
		kinds[i] = string(r.Kind)
	}
	return strings.Join(kinds, ",")
}

// Return sends the materials back to the customer, with the reasons of those judged so: CodeReasonMissing when none is,
// CodeConflict, CodeState, CodeForbidden.
func (s *Service) Return(ctx context.Context, staff ra.Staff, orderID string, version int) (ra.Order, error) {
	already := func(_ context.Context, o ra.Order) (bool, error) { return o.Materials == ra.MaterialsReturned, nil }
	return s.judged(ctx, staff, orderID, version, already, func(ctx context.Context, o *ra.Order) error {
		if o.State != ra.OrderOpen || o.Materials != ra.MaterialsSubmitted {
			return ra.E(ra.CodeState, "what", "materials", "from", string(o.Materials))
		}
		var reasons []ra.Reason
		for _, m := range o.Papers {
			if m.Verdict == ra.VerdictReturned && m.Kind != ra.MaterialRemittance {
				reasons = append(reasons, m.Reasons...)
			}
		}
		if len(reasons) == 0 {
			return ra.E(ra.CodeReasonMissing).At("reasons")
		}
		o.Materials = ra.MaterialsReturned
		o.Returned = slices.DeleteFunc(o.Returned, func(r ra.Reason) bool { return r.Material != ra.MaterialRemittance })
		o.Returned = append(o.Returned, reasons...)
		if err := s.message(ctx, *o, "returned", returnedText(*o, reasons)); err != nil {
			return err
		}
		return s.save(ctx, o, staffActor(staff), "order.return", "", "reasons", reasonKinds(reasons))
	})
}

// ConfirmPayment settles a bank transfer by the bank's reference: CodeAmountDiffers (args: due, got in fen), CodeRequired
// (field "reference"), CodeConflict (field "reference" when that transfer settled another order), CodeState, CodeForbidden.
func (s *Service) ConfirmPayment(ctx context.Context, staff ra.Staff, orderID string, amountFen int64, reference string, version int) (ra.Order, error) {
	reference = strings.TrimSpace(reference)
	if reference == "" {
		return ra.Order{}, ra.E(ra.CodeRequired).At("reference")
	}
	if len([]rune(reference)) > 64 {
		return ra.Order{}, ra.E(ra.CodeTooLong, "max", "64").At("reference")
	}
	already := func(ctx context.Context, o ra.Order) (bool, error) {
		amount, had, err := s.store.Payment(ctx, o.ID)
		if ra.CodeOf(err) == ra.CodeNotFound {
			return false, nil
		}
		return amount == amountFen && had == reference, err
	}
	return s.judged(ctx, staff, orderID, version, already, func(ctx context.Context, o *ra.Order) error {
		if o.State != ra.OrderOpen || o.Payment.Move(ra.PaymentPaid) != nil || o.Payment == ra.PaymentPaid {
			return ra.E(ra.CodeState, "what", "payment", "from", string(o.Payment), "to", string(ra.PaymentPaid))
		}
		if amountFen != o.AmountFen {
			return ra.E(ra.CodeAmountDiffers, "due", fen(o.AmountFen), "got", fen(amountFen)).At("amount_fen")
		}
		if err := s.store.InsertPayment(ctx, o.ID, amountFen, reference, staff.ID, s.time()); err != nil {
			return err
		}
		slip := ra.Material{Kind: ra.MaterialRemittance, Verdict: ra.VerdictAccepted}
		if err := s.store.SetVerdict(ctx, orderID, slip, staff.ID, s.time()); err != nil {
			return err
		}
		o.Payment = ra.PaymentPaid
		return s.save(ctx, o, staffActor(staff), "payment.confirm", "", "amount_fen", fen(amountFen), "reference", reference)
	})
}

func fen(n int64) string { return strconv.FormatInt(n, 10) }

// RefusePayment sends the remittance slip back: CodeReasonMissing, CodeConflict, CodeState, CodeForbidden.
func (s *Service) RefusePayment(ctx context.Context, staff ra.Staff, orderID string, reasons []ra.Reason, version int) (ra.Order, error) {
	if err := checkReasons(reasons); err != nil {
		return ra.Order{}, err
	}
	reasons = slices.Clone(reasons)
	for i := range reasons {
		reasons[i].Material = ra.MaterialRemittance
	}
	already := func(_ context.Context, o ra.Order) (bool, error) {
		slip := o.Paper(ra.MaterialRemittance)
		return o.Payment == ra.PaymentUnpaid && slip.Verdict == ra.VerdictReturned && slices.Equal(slip.Reasons, reasons), nil
	}
	return s.judged(ctx, staff, orderID, version, already, func(ctx context.Context, o *ra.Order) error {
		if o.State != ra.OrderOpen || o.Payment != ra.PaymentAwaitingConfirmation {
			return ra.E(ra.CodeState, "what", "payment", "from", string(o.Payment), "to", string(ra.PaymentUnpaid))
		}
		slip := ra.Material{Kind: ra.MaterialRemittance, Verdict: ra.VerdictReturned, Reasons: reasons}
		if err := s.store.SetVerdict(ctx, orderID, slip, staff.ID, s.time()); err != nil {
			return err
		}
		o.Payment = ra.PaymentUnpaid
		o.Returned = append(o.Returned, reasons...)
		if err := s.message(ctx, *o, "slip_returned", slipReturnedText(*o, reasons)); err != nil {
			return err
		}
		return s.save(ctx, o, staffActor(staff), "payment.refuse", "", "reasons", reasonKinds(reasons))
	})
}

// Approve accepts the materials, lets the units be made and sends the authorization code: CodeMaterialsUnjudged,
// CodePaymentUnsettled, CodeSelfReview, CodeConflict, CodeState, CodeForbidden.
func (s *Service) Approve(ctx context.Context, staff ra.Staff, orderID string, version int) (ra.Order, error) {
	already := func(_ context.Context, o ra.Order) (bool, error) {
		return o.State == ra.OrderApproved || o.State == ra.OrderInProgress || o.State == ra.OrderDone, nil
	}
	return s.judged(ctx, staff, orderID, version, already, func(ctx context.Context, o *ra.Order) error {
		if err := s.mayApprove(ctx, staff, *o); err != nil {
			return err
		}
		now := s.time()
		o.State, o.Materials, o.ApprovedAt, o.Returned = ra.OrderApproved, ra.MaterialsAccepted, &now, nil
		code, err := s.newCode(ctx, o.ID)
		if err != nil {
			return err
		}
		if err := s.message(ctx, *o, "approved", approvedText(*o, code)); err != nil {
			return err
		}
		return s.save(ctx, o, staffActor(staff), "order.approve", "")
	})
}

func (s *Service) mayApprove(ctx context.Context, staff ra.Staff, o ra.Order) error {
	if o.State != ra.OrderOpen {
		return orderState(o, ra.OrderApproved)
	}
	if err := s.notOwn(ctx, staff, o); err != nil {
		return err
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

// notOwn is CodeSelfReview when the order's account or handler is the member of staff.
func (s *Service) notOwn(ctx context.Context, staff ra.Staff, o ra.Order) error {
	account, _, err := s.store.Account(ctx, o.AccountID)
	if err != nil {
		return err
	}
	if staff.Login == account.Login || staff.Login == o.Applicant.Handler.Mobile || staff.Login == strings.ToLower(o.Applicant.Handler.Email) {
		return ra.E(ra.CodeSelfReview)
	}
	return nil
}

// CancelOrder rejects an order for good: CodeReasonMissing, CodeConflict, CodeState, CodeForbidden.
func (s *Service) CancelOrder(ctx context.Context, staff ra.Staff, orderID string, reasons []ra.Reason, version int) (ra.Order, error) {
	if err := checkReasons(reasons); err != nil {
		return ra.Order{}, err
	}
	already := func(_ context.Context, o ra.Order) (bool, error) { return o.State == ra.OrderCancelled, nil }
	return s.judged(ctx, staff, orderID, version, already, func(ctx context.Context, o *ra.Order) error {
		o.Returned = reasons
		if err := s.message(ctx, *o, "cancelled", cancelledText(*o, reasons)); err != nil {
			return err
		}
		return s.cancel(ctx, o, staffActor(staff), "order.reject", "reasons", reasonKinds(reasons))
	})
}

// NewCode makes a new authorization code for an approved order and sends it; the old one is worth nothing from then on:
// CodeState, CodeForbidden, CodeNotFound.
func (s *Service) NewCode(ctx context.Context, staff ra.Staff, orderID string, version int) (ra.Order, error) {
	never := func(context.Context, ra.Order) (bool, error) { return false, nil }
	return s.judged(ctx, staff, orderID, version, never, func(ctx context.Context, o *ra.Order) error {
		if o.State != ra.OrderApproved && o.State != ra.OrderInProgress {
			return orderState(*o, o.State)
		}
		code, err := s.newCode(ctx, o.ID)
		if err != nil {
			return err
		}
		if err := s.message(ctx, *o, "approved", approvedText(*o, code)); err != nil {
			return err
		}
		return s.save(ctx, o, staffActor(staff), "code.renew", "")
	})
}

// reasonCessation is the CRLReason cessationOfOperation of RFC 5280, 5.3.1.
const reasonCessation = 5

// ReleaseUnit gives up a key that never came back: its certificate is revoked, the unit waits again. Repeating it changes
// nothing. CodeReasonMissing, CodeState when the unit is done, CodeNotFound, CodeForbidden.
func (s *Service) ReleaseUnit(ctx context.Context, staff ra.Staff, operationID, reason string) error {
	if staff.Role != ra.RoleSupervisor {
		return ra.E(ra.CodeForbidden)
	}
	if strings.TrimSpace(reason) == "" {
		return ra.E(ra.CodeReasonMissing).At("reason")
	}
	return s.store.Do(ctx, func(ctx context.Context) error {
		p, err := s.operation(ctx, operationID)
		if err != nil {
			return err
		}
		order, err := s.store.LockOrder(ctx, p.OrderID)
		if err != nil {
			return err
		}
		if p, err = s.store.LockOperation(ctx, operationID); err != nil || p.State == ra.OperationReleased {
			return err
		}
		if p.State == ra.OperationDone {
			return operationState(p)
		}
		return s.releaseUnit(ctx, staff, order, p, reason)
	})
}

func (s *Service) releaseUnit(ctx context.Context, staff ra.Staff, o ra.Order, p ra.OperationRecord, reason string) error {
	now := s.time()
	if err := s.revoke(ctx, p); err != nil {
		return err
	}
	if err := unitOf(o, p.UnitID).State.Move(ra.UnitWaiting); err != nil {
		return err
	}
	if err := s.store.SetUnit(ctx, p.UnitID, ra.UnitWaiting, ""); err != nil {
		return err
	}
	if err := s.store.SetOperationState(ctx, p.ID, ra.OperationReleased, now); err != nil {
		return err
	}
	return s.save(ctx, &o, staffActor(staff), "unit.release", p.ID, "reason", reason, "serial_number", p.SerialNumber)
}

// revoke revokes what the operation issued. A serial number whose certificate has not come back from the CA is
// registered as revoked without it, since the CA may have signed.
func (s *Service) revoke(ctx context.Context, p ra.OperationRecord) error {
	if p.SerialNumber == "" {
		return nil
	}
	now := s.time()
	certificate, err := s.store.CertificateOfOperation(ctx, p.ID)
	if err == nil {
		return s.store.RevokeCertificate(ctx, certificate.ID, reasonCessation, now)
	}
	if ra.CodeOf(err) != ra.CodeNotFound {
		return err
	}
	id, err := s.newID()
	if err != nil {
		return err
	}
	err = s.store.InsertCertificate(ctx, ra.Certificate{ID: id, SerialNumber: p.SerialNumber, OperationID: p.ID, OrderID: p.OrderID,
		UnitID: p.UnitID, State: ra.CertificateRevoked, NotBefore: p.NotBefore, NotAfter: p.NotAfter,
		RevokedAt: &now, RevocationReason: reasonCessation}, now)
	if err != nil {
		return fmt.Errorf("registering a serial number given up: %w", err)
	}
	return nil
}
