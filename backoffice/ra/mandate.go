package ra

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"slices"
)

// Mandate is what a customer leaves with a kiosk: to place this application, to put these pages under the order and to hand it
// in. With it the kiosk may do just that under its own certificate when the session is long over, and nothing else.
type Mandate struct {
	OrderID      string        `json:"order_id"`
	SessionID    string        `json:"session_id"` // in which it was given
	MembershipID string        `json:"membership_id"`
	Version      int           `json:"version,omitempty"`     // of the order that the customer saw; 0: none yet
	Application  *Application  `json:"application,omitempty"` // nil: the back office has the order
	Pages        []MandatePage `json:"pages,omitempty"`       // in the order in which they were scanned
	Submit       bool          `json:"submit"`
	Seal         []byte        `json:"seal,omitempty" doc:"HMAC-SHA256 under the session's mandate key of \"keyhall-mandate-1\", a zero byte, and {kiosk_id, mandate without seal} as compact JSON"`
}

// MandatePage is a scanned page and the material that it belongs to.
type MandatePage struct {
	Material MaterialKind `json:"material"`
	Page     Page         `json:"page"`
}

// MaxMandatePages bounds the pages of one mandate.
const MaxMandatePages = 200

// MandateKey seals the mandates of one session. A kiosk has it in memory only, and only while its customer is there: what it
// keeps for later are sealed mandates, from which no others can be made.
type MandateKey struct {
	SessionID string `json:"session_id"`
	Key       []byte `json:"key"`
}

// String keeps the key out of logs.
func (MandateKey) String() string { return "[mandate key]" }

// GoString keeps the key out of %#v.
func (MandateKey) GoString() string { return "[mandate key]" }

// Wipe overwrites the key.
func (k MandateKey) Wipe() { clear(k.Key) }

// Seal returns the mandate as given in the key's session to one kiosk.
func (k MandateKey) Seal(kioskID string, m Mandate) (Mandate, error) {
	m.SessionID = k.SessionID
	var err error
	m.Seal, err = MandateSeal(k.Key, kioskID, m)
	return m, err
}

// MandateSeal is the seal that a mandate has to have; the one that it has does not matter.
func MandateSeal(key []byte, kioskID string, m Mandate) ([]byte, error) {
	m.Seal = nil
	text, err := json.Marshal(struct {
		KioskID string  `json:"kiosk_id"`
		Mandate Mandate `json:"mandate"`
	}{kioskID, m})
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("keyhall-mandate-1\x00"))
	mac.Write(text)
	return mac.Sum(nil), err
}

// Page returns a page of the mandate; false when it is none of its.
func (m Mandate) Page(id string) (MandatePage, bool) {
	i := slices.IndexFunc(m.Pages, func(p MandatePage) bool { return p.Page.ID == id })
	if i < 0 {
		return MandatePage{}, false
	}
	return m.Pages[i], true
}
