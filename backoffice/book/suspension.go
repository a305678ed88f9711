package book

import (
	"context"
	"time"

	"keyhall/backoffice/ra"
)

// Suspension is one reason for which a certificate is on hold.
type Suspension struct {
	CertificateID string
	Reason        ra.SuspensionReason
	Ground        ra.Ground
	Note          string // why, in words
	By            string // staff id; "" for a command at the server
	At            time.Time
	LiftedBy      string     // likewise
	LiftedAt      *time.Time // nil: it is open
}

// SuspensionsTx is what suspending and restoring certificates takes of a transaction.
type SuspensionsTx interface {
	InsertSuspension(ctx context.Context, h Suspension) error
	Suspensions(ctx context.Context, certificateID string) ([]Suspension, error)
	LiftSuspensions(ctx context.Context, certificateID string, reasons []ra.SuspensionReason, staffID string, at time.Time) error
}
