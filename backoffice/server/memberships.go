package server

import (
	"context"

	"keyhall/backoffice/api"
	"keyhall/backoffice/intake"
	"keyhall/backoffice/ra"
)

// Memberships is what the server asks for people and their sessions (backoffice/intake).
type Memberships interface {
	Register(ctx context.Context, kiosk ra.Kiosk, r ra.Registration) (ra.Membership, error)
	Join(ctx context.Context, kiosk ra.Kiosk, caller intake.Caller, r ra.Registration) (ra.Membership, error)
	CheckAccount(ctx context.Context, kiosk ra.Kiosk, login, password string) error
	Amend(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, to ra.Applicant, insisted []string) (ra.Membership, error)
	LogIn(ctx context.Context, kiosk ra.Kiosk, login, password string) (ra.Session, error)
	Session(ctx context.Context, kiosk ra.Kiosk, token string) (intake.Caller, error)
	CurrentSession(ctx context.Context, kiosk ra.Kiosk, caller intake.Caller) (ra.Session, error)
	ChooseMembership(ctx context.Context, kiosk ra.Kiosk, caller intake.Caller, id string) (ra.Membership, error)
	Agreement(ctx context.Context, member ra.Membership, id string, version int) (ra.Agreement, error)
	ChangePassword(ctx context.Context, kiosk ra.Kiosk, caller intake.Caller, old, password string) error
	ForgotPassword(ctx context.Context, kiosk ra.Kiosk, login string) error
	RecoverPassword(ctx context.Context, kiosk ra.Kiosk, login, code, password string) error
	AskMobileCode(ctx context.Context, kiosk ra.Kiosk, registrationID, projectID string, holder ra.Person) error
	CheckMobile(ctx context.Context, kiosk ra.Kiosk, registrationID, projectID, mobile, code string) error
	AskSlipCode(ctx context.Context, kiosk ra.Kiosk, number string) error
	LogInBySlip(ctx context.Context, kiosk ra.Kiosk, number, code string) (ra.Session, error)
	LogOut(ctx context.Context, kiosk ra.Kiosk, token string) error
	KeyChallenge(ctx context.Context, kiosk ra.Kiosk, caller intake.Caller, a ra.KeyAsked) (ra.KeyChallenge, error)
	LogInByKey(ctx context.Context, kiosk ra.Kiosk, a ra.KeyAnswer) (ra.Session, error)
	ConfirmByKey(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, a ra.KeyAnswer) (ra.Membership, error)
}

func (s *Server) membershipCalls() {
	answer(s, api.CallRegister, func(ctx context.Context, by asker, in *api.Say[ra.Registration]) (ra.Membership, error) {
		if by.token == "" {
			return s.intake.Register(ctx, by.kiosk, in.Body)
		}
		return s.intake.Join(ctx, by.kiosk, by.caller, in.Body)
	})
	answer(s, api.CallCheckAccount, func(ctx context.Context, by asker, in *api.Say[api.LogInRequest]) (api.None, error) {
		return api.None{}, s.intake.CheckAccount(ctx, by.kiosk, in.Body.Login, in.Body.Password)
	})
	answer(s, api.CallAmend, func(ctx context.Context, by asker, in *api.Say[api.AmendRequest]) (ra.Membership, error) {
		return s.intake.Amend(ctx, by.kiosk, by.member, in.Body.Applicant, in.Body.Insisted)
	})
	answer(s, api.CallLogIn, func(ctx context.Context, by asker, in *api.Say[api.LogInRequest]) (ra.Session, error) {
		return s.intake.LogIn(ctx, by.kiosk, in.Body.Login, in.Body.Password)
	})
	answer(s, api.CallKeyChallenge, func(ctx context.Context, by asker, in *api.Say[ra.KeyAsked]) (ra.KeyChallenge, error) {
		if in.Body.Purpose == ra.KeyPurposeStaff {
			return s.people.StaffKeyChallenge(ctx, by.kiosk, in.Body)
		}
		return s.intake.KeyChallenge(ctx, by.kiosk, by.caller, in.Body)
	})
	answer(s, api.CallLogInByKey, func(ctx context.Context, by asker, in *api.Say[ra.KeyAnswer]) (ra.Session, error) {
		return s.intake.LogInByKey(ctx, by.kiosk, in.Body)
	})
	answer(s, api.CallConfirmByKey, func(ctx context.Context, by asker, in *api.Say[ra.KeyAnswer]) (ra.Membership, error) {
		return s.intake.ConfirmByKey(ctx, by.kiosk, by.member, in.Body)
	})
	answer(s, api.CallSession, func(ctx context.Context, by asker, _ *api.None) (ra.Session, error) {
		return s.intake.CurrentSession(ctx, by.kiosk, by.caller)
	})
	answer(s, api.CallChoose, func(ctx context.Context, by asker, in *api.Say[api.ChooseRequest]) (ra.Membership, error) {
		return s.intake.ChooseMembership(ctx, by.kiosk, by.caller, in.Body.ID)
	})
	answer(s, api.CallAgreement, func(ctx context.Context, by asker, in *api.OfAgreement) (ra.Agreement, error) {
		return s.intake.Agreement(ctx, by.member, in.Agreement, in.Version)
	})
	answer(s, api.CallChangePassword, func(ctx context.Context, by asker, in *api.Say[api.PasswordRequest]) (api.None, error) {
		return api.None{}, s.intake.ChangePassword(ctx, by.kiosk, by.caller, in.Body.Old, in.Body.Password)
	})
	answer(s, api.CallForgotPassword, func(ctx context.Context, by asker, in *api.Say[api.ForgotRequest]) (api.None, error) {
		return api.None{}, s.intake.ForgotPassword(ctx, by.kiosk, in.Body.Login)
	})
	answer(s, api.CallRecoverPassword, func(ctx context.Context, by asker, in *api.Say[api.RecoverRequest]) (api.None, error) {
		return api.None{}, s.intake.RecoverPassword(ctx, by.kiosk, in.Body.Login, in.Body.Code, in.Body.Password)
	})
	answer(s, api.CallAskMobileCode, func(ctx context.Context, by asker, in *api.Say[api.MobileCodeRequest]) (api.None, error) {
		q := in.Body
		return api.None{}, s.intake.AskMobileCode(ctx, by.kiosk, q.RegistrationID, q.ProjectID, ra.Person{Name: q.Name, Mobile: q.Mobile})
	})
	answer(s, api.CallCheckMobile, func(ctx context.Context, by asker, in *api.Say[api.MobileProofRequest]) (api.None, error) {
		q := in.Body
		return api.None{}, s.intake.CheckMobile(ctx, by.kiosk, q.RegistrationID, q.ProjectID, q.Mobile, q.Code)
	})
	answer(s, api.CallAskSlipCode, func(ctx context.Context, by asker, in *api.Say[api.SlipCodeRequest]) (api.None, error) {
		return api.None{}, s.intake.AskSlipCode(ctx, by.kiosk, in.Body.Number)
	})
	answer(s, api.CallLogInBySlip, func(ctx context.Context, by asker, in *api.Say[api.SlipLogInRequest]) (ra.Session, error) {
		return s.intake.LogInBySlip(ctx, by.kiosk, in.Body.Number, in.Body.Code)
	})
	answer(s, api.CallLogOut, func(ctx context.Context, by asker, _ *api.None) (api.None, error) {
		if by.token == "" { // nothing to end
			return api.None{}, nil
		}
		return api.None{}, s.intake.LogOut(ctx, by.kiosk, by.token)
	})
}
