package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Token is a key in a PKCS#11 token; only a build with cgo can use one.
type Token struct {
	Module   string // path of the PKCS#11 library
	Label    string // of the token
	PINFile  string // holds the user PIN, for nobody else to read; without a path it is a systemd credential's name
	KeyLabel string // "": "keyhall-ca"
	// Deadline is how long the token may take for one thing before it counts as away; 0: 10 s. Nobody waits longer for it.
	Deadline time.Duration
}

// errTokenAway is for a token that does not answer in time.
var errTokenAway = errors.New("the CA's token does not answer in time")

// readPIN reads the user PIN. It is read anew each time that the token is opened and kept nowhere.
func (t Token) readPIN() (string, error) {
	path := t.PINFile
	if !filepath.IsAbs(path) {
		path = filepath.Join(os.Getenv("CREDENTIALS_DIRECTORY"), path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("PIN of the CA's token: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("PIN of the CA's token: %s is open to others (%v), want 0600", path, info.Mode().Perm())
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("PIN of the CA's token: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}
