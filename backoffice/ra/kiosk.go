package ra

import (
	"crypto/sha256"
	"slices"
	"strings"
	"time"
)

// Previous is how a kiosk that is enrolled anew shows who it was.
type Previous struct {
	Fingerprint []byte `json:"fingerprint" doc:"SHA-256 of the client certificate that it has"`
	Signature   []byte `json:"signature" doc:"ECDSA (ASN.1) or RSA PKCS#1 v1.5 with SHA-256, by that certificate's key, of \"keyhall-enrol-1\", a zero byte, and the SHA-256 of the code (without spaces and hyphens, in capitals) and of the csr"`
}

// EnrolmentText is an enrolment code as it is compared, however a person typed it.
func EnrolmentText(code string) string {
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
}

// EnrolmentMessage is what a kiosk's old key signs when the kiosk is enrolled anew with that code and PKCS#10 (DER): good for
// both only, and for nothing else that the key signs.
func EnrolmentMessage(code string, csr []byte) []byte {
	text, request := sha256.Sum256([]byte(EnrolmentText(code))), sha256.Sum256(csr)
	return slices.Concat([]byte("keyhall-enrol-1\x00"), text[:], request[:])
}

// KioskStatus is a kiosk as the console lists it.
type KioskStatus struct {
	Kiosk      Kiosk
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
	Window    Text
	Projects  []string
	StaffID   string // "": by a command at the server
	CreatedAt time.Time
	ExpiresAt time.Time
	KioskID   string // "" until used
}

// KioskRecord is a kiosk as the back office keeps it.
type KioskRecord struct {
	Kiosk
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
	KioskID      string
	KeyHash      []byte // of its public key (pki.KeyHash)
	NotBefore    time.Time
	NotAfter     time.Time
	DER          []byte // nil until signed
	RequestedAt  time.Time
	UsedAt       *time.Time // the first time
	RetiredAt    *time.Time
}
