package book

import (
	"context"
	"crypto"
	"math/big"
	"time"

	"keyhall/backoffice/ra"
)

// IssueRequest is what a CA signs for a customer: the request made on the key, and what the office decided, which counts
// where the two differ. The serial number is chosen and stored before, so a repeat signs the same certificate again.
type IssueRequest struct {
	OperationID  string
	Request      []byte // PKCS#10, DER; the office has checked it
	Subject      []byte // DER RDNSequence
	Usage        ra.Usage
	NotBefore    time.Time
	NotAfter     time.Time
	SerialNumber *big.Int
	Authority    string // the CA that signs, by its name
	Shape
}

// Shape is what a customer's certificate says besides its subject, key, usage and dates. It is kept as JSON.
type Shape struct {
	Extended []ra.ExtendedUsage `json:"extended_usages"`
	Policies []ra.Policy        `json:"policies,omitempty"`
	// Where the revocation list of its CA, answers about its status and the CA's certificate are found; empty: not written into it.
	CRLURL  string `json:"crl_url,omitempty"`
	OCSPURL string `json:"ocsp_url,omitempty"`
	CAURL   string `json:"ca_url,omitempty"`
}

// KioskIssueRequest is what a CA signs for a kiosk's TLS client certificate.
type KioskIssueRequest struct {
	Authority    string // the CA that signs, by its name
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
	SignedOCSP     SignedKind = "ocsp"   // of its OCSP responder
	SignedCross    SignedKind = "cross"  // of the next CA's key
)

// Signed is one line of a CA's own list of what it signed.
type Signed struct {
	Kind         SignedKind
	SerialNumber string // lower-case hex
	SHA256       []byte // of the certificate
}

// RegisterRow is a certificate with the public key and the subject that were asked for.
type RegisterRow struct {
	ra.Certificate
	KeyHash    []byte
	RawSubject []byte // DER RDNSequence
}

// RegisterTx is what ending certificates, and the keys that they are on, takes of a transaction.
type RegisterTx interface {
	Trail
	LockCertificate(ctx context.Context, id string) (ra.Certificate, error)
	LockOthers(ctx context.Context, key ra.KeyIdentity) ([]ra.Certificate, error)
	SetCertificateState(ctx context.Context, c ra.Certificate, state ra.CertificateState) error
	RevokeCertificate(ctx context.Context, id string, reason int, at time.Time) error
	SetKeyLife(ctx context.Context, key ra.KeyIdentity, life ra.KeyLife, now time.Time) error
}

// CertificateQuery finds certificates, newest first. Before is the id of the last one of the page before.
type CertificateQuery struct {
	Text   string
	State  ra.CertificateState // "": all
	Limit  int                 // 0: 50; at most 200
	Before string
	Key    ra.KeyIdentity // only those on the key; zero: all
	Live   bool           // only those in use, or on hold
}

// TargetRecord is a certificate of an organisation, which an order may be on, with the key that it is on.
type TargetRecord struct {
	CertificateID string
	SerialNumber  string // lower-case hex
	MembershipID  string // whose it is
	State         ra.CertificateState
	NotAfter      time.Time
	DER           []byte
	Key           ra.KeyIdentity
	Managed       bool // an administrator PIN of the key is known
}

// Target is the certificate as a unit names it.
func (t TargetRecord) Target() *ra.UnitTarget {
	return &ra.UnitTarget{CertificateID: t.CertificateID, SerialNumber: t.SerialNumber, Key: t.Key, NotAfter: t.NotAfter}
}

// RevocationStatus answers OCSP for one serial number that is known.
type RevocationStatus struct {
	RevokedAt *time.Time // nil: good
	Reason    int        // CRLReason of RFC 5280, 5.3.1
}

// StatusAnswer is an answer of OCSP.
type StatusAnswer struct {
	DER                    []byte
	ThisUpdate, NextUpdate time.Time // zero for an unsigned one, which says what is wrong with the request
	Once                   bool      // it repeats the asker's nonce and is of no use to anybody else
}

// Revocation is one line of a revocation list.
type Revocation struct {
	SerialNumber string // lower-case hex
	At           time.Time
	Reason       int // CRLReason of RFC 5280, 5.3.1
}

// CRL is a signed revocation list.
type CRL struct {
	Authority  string // whose certificates it is about, and who signs it
	Number     int64
	ThisUpdate time.Time
	NextUpdate time.Time
	Holds      []byte // a digest of its entries
	DER        []byte
	Elsewhere  bool // it was made before the database was restored, or lost commits
}
