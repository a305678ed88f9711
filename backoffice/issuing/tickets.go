package issuing

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"strconv"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// PresenceLife is how long a proof of the person counts at most; it ends with the operation, with a new password and with a
// takeover before that.
const PresenceLife = 12 * time.Hour

const (
	purposeTicket   = "ticket"
	purposePresence = "presence"
)

// ticket is what the kiosk that has an operation shows for it: derived, so that the same operation always gets the same one,
// and another one with each generation.
func (is *Issuing) ticket(p book.OperationRecord) (string, error) {
	mac, err := is.vault.HMAC(p.Master, purposeTicket, []byte(p.ID+"\x00"+p.KioskID+"\x00"+strconv.Itoa(p.Generation)))
	return base64.RawURLEncoding.EncodeToString(mac), err
}

// holds reports whether the kiosk's ticket is the one of the operation now.
func (is *Issuing) holds(kiosk ra.Kiosk, p book.OperationRecord, ticket string) (bool, error) {
	if !p.Held || p.KioskID != kiosk.ID {
		return false, nil
	}
	want, err := is.ticket(p)
	return err == nil && hmac.Equal([]byte(want), []byte(ticket)), err
}

// withTicket runs do for a kiosk that shows the ticket, order and operation held. An operation that is done or released keeps its
// ticket for repeats of what was asked before; do looks at the state. CodeTicketDead, CodeNotFound, CodeForbidden and do's errors;
// a refused ticket or presence is a line in the trail.
func (is *Issuing) withTicket(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold, do func(Tx, ra.Order, book.OperationRecord) error) error {
	return is.withShown(ctx, kiosk, hold, nil, do)
}

// withShown is withTicket for a kiosk that shows a challenge, signed, as well.
func (is *Issuing) withShown(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold, challenge []byte, do func(Tx, ra.Order, book.OperationRecord) error) error {
	var p book.OperationRecord
	err := is.store.Do(ctx, func(tx Tx) error {
		if err := is.aheadOfHold(ctx, tx, kiosk, hold, challenge); err != nil {
			return err
		}
		order, found, err := is.lockedOperation(ctx, tx, hold.OperationID)
		if p = found; err != nil {
			return err
		}
		ok, err := is.holds(kiosk, p, hold.Ticket)
		if err != nil {
			return err
		}
		if !ok {
			return ra.E(ra.CodeTicketDead)
		}
		if err := is.fleet.MustOffer(ctx, tx, kiosk, p.ProjectID); err != nil {
			return err
		}
		return do(tx, order, p)
	})
	if code := ra.CodeOf(err); p.ID != "" && (code == ra.CodeTicketDead || code == ra.CodePresenceOver) {
		return errors.Join(err, is.turnedAway(ctx, is.store, book.KioskActor(kiosk), "ticket.refuse", p, code))
	}
	return err
}

// aheadOfHold reads ahead what a kiosk may ask for that shows a ticket.
func (is *Issuing) aheadOfHold(ctx context.Context, tx Tx, kiosk ra.Kiosk, hold ra.Hold, challenge []byte) error {
	if ra.CheckID(hold.OperationID) != nil {
		return nil
	}
	hashes, err := is.vault.Sums(purposePresence, []byte(hold.Presence))
	if err != nil {
		return err
	}
	return tx.AheadOf(ctx, book.Showing{OperationID: hold.OperationID, KioskID: kiosk.ID, Presence: hashes, Challenge: challenge, At: is.clerk.Now()})
}

// aheadOf reads ahead what an order's reservation of a blank key asks for.
func aheadOf(ctx context.Context, tx Tx, kiosk ra.Kiosk, r ra.Reservation) error {
	if ra.CheckID(r.OrderID) != nil || r.CertificateID != "" { // a certificate is held before its key
		return nil
	}
	return tx.AheadOfReservation(ctx, book.Asking{OperationID: r.OperationID, OrderID: r.OrderID, KioskID: kiosk.ID, Key: r.Key})
}

// turnedAway keeps in the trail who was refused what about an operation, and why.
func (is *Issuing) turnedAway(ctx context.Context, tx book.Trail, who book.Actor, action string, p book.OperationRecord, code ra.Code) error {
	return is.clerk.Write(ctx, tx, who, action, p.OrderID, p.ID, "code", string(code))
}

// lockedOperation returns an operation and its order, both held: CodeNotFound. One that finishes another has the other's order; where no
// order asked at all it is zero.
func (is *Issuing) lockedOperation(ctx context.Context, tx Tx, id string) (ra.Order, book.OperationRecord, error) {
	p, err := is.operation(ctx, tx, id)
	if err != nil {
		return ra.Order{}, p, err
	}
	orderID := p.OrderID
	if p.Finishes != "" {
		finished, err := tx.Operation(ctx, p.Finishes)
		if err != nil {
			return ra.Order{}, p, err
		}
		orderID = finished.OrderID
	}
	var order ra.Order
	if orderID != "" {
		if order, err = tx.LockOrder(ctx, orderID); err != nil {
			return order, p, err
		}
	}
	p, err = tx.LockOperation(ctx, id)
	return order, p, err
}

func (is *Issuing) operation(ctx context.Context, tx Tx, id string) (book.OperationRecord, error) {
	if err := ra.CheckID(id); err != nil {
		return book.OperationRecord{}, ra.E(ra.CodeNotFound)
	}
	return tx.Operation(ctx, id)
}

// operationState is CodeState for what an operation does not allow in its state, or why its unit was given back.
func operationState(p book.OperationRecord) error {
	if p.GivenBack != "" {
		return ra.E(p.GivenBack, "serial", p.Key.Serial)
	}
	return ra.E(ra.CodeState, "what", "operation", "from", string(p.State))
}

// newPresence keeps that a person was proven for the operation at its kiosk now, and returns the token that says so.
func (is *Issuing) newPresence(ctx context.Context, tx Tx, p book.OperationRecord, membershipID string) (string, error) {
	secret, err := is.clerk.Bytes(32)
	if err != nil {
		return "", err
	}
	token := base64.RawURLEncoding.EncodeToString(secret)
	hash, err := is.vault.Sum(purposePresence, []byte(token))
	if err != nil {
		return "", err
	}
	now := is.clerk.Now()
	return token, tx.PutPresence(ctx, hash, book.Presence{OperationID: p.ID, KioskID: p.KioskID, Generation: p.Generation,
		MembershipID: membershipID}, now, now.Add(PresenceLife))
}

// mustBePresent is CodePresenceOver unless the token proves a person for the operation as it is now.
func (is *Issuing) mustBePresent(ctx context.Context, tx Tx, p book.OperationRecord, token string) error {
	hashes, err := is.vault.Sums(purposePresence, []byte(token))
	if err != nil {
		return err
	}
	lives, err := tx.PresenceLives(ctx, hashes, book.Presence{OperationID: p.ID, KioskID: p.KioskID, Generation: p.Generation}, is.clerk.Now())
	if err == nil && !lives {
		err = ra.E(ra.CodePresenceOver)
	}
	return err
}

// takeOver binds a live operation to the kiosk that goes on with it: the next generation, told to the registered mobile. Where
// it is the kiosk's already nothing changes. CodeTicketDead where no order asked for it, CodeState.
func (is *Issuing) takeOver(ctx context.Context, tx Tx, kiosk ra.Kiosk, o ra.Order, p book.OperationRecord) (book.OperationRecord, error) {
	if p.State != ra.OperationReserved && p.State != ra.OperationIssued {
		return p, operationState(p)
	}
	if p.KioskID == kiosk.ID && p.Held {
		return p, nil
	}
	if o.ID == "" { // it is begun anew, by whoever may
		return p, ra.E(ra.CodeTicketDead)
	}
	before := p.KioskID
	p.KioskID, p.Generation, p.Master, p.Held, p.UpdatedAt = kiosk.ID, p.Generation+1, is.vault.Current(), true, is.clerk.Now()
	if err := tx.MoveOperation(ctx, p); err != nil {
		return p, err
	}
	if err := is.messages.TakenOver(ctx, tx, o, kiosk); err != nil {
		return p, err
	}
	return p, is.clerk.Write(ctx, tx, book.KioskActor(kiosk), "operation.take_over", p.OrderID, p.ID, "from", before, "generation", strconv.Itoa(p.Generation))
}
