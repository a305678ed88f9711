package issuing

import (
	"context"
	"slices"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Suspend puts a certificate on hold at once: OCSP and the next revocation list say so, orders on it wait, its holder is told.
// Repeating it changes nothing. CodeReasonMissing, CodeState for one that is not in use, CodeNotFound, CodeForbidden, CodeSelfReview.
func (is *Issuing) Suspend(ctx context.Context, staff ra.Staff, certificateID, note string) error {
	return is.decide(ctx, staff, ra.ActSuspend, certificateID, note, func(tx Tx, o ra.Order, c ra.Certificate) error {
		open, err := tx.Suspensions(ctx, c.ID)
		if err != nil || slices.ContainsFunc(open, func(h book.Suspension) bool { return h.Reason == ra.SuspendedByStaff }) {
			return err
		}
		if err := c.State.Move(ra.CertificateSuspended); err != nil {
			return err
		}
		hold := book.Suspension{CertificateID: c.ID, Reason: ra.SuspendedByStaff, Note: note, By: book.StaffID(staff), At: is.clerk.Now()}
		if err := suspend(ctx, tx, c, hold); err != nil {
			return err
		}
		if err := is.clerk.Write(ctx, tx, book.StaffActor(staff), "certificate.suspend", o.ID, c.ID, "serial_number", c.SerialNumber,
			"because", string(hold.Reason), "reason", note); err != nil {
			return err
		}
		return is.messages.CertificateSuspended(ctx, tx, o, c)
	})
}

// suspend adds a reason for which a certificate, held, is on hold.
func suspend(ctx context.Context, tx Tx, c ra.Certificate, hold book.Suspension) error {
	if err := tx.InsertSuspension(ctx, hold); err != nil || c.State == ra.CertificateSuspended {
		return err
	}
	return tx.SetCertificateState(ctx, c.ID, ra.CertificateSuspended)
}

// Restore lifts what staff may lift of a certificate's suspensions; with the last one it is in use again, and gone from the revocation
// list. Repeating it changes nothing. CodeReasonMissing, CodeState for one that was revoked, CodeNotFound, CodeForbidden, CodeSelfReview.
func (is *Issuing) Restore(ctx context.Context, staff ra.Staff, certificateID, note string) error {
	return is.decide(ctx, staff, ra.ActRestore, certificateID, note, func(tx Tx, o ra.Order, c ra.Certificate) error {
		if c.State == ra.CertificateRevoked {
			return c.State.Move(ra.CertificateActive)
		}
		open, err := tx.Suspensions(ctx, c.ID)
		if err != nil {
			return err
		}
		lifted := ra.LiftedBy(ra.ActRestore)
		left := slices.DeleteFunc(slices.Clone(open), func(h book.Suspension) bool { return slices.Contains(lifted, h.Reason) })
		if len(left) == len(open) {
			return nil
		}
		if err := tx.LiftSuspensions(ctx, c.ID, lifted, book.StaffID(staff), is.clerk.Now()); err != nil {
			return err
		}
		if err := is.clerk.Write(ctx, tx, book.StaffActor(staff), "certificate.restore", o.ID, c.ID, "serial_number", c.SerialNumber,
			"reason", note); err != nil {
			return err
		}
		if len(left) > 0 || c.State != ra.CertificateSuspended { // another took its place meanwhile
			return nil
		}
		if err := tx.SetCertificateState(ctx, c.ID, ra.CertificateActive); err != nil {
			return err
		}
		return is.messages.CertificateRestored(ctx, tx, o, c)
	})
}

// decide runs what a member of staff who may decides on a certificate, held, and on the order that it came from, in one transaction.
func (is *Issuing) decide(ctx context.Context, staff ra.Staff, act ra.Act, certificateID, note string, do func(tx Tx, o ra.Order, c ra.Certificate) error) error {
	if strings.TrimSpace(note) == "" {
		return ra.E(ra.CodeReasonMissing).At("reason")
	}
	if ra.CheckID(certificateID) != nil {
		return ra.E(ra.CodeNotFound)
	}
	return is.store.Do(ctx, func(tx Tx) error {
		c, err := tx.CertificateByID(ctx, certificateID)
		if err != nil {
			return err
		}
		o, err := tx.Order(ctx, c.OrderID)
		if err != nil {
			return err
		}
		if err := is.people.MayAct(ctx, tx, staff, act, o); err != nil {
			return err
		}
		if act == ra.ActRevoke { // orders are held before certificates
			if err := is.endOrdersOn(ctx, tx, book.StaffActor(staff), c); err != nil {
				return err
			}
		}
		if c, err = tx.LockCertificate(ctx, certificateID); err != nil {
			return err
		}
		return do(tx, o, c)
	})
}

// passOn suspends the certificate that takes another's place on the same key for whatever that one is suspended for.
func passOn(ctx context.Context, tx Tx, from, to ra.Certificate) error {
	open, err := tx.Suspensions(ctx, from.ID)
	for _, hold := range open {
		hold.CertificateID = to.ID
		if err := suspend(ctx, tx, to, hold); err != nil {
			return err
		}
		to.State = ra.CertificateSuspended
	}
	return err
}
