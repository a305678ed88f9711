package safe

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Keeper is who keeps the key while the kiosk does not run.
type Keeper string

// The keepers, in the order in which a new folder takes the first that is there.
const (
	Credential Keeper = "systemd credential"
	TPM        Keeper = "TPM"
	Plain      Keeper = "plain file"
)

// Files in the folder beside the sealed ones.
const (
	recordFile = "safe.json"
	keyFile    = "safe.key" // of a plain folder only
)

// defaultTPM is the kernel's resource manager: several programs may use the TPM through it.
const defaultTPM = "/dev/tpmrm0"

// anew is the way out where a key is gone for good, and the way to another keeper.
const anew = "delete the kiosk's data folder and enrol it with a new code"

// record says who keeps the folder's key. It is written last when a folder is begun: without it there are no secrets.
type record struct {
	Keeper Keeper `json:"keeper"`
	Check  []byte `json:"check"`         // tells a wrong key
	TPM    *blob  `json:"tpm,omitempty"` // what only the TPM can open
}

func (d disk) readRecord() (r record, err error) {
	text, err := d.readPrivate(recordFile)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%w: %s: %w", ErrDamaged, d.path(recordFile), err)
	}
	switch r.Keeper {
	case Credential, Plain:
	case TPM:
		if r.TPM == nil {
			return r, fmt.Errorf("%w: %s holds no sealed key", ErrDamaged, d.path(recordFile))
		}
	default:
		return r, fmt.Errorf("%w: %s names no keeper of the key", ErrDamaged, d.path(recordFile))
	}
	return r, nil
}

// begin chooses the keeper of a new folder. Secrets whose record is gone are not begun over.
func (c Config) begin(ctx context.Context, d disk) (key []byte, r record, err error) {
	if orphans, _ := filepath.Glob(d.path("*" + sealedEnding)); len(orphans) > 0 {
		return nil, r, fmt.Errorf("%w: %s is gone, but secrets are there: bring it back, or %s", ErrDamaged, d.path(recordFile), anew)
	}
	r.Keeper = c.choose()
	switch r.Keeper {
	case Credential:
		key, err = c.readCredential()
	case TPM:
		key = newKey()
		r.TPM, err = c.sealWithTPM(ctx, key)
	default:
		key, err = d.makePlainKey()
	}
	if err != nil {
		return key, r, err
	}
	r.Check = checkOf(key)
	text, err := json.Marshal(r)
	if err != nil {
		return key, r, fmt.Errorf("safe: %w", err)
	}
	return key, r, d.writeWhole(recordFile, text)
}

// choose takes the first keeper that is there. A TPM that is there but does not work is an error later on, never a
// reason for a plain file: that is for a person to decide, with tpm = "off".
func (c Config) choose() Keeper {
	if c.Credentials != "" {
		if _, err := os.Stat(c.credentialFile()); !errors.Is(err, fs.ErrNotExist) {
			return Credential
		}
	}
	switch c.TPM {
	case TPMOff:
		return Plain
	case TPMAuto, "":
		if _, err := os.Stat(defaultTPM); errors.Is(err, fs.ErrNotExist) {
			return Plain
		}
	}
	return TPM
}

// fetch gets the key from the folder's own keeper, and from no other.
func (c Config) fetch(ctx context.Context, d disk, r record) ([]byte, error) {
	if err := c.agrees(r.Keeper); err != nil {
		return nil, err
	}
	switch r.Keeper {
	case Credential:
		return c.readCredential()
	case TPM:
		return c.unsealWithTPM(ctx, *r.TPM)
	}
	key, err := d.readPlainKey()
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: the key file %s is gone: bring it back, or %s", ErrDamaged, d.path(keyFile), anew)
	}
	return key, err
}

// agrees refuses settings that promise more protection than the folder has, or that would make its key unreachable.
func (c Config) agrees(k Keeper) error {
	const kept = "the key in %s is kept by the %s"
	switch {
	case k != Credential && c.choose() == Credential:
		return fmt.Errorf("%w: a systemd credential was handed over, but "+kept+": take the credential out of the unit; to use it, %s",
			ErrKeeper, c.Dir, k, anew)
	case k == TPM && c.TPM == TPMOff:
		return fmt.Errorf("%w: the TPM is switched off, but "+kept+": say tpm = \"auto\", or %s", ErrKeeper, c.Dir, k, anew)
	case k == Plain && c.TPM != TPMOff && c.TPM != TPMAuto && c.TPM != "":
		return fmt.Errorf("%w: the TPM at %s is asked for, but "+kept+": say tpm = \"auto\"; to use the TPM, %s",
			ErrKeeper, c.TPM, c.Dir, k, anew)
	}
	return nil
}

func newKey() []byte {
	key := make([]byte, KeyBytes)
	rand.Read(key)
	return key
}

// makePlainKey takes up a key that an interrupted begin left.
func (d disk) makePlainKey() ([]byte, error) {
	key, err := d.readPlainKey()
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	key = newKey()
	return key, d.writeWhole(keyFile, key)
}

func (d disk) readPlainKey() ([]byte, error) {
	key, err := d.readPrivate(keyFile)
	if err == nil && len(key) != KeyBytes {
		err = fmt.Errorf("%w: %s has %d bytes instead of %d", ErrDamaged, d.path(keyFile), len(key), KeyBytes)
	}
	return key, err
}
