package ra

import (
	"slices"
	"time"
)

// KeyPurpose is what a key signs a nonce for. What it signed for one is of no use for another.
type KeyPurpose string

// The purposes.
const (
	KeyPurposeLogin  KeyPurpose = "login"  // a session of the key
	KeyPurposeMember KeyPurpose = "member" // who is logged in is a member of the key's organisation
	// KeyPurposeRestore: who is logged in has the key, which was reported lost.
	KeyPurposeRestore KeyPurpose = "restore"
	// KeyPurposeStaff: who logs in as a member of staff has the key that is bound to them.
	KeyPurposeStaff KeyPurpose = "staff"
)

// KeyPurposes lists them.
func KeyPurposes() []KeyPurpose {
	return []KeyPurpose{KeyPurposeLogin, KeyPurposeMember, KeyPurposeRestore, KeyPurposeStaff}
}

// ByPerson reports whether it is signed for who is logged in, and for nobody else.
func (p KeyPurpose) ByPerson() bool { return p == KeyPurposeMember || p == KeyPurposeRestore }

// KeyNonceBytes is how long a nonce is.
const KeyNonceBytes = 32

// KeyNonceLife is how long a nonce may be signed.
const KeyNonceLife = time.Minute

// LoginMessage is what a key signs to say that it is there: for one purpose, at one kiosk. The words before it keep it from being of use
// as a proof of a write or for a takeover, and those from being of use here.
func LoginMessage(purpose KeyPurpose, kioskID string, nonce []byte) []byte {
	return append([]byte("keyhall-login-1\x00"+string(purpose)+"\x00"+kioskID+"\x00"), nonce...)
}

// KeyAsked asks for a nonce for a key that is plugged in. Certificates are the SHA-256 of those that are on it; of their public keys (PKIX,
// DER) where the purpose is staff's, for to those a key is bound, whoever made the certificate.
type KeyAsked struct {
	Purpose      KeyPurpose  `json:"purpose"`
	Key          KeyIdentity `json:"key"`
	Certificates [][]byte    `json:"certificates"`
}

// maxKeyCertificates bounds what may be on a key.
const maxKeyCertificates = 64

// Check is CodeInvalid for what no key is asked for.
func (a KeyAsked) Check() error {
	if !slices.Contains(KeyPurposes(), a.Purpose) {
		return E(CodeInvalid).At("purpose")
	}
	odd := slices.ContainsFunc(a.Certificates, func(sum []byte) bool { return len(sum) != 32 })
	if odd || len(a.Certificates) > maxKeyCertificates {
		return E(CodeInvalid).At("certificates")
	}
	return nil
}

// KeyChallenge is what the pair of a certificate signs: LoginMessage of the nonce.
type KeyChallenge struct {
	Nonce       []byte `json:"nonce"`       // good once, for KeyNonceLife
	Certificate []byte `json:"certificate"` // of the one whose pair signs, as it was asked for
}

// KeyAnswer is a nonce with its signature, as a Proof's.
type KeyAnswer struct {
	Nonce     []byte `json:"nonce"`
	Signature []byte `json:"signature"`
}

// ActingKey is a key that acts for its organisation in a session of its own, without a person: for itself, and for no other key.
type ActingKey struct {
	CertificateID string      `json:"certificate_id"`
	SerialNumber  string      `json:"serial_number"` // of the certificate
	Key           KeyIdentity `json:"key"`
	NotAfter      time.Time   `json:"not_after"`
	// Late: the certificate's time is over and it may still be extended. Nothing but renewal and approved work is open then.
	Late bool `json:"late,omitempty"`
}

// MayOrder tells whether the key may order a service for itself.
func (k ActingKey) MayOrder(r ServiceRule) bool { return r.ByKey && (!k.Late || r.ByLateKey) }

// Only is an order as the key may see it, without the units of other keys; false where none is on the key.
func (k ActingKey) Only(o Order) (Order, bool) {
	o.Units = slices.DeleteFunc(slices.Clone(o.Units), func(u Unit) bool { return !k.has(u) })
	return o, len(o.Units) > 0
}

// Whole reports whether an order is about the key alone.
func (k ActingKey) Whole(o Order) bool {
	return len(o.Units) > 0 && !slices.ContainsFunc(o.Units, func(u Unit) bool { return !k.has(u) })
}

func (k ActingKey) has(u Unit) bool { return u.Target != nil && u.Target.Key == k.Key }
