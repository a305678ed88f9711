package issuing

import (
	"context"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// revokeFor ends a certificate, held, for good: OCSP and the next revocation list say so, and its holder is told. One that was on hold
// counts as revoked since then, as X.509 has it, so that nothing that was signed meanwhile becomes good.
func (is *Issuing) revokeFor(ctx context.Context, tx Tx, by ra.Staff, o ra.Order, c ra.Certificate, r book.Ruling) error {
	if already, err := ruledAlready(ctx, tx, ra.ActRevoke, c); already || err != nil {
		return err
	}
	open, err := tx.Suspensions(ctx, c.ID)
	if err != nil {
		return err
	}
	now, because := is.clerk.Now(), r.Ground.CRLReason()
	since := now
	if len(open) > 0 && open[0].At.Before(now) {
		since = open[0].At
	}
	if err := tx.RevokeCertificate(ctx, c.ID, because, since); err != nil {
		return err
	}
	if because == ra.RevokedKeyCompromise {
		if err := revokeOthers(ctx, tx, c.Key, because, now); err != nil {
			return err
		}
	}
	if err := is.oweTerms(ctx, tx, c); err != nil {
		return err
	}
	if err := is.ruled(ctx, tx, by, "certificate.revoke", o, c, r); err != nil {
		return err
	}
	return is.messages.CertificateRevoked(ctx, tx, o, c, r.Ground)
}

// endOrdersOn ends what was ordered for a certificate that ends, but for what makes another key.
func (is *Issuing) endOrdersOn(ctx context.Context, tx Tx, who book.Actor, c ra.Certificate) error {
	open, err := tx.OpenOrdersOn(ctx, []string{c.ID})
	for _, o := range open {
		if outlives(o) {
			continue
		}
		if err := is.endOn(ctx, tx, who, o.ID, c); err != nil {
			return err
		}
	}
	return err
}

func (is *Issuing) endOn(ctx context.Context, tx Tx, who book.Actor, orderID string, c ra.Certificate) error {
	o, err := tx.LockOrder(ctx, orderID)
	if err != nil {
		return err
	}
	for _, u := range o.Units {
		if u.OperationID == "" || u.State == ra.UnitDone || u.Target == nil || u.Target.CertificateID != c.ID {
			continue
		}
		p, err := tx.LockOperation(ctx, u.OperationID)
		if err != nil {
			return err
		}
		if err := tx.SetOperationState(ctx, p, ra.OperationReleased, is.clerk.Now()); err != nil {
			return err
		}
		if err := is.freeUnit(ctx, tx, who, "unit.release", o, p, "serial_number", p.SerialNumber); err != nil {
			return err
		}
		if o, err = tx.Order(ctx, orderID); err != nil {
			return err
		}
	}
	ended, err := is.clerk.ReleaseOn(ctx, tx, &o, []string{c.ID}, who, "unit.let_go", "serial_number", c.SerialNumber)
	if err != nil || !ended {
		return err
	}
	return is.messages.LetGo(ctx, tx, o, c, ra.CodeCertificateOver)
}
