package issuing

import (
	"context"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Resume lets a person go on with an unfinished operation: at the kiosk that shows its ticket with a login of the order's
// membership or the authorization code, at another one with both, which then has it; where no code opens the work it is the login, and
// elsewhere what Takeover or SendTakeoverCode gave besides. Member is zero without a login. The answer is Reserve's without an attempt:
// Administrator asks for one. Who is turned away leaves a line in the trail. CodeSessionOver (log in first), CodeRequired (field
// "auth_code" or "signature") and what is wrong with a code, CodeAuthCodePaused, CodeChallengeStale, CodeProofBad, CodeCertificateSuspended, CodeCertificateOver,
// CodeTicketDead, CodeState when it is done or released, CodeNotFound (also another membership's), CodeForbidden.
func (is *Issuing) Resume(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, r ra.Resumption) (ra.Release, error) {
	var answer ra.Release
	err := is.kept(ctx, func(tx Tx) (refused, err error) {
		var now inHand
		order, p, refused, err := is.ofMember(ctx, tx, kiosk, member, r.OperationID)
		if refused != nil || err != nil {
			return refused, err
		}
		if refused, err = is.prove(ctx, tx, kiosk, member, order, p, r); refused != nil || err != nil {
			return refused, err
		}
		if now.operation, err = is.takeOver(ctx, tx, kiosk, order, p); err != nil {
			return nil, err
		}
		if now.presence, err = is.newPresence(ctx, tx, now.operation, p.MembershipID); err != nil {
			return nil, err
		}
		if err := is.clerk.Write(ctx, tx, resumedBy(kiosk, member), "operation.resume", p.OrderID, p.ID); err != nil {
			return nil, err
		}
		answer, err = is.release(ctx, tx, now)
		return nil, err
	})
	if err != nil {
		return ra.Release{}, err
	}
	return answer, nil
}

func resumedBy(kiosk ra.Kiosk, member ra.Membership) book.Actor {
	if member.ID == "" {
		return book.KioskActor(kiosk)
	}
	return book.CustomerAt(kiosk, member)
}

// prove asks for what the kiosk's standing needs: one proof of the person with the ticket, two without.
func (is *Issuing) prove(ctx context.Context, tx Tx, kiosk ra.Kiosk, member ra.Membership, o ra.Order, p book.OperationRecord, r ra.Resumption) (refused, err error) {
	holder, err := is.holds(kiosk, p, r.Ticket)
	if err != nil {
		return nil, err
	}
	loggedIn, who := member.ID != "", resumedBy(kiosk, member)
	switch {
	case !holder && p.OrderID == "": // elsewhere it is begun anew
		return ra.E(ra.CodeTicketDead), is.turnedAway(ctx, tx, who, "ticket.refuse", p, ra.CodeTicketDead)
	case !holder && !loggedIn && r.Ticket != "":
		return ra.E(ra.CodeTicketDead), is.turnedAway(ctx, tx, who, "ticket.refuse", p, ra.CodeTicketDead)
	case !loggedIn && (!holder || !opened(p.Plan)):
		return ra.E(ra.CodeSessionOver), is.turnedAway(ctx, tx, who, "operation.refuse", p, ra.CodeSessionOver)
	case holder && loggedIn && (r.AuthCode == "" || !opened(p.Plan)):
		return nil, nil
	case !opened(p.Plan):
		return is.proveHolder(ctx, tx, kiosk, who, o, p, r)
	case strings.TrimSpace(r.AuthCode) == "":
		return ra.E(ra.CodeRequired).At("auth_code"), is.turnedAway(ctx, tx, who, "operation.refuse", p, ra.CodeRequired)
	case loggedIn:
		return is.codes.CheckCode(ctx, tx, who, o, r.AuthCode)
	}
	return is.codes.CheckCodeAlone(ctx, tx, kiosk, o, p.Key, r.AuthCode)
}

// Operation tells a kiosk that shows the ticket how far the office thinks its operation is: CodeTicketDead, CodeNotFound,
// CodeForbidden.
func (is *Issuing) Operation(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold) (ra.Operation, error) {
	var found ra.Operation
	err := is.withTicket(ctx, kiosk, hold, func(_ Tx, _ ra.Order, p book.OperationRecord) error {
		found = p.Operation
		return nil
	})
	return found, err
}

// KeyStatus tells what may be known of a key that is plugged in at the kiosk; what waits for it is named only in a session of the
// membership that ordered it. Member is zero without a login. Field errors.
func (is *Issuing) KeyStatus(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, key ra.KeyIdentity) (ra.KeyStatus, error) {
	if err := checkKey(key); err != nil {
		return ra.KeyStatus{}, err
	}
	record, err := is.store.UKey(ctx, key)
	if ra.CodeOf(err) == ra.CodeNotFound {
		return ra.KeyStatus{}, nil
	}
	if err != nil {
		return ra.KeyStatus{}, err
	}
	status := ra.KeyStatus{Known: true, Lost: record.Life == ra.KeyLost}
	if status.ProjectID, err = is.store.ProjectOfKey(ctx, key); ra.CodeOf(err) == ra.CodeNotFound {
		return ra.KeyStatus{}, nil // a reservation that never was
	}
	if err != nil {
		return ra.KeyStatus{}, err
	}
	live, err := is.store.LiveOperations(ctx, key)
	if err != nil || len(live) == 0 {
		return status, err
	}
	status.Waiting = true
	if p := live[len(live)-1]; member.ID != "" && p.MembershipID == member.ID {
		status.Operation = &p.Operation
	}
	return status, nil
}
