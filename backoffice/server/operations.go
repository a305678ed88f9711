package server

import (
	"context"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// Operations is what the server asks for keys (backoffice/issuing).
type Operations interface {
	Reserve(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, r ra.Reservation) (ra.Release, error)
	Resume(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, r ra.Resumption) (ra.Release, error)
	Takeover(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, operationID string) (ra.Takeover, error)
	SendTakeoverCode(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, operationID string) error
	Operation(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold) (ra.Operation, error)
	Administrator(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold, a ra.AdminAttempt) (ra.Opening, error)
	GiveBack(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold, because ra.Code) error
	Certify(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold, csr []byte, adminPIN int) (ra.Issued, error)
	Challenge(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold) ([]byte, error)
	Confirm(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold, proof ra.Proof) (ra.Completion, error)
	KeyStatus(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, key ra.KeyIdentity) (ra.KeyStatus, error)
	KeyRecord(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, key ra.KeyIdentity) (ra.KeyRecord, error)
	PINChange(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, c ra.PINChange) error
}

func (s *Server) operationCalls() {
	answer(s, api.CallKeyStatus, func(ctx context.Context, by asker, in *api.OfKey) (ra.KeyStatus, error) {
		return s.issuing.KeyStatus(ctx, by.kiosk, by.member, ra.KeyIdentity(*in))
	})
	answer(s, api.CallKeyRecord, func(ctx context.Context, by asker, in *api.OfKey) (ra.KeyRecord, error) {
		return s.issuing.KeyRecord(ctx, by.kiosk, by.member, ra.KeyIdentity(*in))
	})
	answer(s, api.CallPINChange, func(ctx context.Context, by asker, in *api.OfPINChange) (api.None, error) {
		return api.None{}, s.issuing.PINChange(ctx, by.kiosk, by.member, ra.PINChange{ID: in.Change, Key: in.Body.Key, As: in.Body.As})
	})
	answer(s, api.CallReserve, func(ctx context.Context, by asker, in *api.OnOperation[ra.Reservation]) (ra.Release, error) {
		if in.Body.OperationID != in.Operation {
			return ra.Release{}, ra.E(ra.CodeInvalid).At("operation_id")
		}
		return s.issuing.Reserve(ctx, by.kiosk, by.member, in.Body)
	})
	answer(s, api.CallResume, func(ctx context.Context, by asker, in *api.OnOperation[ra.Resumption]) (ra.Release, error) {
		if in.Body.OperationID != in.Operation {
			return ra.Release{}, ra.E(ra.CodeInvalid).At("operation_id")
		}
		return s.issuing.Resume(ctx, by.kiosk, by.member, in.Body)
	})
	answer(s, api.CallTakeover, func(ctx context.Context, by asker, in *api.OfOperation) (ra.Takeover, error) {
		return s.issuing.Takeover(ctx, by.kiosk, by.member, in.Operation)
	})
	answer(s, api.CallTakeoverCode, func(ctx context.Context, by asker, in *api.OfOperation) (api.None, error) {
		return api.None{}, s.issuing.SendTakeoverCode(ctx, by.kiosk, by.member, in.Operation)
	})
	answer(s, api.CallOperation, func(ctx context.Context, by asker, _ *api.OfOperation) (ra.Operation, error) {
		return s.issuing.Operation(ctx, by.kiosk, by.hold)
	})
	answer(s, api.CallAdministrator, func(ctx context.Context, by asker, in *api.OnOperation[ra.AdminAttempt]) (ra.Opening, error) {
		return s.issuing.Administrator(ctx, by.kiosk, by.hold, in.Body)
	})
	answer(s, api.CallGiveBack, func(ctx context.Context, by asker, in *api.OnOperation[api.GiveBackRequest]) (api.None, error) {
		return api.None{}, s.issuing.GiveBack(ctx, by.kiosk, by.hold, in.Body.Because)
	})
	answer(s, api.CallCertify, func(ctx context.Context, by asker, in *api.OnOperation[api.CertifyRequest]) (ra.Issued, error) {
		return s.issuing.Certify(ctx, by.kiosk, by.hold, in.Body.CSR, in.Body.AdminPIN)
	})
	answer(s, api.CallChallenge, func(ctx context.Context, by asker, _ *api.OfOperation) (api.Challenge, error) {
		b, err := s.issuing.Challenge(ctx, by.kiosk, by.hold)
		return api.Challenge{Challenge: b}, err
	})
	answer(s, api.CallConfirm, func(ctx context.Context, by asker, in *api.OnOperation[ra.Proof]) (ra.Completion, error) {
		return s.issuing.Confirm(ctx, by.kiosk, by.hold, in.Body)
	})
}
