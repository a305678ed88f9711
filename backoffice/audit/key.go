package audit

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"keyhall/backoffice/book"
	"keyhall/backoffice/disk"
)

// KeyFile is the key of the trail in the data folder: an Ed25519 seed, 32 bytes.
const KeyFile = "audit.key"

// macBytes is how much of a line's HMAC-SHA256 is kept.
const macBytes = 16

// Key signs sets and makes the MACs of lines.
type Key struct {
	private ed25519.PrivateKey
	lines   []byte
}

// CreateKey makes the key in a data folder; one that is there is kept.
func CreateKey(dir string) error {
	seed := make([]byte, ed25519.SeedSize)
	defer clear(seed)
	if _, err := rand.Read(seed); err != nil {
		return fmt.Errorf("audit: making a key: %w", err)
	}
	if err := disk.WriteNew(filepath.Join(dir, KeyFile), seed, 0o600); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("audit: making a key: %w", err)
	}
	return nil
}

// LoadKey reads the key of a data folder, from a file that only its owner may read: fs.ErrNotExist.
func LoadKey(dir string) (*Key, error) {
	path := filepath.Join(dir, KeyFile)
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("audit: key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("audit: key %s: others may read it (mode %v, want 0600)", path, info.Mode().Perm())
	}
	seed, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("audit: key: %w", err)
	}
	defer clear(seed)
	return NewKey(seed)
}

// NewKey is the key with this seed, 32 bytes.
func NewKey(seed []byte) (*Key, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("audit: key: %d bytes, want %d", len(seed), ed25519.SeedSize)
	}
	lines, err := hkdf.Key(sha256.New, seed, nil, "keyhall audit lines", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("audit: key of the lines: %w", err)
	}
	return &Key{private: ed25519.NewKeyFromSeed(seed), lines: lines}, nil
}

// Public is its public half, by which checkpoints can be checked elsewhere; the register has it too.
func (k *Key) Public() []byte { return k.private.Public().(ed25519.PublicKey) }

func (k *Key) sign(text string) []byte { return ed25519.Sign(k.private, []byte(text)) }

func (k *Key) mac(r book.AuditRow) []byte {
	h := hmac.New(sha256.New, k.lines)
	hashLine(h, r)
	return h.Sum(nil)[:macBytes]
}

// wrote reports whether this program, or another that has the key, wrote the line.
func (k *Key) wrote(r book.AuditRow) bool { return hmac.Equal(r.MAC, k.mac(r)) }
