package ra

import (
	"crypto"
	"math/big"
	"regexp"
	"time"
)

var idShape = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// CheckID accepts canonical UUID text: CodeInvalid.
func CheckID(s string) error {
	if !idShape.MatchString(s) {
		return E(CodeInvalid)
	}
	return nil
}

// Verdicts lists the verdicts, sorted.
func Verdicts() []Verdict { return []Verdict{VerdictAccepted, VerdictNone, VerdictReturned} }

// MaterialKinds lists the documents in the order of the console.
func MaterialKinds() []MaterialKind {
	return []MaterialKind{MaterialLicence, MaterialIdentity, MaterialForm, MaterialRiskNotice, MaterialProof, MaterialRemittance}
}

// OperationStates lists the states of an operation.
func OperationStates() []OperationState {
	return []OperationState{OperationDone, OperationIssued, OperationReleased, OperationReserved}
}

// Claim says who is looking at an order, until when.
type Claim struct {
	OrderID string    `json:"order_id"`
	StaffID string    `json:"staff_id"`
	Name    string    `json:"name"`
	Until   time.Time `json:"until"`
}

// Message is a text message on its way to a customer. Text holds secrets: never log it.
type Message struct {
	ID       string
	Mobile   string
	Template string // "approved", "returned", "cancelled", …
	Text     string
}

// SentMessage is what the case file keeps of a message: never its text, the mobile masked.
type SentMessage struct {
	ID        string     `json:"id"`
	OrderID   string     `json:"order_id"`
	Mobile    string     `json:"mobile"` // masked
	Template  string     `json:"template"`
	CreatedAt time.Time  `json:"created_at"`
	SentAt    *time.Time `json:"sent_at,omitempty"`
	Attempts  int        `json:"attempts"`
}

// AuditRow is one line of the audit trail; the chain's fields are zero until it is sealed.
type AuditRow struct {
	ID        int64             `json:"id"`         // from the database, in no strict order
	At        time.Time         `json:"at"`         // UTC, microseconds
	ActorKind string            `json:"actor_kind"` // "kiosk", "customer", "staff", "system"
	ActorID   string            `json:"actor_id"`
	KioskID   string            `json:"kiosk_id,omitempty"`
	Action    string            `json:"action"` // "order.approve"
	OrderID   string            `json:"order_id,omitempty"`
	Subject   string            `json:"subject,omitempty"` // id of the thing acted on, where it is not the order
	Facts     map[string]string `json:"facts,omitempty"`
	Seq       int64             `json:"seq,omitempty"` // place in the chain, from 1
	Previous  []byte            `json:"previous,omitempty"`
	Hash      []byte            `json:"hash,omitempty"`
}

// StoredProof is a proof as the case file keeps it.
type StoredProof struct {
	OperationID string    `json:"operation_id"`
	At          time.Time `json:"at"`
	Challenge   []byte    `json:"challenge"`
	Signature   []byte    `json:"signature"`
	SHA256      []byte    `json:"sha256"` // of the certificate as read back
	LeftOvers   []string  `json:"left_overs,omitempty"`
	Durations   []Lap     `json:"durations,omitempty"`
}

// AdminPINRule is what the back office alone knows of a model: the factory's PINs, the shape of our administrator PIN, and how
// many wrong ones lock the key.
type AdminPINRule struct {
	Factory  []byte
	Customer []byte // the factory's customer PIN, empty where the maker sets none
	Length   int
	Alphabet string // the characters that may stand in it
	Tries    int    // wrong attempts in a row that lock it
	Tells    bool   // its flags say truly whether a wrong attempt was made since the last right one
}

// String keeps the factory PIN out of logs.
func (AdminPINRule) String() string { return "[administrator PIN rule]" }

// GoString keeps the factory PIN out of %#v.
func (AdminPINRule) GoString() string { return "[administrator PIN rule]" }

// IssueRequest is what a CA signs for a customer. The serial number is chosen and stored before, so a repeat signs the
// same certificate again.
type IssueRequest struct {
	OperationID     string
	PublicKey       crypto.PublicKey
	Subject         []byte // DER RDNSequence
	NotBefore       time.Time
	NotAfter        time.Time
	SerialNumber    *big.Int
	CRLURL, OCSPURL string // empty: not written into the certificate
}

// KioskIssueRequest is what a CA signs for a kiosk's TLS client certificate.
type KioskIssueRequest struct {
	PublicKey    crypto.PublicKey
	CommonName   string // the kiosk's id
	NotBefore    time.Time
	NotAfter     time.Time
	SerialNumber *big.Int
}

// SignedKind is what a CA signed.
type SignedKind string

// What a CA signs.
const (
	SignedCustomer SignedKind = "customer"
	SignedKiosk    SignedKind = "kiosk"
	SignedServer   SignedKind = "server" // the back office's own TLS certificates
)

// Signed is one line of a CA's own list of what it signed.
type Signed struct {
	Kind         SignedKind
	SerialNumber string // lower-case hex
	SHA256       []byte // of the certificate
}

// RevocationStatus answers OCSP for one serial number.
type RevocationStatus struct {
	Known     bool
	RevokedAt *time.Time // nil: good
	Reason    int        // CRLReason of RFC 5280, 5.3.1
}

// OrderQuery finds orders, newest first. Before is the id of the last one of the page before.
type OrderQuery struct {
	Text   string
	State  OrderState // "": all
	Limit  int        // 0: 50; at most 200
	Before string
}

// CertificateQuery finds certificates, newest first. Before is the id of the last one of the page before.
type CertificateQuery struct {
	Text   string
	State  CertificateState // "": all
	Limit  int              // 0: 50; at most 200
	Before string
}

// PersonRecord is somebody with logins, as the back office keeps them.
type PersonRecord struct {
	ID       string
	Login    string // one of theirs
	Mobile   string // registered: where codes and warnings go
	Password string // hashed
}

// SessionRecord is a live session.
type SessionRecord struct {
	ID           string
	PersonID     string
	MembershipID string // "" before one is chosen
	Master       int    // version of the master key that its mandate key comes from
	CreatedAt    time.Time
}

// OperationRecord is an operation with what the back office keeps for its ticket and its certificate; the fields from
// Request on are empty until the request came.
type OperationRecord struct {
	Operation
	Generation   int  // of the ticket, grows with every kiosk that takes over
	Master       int  // version of the master key that the ticket comes from
	Held         bool // a kiosk has the ticket; false once that kiosk was blocked
	GivenBack    Code // why the key turned out to be of no use, "" when it did not
	AdminPIN     int  // version this operation sets
	Request      []byte
	KeyHash      []byte // of its public key (pki.KeyHash)
	SerialNumber string // lower-case hex
	NotBefore    time.Time
	NotAfter     time.Time
}

// AuthorizationCode is the code of an approved order, as stored.
type AuthorizationCode struct {
	OrderID   string
	Hash      []byte
	Wrong     int
	Tried     [][]byte // hashes of wrong codes: the same one again does not count
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Presence is a proof of the person for one operation at one kiosk.
type Presence struct {
	OperationID  string
	KioskID      string
	Generation   int
	MembershipID string // of the order
}

// OutboxRow is a text message waiting to be sent; Body is sealed.
type OutboxRow struct {
	ID        string
	OrderID   string
	Mobile    string
	Template  string
	Body      []byte
	CreatedAt time.Time
	Attempts  int
}

// Finding is a broken invariant of the design.
type Finding struct {
	Invariant int    // 1 to 5
	Subject   string // "unit 0192…"
	What      string
}

// Foundation is which CA and which master keys a register was founded with.
type Foundation struct {
	ID       string
	CASHA256 []byte         // of the CA's certificate, nil while founding is under way
	Masters  map[int][]byte // fingerprint by version
}

// AdminPINRecord is what the back office keeps of a version of a key's administrator PIN: never the PIN.
type AdminPINRecord struct {
	Key     KeyIdentity
	Model   string // UKeyModel.ID
	Version int    // from 1
	Master  int    // version of the master key that it comes from
	Check   []byte // keyed hash of the PIN
}

// RegisterRow is a certificate with the hash of the public key that was asked for.
type RegisterRow struct {
	Certificate
	KeyHash []byte
}

// Revocation is one line of a revocation list.
type Revocation struct {
	SerialNumber string // lower-case hex
	At           time.Time
	Reason       int // CRLReason of RFC 5280, 5.3.1
}

// CRL is a signed revocation list.
type CRL struct {
	Number     int64
	ThisUpdate time.Time
	NextUpdate time.Time
	DER        []byte
}

// Counts are the numbers of the console's first page.
type Counts struct {
	Orders       map[OrderState]int
	DoneToday    int // proofs since midnight
	Payments     int // slips awaiting confirmation
	Materials    int // open orders with submitted materials
	Operations   int // begun and not done
	Messages     int // not sent
	Certificates int // active
}
