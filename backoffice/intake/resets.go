package intake

import (
	"context"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/password"
	"keyhall/backoffice/ra"
)

// Resets make, send and compare the codes with which somebody sets a password that they forgot, and end what the old one gave
// (backoffice/review). Refused is what the customer is told, in a transaction that is kept.
type Resets interface {
	CountReset(ctx context.Context, tx book.CodesTx, kiosk ra.Kiosk, login string) (refused, err error)
	SendResetCode(ctx context.Context, tx book.ResetsTx, to book.Told) error
	CheckResetCode(ctx context.Context, tx book.CodesTx, kiosk ra.Kiosk, personID, given string) (refused, err error)
	EndCodes(ctx context.Context, tx book.ResetsTx, to book.Told) error
}

// ForgotPassword sends a code to the registered mobile of who has the login name, and says the same where nobody has: who is a customer
// here is nobody's business. Field errors, CodeSMSPaused (field "login", args: minutes).
func (in *Intake) ForgotPassword(ctx context.Context, kiosk ra.Kiosk, login string) error {
	login = ra.NormalLogin(login)
	if err := ra.FieldError("login", ra.CheckLogin(login)); err != nil {
		return err
	}
	person, to, err := in.forgetful(ctx, kiosk, login)
	known := err == nil
	if !known && ra.CodeOf(err) != ra.CodeNotFound {
		return err
	}
	counted := login
	if !known {
		counted = password.Nobody(login)
	}
	return book.Kept(ctx, in.store, func(tx Tx) (refused, err error) {
		if refused, err = in.resets.CountReset(ctx, tx, kiosk, counted); refused != nil || err != nil {
			return refused, err
		}
		if !known {
			return nil, in.clerk.Write(ctx, tx, book.KioskActor(kiosk), "password.code_refuse", "", "", "code", string(ra.CodeNotFound))
		}
		held, err := tx.LockPerson(ctx, person.ID) // another mobile may be registered by now
		if err != nil {
			return nil, err
		}
		to.Mobile = held.Mobile
		return nil, in.resets.SendResetCode(ctx, tx, to)
	})
}

// forgetful finds who has a login name, and how they are told something at the kiosk: CodeNotFound, also for somebody who has no
// membership in what the kiosk offers.
func (in *Intake) forgetful(ctx context.Context, kiosk ra.Kiosk, login string) (book.PersonRecord, book.Told, error) {
	person, err := in.store.PersonByLogin(ctx, login)
	if err != nil {
		return person, book.Told{}, err
	}
	members, err := in.store.MembershipsAt(ctx, person.ID, kiosk.ID)
	if err == nil && len(members) == 0 {
		err = ra.E(ra.CodeNotFound)
	}
	if err != nil {
		return person, book.Told{}, err
	}
	return person, book.Told{PersonID: person.ID, Mobile: person.Mobile, Name: members[0].Handler.Name, ProjectID: members[0].ProjectID, Kiosk: kiosk}, nil
}

// RecoverPassword sets a forgotten password with the code that was sent. It ends all sessions of the person, the authorization codes that
// their orders have, and for a day their work on keys; every address of theirs is told. The same again, after the answer was lost, changes
// nothing. What makes a password weak (field "password"), CodeRequired, CodeSMSCodeWrong (args: left), CodeSMSCodeOver (field "code").
func (in *Intake) RecoverPassword(ctx context.Context, kiosk ra.Kiosk, login, code, password string) error {
	if err := ra.FieldError("password", ra.CheckPassword(password)); err != nil {
		return err
	}
	login = ra.NormalLogin(login)
	person, to, err := in.forgetful(ctx, kiosk, login)
	if ra.CodeOf(err) == ra.CodeNotFound {
		return ra.E(ra.CodeSMSCodeOver).At("code")
	}
	if err != nil {
		return err
	}
	hash, err := in.passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	err = book.Kept(ctx, in.store, func(tx Tx) (refused, err error) {
		if _, err := tx.LockPerson(ctx, person.ID); err != nil {
			return nil, err
		}
		if refused, err = in.resets.CheckResetCode(ctx, tx, kiosk, person.ID, code); refused != nil || err != nil {
			return refused, err
		}
		return nil, in.reset(ctx, tx, login, hash, to)
	})
	if ra.CodeOf(err) == ra.CodeSMSCodeOver && in.resetBefore(ctx, person, login, password) {
		return nil
	}
	return err
}

// resetBefore tells whether what is asked for was done just now. The password that proves it counts as a login.
func (in *Intake) resetBefore(ctx context.Context, person book.PersonRecord, login, password string) bool {
	return in.clerk.Now().Sub(person.ResetAt).Abs() < repeated && in.passwords.Check(ctx, login, person.Password, password, nil) == nil
}

// repeated is for how long after a password was set the same request may come again: its answer was lost.
const repeated = 10 * time.Minute

func (in *Intake) reset(ctx context.Context, tx Tx, login, hash string, to book.Told) error {
	now := in.clerk.Now()
	if err := tx.ResetPassword(ctx, to.PersonID, hash, now); err != nil {
		return err
	}
	if err := tx.EndSessionsOf(ctx, to.PersonID, "", now); err != nil {
		return err
	}
	if err := tx.EndPresencesOf(ctx, to.PersonID); err != nil {
		return err
	}
	if err := in.passwords.Forget(ctx, tx, login); err != nil {
		return err
	}
	if err := in.resets.EndCodes(ctx, tx, to); err != nil {
		return err
	}
	return in.clerk.Write(ctx, tx, book.PersonAt(to.Kiosk, to.PersonID), "person.password_reset", "", to.PersonID)
}
