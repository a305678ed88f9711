// Package password keeps the passwords of customers and staff: hashed, compared, and guarded against guessing.
package password

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Cost of a password: OWASP's second choice for argon2id.
const (
	argonMemory = 19456 // KiB
	argonTime   = 2
	argonBytes  = 32
	saltBytes   = 16
)

// Hash hashes a password as it is kept (argon2id in the PHC string format): CodeOfficeBusy.
func (g *Guard) Hash(ctx context.Context, password string) (string, error) {
	end, err := g.turns.take(ctx)
	if err != nil {
		return "", err
	}
	defer end()
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(g.rand, salt); err != nil {
		return "", fmt.Errorf("salt: %w", err)
	}
	key := g.derive([]byte(password), salt, argonTime, g.memory, 1, argonBytes)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, g.memory, argonTime,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// nobodysSalt begins the hash that is compared with where a login name is unknown, so that this takes as long as a wrong password.
const nobodysSalt = "$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func (g *Guard) nobodysHash() string {
	return "$argon2id$v=19$m=" + strconv.FormatUint(uint64(g.memory), 10) + ",t=" + strconv.Itoa(argonTime) + ",p=1" + nobodysSalt
}

// Fits reports whether a password belongs to a hash: CodeOfficeBusy. A malformed hash fits nothing.
func (g *Guard) Fits(ctx context.Context, hash, password string) (bool, error) {
	end, err := g.turns.take(ctx)
	if err != nil {
		return false, err
	}
	defer end()
	return g.fits(hash, password), nil
}

func (g *Guard) fits(hash, password string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	var memory, time uint32
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=1", &memory, &time); err != nil || time == 0 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) == 0 {
		return false
	}
	got := g.derive([]byte(password), salt, time, memory, 1, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}
