package safe

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

func (c Config) credentialFile() string { return filepath.Join(c.Credentials, CredentialName) }

// readCredential takes the key that systemd decrypted for this unit. ErrCredential, ErrExposed.
func (c Config) readCredential() ([]byte, error) {
	const how = "start the kiosk by its unit with LoadCredentialEncrypted=" + CredentialName +
		":FILE (its other commands by systemd-run with the same)"
	if c.Credentials == "" {
		return nil, fmt.Errorf("%w: none was handed over, and the key of %s comes from one: %s", ErrCredential, c.Dir, how)
	}
	key, err := readFile(c.credentialFile(), checkCredential)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %s was not handed over, and the key of %s comes from it: %s",
			ErrCredential, CredentialName, c.Dir, how)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrCredential, err)
	case len(key) != KeyBytes:
		clear(key)
		return nil, fmt.Errorf("%w: %s has %d bytes, exactly %d are needed", ErrCredential, c.credentialFile(), len(key), KeyBytes)
	}
	return key, nil
}

// checkCredential: systemd lets the unit's user read its own file by an access list, which shows as group permissions.
func checkCredential(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o007 != 0 {
		return fmt.Errorf("%w: %s (mode %v)", ErrExposed, path, info.Mode().Perm())
	}
	return nil
}
