package service

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"

	"keyhall/backoffice/ra"
)

// Cost of a password: OWASP's second choice for argon2id.
const (
	argonMemory = 19456 // KiB
	argonTime   = 2
	argonBytes  = 32
	saltBytes   = 16
)

// HashPassword hashes a password as persons and staff keep it (argon2id in the PHC string format).
func HashPassword(password string) (string, error) {
	return hashPassword(rand.Reader, password, argonMemory)
}

func hashPassword(random io.Reader, password string, memory uint32) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(random, salt); err != nil {
		return "", fmt.Errorf("salt: %w", err)
	}
	key := argon2.IDKey([]byte(password), salt, argonTime, memory, 1, argonBytes)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, memory, argonTime,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// passwordFits reports whether a password belongs to a hash. A malformed hash fits nothing.
func passwordFits(hash, password string) bool {
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
	got := argon2.IDKey([]byte(password), salt, time, memory, 1, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

// FirstPassword makes a password for somebody else to begin with: 60 bits, easy to read aloud.
func (s *Service) FirstPassword() (string, error) {
	for {
		b, err := s.bytes(8)
		if err != nil {
			return "", err
		}
		text := strings.ToLower(base32.StdEncoding.EncodeToString(b))[:12]
		password := text[:4] + "-" + text[4:8] + "-" + text[8:]
		if ra.CheckPassword(password) == nil { // a letter and a digit stand in it: base32 promises neither
			return password, nil
		}
	}
}

// ResetPassword gives a member of staff a new password to begin with and ends their sessions. CodeStaffSelf,
// CodeStaffAdministrator, CodeForbidden, CodeNotFound.
func (s *Service) ResetPassword(ctx context.Context, by ra.Staff, id string) (password string, err error) {
	if password, err = s.FirstPassword(); err != nil {
		return "", err
	}
	return password, s.SetPassword(ctx, by, id, password, true)
}

// SetPassword sets somebody's password and ends their sessions. CodeStaffSelf, CodeStaffAdministrator, CodeForbidden,
// CodeNotFound, field errors.
func (s *Service) SetPassword(ctx context.Context, by ra.Staff, id, password string, temporary bool) error {
	if err := ra.FieldError("password", ra.CheckPassword(password)); err != nil {
		return err
	}
	hash, err := hashPassword(s.rand, password, s.passwordCost)
	if err != nil {
		return err
	}
	return s.changeStaff(ctx, by, id, func(tx Tx, by, member ra.Staff) error {
		if err := maySetPassword(by, member); err != nil {
			return err
		}
		if err := tx.SetStaffPassword(ctx, id, hash, temporary); err != nil {
			return err
		}
		if err := tx.ForgetAttempts(ctx, audienceStaff, member.Login); err != nil {
			return err
		}
		return s.audit(ctx, tx, staffActor(by), "staff.password_reset", "", id, "login", member.Login)
	})
}

// ChangeStaffPassword sets a member of staff's own password and ends their other sessions; it returns the member with the new epoch.
// CodePasswordWrong (field "old"), CodeLoginPaused, CodePasswordSame and what makes a password weak (field "password").
func (s *Service) ChangeStaffPassword(ctx context.Context, staff ra.Staff, old, password string) (ra.Staff, error) {
	if err := ra.FieldError("password", ra.CheckPassword(password)); err != nil {
		return staff, err
	}
	member, had, err := s.store.Staff(ctx, staff.ID)
	if err != nil {
		return staff, err
	}
	if err := s.oldPassword(ctx, audienceStaff, member.Login, had, old); err != nil {
		return staff, err
	}
	if password == old {
		return staff, ra.E(ra.CodePasswordSame).At("password")
	}
	hash, err := hashPassword(s.rand, password, s.passwordCost)
	if err != nil {
		return staff, err
	}
	err = s.store.Do(ctx, func(tx Tx) error {
		now, was, err := tx.LockStaff(ctx, member.ID)
		if err != nil {
			return err
		}
		if was != had || now.Disabled { // somebody else changed it since the old one was looked at
			return ra.E(ra.CodePasswordWrong).At("old")
		}
		if err := tx.SetStaffPassword(ctx, member.ID, hash, false); err != nil {
			return err
		}
		if member, _, err = tx.Staff(ctx, member.ID); err != nil {
			return err
		}
		return s.audit(ctx, tx, staffActor(member), "staff.password", "", member.ID)
	})
	return member, err
}
