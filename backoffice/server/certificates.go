package server

import (
	"context"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// Holdings is what the server asks for what members hold, and what waits for them (backoffice/intake).
type Holdings interface {
	Holdings(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, q ra.HoldingQuery) (ra.HoldingPage, error)
	Work(ctx context.Context, kiosk ra.Kiosk, member ra.Membership) ([]ra.Work, error)
}

// Losses is what the server asks for lost keys (backoffice/issuing).
type Losses interface {
	ReportLost(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, certificateID string) error
	RestoreLost(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, certificateID string, a ra.KeyAnswer) error
}

func (s *Server) certificateCalls() {
	answer(s, api.CallReportLost, func(ctx context.Context, by asker, in *api.OfCertificate) (api.None, error) {
		return api.None{}, s.issuing.ReportLost(ctx, by.kiosk, by.member, in.Certificate)
	})
	answer(s, api.CallHoldings, func(ctx context.Context, by asker, in *api.HoldingsQuery) (ra.HoldingPage, error) {
		return s.intake.Holdings(ctx, by.kiosk, by.member, ra.HoldingQuery(*in))
	})
	answer(s, api.CallRestoreLost, func(ctx context.Context, by asker, in *api.OnCertificate[ra.KeyAnswer]) (api.None, error) {
		return api.None{}, s.issuing.RestoreLost(ctx, by.kiosk, by.member, in.Certificate, in.Body)
	})
	answer(s, api.CallWork, func(ctx context.Context, by asker, _ *api.None) (api.WaitingWork, error) {
		all, err := s.intake.Work(ctx, by.kiosk, by.member)
		return api.WaitingWork{Work: all}, err
	})
}
