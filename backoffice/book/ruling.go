package book

import (
	"context"
	"time"

	"keyhall/backoffice/ra"
)

// Ruling is what a member of staff decides on a certificate.
type Ruling struct {
	ID            string // made where it is asked for; only what waits for a second person is kept under it
	CertificateID string
	Act           ra.Act // ActSuspend, ActRestore or ActRevoke
	Ground        ra.Ground
	Note          string // why, in their own words
	AskedBy       string // staff id
	AskedAt       time.Time
	State         ra.RulingState
	SettledBy     string // who confirmed or dropped it; "" while it waits
	SettledAt     *time.Time
}

// WaitingRuling is one that waits for a second person, with what a list shows of its certificate.
type WaitingRuling struct {
	Ruling
	SerialNumber string
	Organisation string
	Asker        string // name of who asked for it
}

// RulingsTx is what keeping rulings takes of a transaction. LockRuling holds the row until it ends.
type RulingsTx interface {
	InsertRuling(ctx context.Context, r Ruling) error
	Ruling(ctx context.Context, id string) (Ruling, error)
	LockRuling(ctx context.Context, id string) (Ruling, error)
	// RulingWaiting is the one that waits on a certificate: CodeNotFound.
	RulingWaiting(ctx context.Context, certificateID string) (Ruling, error)
	SettleRuling(ctx context.Context, r Ruling) error
}
