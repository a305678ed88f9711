package review

import (
	"context"
	"strconv"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Limits of reset codes: with one somebody sets a password that they forgot.
const (
	ResetCodeLifetime = 10 * time.Minute
	// DeskCodeLifetime is of one that the desk had sent: its way to a kiosk is longer.
	DeskCodeLifetime = time.Hour
	// MaxResetCodes is how many may be asked for a login name in password.Pause, MaxResetCodesAtKiosk at a kiosk, for whatever names.
	MaxResetCodes        = 5
	MaxResetCodesAtKiosk = 20
)

// CountReset counts that somebody asked at the kiosk for a code for a login name, in the form in which it is counted, before anything is
// done about it. Refused is told to them, in a transaction that is kept: CodeSMSPaused (field "login", args: minutes).
func (r *Review) CountReset(ctx context.Context, tx book.CodesTx, kiosk ra.Kiosk, login string) (refused, err error) {
	refused, err = r.countSent(ctx, tx, sentLimit{"reset", MaxResetCodes, MaxResetCodesAtKiosk, "login"}, kiosk, login)
	if refused == nil || err != nil {
		return nil, err
	}
	return refused, r.clerk.Write(ctx, tx, book.KioskActor(kiosk), "password.code_refuse", "", "", "code", string(ra.CodeSMSPaused))
}

// sentLimit is how many codes of a kind may be asked for: for one name, number or mobile, and at one kiosk for whatever ones.
type sentLimit struct {
	kind         string
	one, atKiosk int
	field        string // that a refusal is told at
}

// countSent counts that somebody asked at the kiosk for a code that is sent to a mobile and opens no order. Refused is CodeSMSPaused (args:
// minutes), and the caller's to put down.
func (r *Review) countSent(ctx context.Context, tx book.CodesTx, l sentLimit, kiosk ra.Kiosk, of string) (refused, err error) {
	err = r.countAsked(ctx, tx, l.kind+"s at kiosk "+kiosk.ID, l.atKiosk)
	if err == nil {
		err = r.countAsked(ctx, tx, l.kind+" "+of, l.one)
	}
	if ra.CodeOf(err) == ra.CodeAuthCodePaused {
		return ra.Retold(ra.CodeSMSPaused, l.field, err), nil
	}
	return nil, err
}

// SendResetCode makes a code with which the person may set a password anew, and sends it; an older one is worth nothing from then on.
func (r *Review) SendResetCode(ctx context.Context, tx book.ResetsTx, to book.Told) error {
	return r.sendPasswordCode(ctx, tx, book.PersonAt(to.Kiosk, to.PersonID), to, ResetCodeLifetime)
}

// SendDeskCode is SendResetCode by the word of two officers at the desk.
func (r *Review) SendDeskCode(ctx context.Context, tx book.ResetsTx, staff ra.Staff, to book.Told) error {
	return r.sendPasswordCode(ctx, tx, book.StaffActor(staff), to, DeskCodeLifetime)
}

func (r *Review) sendPasswordCode(ctx context.Context, tx book.ResetsTx, by book.Actor, to book.Told, lifetime time.Duration) error {
	code, err := r.newCode(ctx, tx, "", to.PersonID, lifetime)
	if err != nil {
		return err
	}
	if err := r.messages.PasswordCode(ctx, tx, to, code, lifetime); err != nil {
		return err
	}
	return r.clerk.Write(ctx, tx, by, "password.code", "", to.PersonID)
}

// CheckResetCode compares and counts a person's code, which is good once. Refused is as in CheckCode: CodeRequired, CodeSMSCodeWrong
// (args: left), CodeSMSCodeOver, each with the field "code".
func (r *Review) CheckResetCode(ctx context.Context, tx book.CodesTx, kiosk ra.Kiosk, personID, given string) (refused, err error) {
	refused, err = r.checkSent(ctx, tx, personID, "code", given, true)
	if refused == nil || err != nil || ra.CodeOf(refused) == ra.CodeRequired {
		return refused, err
	}
	return refused, r.clerk.Write(ctx, tx, book.PersonAt(kiosk, personID), "password.code_refuse", "", personID, "code", string(ra.CodeOf(refused)))
}

// checkSent compares and counts a code that was sent to a mobile and opens no order. Spend: a right one is good for nothing then. Refused,
// at the field, is what the customer is told: CodeRequired, CodeSMSCodeWrong (args: left), CodeSMSCodeOver.
func (r *Review) checkSent(ctx context.Context, tx book.CodesTx, opens, field, given string, spend bool) (refused, err error) {
	code, verdict, refused, err := r.compareCode(ctx, tx, opens, given)
	switch {
	case ra.CodeOf(refused) == ra.CodeRequired:
		return ra.E(ra.CodeRequired).At(field), nil
	case refused != nil:
		return ra.E(ra.CodeSMSCodeOver).At(field).Because(refused), nil
	case err != nil:
		return nil, err
	case verdict == codeRight && spend:
		return nil, tx.DropAuthorizationCode(ctx, opens)
	case verdict == codeRight:
		return nil, nil
	}
	left, err := r.countWrong(ctx, tx, code, verdict, given)
	if left <= 0 {
		return ra.E(ra.CodeSMSCodeOver).At(field), err
	}
	return ra.E(ra.CodeSMSCodeWrong, "left", strconv.Itoa(left)).At(field), err
}

// EndCodes ends the authorization codes that a person's orders have, since their password was set anew, and tells them so wherever they can
// be told.
func (r *Review) EndCodes(ctx context.Context, tx book.ResetsTx, to book.Told) error {
	if err := tx.EndCodesOf(ctx, to.PersonID, r.clerk.Now()); err != nil {
		return err
	}
	mobiles, err := tx.AddressesOf(ctx, to.PersonID)
	if err != nil {
		return err
	}
	for _, to.Mobile = range mobiles {
		if err := r.messages.PasswordReset(ctx, tx, to); err != nil {
			return err
		}
	}
	return nil
}
