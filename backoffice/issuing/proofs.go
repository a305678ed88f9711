package issuing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// ChallengeLifetime is how long a challenge may be signed.
const ChallengeLifetime = 10 * time.Minute

// Challenge returns 32 fresh bytes to sign, good for 10 minutes: CodeState unless the certificate is issued,
// CodeTicketDead, CodeNotFound, CodeForbidden.
func (is *Issuing) Challenge(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold) ([]byte, error) {
	challenge, err := is.clerk.Bytes(32)
	if err != nil {
		return nil, err
	}
	now := is.clerk.Now()
	err = is.withTicket(ctx, kiosk, hold, func(tx Tx, _ ra.Order, p book.OperationRecord) error {
		if p.State != ra.OperationIssued {
			return operationState(p)
		}
		return tx.InsertChallenge(ctx, p.ID, challenge, now, now.Add(ChallengeLifetime))
	})
	if err != nil {
		return nil, err
	}
	return challenge, nil
}

// Confirm checks and keeps the proof; the certificate becomes active, the unit done, the key active, and the order done
// with its last unit. Repeating it gives the same answer. CodeProofBad, CodeChallengeStale, CodeTicketDead (a good proof does not
// make up for it), CodeState, CodeConflict (field "admin_pin"), CodeNotFound, CodeForbidden.
func (is *Issuing) Confirm(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold, proof ra.Proof) (ra.Completion, error) {
	var done ra.Completion
	var operation book.OperationRecord
	err := is.withTicket(ctx, kiosk, hold, func(tx Tx, order ra.Order, p book.OperationRecord) (err error) {
		operation = p
		if p.State == ra.OperationDone {
			done, err = is.confirmed(ctx, tx, order, p, proof)
			return err
		}
		if p.State != ra.OperationIssued {
			return operationState(p)
		}
		certificate, err := tx.CertificateOfOperation(ctx, p.ID)
		if err != nil {
			return err
		}
		if err := is.checkProof(ctx, tx, certificate, proof); err != nil {
			return err
		}
		done, err = is.confirm(ctx, tx, kiosk, order, p, certificate, proof)
		return err
	})
	if ra.CodeOf(err) == ra.CodeProofBad {
		refused := is.clerk.Write(ctx, is.store, book.KioskActor(kiosk), "proof.refuse", operation.OrderID, operation.ID)
		return ra.Completion{}, errors.Join(err, refused)
	}
	return done, err
}

// confirmed answers a proof that came before.
func (is *Issuing) confirmed(ctx context.Context, tx Tx, o ra.Order, p book.OperationRecord, proof ra.Proof) (ra.Completion, error) {
	kept, err := tx.Proof(ctx, p.ID)
	if err != nil {
		return ra.Completion{}, err
	}
	if sum := sha256.Sum256(proof.Certificate); !bytes.Equal(kept.SHA256, sum[:]) {
		return ra.Completion{}, ra.E(ra.CodeConflict).At("certificate")
	}
	return completion(o, p), nil
}

func completion(o ra.Order, p book.OperationRecord) ra.Completion {
	return ra.Completion{Order: o, Unit: o.Unit(p.UnitID), Remaining: o.Remaining()}
}

func (is *Issuing) checkProof(ctx context.Context, tx Tx, c ra.Certificate, proof ra.Proof) error {
	lives, err := tx.ChallengeLives(ctx, proof.OperationID, proof.Challenge, is.clerk.Now())
	if err != nil {
		return err
	}
	if !lives {
		return ra.E(ra.CodeChallengeStale)
	}
	if !proof.Inside {
		return ra.E(ra.CodeProofBad).Because(errors.New("the private key was not seen to be kept inside")).At("inside")
	}
	if !bytes.Equal(c.DER, proof.Certificate) {
		return ra.E(ra.CodeProofBad).Because(errors.New("the certificate read back is another")).At("certificate")
	}
	certificate, err := x509.ParseCertificate(c.DER)
	if err != nil {
		return fmt.Errorf("certificate in the register: %w", err)
	}
	key, err := pki.KeyOf(certificate.PublicKey)
	if err != nil {
		return fmt.Errorf("certificate in the register: %w", err)
	}
	if err := key.CheckSignature(ra.ProofMessage(proof.Challenge), proof.Signature); err != nil {
		return ra.E(ra.CodeProofBad).Because(err).At("signature")
	}
	return nil
}

// confirm keeps a good proof and moves everything that waits for it.
func (is *Issuing) confirm(ctx context.Context, tx Tx, kiosk ra.Kiosk, o ra.Order, p book.OperationRecord, c ra.Certificate, proof ra.Proof) (ra.Completion, error) {
	now := is.clerk.Now()
	sum := sha256.Sum256(proof.Certificate)
	if err := is.finish(ctx, tx, o, p, c, proof.AdminPIN, now); err != nil {
		return ra.Completion{}, err
	}
	err := tx.InsertProof(ctx, kiosk.ID, proof.AdminPIN, book.StoredProof{OperationID: p.ID, At: now, Challenge: proof.Challenge,
		Signature: proof.Signature, SHA256: sum[:], LeftOvers: proof.LeftOvers, Durations: proof.Durations})
	if err != nil {
		return ra.Completion{}, err
	}
	for i := range o.Units {
		if o.Units[i].ID == p.UnitID {
			o.Units[i].State = ra.UnitDone
		}
	}
	if o.Remaining() == 0 {
		o.State = ra.OrderDone
	}
	err = is.clerk.Save(ctx, tx, &o, book.KioskActor(kiosk), "unit.done", p.ID, "serial_number", c.SerialNumber,
		"certificate_sha256", hex.EncodeToString(sum[:]), "left_overs", strconv.Itoa(len(proof.LeftOvers)))
	return completion(o, p), err
}

// finish moves certificate, unit, key and operation to where a good proof brings them.
func (is *Issuing) finish(ctx context.Context, tx Tx, o ra.Order, p book.OperationRecord, c ra.Certificate, adminPIN int, now time.Time) error {
	if err := c.State.Move(ra.CertificateActive); err != nil {
		return err
	}
	if err := o.Unit(p.UnitID).State.Move(ra.UnitDone); err != nil {
		return err
	}
	key, err := provenKey(ctx, tx, o, p, now)
	if err != nil {
		return err
	}
	if err := is.acknowledge(ctx, tx, p, key, adminPIN); err != nil {
		return err
	}
	if err := tx.SetCertificateState(ctx, c.ID, ra.CertificateActive); err != nil {
		return err
	}
	if err := tx.SetUnit(ctx, p.UnitID, ra.UnitDone, p.ID); err != nil {
		return err
	}
	if err := tx.SetOperationState(ctx, p.ID, ra.OperationDone, now); err != nil {
		return err
	}
	return tx.EndPresence(ctx, p.ID)
}

// provenKey is the operation's key, held, as a good proof shows it: in use, opened by the customer's PIN, and theirs where it is not
// sent.
func provenKey(ctx context.Context, tx Tx, o ra.Order, p book.OperationRecord, now time.Time) (book.UKey, error) {
	key, err := tx.LockUKey(ctx, p.Key, p.Model, now)
	if err != nil {
		return key, err
	}
	if err := key.Life.Move(ra.KeyActive); err != nil {
		return key, err
	}
	key.Life, key.PIN = ra.KeyActive, ra.TokenPINOK
	if o.Delivery.Kind == ra.DeliveryCounter {
		key.Custody = ra.CustodyPerson
	}
	return key, nil
}
