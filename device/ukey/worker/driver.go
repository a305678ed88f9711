package worker

import (
	"fmt"

	"keyhall/device/ukey"
)

// Driver reaches keys in its own way, inside a worker's process, called from one thread alone. Its errors are those of package
// ukey, whose Reader and Token say what each call means.
type Driver interface {
	// List looks anew at what is plugged in. A key that does not answer is left out: the others must still be seen.
	List() ([]ukey.Info, error)
	// Open looks anew and opens the key. ErrRemoved, ErrTwin.
	Open(key ukey.Identity) (Session, error)
	// Close lets go of everything; the process ends after it.
	Close()
}

// Session is one key opened by a driver.
type Session interface {
	// Initialized tells whether the key ever was; of one that was not only Info, Initialize and what DeviceAuthenticator has are
	// called.
	Initialized() bool
	// Present tells by the driver's own word whether the key is still where it was opened, and no other of its name
	// beside it. ErrRemoved, ErrTwin.
	Present() error

	Info() (ukey.Info, error)
	Initialize(setup ukey.Setup) error
	Login(role ukey.Role, pin []byte) error
	Logout()
	SetPIN(old, pin []byte) error
	InitPIN(adminPIN, pin []byte) error
	GenerateKey(pair ukey.Pair) (spki []byte, err error)
	PublicKey(id []byte) (spki []byte, err error)
	Sign(id []byte, way ukey.Signature, digest []byte) ([]byte, error)
	Decrypt(id []byte, way ukey.Decryption, ciphertext []byte) ([]byte, error)
	WriteCertificate(id []byte, label string, der []byte) error
	Objects() ([]ukey.Object, error)
	Delete(kind ukey.Kind, id []byte) error

	// Close logs out and lets go of the key.
	Close() error
}

// What only some sessions can do; ukey says what each call means.
type (
	// PINPad is ukey.PINPad's.
	PINPad interface {
		LoginOnPad(role ukey.Role) error
		SetPINOnPad() error
		InitPINOnPad() error
	}
	// DeviceAuthenticator is ukey.DeviceAuthenticator's; the key was not initialised.
	DeviceAuthenticator interface {
		DeviceChallenge() (ukey.DeviceChallenge, error)
		AuthenticateDevice(answer []byte) error
	}
	// Relabeller is ukey.Relabeller's.
	Relabeller interface {
		Relabel(kind ukey.Kind, id []byte, label string) error
	}
	// KeyImporter is ukey.KeyImporter's.
	KeyImporter interface {
		ImportKey(with []byte, pair ukey.Pair, envelope []byte) (spki []byte, err error)
	}
)

// Drivers are the drivers that a worker can serve, by name. Each takes the options that Config.Options became.
type Drivers map[string]func(options []byte) (Driver, error)

// Find returns the key out of a look at what is plugged in. ErrRemoved, ErrTwin.
func Find(infos []ukey.Info, key ukey.Identity) (found ukey.Info, err error) {
	count := 0
	for _, info := range infos {
		if info.Identity() == key {
			found, count = info, count+1
		}
	}
	switch count {
	case 0:
		return ukey.Info{}, fmt.Errorf("key %s: %w", key, ukey.ErrRemoved)
	case 1:
		return found, nil
	}
	return ukey.Info{}, errTwin(key)
}
