package issuing

import (
	"context"
	"strings"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// TakeoverLifetime is how long the challenge for going on at another kiosk may be signed.
const TakeoverLifetime = time.Minute

// opened tells whether an authorization code opens a plan's work; else the holder's PIN does.
func opened(p ra.Plan) bool { return p.Has(ra.StepSetPIN) }

// Takeover returns a challenge for the old pair on the key of an unfinished operation that no code opens, to be shown with Resume at
// another kiosk than its own: good once, for a minute. CodeNotFound (also another membership's), CodeConflict (field "operation_id") for
// what a code opens, CodeTicketDead where no order asked: elsewhere it is begun anew; CodePasswordFresh (args: hours), CodeState, CodeForbidden.
func (is *Issuing) Takeover(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, operationID string) (ra.Takeover, error) {
	challenge, err := is.clerk.Bytes(32)
	if err != nil {
		return ra.Takeover{}, err
	}
	t := ra.Takeover{Challenge: challenge}
	err = is.toTakeOver(ctx, kiosk, member, operationID, func(tx Tx, _ ra.Order, p book.OperationRecord) (refused, err error) {
		old, err := tx.LockCertificate(ctx, p.TargetID)
		if err != nil {
			return nil, err
		}
		t.Certificate = old.DER
		now := is.clerk.Now()
		return nil, tx.InsertChallenge(ctx, p.ID, book.PurposeTakeover, challenge, now, now.Add(TakeoverLifetime))
	})
	return t, err
}

// SendTakeoverCode sends a code to the registered mobile that is good in place of the old pair's signature, once, for when that pair is gone.
// CodeAuthCodePaused (args: minutes) after too many, CodeOrderSession where the login was by a code to that mobile, too; else as Takeover.
func (is *Issuing) SendTakeoverCode(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, operationID string) error {
	return is.toTakeOver(ctx, kiosk, member, operationID, func(tx Tx, o ra.Order, p book.OperationRecord) (refused, err error) {
		if member.OrderID != "" {
			return ra.E(ra.CodeOrderSession), nil
		}
		return is.codes.NewTakeoverCode(ctx, tx, book.CustomerAt(kiosk, member), kiosk, o, p.ID)
	})
}

// toTakeOver runs do for a live operation of the member's that no code opens, order and operation held.
func (is *Issuing) toTakeOver(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, operationID string,
	do func(Tx, ra.Order, book.OperationRecord) (refused, err error)) error {
	return book.Kept(ctx, is.store, func(tx Tx) (refused, err error) {
		order, p, refused, err := is.ofMember(ctx, tx, kiosk, member, operationID)
		switch {
		case refused != nil || err != nil:
			return refused, err
		case p.OrderID == "":
			return nil, ra.E(ra.CodeTicketDead)
		case opened(p.Plan):
			return nil, ra.E(ra.CodeConflict).At("operation_id")
		case p.State != ra.OperationReserved && p.State != ra.OperationIssued:
			return nil, operationState(p)
		}
		return do(tx, order, p)
	})
}

// ofMember returns an operation with its order, both held, that a kiosk may go on with: refused for another membership's, and for a day
// after its person's password was set anew.
func (is *Issuing) ofMember(ctx context.Context, tx Tx, kiosk ra.Kiosk, member ra.Membership, id string) (o ra.Order, p book.OperationRecord, refused, err error) {
	if o, p, err = is.lockedOperation(ctx, tx, id); err != nil {
		return o, p, nil, err
	}
	if member.ID != "" && !mayKnow(member, p) {
		return o, p, ra.E(ra.CodeNotFound), is.turnedAway(ctx, tx, book.CustomerAt(kiosk, member), "operation.refuse", p, ra.CodeNotFound)
	}
	if err := is.fleet.MustOffer(ctx, tx, kiosk, p.ProjectID); err != nil {
		return o, p, nil, err
	}
	if refused, err = is.mayWork(ctx, tx, member, p.MembershipID, p.Plan); refused == nil || err != nil {
		return o, p, nil, err
	}
	return o, p, refused, is.turnedAway(ctx, tx, resumedBy(kiosk, member), "operation.refuse", p, ra.CodeOf(refused))
}

// proveHolder asks for the old pair's signature, or for the code that is in its place.
func (is *Issuing) proveHolder(ctx context.Context, tx Tx, kiosk ra.Kiosk, member ra.Membership, o ra.Order, p book.OperationRecord, r ra.Resumption) (refused, err error) {
	who := resumedBy(kiosk, member)
	if len(r.Signature) == 0 && strings.TrimSpace(r.AuthCode) != "" && member.OrderID == "" {
		return is.codes.CheckTakeoverCode(ctx, tx, who, o, p.ID, r.AuthCode)
	}
	refused, err = is.checkHolder(ctx, tx, kiosk, p, r)
	if refused == nil || err != nil {
		return nil, err
	}
	return refused, is.turnedAway(ctx, tx, who, "operation.refuse", p, ra.CodeOf(refused))
}

// checkHolder: CodeRequired (field "signature"), CodeChallengeStale, CodeCertificateSuspended, CodeCertificateOver, CodeProofBad.
func (is *Issuing) checkHolder(ctx context.Context, tx Tx, kiosk ra.Kiosk, p book.OperationRecord, r ra.Resumption) (refused, err error) {
	if len(r.Signature) == 0 {
		return ra.E(ra.CodeRequired).At("signature"), nil
	}
	lives, err := tx.UseChallenge(ctx, p.ID, r.Challenge, is.clerk.Now())
	if err != nil {
		return nil, err
	}
	if !lives {
		return ra.E(ra.CodeChallengeStale), nil
	}
	old, err := tx.LockCertificate(ctx, p.TargetID)
	if err != nil {
		return nil, err
	}
	switch old.State {
	case ra.CertificateActive:
	case ra.CertificateSuspended:
		return ra.E(ra.CodeCertificateSuspended), nil
	default:
		return ra.E(ra.CodeCertificateOver, "state", string(old.State)), nil
	}
	return signedBy(old, ra.TakeoverMessage(kiosk.ID, p.ID, r.Challenge), r.Signature)
}
