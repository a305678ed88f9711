package ra

import "time"

// Step is a step of a write to a key, in the order of the journal (see the design's table).
type Step string

// The steps of making a key.
const (
	StepReserve     Step = "reserve"
	StepPrepare     Step = "prepare"
	StepGenerate    Step = "generate"
	StepRequest     Step = "request"
	StepCertificate Step = "certificate"
	StepWrite       Step = "write"
	StepProve       Step = "prove"
	StepConfirm     Step = "confirm"
)

// Steps lists the steps in their order.
func Steps() []Step {
	return []Step{StepReserve, StepPrepare, StepGenerate, StepRequest, StepCertificate, StepWrite, StepProve, StepConfirm}
}

// OperationState is the back office's view of a write.
type OperationState string

// The states of an operation.
const (
	OperationReserved OperationState = "reserved"
	OperationIssued   OperationState = "issued"
	OperationDone     OperationState = "done"
	OperationReleased OperationState = "released" // a supervisor gave the key up; the unit waits again
)

// KeyIdentity is who a UKey is by its own word: two makers may give the same serial. UKeyModel.ID is the catalogue's name for
// maker and model.
type KeyIdentity struct {
	Manufacturer string `json:"manufacturer"`
	Model        string `json:"model"`
	Serial       string `json:"serial"`
}

// Operation is one write to one key: unit, key and kiosk bound together.
type Operation struct {
	ID        string         `json:"id"`
	Kind      Kind           `json:"kind"`
	OrderID   string         `json:"order_id"`
	UnitID    string         `json:"unit_id"`
	KioskID   string         `json:"kiosk_id"`
	Model     string         `json:"model"`
	Serial    string         `json:"serial"`
	State     OperationState `json:"state"`
	CreatedAt time.Time      `json:"created_at"`
	UpdatedAt time.Time      `json:"updated_at"`
}

// Reservation asks for step 1. The same id always gets the same answer.
type Reservation struct {
	OperationID string `json:"operation_id"`
	OrderID     string `json:"order_id"`
	Model       string `json:"model"`  // ra.UKeyModel.ID
	Serial      string `json:"serial"` // as read from the key
	AuthCode    string `json:"auth_code"`
}

// Release is what the back office lets go for one operation, held in memory by the kiosk, never stored or logged.
type Release struct {
	Operation Operation      `json:"operation"`
	Unit      Unit           `json:"unit"`
	Remaining int            `json:"remaining"` // units of the order not done, this one included
	Profile   SubjectProfile `json:"profile"`
	Label     string         `json:"label"`   // for key pair and certificate
	Subject   []byte         `json:"subject"` // DER RDNSequence for the PKCS#10
	// AdminPIN is the pending administrator PIN to set; Previous are those that may open the key now, newest first
	// (the factory's last).
	AdminPIN AdminPIN   `json:"admin_pin"`
	Previous []AdminPIN `json:"previous"`
	PINMin   int        `json:"pin_min"` // characters, the customer's PIN
	PINMax   int        `json:"pin_max"`
}

// AdminPIN is one version of a key's administrator PIN; version 0 is the factory's.
type AdminPIN struct {
	Version int    `json:"version"`
	Value   string `json:"value"`
}

// String keeps the value out of logs and errors.
func (AdminPIN) String() string { return "[administrator PIN]" }

// GoString keeps the value out of %#v.
func (AdminPIN) GoString() string { return "[administrator PIN]" }

// Issued is the answer to a request: leaf and chain, DER, leaf's issuer first.
type Issued struct {
	CertificateID string   `json:"certificate_id"`
	Certificate   []byte   `json:"certificate"`
	Chain         [][]byte `json:"chain"`
}

// Proof is what the kiosk read back and signed after a write.
type Proof struct {
	OperationID string   `json:"operation_id"`
	Challenge   []byte   `json:"challenge"`   // from the back office, 32 bytes
	Signature   []byte   `json:"signature"`   // over SHA-256 of the challenge: RSA PKCS#1 v1.5 or ECDSA ASN.1
	Certificate []byte   `json:"certificate"` // DER as read back from the key
	LeftOvers   []string `json:"left_overs"`  // objects on the key that this operation did not make: "kind id label"
	AdminPIN    int      `json:"admin_pin"`   // version that opens the key now
	Durations   []Lap    `json:"durations"`
}

// Lap is how long a step took.
type Lap struct {
	Step         Step  `json:"step"`
	Milliseconds int64 `json:"milliseconds"`
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
	Subject      string           `json:"subject"`
	NotBefore    time.Time        `json:"not_before"`
	NotAfter     time.Time        `json:"not_after"`
	DER          []byte           `json:"der,omitempty"`
	RevokedAt    *time.Time       `json:"revoked_at,omitempty"`
	// RevocationReason is a CRLReason of RFC 5280, 5.3.1.
	RevocationReason int `json:"revocation_reason,omitempty"`
}

// UKey is the record of a key.
type UKey struct {
	Model    string    `json:"model"`
	Serial   string    `json:"serial"`
	State    UKeyState `json:"state"`
	AdminPIN int       `json:"admin_pin"`         // version known to open it
	Pending  int       `json:"pending,omitempty"` // version being set, 0 when none
}

// Change is one entry of the change feed.
type Change struct {
	Cursor  string `json:"cursor"`
	Kind    string `json:"kind"` // "order"
	ID      string `json:"id"`
	Version int    `json:"version"`
}
