package server

import (
	"context"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

type none struct{}

func (s *Server) health(context.Context, *none) (api.Health, error) {
	return api.Health{Time: s.now().UTC()}, nil
}

func (s *Server) enrol(ctx context.Context, in *struct{ Body api.EnrolRequest }) (api.Enrolment, error) {
	e, err := s.fleet.Enrol(ctx, in.Body.Code, in.Body.CSR, in.Body.Previous)
	return api.Enrolment{Kiosk: e.Kiosk, Certificate: e.Certificate, Chain: e.Chain, NextNumber: e.NextNumber}, err
}

func (s *Server) kiosk(ctx context.Context, _ *none) (ra.Kiosk, error) { return kioskOf(ctx), nil }

func (s *Server) renew(ctx context.Context, in *struct{ Body api.RenewRequest }) (api.Renewal, error) {
	r, err := s.fleet.Renew(ctx, shownBy(ctx), in.Body.CSR)
	return api.Renewal{Certificate: r.Certificate, Chain: r.Chain}, err
}

func (s *Server) projects(ctx context.Context, _ *none) (api.Projects, error) {
	p, err := s.fleet.Projects(ctx, kioskOf(ctx))
	return api.Projects{Projects: p}, err
}

// register takes a session in place of login name and password.
func (s *Server) register(ctx context.Context, in *struct {
	MaySignIn
	Body ra.Registration
}) (ra.Membership, error) {
	if in.Authorization == "" {
		return s.intake.Register(ctx, kioskOf(ctx), in.Body)
	}
	caller, err := s.caller(ctx, SignedIn(in.MaySignIn))
	if err != nil {
		return ra.Membership{}, err
	}
	return s.intake.Join(ctx, kioskOf(ctx), caller, in.Body)
}

func (s *Server) logIn(ctx context.Context, in *struct{ Body api.LogInRequest }) (ra.Session, error) {
	return s.intake.LogIn(ctx, kioskOf(ctx), in.Body.Login, in.Body.Password)
}

func (s *Server) session(ctx context.Context, in *SignedIn) (ra.Session, error) {
	caller, err := s.caller(ctx, *in)
	if err != nil {
		return ra.Session{}, err
	}
	return s.intake.CurrentSession(ctx, kioskOf(ctx), caller)
}

func (s *Server) choose(ctx context.Context, in *struct {
	SignedIn
	Body api.ChooseRequest
}) (ra.Membership, error) {
	caller, err := s.caller(ctx, in.SignedIn)
	if err != nil {
		return ra.Membership{}, err
	}
	return s.intake.ChooseMembership(ctx, kioskOf(ctx), caller, in.Body.ID)
}

func (s *Server) changePassword(ctx context.Context, in *struct {
	SignedIn
	Body api.PasswordRequest
}) (none, error) {
	caller, err := s.caller(ctx, in.SignedIn)
	if err != nil {
		return none{}, err
	}
	return none{}, s.intake.ChangePassword(ctx, kioskOf(ctx), caller, in.Body.Old, in.Body.Password)
}

func (s *Server) logOut(ctx context.Context, in *SignedIn) (none, error) {
	token, err := in.token()
	if err != nil {
		return none{}, nil // nothing to end
	}
	return none{}, s.intake.LogOut(ctx, kioskOf(ctx), token)
}
