package intake

import (
	"context"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Mobiles make, send and compare the codes with which somebody who registers shows that a mobile is theirs (backoffice/review). Refused is
// what the customer is told, in a transaction that is kept.
type Mobiles interface {
	SendMobileCode(ctx context.Context, tx book.ResetsTx, registrationID string, to book.Told) (refused, err error)
	CheckMobileCode(ctx context.Context, tx book.CodesTx, kiosk ra.Kiosk, registrationID, mobile, given string, spend bool) (refused, err error)
}

// AskMobileCode sends a code to the mobile of somebody who registers in a project that asks for it. Field errors ("id", "mobile"),
// CodeSMSPaused (field "mobile", args: minutes), CodeForbidden for a project that does not ask, or is not offered here.
func (in *Intake) AskMobileCode(ctx context.Context, kiosk ra.Kiosk, registrationID, projectID string, holder ra.Person) error {
	mobile, err := in.proving(ctx, kiosk, registrationID, projectID, holder.Mobile)
	if err != nil {
		return err
	}
	to := book.Told{Mobile: mobile, Name: holder.Name, ProjectID: projectID, Kiosk: kiosk}
	return book.Kept(ctx, in.store, func(tx Tx) (refused, err error) {
		return in.mobiles.SendMobileCode(ctx, tx, registrationID, to)
	})
}

// CheckMobile tells whether the code that was sent to a mobile is right; it stays good for the registration. Wrong ones count. Errors
// as AskMobileCode, and CodeRequired, CodeSMSCodeWrong (args: left), CodeSMSCodeOver (field "mobile_code").
func (in *Intake) CheckMobile(ctx context.Context, kiosk ra.Kiosk, registrationID, projectID, mobile, code string) error {
	mobile, err := in.proving(ctx, kiosk, registrationID, projectID, mobile)
	if err != nil {
		return err
	}
	return book.Kept(ctx, in.store, func(tx Tx) (refused, err error) {
		return in.mobiles.CheckMobileCode(ctx, tx, kiosk, registrationID, mobile, code, false)
	})
}

// proving is the mobile, as it is stored, of a registration in a project that wants it proven.
func (in *Intake) proving(ctx context.Context, kiosk ra.Kiosk, registrationID, projectID, mobile string) (string, error) {
	if err := ra.FieldError("id", ra.CheckID(registrationID)); err != nil {
		return "", err
	}
	project, err := in.offered(ctx, kiosk, projectID)
	if err != nil {
		return "", err
	}
	if !project.ProveMobile {
		return "", ra.E(ra.CodeForbidden)
	}
	err = ra.CheckMobile(mobile)
	if err == nil {
		err = in.setting(project).Takes(mobile)
	}
	return ra.NormalMobile(mobile), ra.FieldError("mobile", err)
}
