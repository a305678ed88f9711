package issuing

import (
	"context"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// finish moves certificates, unit, key and operations to where a good proof brings them.
func (is *Issuing) finish(ctx context.Context, tx Tx, o ra.Order, p book.OperationRecord, c proven, proof ra.Proof, now time.Time) error {
	if err := is.activate(ctx, tx, o, p, c, now); err != nil {
		return err
	}
	key, err := provenKey(ctx, tx, o, p, now)
	if err != nil {
		return err
	}
	if err := is.acknowledge(ctx, tx, p, key, proof.AdminPIN); err != nil {
		return err
	}
	if c.served.State != ra.OperationDone {
		if err := moveUnit(ctx, tx, o, c.served, ra.UnitDone); err != nil {
			return err
		}
		if err := tx.SetOperationState(ctx, c.served, ra.OperationDone, now); err != nil {
			return err
		}
	}
	if c.served.ID != p.ID {
		if err := tx.SetOperationState(ctx, p, ra.OperationDone, now); err != nil {
			return err
		}
	}
	return tx.EndPresence(ctx, p.ID)
}

// activate moves a certificate that was proven for the first time, and then the one in whose place it is.
func (is *Issuing) activate(ctx context.Context, tx Tx, o ra.Order, p book.OperationRecord, c proven, now time.Time) error {
	if s := c.certificate.State; !p.Plan.Has(ra.StepProve) || s == ra.CertificateActive || s == ra.CertificateSuspended {
		return nil
	}
	if err := c.certificate.State.Move(ra.CertificateActive); err != nil {
		return err
	}
	if err := tx.SetCertificateState(ctx, c.certificate, ra.CertificateActive); err != nil {
		return err
	}
	rule, _ := ra.RuleOf(o.Kind, o.Reason)
	if c.old.ID == "" || rule.Old.AtApproval {
		return nil
	}
	if err := passOn(ctx, tx, c.old, c.certificate); err != nil {
		return err
	}
	return retire(ctx, tx, c.old, rule.Old, now)
}

// provenKey is the operation's key, held, as a good proof shows it: in use, opened by the customer's PIN where that was shown, and theirs
// where it is not sent.
func provenKey(ctx context.Context, tx Tx, o ra.Order, p book.OperationRecord, now time.Time) (book.UKey, error) {
	key, err := tx.LockUKey(ctx, p.Key, p.Model, now)
	if err != nil {
		return key, err
	}
	if err := key.Life.Move(ra.KeyActive); err != nil {
		return key, err
	}
	key.Life = ra.KeyActive
	if p.Plan.Has(ra.StepProve) || p.Plan.Has(ra.StepProvePIN) {
		key.PIN = ra.TokenPINOK
	}
	if o.Delivery.Kind == ra.DeliveryCounter {
		key.Custody = ra.CustodyPerson
	}
	return key, nil
}
