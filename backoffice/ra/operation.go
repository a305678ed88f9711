package ra

import "time"

// OperationState is the back office's view of a write.
type OperationState string

// The states of an operation.
const (
	OperationReserved OperationState = "reserved"
	OperationIssued   OperationState = "issued"
	OperationDone     OperationState = "done"
	OperationReleased OperationState = "released" // given up; a unit that it had waits again
)

var operationMoves = moves[OperationState]{
	OperationReserved: {OperationIssued, OperationDone, OperationReleased},
	OperationIssued:   {OperationDone, OperationReleased},
	OperationDone:     {},
	OperationReleased: {},
}

// Move returns nil when an operation may go from s to next, else CodeState.
func (s OperationState) Move(next OperationState) error {
	return operationMoves.move("operation", s, next)
}

// OperationStates lists the states of an operation, sorted.
func OperationStates() []OperationState { return operationMoves.states() }

// KeyIdentity is who a UKey is by its own word: two makers may give the same serial. UKeyModel.ID is the catalogue's name for
// maker and model.
type KeyIdentity struct {
	Manufacturer string `json:"manufacturer"`
	Model        string `json:"model"`
	Serial       string `json:"serial"`
}

// String gives one line for logs and for hashes.
func (k KeyIdentity) String() string { return k.Manufacturer + "/" + k.Model + "/" + k.Serial }

// Operation is one write to one key: unit, key and kiosk bound together. One that no order asked for has no unit.
type Operation struct {
	ID        string         `json:"id"`
	Plan      Plan           `json:"plan"`
	OrderID   string         `json:"order_id"` // "" where no order asked for it
	UnitID    string         `json:"unit_id"`  // "" likewise
	KioskID   string         `json:"kiosk_id"` // the one that works on it, or did
	Model     string         `json:"model"`    // UKeyModel.ID
	Key       KeyIdentity    `json:"key"`
	State     OperationState `json:"state"`
	CreatedAt time.Time      `json:"created_at"`
	UpdatedAt time.Time      `json:"updated_at"`
}

// Reservation asks for step 1. The same id always gets the same answer.
type Reservation struct {
	OperationID string       `json:"operation_id"`
	OrderID     string       `json:"order_id"`
	Key         KeyIdentity  `json:"key"` // as read from the key
	AuthCode    string       `json:"auth_code"`
	Attempt     AdminAttempt `json:"attempt"`        // without an id, and none, where the plan does without the administrator
	Plan        Plan         `json:"plan,omitempty"` // "": the order's
	// CertificateID is that of the target, "" for a blank key, whose unit knows what it takes the place of.
	CertificateID string `json:"certificate_id,omitempty"`
}

// OldLabel begins the label of what was replaced on a key.
const OldLabel = "old "

// Target is a key that the register knows, and the certificate on it that a write replaces, restores or leaves as it is. A write
// without a target is for a blank key.
type Target struct {
	CertificateID string   `json:"certificate_id"`        // "" where the register knows of none
	Certificate   []byte   `json:"certificate,omitempty"` // DER
	Chain         [][]byte `json:"chain,omitempty"`       // DER, issuer first
	// Label is what the pair and the certificate are called once they are replaced; "" leaves them their names.
	Label string `json:"label,omitempty"`
	// KeyID is the CKA_ID of the pair, as it was found on the key; nil until then.
	KeyID []byte `json:"key_id,omitempty"`
}

// KeyObject names an object on a key as a person saw it.
type KeyObject struct {
	Kind  string `json:"kind"`
	ID    []byte `json:"id"`
	Label string `json:"label"`
	Sum   []byte `json:"sum,omitempty"` // SHA-256 of its value, where the key shows one
}

// Resumption asks to go on with an operation: at the kiosk that holds its ticket with a login or the authorization code, at
// another one with both. Where the plan has no code the old pair's signature, or a takeover code, is in its place.
type Resumption struct {
	OperationID string `json:"operation_id"`
	Ticket      string `json:"ticket"`              // "" where the kiosk has none
	AuthCode    string `json:"auth_code"`           // "" with a login alone; or the takeover code
	Challenge   []byte `json:"challenge,omitempty"` // of the Takeover
	Signature   []byte `json:"signature,omitempty"` // of TakeoverMessage, as a Proof's
}

// String keeps ticket and code out of logs.
func (r Resumption) String() string { return "resumption of " + r.OperationID }

// GoString keeps them out of %#v.
func (r Resumption) GoString() string { return r.String() }

// Takeover is what the key of an operation is asked for when another kiosk wants to go on with it.
type Takeover struct {
	Challenge   []byte `json:"challenge"`   // from the back office, 32 bytes, for one try
	Certificate []byte `json:"certificate"` // DER, whose pair signs
}

// TakeoverMessage is what a key signs so that an operation may go on at the kiosk. It is of no use for another operation or kiosk,
// nor as a proof.
func TakeoverMessage(kioskID, operationID string, challenge []byte) []byte {
	return append([]byte("keyhall-takeover-1\x00"+kioskID+"\x00"+operationID+"\x00"), challenge...)
}

// Hold is what a kiosk shows for an operation in hand: the ticket, which it keeps in its journal, and where a person has to
// be proven the presence, which it has in memory only.
type Hold struct {
	OperationID string
	Ticket      string
	Presence    string
}

// String keeps ticket and presence out of logs.
func (h Hold) String() string { return "hold of " + h.OperationID }

// GoString keeps them out of %#v.
func (h Hold) GoString() string { return h.String() }

// Release is what the back office lets go for one operation, held in memory by the kiosk, never stored or logged but for the
// ticket.
type Release struct {
	Operation Operation      `json:"operation"`
	Unit      Unit           `json:"unit"`
	Remaining int            `json:"remaining"` // units of the order not done, this one included
	Profile   SubjectProfile `json:"profile"`
	Label     string         `json:"label"`   // for key pair and certificate
	Subject   []byte         `json:"subject"` // DER RDNSequence for the PKCS#10
	Ticket    string         `json:"ticket"`
	Presence  string         `json:"presence"`
	Opening   *Opening       `json:"opening"` // of the first attempt that came with a reservation, nil on a resumption
	PINMin    int            `json:"pin_min"` // characters, the customer's PIN
	PINMax    int            `json:"pin_max"`
	Target    *Target        `json:"target,omitempty"` // nil: the key must be blank
}

// Hold is what the kiosk shows from now on.
func (r Release) Hold() Hold {
	return Hold{OperationID: r.Operation.ID, Ticket: r.Ticket, Presence: r.Presence}
}

// String keeps everything but the operation out of logs.
func (r Release) String() string { return "release for " + r.Operation.ID }

// GoString keeps it out of %#v.
func (r Release) GoString() string { return r.String() }

// Issued is the answer to a request: leaf and chain, DER, leaf's issuer first.
type Issued struct {
	CertificateID string   `json:"certificate_id"`
	Certificate   []byte   `json:"certificate"`
	Chain         [][]byte `json:"chain"`
	// Challenge is the first one for the proof, nil where the certificate is given once more: then it is asked for.
	Challenge []byte `json:"challenge,omitempty"`
}

// Completion is the answer to a proof.
type Completion struct {
	Order     Order `json:"order"`
	Unit      Unit  `json:"unit"`
	Remaining int   `json:"remaining"`
}

// Certificate is a row of the register.
type Certificate struct {
	ID           string           `json:"id"`
	SerialNumber string           `json:"serial_number"` // lower-case hex
	OperationID  string           `json:"operation_id"`
	OrderID      string           `json:"order_id"`
	UnitID       string           `json:"unit_id"`
	State        CertificateState `json:"state"`
	Authority    string           `json:"authority,omitempty"` // the CA that signed it, as the back office calls it
	Issuer       string           `json:"issuer"`
	Usage        Usage            `json:"usage"` // "" where the CA was never heard to have signed
	Subject      string           `json:"subject"`
	Key          KeyIdentity      `json:"key"`                  // that it is on
	MembershipID string           `json:"membership_id"`        // in which it was asked for
	Supersedes   string           `json:"supersedes,omitempty"` // id of the certificate whose place it takes
	NotBefore    time.Time        `json:"not_before"`
	NotAfter     time.Time        `json:"not_after"`
	DER          []byte           `json:"der,omitempty"`
	RevokedAt    *time.Time       `json:"revoked_at,omitempty"`
	// RevocationReason is a CRLReason of RFC 5280, 5.3.1.
	RevocationReason int `json:"revocation_reason,omitempty"`
}

// KeyStatus is what a kiosk learns of a key that is plugged in. Before a person was proven that is no more than whether the
// register knows it, of which project it is, that it was reported lost, and that something waits.
type KeyStatus struct {
	Known     bool       `json:"known"`
	ProjectID string     `json:"project_id"` // "" when it is not known
	Lost      bool       `json:"lost"`
	Waiting   bool       `json:"waiting"`   // an operation on it is not finished, and may go on at the kiosk that asks
	Operation *Operation `json:"operation"` // that one, where the session's membership ordered it
}

// KeyRecord is what the register has of a key: the certificates that were made on it, newest first, with their bytes.
type KeyRecord struct {
	Key          KeyIdentity   `json:"key"`
	Certificates []Certificate `json:"certificates"`
}

// PINChange is what the office learns of a change of a holder's PIN: that it begins, before the key is touched, and what came of it. Never
// a PIN.
type PINChange struct {
	ID  string      `json:"id"`
	Key KeyIdentity `json:"key"`
	As  PINOutcome  `json:"as"`
}

// PINOutcome is how far a change of PIN is.
type PINOutcome string

// The outcomes.
const (
	PINBegun   PINOutcome = "begun"
	PINChanged PINOutcome = "changed"
	PINKept    PINOutcome = "kept"   // the old one holds
	PINUnsure  PINOutcome = "unsure" // the key was pulled in the middle
)

// PINOutcomes lists them.
func PINOutcomes() []PINOutcome { return []PINOutcome{PINBegun, PINChanged, PINKept, PINUnsure} }

// The kinds of changes. ChangeAnew is never in the feed: a kiosk that begins to follow it anew, with what it does not know, tells
// itself to look at everything again.
const (
	ChangeOrder = "order"
	ChangeAnew  = "anew"
)

// Change is one entry of the change feed.
type Change struct {
	Cursor  string `json:"cursor"`
	Kind    string `json:"kind"` // ChangeOrder
	ID      string `json:"id"`
	Version int    `json:"version"`
}
