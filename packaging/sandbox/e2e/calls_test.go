package e2e

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// call is something that a kiosk asks about an operation in hand.
type call struct {
	name string
	do   func(context.Context, *api.Client, ra.Hold) error
}

// withHold are all of them, with a request and a proof of the software key.
func (s *strangers) withHold(t *testing.T) []call {
	t.Helper()
	request := s.forged.request(t, s.subject)
	proof := s.forged.proof(t, s.write, make([]byte, 32))
	return []call{
		{"the operation", func(ctx context.Context, c *api.Client, h ra.Hold) error { _, err := c.Operation(ctx, h); return err }},
		{"an administrator PIN", func(ctx context.Context, c *api.Client, h ra.Hold) error {
			_, err := c.Administrator(ctx, h, s.attempt())
			return err
		}},
		{"a certificate", func(ctx context.Context, c *api.Client, h ra.Hold) error {
			_, err := c.Certify(ctx, h, request, 1)
			return err
		}},
		{"a challenge", func(ctx context.Context, c *api.Client, h ra.Hold) error { _, err := c.Challenge(ctx, h); return err }},
		{"a proof", func(ctx context.Context, c *api.Client, h ra.Hold) error {
			proof.OperationID = h.OperationID
			_, err := c.Confirm(ctx, h, proof)
			return err
		}},
		{"giving back", func(ctx context.Context, c *api.Client, h ra.Hold) error {
			return c.GiveBack(ctx, h, ra.CodeKeyNotBlank)
		}},
	}
}

// attempt is a fresh one, for a key that tells of no wrong PIN.
func (s *strangers) attempt() ra.AdminAttempt {
	return ra.AdminAttempt{ID: newID(), Initialized: true, State: ra.TokenPINOK, CustomerPINSet: true, CustomerPIN: ra.TokenPINOK}
}

// reservation is for the key of the write and with the right code.
func (s *strangers) reservation(operationID string) ra.Reservation {
	return ra.Reservation{OperationID: operationID, OrderID: s.order.ID, Key: s.write.Key, AuthCode: s.order.Code, Attempt: s.attempt()}
}

// newID makes an id as kiosks do.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
