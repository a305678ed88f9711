package server

import (
	"context"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// OfOperation names a write to a key. After reserve no session is asked for: the customer's may be over long before the
// key is done, and the operation belongs to kiosk and key.
type OfOperation struct {
	Operation string `path:"operation"`
}

func (s *Server) reserve(ctx context.Context, in *struct {
	SignedIn
	OfOperation
	Body ra.Reservation
}) (ra.Release, error) {
	if in.Body.OperationID != in.Operation {
		return ra.Release{}, ra.E(ra.CodeInvalid).At("operation_id")
	}
	member, err := s.customer(ctx, in.SignedIn)
	if err != nil {
		return ra.Release{}, err
	}
	return s.ra.Reserve(ctx, kioskOf(ctx), member, in.Body)
}

func (s *Server) resume(ctx context.Context, in *OfOperation) (ra.Release, error) {
	return s.ra.Resume(ctx, kioskOf(ctx), in.Operation)
}

func (s *Server) certify(ctx context.Context, in *struct {
	OfOperation
	Body api.CertifyRequest
}) (ra.Issued, error) {
	return s.ra.Certify(ctx, kioskOf(ctx), in.Operation, in.Body.CSR, in.Body.AdminPIN)
}

func (s *Server) challenge(ctx context.Context, in *OfOperation) (api.Challenge, error) {
	b, err := s.ra.Challenge(ctx, kioskOf(ctx), in.Operation)
	return api.Challenge{Challenge: b}, err
}

func (s *Server) confirm(ctx context.Context, in *struct {
	OfOperation
	Body ra.Proof
}) (ra.Completion, error) {
	if in.Body.OperationID != in.Operation {
		return ra.Completion{}, ra.E(ra.CodeInvalid).At("operation_id")
	}
	return s.ra.Confirm(ctx, kioskOf(ctx), in.Body)
}

func (s *Server) operationForKey(ctx context.Context, in *struct {
	Model  string `query:"model" required:"true" maxLength:"100"`
	Serial string `query:"serial" required:"true" maxLength:"100"`
}) (api.FoundOperation, error) {
	op, found, err := s.ra.OperationForKey(ctx, kioskOf(ctx), in.Model, in.Serial)
	if err != nil || !found {
		return api.FoundOperation{}, err
	}
	return api.FoundOperation{Operation: &op}, nil
}
