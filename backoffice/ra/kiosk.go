package ra

import (
	"crypto/sha256"
	"slices"
	"strings"
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
