package issuing

import (
	"context"
	"slices"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// suspend puts a certificate, held, on hold for the hall's own reason, or because its key is lost: OCSP and the next revocation list say
// so, orders on it wait, its holder is told.
func (is *Issuing) suspend(ctx context.Context, tx Tx, by ra.Staff, o ra.Order, c ra.Certificate, r book.Ruling) error {
	hold := book.Suspension{CertificateID: c.ID, Reason: r.Ground.Suspends(), Ground: r.Ground, Note: r.Note, By: book.StaffID(by), At: is.clerk.Now()}
	if already, err := holdsFor(ctx, tx, c, hold.Reason); already || err != nil {
		return err
	}
	if err := c.State.Move(ra.CertificateSuspended); err != nil {
		return err
	}
	if err := onHold(ctx, tx, c, hold); err != nil {
		return err
	}
	if err := is.ruled(ctx, tx, by, "certificate.suspend", o, c, r); err != nil {
		return err
	}
	return is.messages.CertificateSuspended(ctx, tx, o, c, r.Ground)
}

// holdsFor reports whether a certificate is on hold for one of the reasons.
func holdsFor(ctx context.Context, tx Tx, c ra.Certificate, reasons ...ra.SuspensionReason) (bool, error) {
	open, err := tx.Suspensions(ctx, c.ID)
	return slices.ContainsFunc(open, func(h book.Suspension) bool { return slices.Contains(reasons, h.Reason) }), err
}

// onHold adds a reason for which a certificate, held, is on hold.
func onHold(ctx context.Context, tx Tx, c ra.Certificate, hold book.Suspension) error {
	if err := tx.InsertSuspension(ctx, hold); err != nil || c.State == ra.CertificateSuspended {
		return err
	}
	return tx.SetCertificateState(ctx, c, ra.CertificateSuspended)
}

// restore lifts what the act of staff lifts of the suspensions of a certificate, held; with the last one it is in use again, and gone
// from the revocation list.
func (is *Issuing) restore(ctx context.Context, tx Tx, by ra.Staff, o ra.Order, c ra.Certificate, r book.Ruling) error {
	if already, err := ruledAlready(ctx, tx, r.Act, c); already || err != nil {
		return err
	}
	now := is.clerk.Now()
	lifted := book.Suspension{LiftedBy: book.StaffID(by), LiftedAt: &now}
	if err := tx.LiftSuspensions(ctx, c.ID, ra.LiftedBy(r.Act), lifted); err != nil {
		return err
	}
	if err := is.ruled(ctx, tx, by, "certificate."+string(r.Act), o, c, r); err != nil {
		return err
	}
	if again, err := inUseAgain(ctx, tx, c); !again || err != nil {
		return err
	}
	return is.messages.CertificateRestored(ctx, tx, o, c, r.Ground)
}

// inUseAgain puts a certificate, held, back into use once nothing suspends it any more.
func inUseAgain(ctx context.Context, tx Tx, c ra.Certificate) (bool, error) {
	left, err := tx.Suspensions(ctx, c.ID)
	if err != nil || len(left) > 0 || c.State != ra.CertificateSuspended { // another took its place meanwhile
		return false, err
	}
	return true, tx.SetCertificateState(ctx, c, ra.CertificateActive)
}

// passOn suspends the certificate that takes another's place on the same key for whatever that one is suspended for.
func passOn(ctx context.Context, tx Tx, from, to ra.Certificate) error {
	open, err := tx.Suspensions(ctx, from.ID)
	for _, hold := range open {
		hold.CertificateID = to.ID
		if err := onHold(ctx, tx, to, hold); err != nil {
			return err
		}
		to.State = ra.CertificateSuspended
	}
	return err
}
