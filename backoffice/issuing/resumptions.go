package issuing

import (
	"context"
	"slices"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Resume lets a person go on with an unfinished operation: at the kiosk that shows its ticket with a login of the order's
// membership or the authorization code, at another one with both, which then has it; where no code opens the work it is the login, and
// elsewhere what Takeover or SendTakeoverCode gave besides. Member is zero without a login. The answer is Reserve's without an attempt:
// Administrator asks for one. Who is turned away leaves a line in the trail. CodeSessionOver (log in first), CodeRequired (field
// "auth_code" or "signature") and what is wrong with a code, CodeAuthCodePaused, CodeChallengeStale, CodeProofBad, CodeCertificateSuspended, CodeCertificateOver,
// CodePasswordFresh (args: hours), CodeTicketDead, CodeState when it is done or released, CodeNotFound (also another membership's), CodeForbidden.
func (is *Issuing) Resume(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, r ra.Resumption) (ra.Release, error) {
	var answer ra.Release
	err := book.Kept(ctx, is.store, func(tx Tx) (refused, err error) {
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
		return is.proveHolder(ctx, tx, kiosk, member, o, p, r)
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
// membership that ordered it. What no order asked for waits at its own kiosk alone. Member is zero without a login. Field errors.
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
	lost, err := is.store.KeyReported(ctx, key)
	if err != nil {
		return ra.KeyStatus{}, err
	}
	status := ra.KeyStatus{Known: true, Lost: lost || record.Life == ra.KeyLost}
	if status.ProjectID, err = is.store.ProjectOfKey(ctx, key); ra.CodeOf(err) == ra.CodeNotFound {
		return ra.KeyStatus{}, nil // a reservation that never was
	}
	if err != nil {
		return ra.KeyStatus{}, err
	}
	live, err := is.store.LiveOperations(ctx, key)
	live = slices.DeleteFunc(live, func(p book.OperationRecord) bool { return !waitsAt(kiosk, p) })
	if err != nil || len(live) == 0 {
		return status, err
	}
	status.Waiting = true
	if p := live[len(live)-1]; member.ID != "" && mayKnow(member, p) {
		status.Operation = &p.Operation
	}
	return status, nil
}

// waitsAt tells whether an operation is to go on at the kiosk. What no order asked for is begun anew everywhere but where it began.
func waitsAt(kiosk ra.Kiosk, p book.OperationRecord) bool {
	return p.OrderID != "" || p.Held && p.KioskID == kiosk.ID
}

// reserveAgain answers a reservation that was made before; a new attempt that the key has none left for gives the unit back, and so does
// whatever goOn says.
func (is *Issuing) reserveAgain(ctx context.Context, tx Tx, kiosk ra.Kiosk, member ra.Membership, order ra.Order, p book.OperationRecord, a ra.AdminAttempt) (now inHand, refused, err error) {
	if !opened(p.Plan) && (p.KioskID != kiosk.ID || !p.Held) {
		return now, ra.E(ra.CodeTicketDead), is.turnedAway(ctx, tx, book.CustomerAt(kiosk, member), "ticket.refuse", p, ra.CodeTicketDead)
	}
	if now.operation, err = is.takeOver(ctx, tx, kiosk, order, p); err != nil {
		return now, nil, err
	}
	if !p.Plan.Has(ra.StepAdministrator) {
		_, refused, err = is.goOn(ctx, tx, kiosk, order, now.operation)
		return now, refused, err
	}
	if err := checkAttempt(a); err != nil {
		return now, nil, err
	}
	now.attempt, refused, err = is.attempt(ctx, tx, kiosk, order, now.operation, a)
	return now, refused, err
}
