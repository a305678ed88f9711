package ra

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Proof is what the kiosk read back and signed after a write.
type Proof struct {
	OperationID string `json:"operation_id"`
	Challenge   []byte `json:"challenge"` // from the back office, 32 bytes
	// Signature is of ProofMessage with SHA-256: RSA PKCS#1 v1.5 or ECDSA ASN.1. It and the certificate, DER as read back from the key,
	// are nil where the plan proves something else.
	Signature   []byte   `json:"signature,omitempty"`
	Certificate []byte   `json:"certificate,omitempty"`
	Inside      bool     `json:"inside"`     // the key was asked again and says that the private key never leaves it
	LeftOvers   []string `json:"left_overs"` // objects on the key that this operation did not make: "kind id label"
	AdminPIN    int      `json:"admin_pin"`  // version that opens the key now
	Durations   []Lap    `json:"durations"`
	// PINOpens says that the key was opened with the customer's PIN. A write that makes no pair proves that, and signs where the
	// target's pair is on the key.
	PINOpens bool `json:"pin_opens,omitempty"`
	// Notes are what the key refused, or lacked, and the write did without.
	Notes []string `json:"notes,omitempty"`
}

// ProofMessage is what a key signs for a challenge. The words before it keep a proof from being of use for anything else.
func ProofMessage(challenge []byte) []byte {
	return append([]byte("keyhall-proof-1\x00"), challenge...)
}

// Lap is how long a step took.
type Lap struct {
	Step         Step  `json:"step"`
	Milliseconds int64 `json:"milliseconds"`
}

// Limits of what a proof remarks.
const (
	maxRemarks    = 200 // left-overs, and notes
	maxRemarkText = 300 // characters of one
)

// Remarks are remarks as a proof takes them, for what they quote of a key may be anything: what nobody can read is replaced, the long
// are cut, and of too many the last says that there are more.
func Remarks(all []string) []string {
	cut := make([]string, 0, min(len(all), maxRemarks))
	for _, s := range all[:min(len(all), maxRemarks)] {
		cut = append(cut, remark(s))
	}
	if more := len(all) - maxRemarks; more > 0 {
		cut[maxRemarks-1] = "and " + strconv.Itoa(more+1) + " more"
	}
	return cut
}

func remark(s string) string {
	readable := []rune(strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s))
	return string(readable[:min(len(readable), maxRemarkText)])
}

// CheckRemarks wants left-overs and notes as Remarks makes them, and at most one lap of each step that there is: CodeInvalid.
func (p Proof) CheckRemarks() error {
	for _, x := range []struct {
		field string
		said  []string
	}{{"left_overs", p.LeftOvers}, {"notes", p.Notes}} {
		if !slices.Equal(Remarks(x.said), x.said) {
			return E(CodeInvalid).At(x.field)
		}
	}
	left := Steps()
	for _, l := range p.Durations {
		i := slices.Index(left, l.Step)
		if i < 0 {
			return E(CodeInvalid).At("durations")
		}
		left = slices.Delete(left, i, i+1)
	}
	return nil
}
