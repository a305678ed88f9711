// Package vault derives every secret of the back office from its master keys of 32 bytes: administrator PINs of UKeys, the
// keys of hashes and of sealed texts, tickets. It stores nothing else; the same master key gives the same secrets for ever.
// Master keys have versions: the newest makes what is new, the older ones open what they made. Losing one means losing the
// administrator PINs made with it: back them up.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// MasterBytes is the length of a master key.
const MasterBytes = 32

// versionBytes is how long the version is that stands before every hash and sealed text.
const versionBytes = 4

// ErrSealed means that a sealed text is damaged, of another purpose or context, or sealed by another master key.
var ErrSealed = errors.New("vault: the sealed text cannot be opened")

// ErrVersion means that something was made with a version of the master key that this program does not have.
var ErrVersion = errors.New("vault: made with a version of the master key that is not here: bring its file and start again")

// Vault derives. It is safe for concurrent use until Close.
type Vault struct {
	masters map[int][]byte // by version
	current int
}

// New returns a vault on master keys of MasterBytes each, by version from 1 without a gap.
func New(masters map[int][]byte) (*Vault, error) {
	v := &Vault{masters: map[int][]byte{}}
	for v.current = 0; masters[v.current+1] != nil; v.current++ {
		master := masters[v.current+1]
		if len(master) != MasterBytes {
			return nil, fmt.Errorf("vault: a master key has %d bytes, not %d", MasterBytes, len(master))
		}
		v.masters[v.current+1] = slices.Clone(master)
	}
	if v.current == 0 || v.current != len(masters) {
		return nil, fmt.Errorf("vault: %d master keys, but not the versions 1 to %d", len(masters), len(masters))
	}
	return v, nil
}

// Close overwrites the master keys; the vault cannot be used any more.
func (v *Vault) Close() {
	for _, m := range v.masters {
		clear(m)
	}
	v.masters, v.current = map[int][]byte{}, 0
}

// String keeps the master keys out of logs.
func (*Vault) String() string { return "[vault]" }

// GoString keeps the master keys out of %#v.
func (*Vault) GoString() string { return "[vault]" }

// Current is the version that makes what is new.
func (v *Vault) Current() int { return v.current }

// Fingerprint tells a master key from others without giving anything of it away: ErrVersion.
func (v *Vault) Fingerprint(version int) ([]byte, error) {
	return v.derive(version, sha256.Size, "fingerprint")
}

// derive returns n bytes that depend on all parts; parts that run together differently give other bytes.
func (v *Vault) derive(version, n int, parts ...string) ([]byte, error) {
	master, ok := v.masters[version]
	if !ok {
		return nil, fmt.Errorf("%w: version %d", ErrVersion, version)
	}
	var info strings.Builder
	for _, p := range parts {
		info.WriteString(strconv.Itoa(len(p)) + ":" + p)
	}
	return hkdf.Key(sha256.New, master, nil, info.String(), n)
}

// HMAC is HMAC-SHA256 under the purpose's own key of one version: ErrVersion.
func (v *Vault) HMAC(version int, purpose string, data []byte) ([]byte, error) {
	key, err := v.derive(version, sha256.Size, "hmac", purpose)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	mac := hmac.New(sha256.New, key)
	mac.Write(data)
	return mac.Sum(nil), nil
}

// Sum is HMAC with the newest version, which stands before it.
func (v *Vault) Sum(purpose string, data []byte) ([]byte, error) {
	return v.sum(v.current, purpose, data)
}

func (v *Vault) sum(version int, purpose string, data []byte) ([]byte, error) {
	mac, err := v.HMAC(version, purpose, data)
	return append(versioned(version), mac...), err
}

// Sums are what Sum gives or gave with each version, newest first: for looking up what an older one may have stored.
func (v *Vault) Sums(purpose string, data []byte) ([][]byte, error) {
	all := make([][]byte, 0, v.current)
	for version := v.current; version > 0; version-- {
		sum, err := v.sum(version, purpose, data)
		if err != nil {
			return nil, err
		}
		all = append(all, sum)
	}
	return all, nil
}

// Fits reports whether sum is the data's, whatever version made it: ErrVersion.
func (v *Vault) Fits(purpose string, data, sum []byte) (bool, error) {
	version, _, ok := cutVersion(sum)
	if !ok {
		return false, nil
	}
	want, err := v.sum(version, purpose, data)
	return err == nil && hmac.Equal(want, sum), err
}

func versioned(version int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(version)) }

func cutVersion(b []byte) (version int, rest []byte, ok bool) {
	if len(b) < versionBytes {
		return 0, nil, false
	}
	return int(binary.BigEndian.Uint32(b)), b[versionBytes:], true
}

// Seal encrypts with AES-256-GCM under the purpose's own key of the newest version; context is bound to the text but not
// part of it.
func (v *Vault) Seal(purpose string, plain, context []byte) ([]byte, error) {
	aead, err := v.aead(v.current, purpose)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("vault: nonce: %w", err)
	}
	return aead.Seal(append(versioned(v.current), nonce...), nonce, plain, context), nil
}

// Open reverses Seal: ErrSealed, ErrVersion.
func (v *Vault) Open(purpose string, sealed, context []byte) ([]byte, error) {
	version, rest, ok := cutVersion(sealed)
	if !ok {
		return nil, ErrSealed
	}
	aead, err := v.aead(version, purpose)
	if err != nil {
		return nil, err
	}
	if len(rest) < aead.NonceSize() {
		return nil, ErrSealed
	}
	plain, err := aead.Open(nil, rest[:aead.NonceSize()], rest[aead.NonceSize():], context)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

func (v *Vault) aead(version int, purpose string) (cipher.AEAD, error) {
	key, err := v.derive(version, 32, "seal", purpose)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// drawn is how many bytes a PIN may be drawn from: far more than rejection ever uses up.
const drawn = 4096

// AdminPIN derives the administrator PIN of a UKey in a version from 1, in the rule's length and alphabet, from that version
// of the master key. Every PIN of that shape is equally likely. ErrVersion.
func (v *Vault) AdminPIN(master int, key ra.KeyIdentity, version int, rule book.AdminPINRule) ([]byte, error) {
	n := len(rule.Alphabet)
	if version < 1 || rule.Length < 1 || n < 2 || n > 256 {
		return nil, fmt.Errorf("vault: no administrator PIN of version %d, length %d, %d characters", version, rule.Length, n)
	}
	random, err := v.derive(master, drawn, "admin-pin", key.Manufacturer, key.Model, key.Serial, strconv.Itoa(version))
	if err != nil {
		return nil, err
	}
	defer clear(random)
	pin := make([]byte, 0, rule.Length)
	fair := 256 - 256%n
	for _, b := range random {
		if int(b) >= fair {
			continue // would make the first characters of the alphabet likelier
		}
		if pin = append(pin, rule.Alphabet[int(b)%n]); len(pin) == rule.Length {
			return pin, nil
		}
	}
	return nil, errors.New("vault: administrator PIN too long to derive")
}
