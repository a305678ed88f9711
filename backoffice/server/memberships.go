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
	ChangePassword(ctx context.Context, kiosk ra.Kiosk, caller intake.Caller, old, password string) error
	LogOut(ctx context.Context, kiosk ra.Kiosk, token string) error
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
	answer(s, api.CallSession, func(ctx context.Context, by asker, _ *api.None) (ra.Session, error) {
		return s.intake.CurrentSession(ctx, by.kiosk, by.caller)
	})
	answer(s, api.CallChoose, func(ctx context.Context, by asker, in *api.Say[api.ChooseRequest]) (ra.Membership, error) {
		return s.intake.ChooseMembership(ctx, by.kiosk, by.caller, in.Body.ID)
	})
	answer(s, api.CallChangePassword, func(ctx context.Context, by asker, in *api.Say[api.PasswordRequest]) (api.None, error) {
		return api.None{}, s.intake.ChangePassword(ctx, by.kiosk, by.caller, in.Body.Old, in.Body.Password)
	})
	answer(s, api.CallLogOut, func(ctx context.Context, by asker, _ *api.None) (api.None, error) {
		if by.token == "" { // nothing to end
			return api.None{}, nil
		}
		return api.None{}, s.intake.LogOut(ctx, by.kiosk, by.token)
	})
}
