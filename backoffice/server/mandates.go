package server

import (
	"context"

	"keyhall/backoffice/ra"
)

// OfMandate names the order of a mandate. These calls come long after the customer has left: the kiosk's certificate and the
// mandate are all that there is, so they answer nothing of the order.
type OfMandate struct {
	Order string `path:"order"`
}

func (s *Server) giveMandate(ctx context.Context, in *struct {
	OfMandate
	Body ra.Mandate
}) (none, error) {
	if in.Body.OrderID != in.Order {
		return none{}, ra.E(ra.CodeInvalid).At("order_id")
	}
	return none{}, s.intake.GiveMandate(ctx, kioskOf(ctx), in.Body)
}

func (s *Server) mandatePage(ctx context.Context, in *struct {
	OfMandate
	Page string `path:"page"`
}) (none, error) {
	return none{}, s.intake.MandatePage(ctx, kioskOf(ctx), in.Order, in.Page)
}

func (s *Server) mandateSubmit(ctx context.Context, in *OfMandate) (none, error) {
	return none{}, s.intake.MandateSubmit(ctx, kioskOf(ctx), in.Order)
}
