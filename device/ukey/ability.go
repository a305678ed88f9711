package ukey

import "context"

// Hiding is a Reader that leaves keys out of List which were never initialised.
type Hiding interface {
	// Hidden is what the last List left out.
	Hidden() []Info
}

// What follows some keys can do and others cannot. A Token may implement these interfaces; one that does and whose key cannot
// answers ErrUnsupported before it does anything.

// PINPad is a key with keys of its own: PINs are typed there and nowhere else (see Info.PINPad). Each call waits for the
// person; ErrRefused when they cancel.
type PINPad interface {
	// LoginOnPad is Login.
	LoginOnPad(ctx context.Context, role Role) error
	// SetPINOnPad is SetPIN: the old PIN and, twice, the new one are typed.
	SetPINOnPad(ctx context.Context) error
	// InitPINOnPad is InitPIN; the administrator is logged in.
	InitPINOnPad(ctx context.Context) error
}

// DeviceChallenge is what a key wants answered before it lets itself be set up.
type DeviceChallenge struct {
	Value     []byte `json:"value"`
	Algorithm string `json:"algorithm"` // the cipher, by the driver's name of it
	// OnKey says that the cipher exists in hardware alone: the answer is then the device key itself, and the key does the rest.
	OnKey bool `json:"on_key"`
}

// DeviceAuthenticator is a key that its maker protects by a device key: Initialize works only after it was shown.
type DeviceAuthenticator interface {
	DeviceChallenge(ctx context.Context) (DeviceChallenge, error)
	// AuthenticateDevice gives the answer to the last challenge: ErrDeviceKey when it is wrong. The answer belongs to the caller as
	// PINs do.
	AuthenticateDevice(ctx context.Context, answer []byte) error
}

// KeyImporter is a key that takes a pair for encryption which a key management centre made, in an envelope that only a pair of
// this key opens.
type KeyImporter interface {
	// ImportKey opens the envelope with the pair called with and stores the pair that is in it. What fits already is left as it
	// is. It returns the public key as SubjectPublicKeyInfo. ErrLogin, ErrNotFound (with), ErrExists, ErrFull, ErrEnvelope.
	ImportKey(ctx context.Context, with []byte, pair Pair, envelope []byte) (spki []byte, err error)
}
