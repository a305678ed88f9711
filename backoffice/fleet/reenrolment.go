package fleet

import (
	"context"
	"fmt"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// shownBefore returns the kiosk, its row held, and the certificate whose key signed the enrolment: CodeRequestBad (field
// "previous") for a wrong signature. Nobody, where none is shown, or one that this register does not know: a kiosk may come
// from elsewhere.
func (f *Fleet) shownBefore(ctx context.Context, tx Tx, e enrolment) (k book.KioskRecord, c book.KioskCertificate, err error) {
	if e.previous == nil {
		return k, c, nil
	}
	k, c, err = tx.KioskByFingerprint(ctx, e.previous.Fingerprint)
	if ra.CodeOf(err) == ra.CodeNotFound {
		return book.KioskRecord{}, book.KioskCertificate{}, nil
	}
	if err != nil {
		return k, c, err
	}
	old, err := pki.KeyOfCertificate(c.DER)
	if err != nil {
		return k, c, fmt.Errorf("certificate %s of a kiosk: %w", c.SerialNumber, err)
	}
	if err := old.CheckSignature(e.message, e.previous.Signature); err != nil {
		return k, c, ra.E(ra.CodeRequestBad).At("previous").Because(err)
	}
	if _, err := tx.LockKiosk(ctx, k.ID); err != nil {
		return k, c, err
	}
	return tx.KioskByFingerprint(ctx, e.previous.Fingerprint)
}

// goesOn tells whether a kiosk that proved its old certificate stays the one it was. The certificate's own end does not
// matter: a kiosk whose certificate ended needs this most.
func goesOn(code book.EnrolmentCode, k book.KioskRecord, c book.KioskCertificate) bool {
	return c.SerialNumber != "" && c.RetiredAt == nil && !k.Retired && k.BlockedAt == nil && k.Prefix == code.Prefix
}

// reenrol lets a kiosk keep its id, and with it all that it has in hand; hall, window and projects are the code's. The old
// certificate, which its signature counts as a use of, goes on until the new one is used: a kiosk that is killed before it
// has the new one still is the old one, also when the code is lost or over by then.
func (f *Fleet) reenrol(ctx context.Context, tx Tx, code book.EnrolmentCode, k book.KioskRecord, old book.KioskCertificate, request pki.Request, now time.Time) (book.KioskRecord, book.KioskCertificate, error) {
	if old.UsedAt == nil {
		if err := f.use(ctx, tx, k.Kiosk, old); err != nil {
			return k, old, err
		}
	}
	all, err := tx.KioskCertificates(ctx, k.ID)
	if err != nil {
		return k, old, err
	}
	next, err := f.nextCertificate(ctx, tx, k.Kiosk, "kiosk.reenrol", all, request, now)
	if err != nil {
		return k, old, err
	}
	hall, err := tx.Hall(ctx, code.HallID)
	if err != nil {
		return k, old, err
	}
	k.HallID, k.Hall, k.Window, k.Projects, k.EnrolledAt = hall.ID, hall.Name, code.Window, code.Projects, now
	return k, next, tx.MoveKiosk(ctx, code.Hash, k)
}
