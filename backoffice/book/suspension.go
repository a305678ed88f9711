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
	By            string // staff id; "" for a command at the server, or a person
	Person        string // id of who reported the key lost, "" for staff
	At            time.Time
	LiftedBy      string     // likewise
	LiftedPerson  string     // likewise
	LiftedAt      *time.Time // nil: it is open
}

// SuspensionsTx is what suspending and restoring certificates takes of a transaction.
type SuspensionsTx interface {
	InsertSuspension(ctx context.Context, h Suspension) error
	Suspensions(ctx context.Context, certificateID string) ([]Suspension, error)
	// LiftSuspensions lifts those of a certificate that are open for the reasons; By and Person of lifted say who does.
	LiftSuspensions(ctx context.Context, certificateID string, reasons []ra.SuspensionReason, lifted Suspension) error
}

// Standing is what restoring a lost key asks of a member: since when they are confirmed, and when their password or mobile last changed; zero
// for never.
type Standing struct {
	ConfirmedAt time.Time
	ChangedAt   time.Time
}
