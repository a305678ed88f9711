package cashier

import (
	"context"
	"slices"
	"strconv"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// ConfirmPayment settles a bank transfer by the bank's reference, and approves with it what nobody has to
// review or somebody accepted already: CodeAmountDiffers (args: due, got in fen), CodeRequired,
// CodeCharacter and CodeTooLong (field "reference"), CodeConflict (field "reference" when that transfer settled another order), CodeState, CodeForbidden.
func (c *Cashier) ConfirmPayment(ctx context.Context, staff ra.Staff, orderID string, amountFen int64, reference string, version int) (ra.Order, error) {
	if err := ra.FieldError("reference", ra.CheckReference(reference)); err != nil {
		return ra.Order{}, err
	}
	reference = ra.NormalReference(reference)
	already := func(tx Tx, o ra.Order) (bool, error) {
		amount, had, err := tx.Payment(ctx, o.ID)
		if ra.CodeOf(err) == ra.CodeNotFound {
			return false, nil
		}
		return amount == amountFen && had == reference, err
	}
	return c.decided(ctx, staff, orderID, version, already, func(tx Tx, o *ra.Order) error {
		if !awaited(*o) || o.Payment.Move(ra.PaymentPaid) != nil || o.Payment == ra.PaymentPaid {
			return ra.E(ra.CodeState, "what", "payment", "from", string(o.Payment), "to", string(ra.PaymentPaid))
		}
		if amountFen != o.AmountFen {
			return ra.E(ra.CodeAmountDiffers, "due", fen(o.AmountFen), "got", fen(amountFen)).At("amount_fen")
		}
		if err := tx.InsertPayment(ctx, o.ID, amountFen, reference, staff.ID, c.clerk.Now()); err != nil {
			return err
		}
		slip := ra.Material{Kind: ra.MaterialRemittance, Verdict: ra.VerdictAccepted}
		if err := tx.SetVerdict(ctx, orderID, slip, staff.ID, c.clerk.Now()); err != nil {
			return err
		}
		o.Payment = ra.PaymentPaid
		err := c.clerk.Save(ctx, tx, o, book.StaffActor(staff), "payment.confirm", "", "amount_fen", fen(amountFen), "reference", reference)
		if err != nil {
			return err
		}
		if o.State == ra.OrderCancelled {
			return c.clerk.OweUnits(ctx, tx, *o, "payment.confirm")
		}
		return c.approvals.ApproveByRule(ctx, tx, o)
	})
}

// awaited tells whether money for an order may still come: also for one that was given up after its customer had paid. It is owed then.
func awaited(o ra.Order) bool { return o.State == ra.OrderOpen || o.State == ra.OrderCancelled }

func fen(n int64) string { return strconv.FormatInt(n, 10) }

// RefusePayment sends the remittance slip back: CodeReasonMissing, CodeConflict, CodeState, CodeForbidden.
func (c *Cashier) RefusePayment(ctx context.Context, staff ra.Staff, orderID string, reasons []ra.Reason, version int) (ra.Order, error) {
	if err := ra.CheckReasons(reasons); err != nil {
		return ra.Order{}, err
	}
	reasons = slices.Clone(reasons)
	for i := range reasons {
		reasons[i].Material = ra.MaterialRemittance
	}
	already := func(_ Tx, o ra.Order) (bool, error) {
		slip := o.Paper(ra.MaterialRemittance)
		return o.Payment == ra.PaymentUnpaid && slip.Verdict == ra.VerdictReturned && slices.Equal(slip.Reasons, reasons), nil
	}
	return c.decided(ctx, staff, orderID, version, already, func(tx Tx, o *ra.Order) error {
		if !awaited(*o) || o.Payment != ra.PaymentAwaitingConfirmation {
			return ra.E(ra.CodeState, "what", "payment", "from", string(o.Payment), "to", string(ra.PaymentUnpaid))
		}
		slip := ra.Material{Kind: ra.MaterialRemittance, Verdict: ra.VerdictReturned, Reasons: reasons}
		if err := tx.SetVerdict(ctx, orderID, slip, staff.ID, c.clerk.Now()); err != nil {
			return err
		}
		o.Payment = ra.PaymentUnpaid
		if o.State == ra.OrderOpen { // of one that was given up nobody hands in another slip
			o.Returned = append(o.Returned, reasons...)
			if err := c.messages.SlipReturned(ctx, tx, *o, reasons); err != nil {
				return err
			}
		}
		return c.clerk.Save(ctx, tx, o, book.StaffActor(staff), "payment.refuse", "", "reasons", ra.ReasonsText(reasons))
	})
}
