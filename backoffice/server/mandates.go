package server

import (
	"context"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// Mandates is what the server asks for what customers left with a kiosk to be done (backoffice/intake).
type Mandates interface {
	GiveMandate(ctx context.Context, kiosk ra.Kiosk, m ra.Mandate) error
	MandatePage(ctx context.Context, kiosk ra.Kiosk, orderID, pageID string) error
	MandateSubmit(ctx context.Context, kiosk ra.Kiosk, orderID string) error
}

func (s *Server) mandateCalls() {
	answer(s, api.CallGiveMandate, func(ctx context.Context, by asker, in *api.OnOrder[ra.Mandate]) (api.None, error) {
		if in.Body.OrderID != in.Order {
			return api.None{}, ra.E(ra.CodeInvalid).At("order_id")
		}
		return api.None{}, s.intake.GiveMandate(ctx, by.kiosk, in.Body)
	})
	answer(s, api.CallMandatePage, func(ctx context.Context, by asker, in *api.OfMandatePage) (api.None, error) {
		return api.None{}, s.intake.MandatePage(ctx, by.kiosk, in.Order, in.Page)
	})
	answer(s, api.CallMandateSubmit, func(ctx context.Context, by asker, in *api.OfOrder) (api.None, error) {
		return api.None{}, s.intake.MandateSubmit(ctx, by.kiosk, in.Order)
	})
}
