package ra

import "time"

// Draft is an order in hand at a kiosk, kept by it until the back office has it. It never holds a password or a PIN.
type Draft struct {
	Application  Application `json:"application"`
	ProjectID    string      `json:"project_id"`
	MembershipID string      `json:"membership_id"`
	Confirmed    bool        `json:"-"` // the customer placed it: its mandate is kept
	UpdatedAt    time.Time   `json:"updated_at"`
}

// KeptMandate is a mandate that a kiosk keeps until it is carried out.
type KeptMandate struct {
	Mandate
	Since   time.Time // UTC, zero: no time was certain; from when it was refused on, since then
	Refused *Error    // the back office refused it for good; nil: it waits
}

// Known is what a kiosk keeps of a registration that could not be finished: nothing that is not in the public register
// of companies.
type Known struct {
	Login        string       `json:"login"`
	Organisation Organisation `json:"organisation"`
	LegalName    string       `json:"legal_name"`
	UpdatedAt    time.Time    `json:"updated_at"`
}

// KeptPage is a scanned page that a kiosk keeps until the back office has it.
type KeptPage struct {
	OrderID  string
	Material MaterialKind
	Page     Page
	JPEG     []byte
}

// WriteState is the kiosk's view of a write to a key.
type WriteState string

// The states of a write.
const (
	WriteOpen WriteState = "open"
	WriteDone WriteState = "done"
)

// Write is the kiosk's own row of an operation: every step is stored before it is taken, and its outcome after.
type Write struct {
	ID          string // of the operation
	Plan        Plan
	OrderID     string // "" where no order asked for it
	OrderNumber string // "" when the write was begun at another kiosk
	ProjectID   string
	Model       string // UKeyModel.ID
	Key         KeyIdentity
	Step        Step // the one that is being taken
	State       WriteState
	Ticket      string // of the operation, "" until the back office gave it
	Target      *Target
	Remove      []KeyObject // chosen by the person to make room
	// AdminPIN is the version of the administrator PIN that was about to be set on the key, 0 before.
	AdminPIN      int
	Attempt       AttemptResult // of the last administrator PIN that was to be tried; no id before the first
	NextAttempt   string        // id of the one that was asked for, "" once the answer is there
	CertificateID string
	Request       []byte   // PKCS#10, DER
	Certificate   []byte   // DER
	Chain         [][]byte // DER, issuer first
	Proof         *Proof
	Laps          []Lap
	UpdatedAt     time.Time
}
