package review

import (
	"context"
	"time"

	"github.com/google/uuid"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Limits of the codes with which somebody who registers shows that a mobile is theirs.
const (
	MobileCodeLifetime = 10 * time.Minute
	// MaxMobileCodes is how many may be asked for a number in password.Pause, MaxMobileCodesAtKiosk at a kiosk, for whatever numbers.
	MaxMobileCodes        = 5
	MaxMobileCodesAtKiosk = 20
)

// mobileOpens is what a mobile's code opens: this number in this registration, no other of either.
func mobileOpens(registrationID, mobile string) (string, error) {
	registration, err := uuid.Parse(registrationID)
	return uuid.NewSHA1(registration, []byte(mobile)).String(), err
}

// SendMobileCode sends a code to the mobile of somebody who registers; an older one of the same registration is worth nothing from then on.
// Refused is told to them, in a transaction that is kept: CodeSMSPaused (field "mobile", args: minutes).
func (r *Review) SendMobileCode(ctx context.Context, tx book.ResetsTx, registrationID string, to book.Told) (refused, err error) {
	refused, err = r.countSent(ctx, tx, sentLimit{"mobile", MaxMobileCodes, MaxMobileCodesAtKiosk, "mobile"}, to.Kiosk, to.Mobile)
	if err != nil {
		return nil, err
	}
	if refused != nil {
		return refused, r.mobileRefused(ctx, tx, to.Kiosk, registrationID, ra.CodeSMSPaused)
	}
	opens, err := mobileOpens(registrationID, to.Mobile)
	if err != nil {
		return nil, err
	}
	code, err := r.newCode(ctx, tx, "", opens, MobileCodeLifetime)
	if err != nil {
		return nil, err
	}
	if err := r.messages.MobileCode(ctx, tx, to, opens, code, MobileCodeLifetime); err != nil {
		return nil, err
	}
	return nil, r.clerk.Write(ctx, tx, book.KioskActor(to.Kiosk), "mobile.code", "", registrationID)
}

// CheckMobileCode compares and counts the code of a mobile in a registration. Spend: it is good for nothing then. Refused is as in
// CheckCode: CodeRequired, CodeSMSCodeWrong (args: left), CodeSMSCodeOver, each with the field "mobile_code".
func (r *Review) CheckMobileCode(ctx context.Context, tx book.CodesTx, kiosk ra.Kiosk, registrationID, mobile, given string, spend bool) (refused, err error) {
	opens, err := mobileOpens(registrationID, mobile)
	if err != nil {
		return nil, err
	}
	refused, err = r.checkSent(ctx, tx, opens, "mobile_code", given, spend)
	if err != nil || ra.CodeOf(refused) == ra.CodeRequired {
		return refused, err
	}
	if refused == nil {
		return nil, r.clerk.Write(ctx, tx, book.KioskActor(kiosk), "mobile.prove", "", registrationID)
	}
	return refused, r.mobileRefused(ctx, tx, kiosk, registrationID, ra.CodeOf(refused))
}

func (r *Review) mobileRefused(ctx context.Context, tx book.Trail, kiosk ra.Kiosk, registrationID string, why ra.Code) error {
	return r.clerk.Write(ctx, tx, book.KioskActor(kiosk), "mobile.code_refuse", "", registrationID, "code", string(why))
}
