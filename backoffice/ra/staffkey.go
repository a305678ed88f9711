package ra

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// StaffKey is a key that a member of staff shows beside their password, at a kiosk. It counts once confirmed, as a grant does.
type StaffKey struct {
	ID          string     `json:"id"`
	StaffID     string     `json:"staff_id"`
	Name        string     `json:"name"`               // what is written on it, its serial number
	PublicKey   []byte     `json:"public_key"`         // PKIX, DER
	AskedBy     string     `json:"asked_by,omitempty"` // staff id; "": by a command at the server
	AskedAt     time.Time  `json:"asked_at"`
	ConfirmedBy string     `json:"confirmed_by,omitempty"`
	ConfirmedAt *time.Time `json:"confirmed_at,omitempty"` // nil: it waits for a second administrator
}

// Live reports whether the key counts.
func (k StaffKey) Live() bool { return k.ConfirmedAt != nil }

// Sum is the SHA-256 of its public key.
func (k StaffKey) Sum() []byte {
	sum := sha256.Sum256(k.PublicKey)
	return sum[:]
}

// Fingerprint is what people compare it by: the beginning of Sum.
func (k StaffKey) Fingerprint() string { return hex.EncodeToString(k.Sum()[:8]) }

// maxKeyName is how long what is written on a key may be, in characters.
const maxKeyName = 40

// CheckKeyName wants what is written on a key: CodeRequired, CodeTooLong (args: max), CodeInvalid for what nobody can read.
func CheckKeyName(s string) error {
	switch n := utf8.RuneCountInString(s); {
	case n == 0:
		return E(CodeRequired)
	case n > maxKeyName:
		return E(CodeTooLong, "max", strconv.Itoa(maxKeyName))
	case !Readable(s):
		return E(CodeInvalid)
	}
	return nil
}

// keyless says what a role may do at a kiosk where who has it showed no key of theirs: look, and nothing that makes, releases or decides.
// With a role that has no row nobody logs in there without their key.
var keyless = map[Role][]Act{RoleCounter: {ActSee, ActKiosks}}

// MayAtKiosk lists what a role may do at a kiosk, with their key shown or without.
func (r Role) MayAtKiosk(byKey bool) (may []Act) {
	if !byKey {
		return slices.Clone(keyless[r])
	}
	for _, a := range Acts() {
		if slices.Contains(acts[a], r) {
			may = append(may, a)
		}
	}
	return may
}

// StaffLogIn is what a member of staff shows at a kiosk: their password, and what their key signed for KeyPurposeStaff, if they have it
// with them.
type StaffLogIn struct {
	Login    string     `json:"login" maxLength:"200"`
	Password string     `json:"password" maxLength:"200"`
	Key      *KeyAnswer `json:"key,omitempty"`
}

// String keeps the password out of logs.
func (l StaffLogIn) String() string { return "login of staff" }

// GoString keeps it out of %#v.
func (l StaffLogIn) GoString() string { return l.String() }

// StaffSession is a member of staff at a kiosk.
type StaffSession struct {
	Token   string    `json:"token,omitempty"`
	Expires time.Time `json:"expires"`
	Name    string    `json:"name"`
	ByKey   bool      `json:"by_key"` // their key was shown
	Roles   []Role    `json:"roles"`  // which count here, in the order of the console
	Acts    []Act     `json:"acts"`   // that they may do here in some project of the kiosk's
}

// May reports whether they may do it at the kiosk.
func (s StaffSession) May(a Act) bool { return slices.Contains(s.Acts, a) }
