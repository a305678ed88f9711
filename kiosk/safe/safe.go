// Package safe keeps the kiosk's secrets on a disk that may be stolen or copied. Each secret is a file of its own,
// encrypted and authenticated with one key; the key is kept by systemd, by the machine's TPM, or, plainly, by a file
// beside. Who keeps it is decided when the folder is first used and never changes by itself afterwards.
package safe

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
)

// KeyBytes is the length of the one key, and of a systemd credential that holds it.
const KeyBytes = 32

// CredentialName is what systemd has to call the key: LoadCredentialEncrypted=keyhall-kiosk.key:FILE.
const CredentialName = "keyhall-kiosk.key"

// Values of Config.TPM that are not a path.
const (
	TPMAuto = "auto" // the kernel's own, where there is one
	TPMOff  = "off"
)

// Errors of this package; what is wrong and what to do stand around them.
var (
	ErrDamaged    = errors.New("safe: file is damaged, or was sealed with another key")
	ErrExposed    = errors.New("safe: others may read it")
	ErrKeeper     = errors.New("safe: the settings ask for another keeper of the key than the folder has")
	ErrCredential = errors.New("safe: no usable systemd credential")
	ErrNoTPM      = errors.New("safe: the TPM does not answer")
	ErrOtherTPM   = errors.New("safe: sealed by another TPM, or by this one before it was cleared")
	ErrOtherKey   = errors.New("safe: this is not the key with which the folder was begun")
	ErrBusy       = errors.New("safe: another program keeps the folder locked")
	ErrClosed     = errors.New("safe: closed")
)

// Config says where the secrets lie and who may keep their key.
type Config struct {
	Dir         string // made when missing; nothing else lies in it
	Credentials string // folder of systemd's credentials ($CREDENTIALS_DIRECTORY); "": none were handed over
	TPM         string // TPMAuto, TPMOff, or the path of a TPM's device or socket
	Log         *slog.Logger
}

// Safe is an open folder. It is safe for concurrent use, by several processes too.
type Safe struct {
	disk disk
	mu   sync.RWMutex
	key  []byte // nil once closed
}

// Open opens the folder or begins it, and logs who keeps its key. A folder that was begun with one keeper is never opened
// with another: ErrNoTPM, ErrOtherTPM, ErrCredential, ErrKeeper, ErrOtherKey. Also ErrExposed, ErrDamaged, ErrBusy.
func Open(ctx context.Context, c Config) (*Safe, error) { return open(ctx, c, nil) }

// open takes the tests' hook between file operations.
func open(ctx context.Context, c Config, hook func(string) error) (*Safe, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	d := disk{dir: c.Dir, hook: hook}
	if err := d.makeFolder(); err != nil {
		return nil, err
	}
	unlock, err := d.lock(ctx)
	if err != nil {
		return nil, err
	}
	key, r, err := c.openKey(ctx, d)
	if err = errors.Join(err, unlock()); err != nil {
		clear(key)
		return nil, err
	}
	c.tell(ctx, r.Keeper)
	return &Safe{disk: d, key: key}, nil
}

// openKey gets the folder's key from its keeper; the first time it makes both.
func (c Config) openKey(ctx context.Context, d disk) ([]byte, record, error) {
	r, err := d.readRecord()
	if errors.Is(err, fs.ErrNotExist) {
		return c.begin(ctx, d)
	}
	if err != nil {
		return nil, r, err
	}
	key, err := c.fetch(ctx, d, r)
	if err == nil && !hmac.Equal(r.Check, checkOf(key)) {
		err = fmt.Errorf("%w: %s, whose key is kept by the %s", ErrOtherKey, c.Dir, r.Keeper)
	}
	return key, r, err
}

// checkOf tells one key from another and gives nothing away of either.
func checkOf(key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("keyhall safe check"))
	return mac.Sum(nil)
}

func (c Config) tell(ctx context.Context, k Keeper) {
	if k == Plain {
		c.Log.WarnContext(ctx, "the kiosk's secrets are not protected: their key lies in a plain file beside them", "folder", c.Dir)
		return
	}
	c.Log.InfoContext(ctx, "the kiosk's secrets are sealed", "by", string(k), "folder", c.Dir)
}

// Write keeps the secret under a name (lower-case letters), whole or not at all: after a power cut Read gives the new or
// the old one. It is on the disk when Write returns. The secret stays the caller's, to be overwritten.
func (s *Safe) Write(name string, secret []byte) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.key == nil {
		return ErrClosed
	}
	file, err := fileOf(name)
	if err != nil {
		return err
	}
	sealed, err := seal(s.key, name, secret)
	if err != nil {
		return fmt.Errorf("safe: %s: %w", name, err)
	}
	return s.disk.locked(func() error { return s.disk.writeWhole(file, sealed) })
}

// Read returns the secret of that name, for the caller to overwrite. fs.ErrNotExist, ErrDamaged, ErrExposed.
func (s *Safe) Read(name string) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.key == nil {
		return nil, ErrClosed
	}
	file, err := fileOf(name)
	if err != nil {
		return nil, err
	}
	sealed, err := s.disk.readPrivate(file)
	if err != nil {
		return nil, err
	}
	return unseal(s.key, name, sealed)
}

// Erase forgets the secret; one that is not there is fine.
func (s *Safe) Erase(name string) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.key == nil {
		return ErrClosed
	}
	file, err := fileOf(name)
	if err != nil {
		return err
	}
	return s.disk.locked(func() error { return s.disk.remove(file) })
}

// Close overwrites the key; closing twice is fine.
func (s *Safe) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.key)
	s.key = nil
	return nil
}
