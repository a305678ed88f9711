// Package vault derives every secret of the back office from one master key of 32 bytes, kept in a file: administrator
// PINs of keys, the keys of hashes and of sealed texts. It stores nothing else; the same master key gives the same
// secrets for ever. Losing the file means losing every key's administrator PIN: back it up.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"keyhall/backoffice/ra"
)

// MasterBytes is the length of a master key.
const MasterBytes = 32

// ErrSealed means that a sealed text is damaged, of another purpose or context, or sealed by another master key.
var ErrSealed = errors.New("vault: the sealed text cannot be opened")

// Vault derives. It is safe for concurrent use.
type Vault struct{ master []byte }

// New returns a vault on a master key of MasterBytes.
func New(master []byte) (*Vault, error) {
	if len(master) != MasterBytes {
		return nil, fmt.Errorf("vault: a master key has %d bytes, not %d", MasterBytes, len(master))
	}
	return &Vault{master: append([]byte(nil), master...)}, nil
}

// String keeps the master key out of logs.
func (*Vault) String() string { return "[vault]" }

// GoString keeps the master key out of %#v.
func (*Vault) GoString() string { return "[vault]" }

// derive returns n bytes that depend on all parts; parts that run together differently give other bytes.
func (v *Vault) derive(n int, parts ...string) ([]byte, error) {
	var info strings.Builder
	for _, p := range parts {
		info.WriteString(strconv.Itoa(len(p)) + ":" + p)
	}
	return hkdf.Key(sha256.New, v.master, nil, info.String(), n)
}

// HMAC is HMAC-SHA256 under the purpose's own key.
func (v *Vault) HMAC(purpose string, data []byte) []byte {
	key, err := v.derive(sha256.Size, "hmac", purpose)
	if err != nil {
		panic(err) // only for lengths that HKDF cannot give
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(data)
	return mac.Sum(nil)
}

// Seal encrypts with AES-256-GCM under the purpose's own key; context is bound to the text but not part of it.
func (v *Vault) Seal(purpose string, plain, context []byte) ([]byte, error) {
	aead, err := v.aead(purpose)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("vault: nonce: %w", err)
	}
	return aead.Seal(nonce, nonce, plain, context), nil
}

// Open reverses Seal: ErrSealed.
func (v *Vault) Open(purpose string, sealed, context []byte) ([]byte, error) {
	aead, err := v.aead(purpose)
	if err != nil {
		return nil, err
	}
	if len(sealed) < aead.NonceSize() {
		return nil, ErrSealed
	}
	plain, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], context)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

func (v *Vault) aead(purpose string) (cipher.AEAD, error) {
	key, err := v.derive(32, "seal", purpose)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// drawn is how many bytes a PIN may be drawn from: far more than rejection ever uses up.
const drawn = 4096

// AdminPIN derives the administrator PIN of a key in a version from 1, in the rule's length and alphabet. Every PIN of
// that shape is equally likely.
func (v *Vault) AdminPIN(model, serial string, version int, rule ra.AdminPINRule) (string, error) {
	n := len(rule.Alphabet)
	if version < 1 || rule.Length < 1 || n < 2 || n > 256 {
		return "", fmt.Errorf("vault: no administrator PIN of version %d, length %d, %d characters", version, rule.Length, n)
	}
	random, err := v.derive(drawn, "admin-pin", model, serial, strconv.Itoa(version))
	if err != nil {
		return "", err
	}
	pin := make([]byte, 0, rule.Length)
	fair := 256 - 256%n
	for _, b := range random {
		if int(b) >= fair {
			continue // would make the first characters of the alphabet likelier
		}
		if pin = append(pin, rule.Alphabet[int(b)%n]); len(pin) == rule.Length {
			return string(pin), nil
		}
	}
	return "", errors.New("vault: administrator PIN too long to derive")
}
