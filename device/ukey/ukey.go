// Package ukey is the noun of a UKey, the USB key that carries an organisation's certificate: what it is called, in
// which condition it is and what can be done with it. It knows nothing of orders, of screens or of how a key is
// reached; worker satisfies Reader and Token for every driver.
package ukey

import (
	"cmp"
	"context"
	"strings"
)

// Info is what a key tells about itself without a PIN.
type Info struct {
	Slot         uint   `json:"slot"`   // where it is plugged in now; says nothing of which key it is
	Module       string `json:"module"` // path of the driver's library that sees the key
	Manufacturer string `json:"manufacturer"`
	Model        string `json:"model"`
	Serial       string `json:"serial"`
	Label        string `json:"label"`
	Firmware     string `json:"firmware"`

	// Twin says that two keys of this identity are plugged in, or were until one was pulled: nobody knows which one is left.
	// While there are two neither can be opened; opening the one that is left takes the mark away.
	Twin bool `json:"twin"`

	Initialized bool     `json:"initialized"` // false: only Token.Initialize can be called
	UserPINSet  bool     `json:"user_pin_set"`
	UserPIN     PINState `json:"user_pin"`
	AdminPIN    PINState `json:"admin_pin"`
	UserLeft    int      `json:"user_left"`  // attempts; negative when the key does not tell a number
	AdminLeft   int      `json:"admin_left"` // likewise
	MinPIN      int      `json:"min_pin"`    // characters
	MaxPIN      int      `json:"max_pin"`    // characters
	PINPad      bool     `json:"pin_pad"`    // PINs are typed on the key: see PINPad

	FreePublic int64 `json:"free_public"` // bytes; negative when the key does not tell
}

// Identity is who a key is, wherever it is plugged in and whichever module sees it: two makers may give the same serial.
type Identity struct {
	Manufacturer string `json:"manufacturer"`
	Model        string `json:"model"`
	Serial       string `json:"serial"`
}

// Identity returns what the key is called by.
func (i Info) Identity() Identity {
	return Identity{Manufacturer: i.Manufacturer, Model: i.Model, Serial: i.Serial}
}

// String gives one line for logs and errors.
func (i Identity) String() string {
	return strings.Join([]string{cmp.Or(i.Manufacturer, "-"), cmp.Or(i.Model, "-"), cmp.Or(i.Serial, "-")}, "/")
}

// Role is who a PIN belongs to.
type Role int

// The roles of a key. In PKCS#11 the customer is CKU_USER and the administrator CKU_SO.
const (
	Customer Role = iota + 1
	Administrator
)

// String gives the role's stable English word, for logs and tables.
func (r Role) String() string {
	switch r {
	case Customer:
		return "customer"
	case Administrator:
		return "administrator"
	default:
		return "unknown role"
	}
}

// Kind tells the objects of a key apart.
type Kind string

// The kinds of objects on a key.
const (
	KindCertificate Kind = "certificate"
	KindPrivateKey  Kind = "private"
	KindPublicKey   Kind = "public"
	KindData        Kind = "data"
	KindOther       Kind = "other"
)

// Object is one thing stored on a key.
type Object struct {
	Kind  Kind   `json:"kind"`
	ID    []byte `json:"id"` // a certificate, its public and its private key share it, and nothing else has it
	Label string `json:"label"`
	Usage Usage  `json:"usage"` // of a key; 0 where the key does not tell
	Value []byte `json:"value"` // DER of a certificate, SubjectPublicKeyInfo of a public key, else nil
}

// Pair is a key pair that is asked for. Where a key keeps two pairs in one container its driver gives each an id of its own.
type Pair struct {
	ID        []byte
	Label     string
	Algorithm Algorithm
	Usage     Usage // 0 is UsageSign
}

// Setup is what a key gets when it is initialised. PINs belong to the caller.
type Setup struct {
	Label    string
	AdminPIN []byte
	// CustomerPIN may be nil where the key can be without one until the administrator sets it.
	CustomerPIN []byte
	// How many wrong PINs lock the key, where it lets one choose; 0 leaves the number to it.
	AdminTries, CustomerTries int
}

// Reader sees the keys that are plugged in.
type Reader interface {
	// List looks anew at every slot and returns the keys in them, in slot order.
	List(ctx context.Context) ([]Info, error)
	// Open opens the key. ErrRemoved when no such key is plugged in, ErrTwin when two are.
	Open(ctx context.Context, key Identity) (Token, error)
}

// Token is one key that is plugged in and open. It belongs to one caller at a time; its methods may return, besides
// the errors they name, ErrRemoved (the key was pulled: nothing of this call may be relied upon), ErrTwin (another key of
// the same identity was seen beside it; likewise, and the token stays dead when one of them is pulled), ErrTimeout and
// ErrWorker (the driver hung or died: open the key again and look what is on it), and a *DeviceError. A context bounds the waiting
// and not the call: when it ends the call goes on, and the next one waits for it. PINs belong to the
// caller, who overwrites them after the call: they are neither kept nor changed.
type Token interface {
	// Info asks the key anew, PIN states included.
	Info(ctx context.Context) (Info, error)

	// Blank tells whether nothing is stored on the key and returns what is. Without a login only certificates and
	// public keys are visible; as the customer private keys too.
	Blank(ctx context.Context) (bool, []Object, error)

	// Initialize sets up a key that was never initialised. ErrNotBlank when it was: initialising again would erase it. A
	// *PINError wrapping ErrPINLength, ErrPINInvalid or, where the key cannot be without the customer's, ErrPINUnset; when the
	// customer's was refused the key may be initialised nonetheless.
	Initialize(ctx context.Context, setup Setup) error

	// Login opens the key for a role; a login of the other role ends. A *PINError wrapping ErrPINWrong,
	// ErrPINLocked, ErrPINLength or ErrPINUnset tells the PIN's state after the attempt.
	Login(ctx context.Context, role Role, pin []byte) error
	// Logout ends the login; without one it does nothing.
	Logout(ctx context.Context) error

	// SetPIN changes the PIN of the role that is logged in. A *PINError wrapping ErrPINWrong (old), ErrPINLocked,
	// ErrPINLength or ErrPINInvalid (new); ErrLogin without a login.
	SetPIN(ctx context.Context, old, pin []byte) error
	// InitPIN gives the customer a new PIN and opens a locked one. Some keys want the administrator's PIN again with it.
	// ErrLogin unless the administrator is logged in; a *PINError wrapping ErrPINLength or ErrPINInvalid, or the
	// administrator's wrapping ErrPINWrong or ErrPINLocked.
	InitPIN(ctx context.Context, adminPIN, pin []byte) error

	// GenerateKey makes a key pair on the key, whose private key never leaves it, and returns the public one as
	// SubjectPublicKeyInfo. ErrLogin unless the customer is
	// logged in; ErrExists when a pair with this id is there that could have been made here; ErrFull. Half a pair, left by
	// a call that was cut off, is erased first. A pair that can be read out (ErrReadable), or that is of no
	// algorithm of ours (ErrUnsupported), is erased at once, now or when it is met again; one that has a certificate, or
	// was there before and is of another algorithm, is only refused.
	GenerateKey(ctx context.Context, pair Pair) (spki []byte, err error)
	// PublicKey returns the public half of the pair with this id as SubjectPublicKeyInfo. ErrNotFound;
	// also, when the customer is logged in, for a public key whose private key is missing, and then ErrReadable.
	PublicKey(ctx context.Context, id []byte) (spki []byte, err error)
	// Sign signs a digest. Some keys wait until a person presses a button on them. ErrNotFound, ErrLogin, ErrReadable,
	// ErrUnsupported, ErrRefused.
	Sign(ctx context.Context, id []byte, way Signature, digest []byte) ([]byte, error)
	// Decrypt decrypts what was encrypted with the public half of the pair. ErrNotFound, ErrLogin, ErrReadable,
	// ErrUnsupported.
	Decrypt(ctx context.Context, id []byte, way Decryption, ciphertext []byte) ([]byte, error)

	// WriteCertificate stores a certificate. The same certificate under the same id is left as it is; another
	// one under this id is ErrExists. ErrLogin, ErrFull, ErrReadOnly.
	WriteCertificate(ctx context.Context, id []byte, label string, der []byte) error
	// Certificates returns every certificate on the key.
	Certificates(ctx context.Context) ([]Object, error)
	// Objects returns everything that is visible, certificates first.
	Objects(ctx context.Context) ([]Object, error)
	// Delete erases the objects of this kind and id. ErrNotFound when there are none.
	Delete(ctx context.Context, kind Kind, id []byte) error

	// Close logs out and lets go of the key; it may be called again.
	Close() error
}
