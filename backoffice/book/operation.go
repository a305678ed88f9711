package book

import (
	"time"

	"keyhall/backoffice/ra"
)

// OperationRecord is an operation with what the back office keeps for its ticket and its certificate; the fields from
// Request on are empty until the request came.
type OperationRecord struct {
	ra.Operation
	MembershipID string  // whose it is
	ProjectID    string  // of the membership
	TargetID     string  // of the certificate that it replaces, restores or leaves as it is, "" for a blank key
	Finishes     string  // id of the operation on the same key that it ends, whose certificate only has to be proven; "" when none
	Generation   int     // of the ticket, grows with every kiosk that takes over
	Master       int     // version of the master key that the ticket comes from
	Held         bool    // a kiosk has the ticket; false once that kiosk was blocked
	GivenBack    ra.Code // why the key turned out to be of no use, "" when it did not
	AdminPIN     int     // version this operation sets, 0 when none
	Request      []byte
	KeyHash      []byte // of its public key (pki.KeyHash)
	SerialNumber string // lower-case hex
	Subject      []byte // DER RDNSequence
	Usage        ra.Usage
	Authority    string // the CA that signs, by its name
	Shape        Shape
	NotBefore    time.Time
	NotAfter     time.Time
}

// Presence is a proof of the person for one operation at one kiosk.
type Presence struct {
	OperationID  string
	KioskID      string
	Generation   int
	MembershipID string // of the order
}

// Purpose is what a challenge was given for.
type Purpose string

// The purposes.
const (
	PurposeProof    Purpose = "proof"
	PurposeTakeover Purpose = "takeover"
)

// AttemptRecord is an attempt as the back office keeps it.
type AttemptRecord struct {
	ID          string
	OperationID string
	Version     *int // tried; nil: a PIN was set on a key that had none
	Target      int  // the version that was to be set
	Outcome     ra.AttemptOutcome
	Begun       bool // setting it may have been begun
}

// StoredProof is a proof as the case file keeps it.
type StoredProof struct {
	OperationID string    `json:"operation_id"`
	Served      string    `json:"served"` // id of the operation whose unit it was for: the same, or the one that it finished
	At          time.Time `json:"at"`
	Challenge   []byte    `json:"challenge"`
	Signature   []byte    `json:"signature"`
	SHA256      []byte    `json:"sha256"` // of the certificate as read back, nil where none was
	PINOpens    bool      `json:"pin_opens,omitempty"`
	LeftOvers   []string  `json:"left_overs,omitempty"`
	Notes       []string  `json:"notes,omitempty"`
	Durations   []ra.Lap  `json:"durations,omitempty"`
}
