package issuing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// ChallengeLifetime is how long a challenge may be signed.
const ChallengeLifetime = 10 * time.Minute

// Challenge returns 32 fresh bytes to sign, good for 10 minutes: CodeState unless everything before the proof is done,
// CodeTicketDead, CodeNotFound, CodeForbidden.
func (is *Issuing) Challenge(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold) ([]byte, error) {
	var challenge []byte
	err := is.withTicket(ctx, kiosk, hold, func(tx Tx, _ ra.Order, p book.OperationRecord) (err error) {
		if p.State != provable(p.Plan) {
			return operationState(p)
		}
		challenge, err = is.newChallenge(ctx, tx, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return challenge, nil
}

// newChallenge is one for an operation's proof.
func (is *Issuing) newChallenge(ctx context.Context, tx Tx, p book.OperationRecord) ([]byte, error) {
	challenge, err := is.clerk.Bytes(32)
	if err != nil {
		return nil, err
	}
	now := is.clerk.Now()
	return challenge, tx.InsertChallenge(ctx, p.ID, book.PurposeProof, challenge, now, now.Add(ChallengeLifetime))
}

// provable is the state in which an operation by a plan waits for its proof.
func provable(plan ra.Plan) ra.OperationState {
	if plan.Has(ra.StepCertificate) {
		return ra.OperationIssued
	}
	return ra.OperationReserved
}

// Confirm checks and keeps the proof that the plan ends with, and moves everything that waits for it: a certificate becomes active, and
// only then the one in whose place it is what the table of services says; the unit is done, the key active, and the order done
// with its last unit. Repeating it gives the same answer. CodeProofBad, CodeChallengeStale, CodeTicketDead (a good proof does not
// make up for it), CodeState, CodeConflict (field "admin_pin"), CodeNotFound, CodeForbidden.
func (is *Issuing) Confirm(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold, proof ra.Proof) (ra.Completion, error) {
	var done ra.Completion
	var operation book.OperationRecord
	err := is.withShown(ctx, kiosk, hold, proof.Challenge, func(tx Tx, order ra.Order, p book.OperationRecord) (err error) {
		operation = p
		if p.State == ra.OperationDone {
			done, err = is.confirmed(ctx, tx, order, p, proof)
			return err
		}
		if p.State != provable(p.Plan) {
			return operationState(p)
		}
		c, err := is.toProve(ctx, tx, order, p)
		if err != nil {
			return err
		}
		if err := is.checkProof(ctx, tx, p, c.certificate, proof); err != nil {
			return err
		}
		done, err = is.confirm(ctx, tx, kiosk, order, p, c, proof)
		return err
	})
	if ra.CodeOf(err) == ra.CodeProofBad {
		refused := is.clerk.Write(ctx, is.store, book.KioskActor(kiosk), "proof.refuse", operation.OrderID, operation.ID)
		return ra.Completion{}, errors.Join(err, refused)
	}
	return done, err
}

// proven is what a good proof moves.
type proven struct {
	certificate ra.Certificate
	old         ra.Certificate       // in whose place it is, zero when in none's
	served      book.OperationRecord // whose unit is done with it
}

// toProve holds what the proof of an operation moves: what it made, or what it was begun for.
func (is *Issuing) toProve(ctx context.Context, tx Tx, o ra.Order, p book.OperationRecord) (c proven, err error) {
	c.served = p
	if p.Finishes != "" {
		if c.served, err = tx.LockOperation(ctx, p.Finishes); err != nil {
			return c, err
		}
	}
	if err := lockWaiting(ctx, tx, o.ID, c.served.TargetID); err != nil {
		return c, err
	}
	if p.Plan.Has(ra.StepCertificate) {
		c.certificate, err = tx.CertificateOfOperation(ctx, p.ID)
	} else {
		c.certificate, err = tx.LockCertificate(ctx, p.TargetID)
	}
	if err != nil {
		return c, err
	}
	if c.certificate.State == ra.CertificateIssued && c.certificate.Supersedes != "" {
		c.old, err = tx.LockCertificate(ctx, c.certificate.Supersedes)
	}
	return c, err
}

// lockWaiting holds the other orders that wait for a certificate, before it is held itself: with what takes its place they pass on.
func lockWaiting(ctx context.Context, tx Tx, own, certificateID string) error {
	if certificateID == "" {
		return nil
	}
	open, err := tx.OpenOrdersOn(ctx, []string{certificateID})
	if err != nil {
		return err
	}
	for _, o := range open {
		if o.ID == own {
			continue
		}
		if _, err := tx.LockOrder(ctx, o.ID); err != nil {
			return err
		}
	}
	return nil
}

// confirmed answers a proof that came before.
func (is *Issuing) confirmed(ctx context.Context, tx Tx, o ra.Order, p book.OperationRecord, proof ra.Proof) (ra.Completion, error) {
	kept, err := tx.Proof(ctx, p.ID)
	if err != nil {
		return ra.Completion{}, err
	}
	if !bytes.Equal(kept.SHA256, sumOf(proof.Certificate)) {
		return ra.Completion{}, ra.E(ra.CodeConflict).At("certificate")
	}
	return completion(o, p), nil
}

// sumOf is the SHA-256 of a certificate, nil of none.
func sumOf(certificate []byte) []byte {
	if len(certificate) == 0 {
		return nil
	}
	sum := sha256.Sum256(certificate)
	return sum[:]
}

// completion tells of the unit that the operation, or the one that it finished, was for.
func completion(o ra.Order, p book.OperationRecord) ra.Completion {
	done := ra.Completion{Order: o, Remaining: o.Remaining()}
	for _, u := range o.Units {
		if u.OperationID == p.ID || p.Finishes != "" && u.OperationID == p.Finishes {
			done.Unit = u
		}
	}
	return done
}

// evidence is what each of the steps that make a proof has to show.
var evidence = []struct {
	step  ra.Step
	check func(ctx context.Context, tx Tx, p book.OperationRecord, c ra.Certificate, proof ra.Proof) error
}{
	{ra.StepProve, checkWritten},
	{ra.StepProvePIN, checkOpened},
	{ra.StepProveAdminPIN, checkAdministered},
}

func (is *Issuing) checkProof(ctx context.Context, tx Tx, p book.OperationRecord, c ra.Certificate, proof ra.Proof) error {
	if proof.OperationID != p.ID {
		return ra.E(ra.CodeInvalid).At("operation_id")
	}
	if err := proof.CheckRemarks(); err != nil {
		return err
	}
	lives, err := tx.ChallengeLives(ctx, proof.OperationID, proof.Challenge, is.clerk.Now())
	if err != nil {
		return err
	}
	if !lives {
		return ra.E(ra.CodeChallengeStale)
	}
	for _, e := range evidence {
		if p.Plan.Has(e.step) {
			return e.check(ctx, tx, p, c, proof)
		}
	}
	return fmt.Errorf("plan %q proves nothing", p.Plan)
}

// checkWritten: the certificate was read back, and its private key, which is kept inside, signed.
func checkWritten(_ context.Context, _ Tx, _ book.OperationRecord, c ra.Certificate, proof ra.Proof) error {
	if !proof.Inside {
		return ra.E(ra.CodeProofBad).Because(errors.New("the private key was not seen to be kept inside")).At("inside")
	}
	return checkSigned(c, proof)
}

// checkOpened: the customer's PIN opened the key, and its pair signed; where there is none of use, the kiosk says why.
func checkOpened(_ context.Context, _ Tx, _ book.OperationRecord, c ra.Certificate, proof ra.Proof) error {
	if !proof.PINOpens {
		return ra.E(ra.CodeProofBad).Because(errors.New("the PIN was not seen to open the key")).At("pin_opens")
	}
	if proof.Signature == nil && len(proof.Notes) > 0 {
		return nil
	}
	return checkSigned(c, proof)
}

// checkAdministered: the key was opened with the administrator PIN that was set, which is an attempt like any other: one whose outcome is
// not known yet is the one that the proof tells of, one that was never made shows nothing.
func checkAdministered(ctx context.Context, tx Tx, p book.OperationRecord, _ ra.Certificate, _ ra.Proof) error {
	past, err := tx.AdminAttempts(ctx, p.Key, p.AdminPIN)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(past, func(r book.AttemptRecord) bool {
		return r.OperationID == p.ID && r.Version != nil && *r.Version == p.AdminPIN && (r.Outcome == ra.AttemptRight || r.Outcome == ra.AttemptUnknown)
	}) {
		return ra.E(ra.CodeProofBad).Because(errors.New("the administrator PIN that was set never opened the key")).At("admin_pin")
	}
	return nil
}

func checkSigned(c ra.Certificate, proof ra.Proof) error {
	if !bytes.Equal(c.DER, proof.Certificate) {
		return ra.E(ra.CodeProofBad).Because(errors.New("the certificate read back is another")).At("certificate")
	}
	refused, err := signedBy(c, ra.ProofMessage(proof.Challenge), proof.Signature)
	if err != nil {
		return err
	}
	return refused
}

// signedBy compares a signature with a certificate of the register: refused is CodeProofBad (field "signature").
func signedBy(c ra.Certificate, message, signature []byte) (refused, err error) {
	key, err := pki.KeyOfCertificate(c.DER)
	if err != nil {
		return nil, fmt.Errorf("certificate in the register: %w", err)
	}
	if err := key.CheckSignature(message, signature); err != nil {
		return ra.E(ra.CodeProofBad).Because(err).At("signature"), nil
	}
	return nil, nil
}

// confirm keeps a good proof and moves everything that waits for it.
func (is *Issuing) confirm(ctx context.Context, tx Tx, kiosk ra.Kiosk, o ra.Order, p book.OperationRecord, c proven, proof ra.Proof) (ra.Completion, error) {
	now := is.clerk.Now()
	if err := is.finish(ctx, tx, o, p, c, proof, now); err != nil {
		return ra.Completion{}, err
	}
	sum := sumOf(proof.Certificate)
	err := tx.InsertProof(ctx, kiosk.ID, proof.AdminPIN, book.StoredProof{OperationID: p.ID, Served: c.served.ID, At: now, Challenge: proof.Challenge,
		Signature: proof.Signature, SHA256: sum, PINOpens: proof.PINOpens, LeftOvers: proof.LeftOvers, Notes: proof.Notes, Durations: proof.Durations})
	if err != nil {
		return ra.Completion{}, err
	}
	if o.ID != "" {
		if err := is.clerk.UnitDone(ctx, tx, &o, book.KioskActor(kiosk), c.served.UnitID, c.certificate.ID); err != nil {
			return ra.Completion{}, err
		}
	}
	err = is.save(ctx, tx, &o, book.KioskActor(kiosk), "unit.done", p.ID, "plan", string(p.Plan), "serial_number", c.certificate.SerialNumber,
		"certificate_sha256", hex.EncodeToString(sum), "left_overs", strconv.Itoa(len(proof.LeftOvers)))
	if err == nil && o.State == ra.OrderDone {
		err = is.messages.Done(ctx, tx, o)
	}
	return completion(o, p), err
}
