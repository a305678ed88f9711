package book

import "time"

// Foundation is which CAs and which master keys a register was founded with, and has got since.
type Foundation struct {
	ID          string
	Founded     bool           // false while founding is under way
	Authorities []Authority    // in the order in which they were made
	AuditKey    []byte         // public key of the trail, nil while founding is under way
	Masters     map[int][]byte // fingerprint by version
}

// AuthorityPurpose is what a CA signs.
type AuthorityPurpose string

// The purposes. Whoever trusts the one kind of CA does not trust what the other signed.
const (
	ForCustomers  AuthorityPurpose = "customers"
	ForOperations AuthorityPurpose = "operations" // kiosks, and the back office's own TLS
)

// Authority is one CA. Of a purpose the newest that has begun signs; all of them answer for what they signed.
type Authority struct {
	Name        string // of its files, and in addresses: "ca", "ca-2", "operations"
	Purpose     AuthorityPurpose
	Certificate []byte // DER, self-signed
	Cross       []byte // DER, of the same key by the CA before it; nil for the first
	SignsFrom   time.Time
}

// AuthorityEnd is until when a CA that signs now can.
type AuthorityEnd struct {
	Name     string
	Purpose  AuthorityPurpose
	NotAfter time.Time
}

// OwnCertificate is one that the back office has for itself. Its row is there before it is signed.
type OwnCertificate struct {
	SerialNumber        string // lower-case hex
	Authority           string // that signs it
	Kind                SignedKind
	NotBefore, NotAfter time.Time
	DER                 []byte // nil until signed
}
