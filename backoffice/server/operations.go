package server

import (
	"context"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// OfOperation names a write to a key.
type OfOperation struct {
	Operation string `path:"operation"`
}

// Held is the input of calls about an operation in hand. After reserve no session is asked for: the customer's may be over long
// before the key is done; the ticket says which kiosk has the operation, the presence that its person was proven.
type Held struct {
	OfOperation
	Ticket   string `header:"Keyhall-Ticket" doc:"of the operation, from reserve or resume" maxLength:"200"`
	Presence string `header:"Keyhall-Presence" doc:"proof of the person, from reserve or resume" maxLength:"200"`
}

func (h Held) hold() ra.Hold {
	return ra.Hold{OperationID: h.Operation, Ticket: h.Ticket, Presence: h.Presence}
}

// mayBeCustomer is customer where a session is one of two ways; zero without one, and before a membership was chosen in it.
func (s *Server) mayBeCustomer(ctx context.Context, in MaySignIn) (ra.Membership, error) {
	if in.Authorization == "" {
		return ra.Membership{}, nil
	}
	caller, err := s.caller(ctx, SignedIn(in))
	return caller.Membership, err
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
	return s.issuing.Reserve(ctx, kioskOf(ctx), member, in.Body)
}

func (s *Server) resume(ctx context.Context, in *struct {
	MaySignIn
	OfOperation
	Body ra.Resumption
}) (ra.Release, error) {
	if in.Body.OperationID != in.Operation {
		return ra.Release{}, ra.E(ra.CodeInvalid).At("operation_id")
	}
	member, err := s.mayBeCustomer(ctx, in.MaySignIn)
	if err != nil {
		return ra.Release{}, err
	}
	return s.issuing.Resume(ctx, kioskOf(ctx), member, in.Body)
}

func (s *Server) operation(ctx context.Context, in *Held) (ra.Operation, error) {
	return s.issuing.Operation(ctx, kioskOf(ctx), in.hold())
}

func (s *Server) administrator(ctx context.Context, in *struct {
	Held
	Body ra.AdminAttempt
}) (ra.Opening, error) {
	return s.issuing.Administrator(ctx, kioskOf(ctx), in.hold(), in.Body)
}

func (s *Server) giveBack(ctx context.Context, in *struct {
	Held
	Body api.GiveBackRequest
}) (none, error) {
	return none{}, s.issuing.GiveBack(ctx, kioskOf(ctx), in.hold(), in.Body.Because)
}

func (s *Server) certify(ctx context.Context, in *struct {
	Held
	Body api.CertifyRequest
}) (ra.Issued, error) {
	return s.issuing.Certify(ctx, kioskOf(ctx), in.hold(), in.Body.CSR, in.Body.AdminPIN)
}

func (s *Server) challenge(ctx context.Context, in *Held) (api.Challenge, error) {
	b, err := s.issuing.Challenge(ctx, kioskOf(ctx), in.hold())
	return api.Challenge{Challenge: b}, err
}

func (s *Server) confirm(ctx context.Context, in *struct {
	Held
	Body ra.Proof
}) (ra.Completion, error) {
	if in.Body.OperationID != in.Operation {
		return ra.Completion{}, ra.E(ra.CodeInvalid).At("operation_id")
	}
	return s.issuing.Confirm(ctx, kioskOf(ctx), in.hold(), in.Body)
}

func (s *Server) keyStatus(ctx context.Context, in *struct {
	MaySignIn
	Manufacturer string `query:"manufacturer" maxLength:"100"`
	Model        string `query:"model" maxLength:"100"`
	Serial       string `query:"serial" required:"true" maxLength:"100"`
}) (ra.KeyStatus, error) {
	member, err := s.mayBeCustomer(ctx, in.MaySignIn)
	if err != nil {
		return ra.KeyStatus{}, err
	}
	return s.issuing.KeyStatus(ctx, kioskOf(ctx), member, ra.KeyIdentity{Manufacturer: in.Manufacturer, Model: in.Model, Serial: in.Serial})
}
