package intake

import (
	"context"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Slips make, send and compare the codes with which somebody goes on with an order that they found by its paper or number
// (backoffice/review). Refused is what the customer is told, in a transaction that is kept.
type Slips interface {
	CountSlip(ctx context.Context, tx book.CodesTx, kiosk ra.Kiosk, number string) (refused, err error)
	SendSlipCode(ctx context.Context, tx book.ResetsTx, o ra.Order, to book.Told) error
	CheckSlipCode(ctx context.Context, tx book.CodesTx, kiosk ra.Kiosk, o ra.Order, mobile, given string) (refused, err error)
}

// SlipSessionLife is how long the session of one order lasts at most; its idle end is that of any session.
const SlipSessionLife = time.Hour

// AskSlipCode sends a code to the registered mobile of whose order has the number, and says the same where there is no such order, or none
// of what the kiosk offers. CodeSlipNumber (field "number"), CodeSMSPaused (args: minutes).
func (in *Intake) AskSlipCode(ctx context.Context, kiosk ra.Kiosk, number string) error {
	if _, _, err := ra.ParseOrderNumber(number); err != nil {
		return ra.E(ra.CodeSlipNumber).At("number")
	}
	order, member, to, err := in.ofSlip(ctx, kiosk, number)
	known := err == nil
	if !known && ra.CodeOf(err) != ra.CodeNotFound {
		return err
	}
	return book.Kept(ctx, in.store, func(tx Tx) (refused, err error) {
		if refused, err = in.slips.CountSlip(ctx, tx, kiosk, number); refused != nil || err != nil {
			return refused, err
		}
		if !known {
			return nil, in.clerk.Write(ctx, tx, book.KioskActor(kiosk), "slip.code_refuse", "", "", "code", string(ra.CodeNotFound))
		}
		person, err := tx.LockPerson(ctx, member.PersonID)
		if err != nil {
			return nil, err
		}
		to.Mobile = person.Mobile
		return nil, in.slips.SendSlipCode(ctx, tx, order, to)
	})
}

// ofSlip is the order with a number, whose it is, and how they are told something: CodeNotFound, also for one of a project that the kiosk
// does not offer.
func (in *Intake) ofSlip(ctx context.Context, kiosk ra.Kiosk, number string) (o ra.Order, m ra.Membership, to book.Told, err error) {
	if o, err = in.store.OrderNumbered(ctx, number); err != nil {
		return o, m, to, err
	}
	err = in.fleet.MustOffer(ctx, in.store, kiosk, o.ProjectID)
	if ra.CodeOf(err) == ra.CodeForbidden {
		err = ra.E(ra.CodeNotFound)
	}
	if err != nil {
		return o, m, to, err
	}
	if m, err = in.store.Membership(ctx, o.MembershipID); err != nil {
		return o, m, to, err
	}
	person, err := in.store.Person(ctx, m.PersonID)
	return o, m, book.Told{PersonID: person.ID, Mobile: person.Mobile, Name: m.Handler.Name, ProjectID: o.ProjectID, Kiosk: kiosk}, err
}

// LogInBySlip opens a session of an order's member by the code that was sent to their registered mobile. It is about that order and nothing
// else: who only has the mobile, and the paper, sees and does no more than the paper is about. CodeRequired, CodeSMSCodeWrong (args: left),
// CodeSMSCodeOver (field "slip_code").
func (in *Intake) LogInBySlip(ctx context.Context, kiosk ra.Kiosk, number, code string) (ra.Session, error) {
	order, member, to, err := in.ofSlip(ctx, kiosk, number)
	if ra.CodeOf(err) == ra.CodeNotFound {
		return ra.Session{}, ra.E(ra.CodeSMSCodeOver).At("slip_code")
	}
	if err != nil {
		return ra.Session{}, err
	}
	id, token, hash, err := in.newToken()
	if err != nil {
		return ra.Session{}, err
	}
	record := book.SessionRecord{ID: id, PersonID: member.PersonID, MembershipID: member.ID, OrderID: order.ID, Master: in.vault.Current()}
	session := ra.Session{Token: token, Login: member.Login, Membership: &member, Memberships: []ra.Membership{member}, OrderID: order.ID}
	if session.Mandate, err = in.mandateKey(record); err != nil {
		return ra.Session{}, err
	}
	now := in.clerk.Now()
	session.Expires = now.Add(SessionIdle)
	err = book.Kept(ctx, in.store, func(tx Tx) (refused, err error) {
		person, err := tx.LockPerson(ctx, member.PersonID)
		if err != nil {
			return nil, err
		}
		if refused, err = in.slips.CheckSlipCode(ctx, tx, kiosk, order, person.Mobile, code); refused != nil || err != nil {
			return refused, err
		}
		if held, err := tx.Membership(ctx, member.ID); err != nil || held.PersonID != member.PersonID { // handed over since
			return ra.E(ra.CodeSMSCodeOver).At("slip_code"), err
		}
		if err := tx.InsertSession(ctx, hash, record, kiosk.ID, now, session.Expires, now.Add(SlipSessionLife)); err != nil {
			return nil, err
		}
		return nil, in.clerk.Write(ctx, tx, book.PersonAt(kiosk, to.PersonID), "session.begin", order.ID, member.ID, "by", "code")
	})
	if err != nil {
		return ra.Session{}, err
	}
	return session, nil
}
