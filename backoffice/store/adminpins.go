package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// InsertAdminPIN keeps where a version of a key's administrator PIN comes from.
func (s statements) InsertAdminPIN(ctx context.Context, p book.AdminPINRecord, now time.Time) error {
	err := s.become(ctx, adminPINWord(p), `
		INSERT INTO admin_pins (manufacturer, key_model, serial, version, master, check_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		p.Key.Manufacturer, p.Key.Model, p.Key.Serial, p.Version, p.Master, p.Check, now)
	if t, ok := s.db.(*transaction); ok {
		know(t, askPIN{p.Key, p.Version}, []book.AdminPINRecord{p})
	}
	return err
}

const adminPINColumns = `
	SELECT a.manufacturer, a.key_model, a.serial, k.model, a.version, a.master, a.check_hash FROM admin_pins a
		JOIN ukeys k ON (k.manufacturer, k.key_model, k.serial) = (a.manufacturer, a.key_model, a.serial) `

func scanAdminPIN(row pgx.CollectableRow) (p book.AdminPINRecord, err error) {
	err = row.Scan(&p.Key.Manufacturer, &p.Key.Model, &p.Key.Serial, &p.Model, &p.Version, &p.Master, &p.Check)
	return p, err
}

// AdminPIN returns what is kept of a version from 1 of a key's administrator PIN: CodeNotFound.
func (s statements) AdminPIN(ctx context.Context, key ra.KeyIdentity, version int) (book.AdminPINRecord, error) {
	return told(s, askPIN{key, version}, func() (book.AdminPINRecord, error) {
		return one(list(ctx, s, scanAdminPIN, adminPINColumns+`WHERE (a.manufacturer, a.key_model, a.serial, a.version) = ($1, $2, $3, $4)`,
			key.Manufacturer, key.Model, key.Serial, version))
	})
}

// AdminPINsPage lists what is kept of every administrator PIN ever made, by key and version: those after that one.
func (s statements) AdminPINsPage(ctx context.Context, after book.AdminPINRecord, limit int) ([]book.AdminPINRecord, error) {
	return list(ctx, s, scanAdminPIN, adminPINColumns+`
		WHERE (a.manufacturer, a.key_model, a.serial, a.version) > ($1, $2, $3, $4)
		ORDER BY a.manufacturer, a.key_model, a.serial, a.version LIMIT $5`,
		after.Key.Manufacturer, after.Key.Model, after.Key.Serial, after.Version, limit)
}

// InsertAdminAttempt commits an attempt at a key's administrator PIN.
func (s statements) InsertAdminAttempt(ctx context.Context, kioskID string, key ra.KeyIdentity, a book.AttemptRecord, now time.Time) error {
	return s.write(ctx, "admin_attempts "+a.ID, `
		INSERT INTO admin_attempts (id, operation_id, kiosk_id, manufacturer, key_model, serial, version, target, outcome, begun, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		a.ID, a.OperationID, kioskID, key.Manufacturer, key.Model, key.Serial, a.Version, a.Target, a.Outcome, a.Begun, now)
}

// AdminAttempts lists the attempts at a key while this version was to be set, oldest first.
func (s statements) AdminAttempts(ctx context.Context, key ra.KeyIdentity, target int) ([]book.AttemptRecord, error) {
	return told(s, askAttempts(key), func() ([]book.AttemptRecord, error) {
		return list(ctx, s, pgx.RowToStructByPos[book.AttemptRecord], `
			SELECT id, operation_id, version, target, outcome, begun FROM admin_attempts
			WHERE (manufacturer, key_model, serial, target) = ($1, $2, $3, $4) ORDER BY position`, key.Manufacturer, key.Model, key.Serial, target)
	})
}

// SetAdminAttempt keeps what became of an attempt.
func (s statements) SetAdminAttempt(ctx context.Context, a book.AttemptRecord) error {
	return s.write(ctx, "admin_attempts "+a.ID, `UPDATE admin_attempts SET outcome = $2, begun = $3 WHERE id = $1`, a.ID, a.Outcome, a.Begun)
}

// SettleAdminAttempts: the version is known to be on the key, so the attempt whose outcome nobody told was right.
func (s statements) SettleAdminAttempts(ctx context.Context, key ra.KeyIdentity, target int) error {
	return s.write(ctx, "admin_attempts", `
		UPDATE admin_attempts SET outcome = 'right'
		WHERE (manufacturer, key_model, serial, target) = ($1, $2, $3, $4) AND outcome = 'unknown'`,
		key.Manufacturer, key.Model, key.Serial, target)
}
