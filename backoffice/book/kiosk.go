package book

import (
	"context"
	"time"

	"keyhall/backoffice/ra"
)

// KioskStatus is a kiosk as the console lists it.
type KioskStatus struct {
	Kiosk      ra.Kiosk
	Projects   []string // ids
	EnrolledAt time.Time
	SeenAt     *time.Time // last request, nil before the first
	NotAfter   time.Time  // of its client certificate in use
	BlockedAt  *time.Time // nil: it may work
}

// EnrolmentCode is a one-time code for a kiosk, as stored.
type EnrolmentCode struct {
	Hash      []byte
	Prefix    string
	HallID    string
	Window    ra.Text
	Projects  []string
	StaffID   string // "": by a command at the server
	CreatedAt time.Time
	ExpiresAt time.Time
	KioskID   string // "" until used
}

// KioskRecord is a kiosk as the back office keeps it.
type KioskRecord struct {
	ra.Kiosk
	Projects   []string
	NotAfter   time.Time // of its client certificate in use, before that of its newest
	EnrolledAt time.Time // the last time
	SeenAt     *time.Time
	BlockedAt  *time.Time
	Retired    bool
}

// KioskCertificate is one of a kiosk's client certificates. One of those that are not retired is in use, one at most is
// newer and was never used.
type KioskCertificate struct {
	SerialNumber string // lower-case hex
	Authority    string // the CA that signs, by its name
	KioskID      string
	KeyHash      []byte // of its public key (pki.KeyHash)
	NotBefore    time.Time
	NotAfter     time.Time
	DER          []byte // nil until signed
	RequestedAt  time.Time
	UsedAt       *time.Time // the first time
	RetiredAt    *time.Time
}

// Offers is what knowing what a kiosk's hall offers, and whether the kiosk is blocked, takes: of a transaction, until whose end it
// stays so, or alone.
type Offers interface {
	KioskOffers(ctx context.Context, kioskID, projectID string) (ok, blocked bool, err error)
}
