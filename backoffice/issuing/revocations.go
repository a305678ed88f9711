package issuing

import (
	"context"
	"slices"
	"strconv"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Revoke ends a certificate for good, for a CRLReason that staff give: OCSP and the next revocation list say so, its holder is told, what
// was ordered for it ends, and so does what is in somebody's hand. What goes on a blank key in its place goes on. Repeating it changes
// nothing. CodeInvalid (field "reason"), CodeReasonMissing, CodeState for one that was never proven, whose operation staff release,
// CodeNotFound, CodeForbidden, CodeSelfReview.
func (is *Issuing) Revoke(ctx context.Context, staff ra.Staff, certificateID string, because int, note string) error {
	if !slices.ContainsFunc(ra.RevocationReasons(), func(r ra.RevocationReason) bool { return r.Code == because }) {
		return ra.E(ra.CodeInvalid).At("reason")
	}
	return is.decide(ctx, staff, ra.ActRevoke, certificateID, note, func(tx Tx, o ra.Order, c ra.Certificate) error {
		switch c.State {
		case ra.CertificateRevoked:
			return nil
		case ra.CertificateIssued:
			return ra.E(ra.CodeState, "what", "certificate", "from", string(c.State), "to", string(ra.CertificateRevoked))
		}
		now := is.clerk.Now()
		if err := tx.RevokeCertificate(ctx, c.ID, because, now); err != nil {
			return err
		}
		if because == ra.RevokedKeyCompromise {
			if err := revokeOthers(ctx, tx, c.Key, because, now); err != nil {
				return err
			}
		}
		if err := is.clerk.Write(ctx, tx, book.StaffActor(staff), "certificate.revoke", o.ID, c.ID, "serial_number", c.SerialNumber,
			"because", strconv.Itoa(because), "reason", note); err != nil {
			return err
		}
		return is.messages.CertificateRevoked(ctx, tx, o, c)
	})
}

// endOrdersOn ends what was ordered for a certificate that ends, but for what makes another key.
func (is *Issuing) endOrdersOn(ctx context.Context, tx Tx, who book.Actor, c ra.Certificate) error {
	open, err := tx.OpenOrdersOn(ctx, []string{c.ID})
	for _, o := range open {
		if rule, _ := ra.RuleOf(o.Kind, o.Reason); rule.Plan.Blank() {
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
		if err := tx.SetOperationState(ctx, p.ID, ra.OperationReleased, is.clerk.Now()); err != nil {
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
	return is.messages.LetGo(ctx, tx, o, c)
}
