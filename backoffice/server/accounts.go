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
	e, err := s.ra.Enrol(ctx, in.Body.Code, in.Body.CSR)
	return api.Enrolment{Kiosk: e.Kiosk, Certificate: e.Certificate, Chain: e.Chain, NextNumber: e.NextNumber}, err
}

func (s *Server) kiosk(ctx context.Context, _ *none) (ra.Kiosk, error) { return kioskOf(ctx), nil }

func (s *Server) projects(ctx context.Context, _ *none) (api.Projects, error) {
	p, err := s.ra.Projects(ctx, kioskOf(ctx))
	return api.Projects{Projects: p}, err
}

func (s *Server) register(ctx context.Context, in *struct{ Body ra.Registration }) (ra.Account, error) {
	return s.ra.Register(ctx, kioskOf(ctx), in.Body)
}

func (s *Server) logIn(ctx context.Context, in *struct{ Body api.LogInRequest }) (api.Session, error) {
	v, err := s.ra.LogIn(ctx, kioskOf(ctx), in.Body.Login, in.Body.Password)
	return api.Session{Token: v.Token, Expires: v.Expires, Account: v.Account}, err
}

func (s *Server) account(ctx context.Context, in *SignedIn) (ra.Account, error) {
	return s.customer(ctx, *in)
}

func (s *Server) logOut(ctx context.Context, in *SignedIn) (none, error) {
	token, err := in.token()
	if err != nil {
		return none{}, nil // nothing to end
	}
	return none{}, s.ra.LogOut(ctx, kioskOf(ctx), token)
}
