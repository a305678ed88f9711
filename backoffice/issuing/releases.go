package issuing

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// ReleaseUnit gives up a key that never came back: its certificate is revoked, the unit waits again. Repeating it changes
// nothing. CodeReasonMissing, CodeState when the unit is done, CodeNotFound, CodeForbidden, CodeSelfReview.
func (is *Issuing) ReleaseUnit(ctx context.Context, staff ra.Staff, operationID, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return ra.E(ra.CodeReasonMissing).At("reason")
	}
	return is.store.Do(ctx, func(tx Tx) error {
		p, err := is.operation(ctx, tx, operationID)
		if err != nil {
			return err
		}
		if p.OrderID == "" { // the next one on its key ends it
			return ra.E(ra.CodeNotFound)
		}
		order, err := tx.LockOrder(ctx, p.OrderID)
		if err != nil {
			return err
		}
		if err := is.people.MayAct(ctx, tx, staff, ra.ActRelease, order); err != nil {
			return err
		}
		if p, err = tx.LockOperation(ctx, operationID); err != nil || p.State == ra.OperationReleased {
			return err
		}
		if p.State == ra.OperationDone {
			return operationState(p)
		}
		if err := tx.SetOperationState(ctx, p, ra.OperationReleased, is.clerk.Now()); err != nil {
			return err
		}
		return is.freeUnit(ctx, tx, book.StaffActor(staff), "unit.release", order, p, "reason", reason, "serial_number", p.SerialNumber)
	})
}

// GiveBack gives the unit of a key back that turned out to be of no use, before a certificate was made for it, without any
// staff; the unit waits for another key. Because says what is wrong with the key. Repeating it changes nothing. CodeState once a
// certificate was asked for, CodeInvalid (field "because"), CodeTicketDead, CodePresenceOver, CodeNotFound, CodeForbidden.
func (is *Issuing) GiveBack(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold, because ra.Code) error {
	if !slices.Contains(ofNoUse, because) {
		return ra.E(ra.CodeInvalid).At("because")
	}
	return is.withTicket(ctx, kiosk, hold, func(tx Tx, o ra.Order, p book.OperationRecord) error {
		if p.State == ra.OperationReleased && p.GivenBack == because {
			return nil
		}
		if p.State != ra.OperationReserved || p.SerialNumber != "" {
			return operationState(p)
		}
		if err := is.mustBePresent(ctx, tx, p, hold.Presence); err != nil { // it may mark the key for good
			return err
		}
		key, err := tx.LockUKey(ctx, p.Key, p.Model, is.clerk.Now())
		if err != nil {
			return err
		}
		return is.giveBack(ctx, tx, kiosk, o, p, key, because)
	})
}

// ofNoUse are the reasons for which a kiosk gives a unit back.
var ofNoUse = []ra.Code{ra.CodeKeyNotBlank, ra.CodeKeyReadable, ra.CodeKeyReadOnly, ra.CodeKeyFull}

func (is *Issuing) giveBack(ctx context.Context, tx Tx, kiosk ra.Kiosk, o ra.Order, p book.OperationRecord, key book.UKey, because ra.Code) error {
	now := is.clerk.Now()
	if key.Look == ra.LookAllowed && because == ra.CodeKeyNotBlank {
		key.Look = ra.LookForeign
	}
	if err := tx.SaveUKey(ctx, key, now); err != nil {
		return err
	}
	if err := tx.GiveBackOperation(ctx, p.ID, because, now); err != nil {
		return err
	}
	return is.freeUnit(ctx, tx, book.KioskActor(kiosk), "unit.give_back", o, p, "because", string(because), "serial", p.Key.Serial)
}

// freeUnit takes the unit from a released operation: what was issued is revoked, the unit waits again, unless its certificate came to its
// end meanwhile: then it is given up for good.
func (is *Issuing) freeUnit(ctx context.Context, tx Tx, who book.Actor, action string, o ra.Order, p book.OperationRecord, facts ...string) error {
	if err := is.revoke(ctx, tx, p); err != nil {
		return err
	}
	if err := tx.EndPresence(ctx, p.ID); err != nil {
		return err
	}
	if err := moveUnit(ctx, tx, o, p, ra.UnitWaiting); err != nil {
		return err
	}
	if err := is.save(ctx, tx, &o, who, action, p.ID, facts...); err != nil || p.UnitID == "" || p.TargetID == "" {
		return err
	}
	project, err := tx.Project(ctx, p.ProjectID)
	if err != nil {
		return err
	}
	w, err := is.workOf(ctx, tx, o, p)
	if err != nil {
		return err
	}
	ended := w.fits(project, is.clerk.Now())
	if !over(ended) {
		return nil
	}
	i := slices.IndexFunc(w.order.Units, func(u ra.Unit) bool { return u.ID == p.UnitID })
	w.order.Units[i].State = ra.UnitWaiting
	return is.letGo(ctx, tx, who, w, ra.CodeOf(ended))
}

// revoke revokes what the operation issued. A serial number whose certificate has not come back from the CA is
// registered as revoked without it, since the CA may have signed.
func (is *Issuing) revoke(ctx context.Context, tx Tx, p book.OperationRecord) error {
	if p.SerialNumber == "" {
		return nil
	}
	now := is.clerk.Now()
	certificate, err := tx.CertificateOfOperation(ctx, p.ID)
	if err == nil && certificate.State == ra.CertificateRevoked { // for the reason that counts
		return nil
	}
	if err == nil {
		return tx.RevokeCertificate(ctx, certificate.ID, ra.RevokedCessation, now)
	}
	if ra.CodeOf(err) != ra.CodeNotFound {
		return err
	}
	if certificate, err = is.rowOf(p); err != nil {
		return err
	}
	certificate.State, certificate.RevokedAt, certificate.RevocationReason = ra.CertificateRevoked, &now, ra.RevokedCessation
	if err := tx.InsertCertificate(ctx, certificate, now); err != nil {
		return fmt.Errorf("registering a serial number given up: %w", err)
	}
	return nil
}
