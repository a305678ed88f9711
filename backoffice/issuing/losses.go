package issuing

import (
	"context"
	"errors"
	"slices"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// ReportLost suspends what is in use on the key of a certificate because a confirmed member says that the key is lost: OCSP and the next
// revocation list say so at once, orders on it wait, everybody who may know is told, and the key opens nothing anywhere. A key that was reported
// already, by whomever, stays as it is. CodeNotFound for what the member does not see or only claims, CodeCertificateOver for what
// is in use no more, CodeForbidden. A report costs an organisation its key for as long as it stands, so a person has one at a time, and none
// any more at a kiosk once a key that they reported was not lost: CodeReportAtDesk for who reported another one that was restored, or whose
// certificate has not ended yet. One that ended, by its reissue, was a true report, and bars nothing.
func (is *Issuing) ReportLost(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, certificateID string) error {
	return is.onLostKey(ctx, kiosk, member, certificateID, func(tx Tx, all []ra.Certificate) (refused, err error) {
		if lost, err := holdsFor(ctx, tx, all[0], ra.SuspendedAsLost); lost || err != nil {
			return nil, err
		}
		before, err := tx.Reported(ctx, member.PersonID)
		if err != nil {
			return nil, err
		}
		if before {
			return ra.E(ra.CodeReportAtDesk), is.lossRefused(ctx, tx, kiosk, member, all[0], ra.CodeReportAtDesk)
		}
		now := is.clerk.Now()
		for _, c := range all {
			hold := book.Suspension{CertificateID: c.ID, Reason: ra.SuspendedAsLost, Ground: ra.GroundLost, Person: member.PersonID, At: now}
			if err := onHold(ctx, tx, c, hold); err != nil {
				return nil, err
			}
			if err := is.told(ctx, tx, kiosk, member, c, "key.lost", is.messages.KeyLost); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
}

// RestoreLost lifts what ReportLost did, for a member who has the key: it signed what it was given at the kiosk for that. They were
// confirmed before the report, and have the password and the mobile of then. What else suspends a certificate stays. A key that is not lost,
// or no more, stays as it is. CodeNotFound, CodeCertificateOver, CodeFoundMember, CodeFoundChanged, CodeKeyWrong (args: expected, found) and
// what SignedNonce refuses; CodeForbidden.
func (is *Issuing) RestoreLost(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, certificateID string, a ra.KeyAnswer) error {
	return is.onLostKey(ctx, kiosk, member, certificateID, func(tx Tx, all []ra.Certificate) (refused, err error) {
		lost, err := lostSince(ctx, tx, all[0])
		if err != nil || lost == nil {
			return nil, err
		}
		if refused, err = is.mayRestore(ctx, tx, kiosk, member, all[0], *lost, a); refused != nil || err != nil {
			return refused, errors.Join(err, is.lossRefused(ctx, tx, kiosk, member, all[0], ra.CodeOf(refused)))
		}
		now := is.clerk.Now()
		for _, c := range all {
			lost, err := holdsFor(ctx, tx, c, ra.SuspendedAsLost)
			if err != nil || !lost {
				return nil, err
			}
			lifted := book.Suspension{LiftedPerson: member.PersonID, LiftedAt: &now}
			if err := tx.LiftSuspensions(ctx, c.ID, []ra.SuspensionReason{ra.SuspendedAsLost}, lifted); err != nil {
				return nil, err
			}
			if _, err := inUseAgain(ctx, tx, c); err != nil {
				return nil, err
			}
			if err := is.told(ctx, tx, kiosk, member, c, "key.found", is.messages.KeyFound); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
}

// lostSince is when the key of a certificate was reported lost, nil for one that was not.
func lostSince(ctx context.Context, tx Tx, c ra.Certificate) (*time.Time, error) {
	open, err := tx.Suspensions(ctx, c.ID)
	for _, h := range open {
		if h.Reason == ra.SuspendedAsLost {
			return &h.At, err
		}
	}
	return nil, err
}

// mayRestore tells why a member may not restore a key that was reported lost then.
func (is *Issuing) mayRestore(ctx context.Context, tx Tx, kiosk ra.Kiosk, member ra.Membership, c ra.Certificate, lost time.Time, a ra.KeyAnswer) (refused, err error) {
	s, err := tx.Standing(ctx, member.ID)
	switch {
	case err != nil:
		return nil, err
	case !s.ConfirmedAt.Before(lost):
		return ra.E(ra.CodeFoundMember), nil
	case !s.ChangedAt.Before(lost):
		return ra.E(ra.CodeFoundChanged), nil
	}
	signer, refused, err := is.intake.SignedNonce(ctx, tx, kiosk, ra.KeyPurposeRestore, member.PersonID, a)
	if refused != nil || err != nil {
		return refused, err
	}
	if signer.Key.Key != c.Key {
		return ra.E(ra.CodeKeyWrong, "expected", c.Key.Serial, "found", signer.Key.Key.Serial), nil
	}
	return nil, nil
}

// lossRefused leaves a line about a report, or a restoration, that was refused; none for no refusal.
func (is *Issuing) lossRefused(ctx context.Context, tx Tx, kiosk ra.Kiosk, member ra.Membership, c ra.Certificate, why ra.Code) error {
	if why == "" {
		return nil
	}
	return is.clerk.Write(ctx, tx, book.CustomerAt(kiosk, member), "key.refuse", c.OrderID, c.ID, "code", string(why))
}

// onLostKey runs do for the certificates in use, or on hold, on the key of one that a member names, held, that one first. The person is held
// before, so that two of their requests at once are one after the other.
func (is *Issuing) onLostKey(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, certificateID string, do func(tx Tx, all []ra.Certificate) (refused, err error)) error {
	if ra.CheckID(certificateID) != nil {
		return ra.E(ra.CodeNotFound)
	}
	return book.Kept(ctx, is.store, func(tx Tx) (refused, err error) {
		if err := is.fleet.MustOffer(ctx, tx, kiosk, member.ProjectID); err != nil {
			return nil, err
		}
		if _, err := tx.LockPerson(ctx, member.PersonID); err != nil {
			return nil, err
		}
		named, err := tx.LockTarget(ctx, certificateID, member.ID)
		if err != nil {
			return nil, err
		}
		all, err := tx.LockLiveOnKey(ctx, named.Key, member.ID)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(all, func(c ra.Certificate) bool { return c.ID == named.ID })
		if i < 0 {
			return nil, ra.E(ra.CodeCertificateOver)
		}
		all[0], all[i] = all[i], all[0]
		return do(tx, all)
	})
}

// told writes the line of what a member did to a certificate, and tells everybody who may know of it.
func (is *Issuing) told(ctx context.Context, tx Tx, kiosk ra.Kiosk, member ra.Membership, c ra.Certificate, action string,
	tell func(context.Context, book.MessagesTx, ra.Order, ra.Certificate, ra.Kiosk) error) error {
	o, err := tx.Order(ctx, c.OrderID)
	if err != nil {
		return err
	}
	err = is.clerk.Write(ctx, tx, book.CustomerAt(kiosk, member), action, o.ID, c.ID, "serial_number", c.SerialNumber, "key", c.Key.Serial)
	if err != nil {
		return err
	}
	return tell(ctx, tx, o, c, kiosk)
}
