package server

import (
	"context"
	"errors"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/fleet"
	"keyhall/backoffice/ra"
)

// Fleet is what the server asks of the kiosks' own part of the rules (backoffice/fleet).
type Fleet interface {
	Enrol(ctx context.Context, code string, csr []byte, previous *ra.Previous) (fleet.Enrolled, error)
	KioskByCertificate(ctx context.Context, certificate []byte) (ra.Kiosk, error)
	Renew(ctx context.Context, shown, csr []byte) (fleet.Renewed, error)
	Projects(ctx context.Context, kiosk ra.Kiosk) ([]ra.Project, error)
}

func (s *Server) kioskCalls() {
	answer(s, api.CallHealth, func(context.Context, asker, *api.None) (api.Health, error) {
		return api.Health{Time: s.now().UTC()}, nil
	})
	answer(s, api.CallEnrol, func(ctx context.Context, _ asker, in *api.Say[api.EnrolRequest]) (api.Enrolment, error) {
		e, err := s.fleet.Enrol(ctx, in.Body.Code, in.Body.CSR, in.Body.Previous)
		return api.Enrolment{Kiosk: e.Kiosk, Certificate: e.Certificate, Chain: e.Chain, NextNumber: e.NextNumber}, err
	})
	answer(s, api.CallKiosk, func(_ context.Context, by asker, _ *api.None) (ra.Kiosk, error) { return by.kiosk, nil })
	answer(s, api.CallRenew, func(ctx context.Context, _ asker, in *api.Say[api.RenewRequest]) (api.Renewal, error) {
		r, err := s.fleet.Renew(ctx, badgeOf(ctx), in.Body.CSR)
		return api.Renewal{Certificate: r.Certificate, Chain: r.Chain}, err
	})
	answer(s, api.CallProjects, func(ctx context.Context, by asker, _ *api.None) (api.Projects, error) {
		p, err := s.fleet.Projects(ctx, by.kiosk)
		return api.Projects{Projects: p}, err
	})
	answer(s, api.CallChanges, s.changes)
}

// changes waits for news. When the server closes, it answers with nothing new, so that the kiosk asks again elsewhere or
// later from the same place.
func (s *Server) changes(ctx context.Context, by asker, in *api.Since) (api.Changes, error) {
	wait := min(time.Duration(in.Wait)*time.Millisecond, api.MaxWait)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.closing, cancel)()
	changes, cursor, err := s.intake.Changes(ctx, by.kiosk, in.After, wait)
	if err != nil && in.After != "" && s.closing.Err() != nil && errors.Is(err, context.Canceled) {
		return api.Changes{Changes: []ra.Change{}, Cursor: in.After}, nil
	}
	return api.Changes{Changes: changes, Cursor: cursor}, err
}
