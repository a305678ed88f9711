package store

import (
	"context"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// InsertStaffKey stores a key of a member of staff: CodeKeyDuplicate (field "public_key") when somebody has it.
func (s statements) InsertStaffKey(ctx context.Context, k ra.StaffKey, hash []byte) error {
	return s.change(ctx, "staff_key", `
		INSERT INTO staff_keys (id, staff_id, name, public_key, key_hash, asked_by, asked_at, confirmed_by, confirmed_at)
		VALUES ($1, $2, $3, $4, $5, NULLIF($6, '')::uuid, $7, NULLIF($8, '')::uuid, $9)`,
		k.ID, k.StaffID, k.Name, k.PublicKey, hash, k.AskedBy, k.AskedAt, k.ConfirmedBy, k.ConfirmedAt)
}

// StaffKeyHolder returns whose key it is, also of a removed one: CodeNotFound.
func (s statements) StaffKeyHolder(ctx context.Context, id string) (staffID string, err error) {
	err = s.row(ctx, []any{&staffID}, `SELECT staff_id FROM staff_keys WHERE id = $1`, id)
	return staffID, err
}

// ConfirmStaffKey makes a key count, by a command where staffID is "".
func (s statements) ConfirmStaffKey(ctx context.Context, id, staffID string, at time.Time) error {
	return s.change(ctx, "staff_key", `UPDATE staff_keys SET confirmed_by = NULLIF($2, '')::uuid, confirmed_at = $3 WHERE id = $1`, id, staffID, at)
}

// RemoveStaffKey takes a key away from its owner, by a command where staffID is "": what they do by it ends.
func (s statements) RemoveStaffKey(ctx context.Context, id, staffID string, at time.Time) error {
	return s.change(ctx, "staff_key", `UPDATE staff_keys SET removed_by = NULLIF($2, '')::uuid, removed_at = $3 WHERE id = $1`, id, staffID, at)
}

// liveKey is true for a key k that counts, of a member of staff s who is not disabled.
const liveKey = `k.confirmed_at IS NOT NULL AND k.removed_at IS NULL AND s.disabled_at IS NULL`

// StaffKeyBySum returns the newest key that counts of those whose public keys have one of these SHA-256: CodeNotFound.
func (s statements) StaffKeyBySum(ctx context.Context, sums [][]byte) (k ra.StaffKey, err error) {
	err = s.row(ctx, []any{&k.ID, &k.StaffID, &k.PublicKey}, `
		SELECT k.id, k.staff_id, k.public_key FROM staff_keys k JOIN staff s ON s.id = k.staff_id
		WHERE sha256(k.public_key) = ANY($1) AND `+liveKey+` ORDER BY k.id DESC LIMIT 1`, sums)
	return k, err
}

// StaffKey returns a key that counts: CodeNotFound.
func (s statements) StaffKey(ctx context.Context, id string) (k ra.StaffKey, err error) {
	err = s.row(ctx, []any{&k.ID, &k.StaffID, &k.PublicKey}, `
		SELECT k.id, k.staff_id, k.public_key FROM staff_keys k JOIN staff s ON s.id = k.staff_id WHERE k.id = $1 AND `+liveKey, id)
	return k, err
}

// InsertStaffSession stores a session of a member of staff.
func (s statements) InsertStaffSession(ctx context.Context, hash []byte, r book.StaffSessionRecord, kioskID string, now, expires, ends time.Time) error {
	return s.exec(ctx, `
		INSERT INTO staff_sessions (id, token_hash, staff_id, epoch, key_id, kiosk_id, created_at, expires_at, ends_at)
		VALUES ($1, $2, $3, $4, NULLIF($5, '')::uuid, $6, $7, $8, $9)`, r.ID, hash, r.StaffID, r.Epoch, r.KeyID, kioskID, now, expires, ends)
}

// LiveStaffSession returns a session at a kiosk that nothing has ended: CodeNotFound. The token's hash is one of these. It is over with
// whatever ends the member's sessions, and with the key that was shown; one that begins only after latest was begun by a clock that was ahead.
func (s statements) LiveStaffSession(ctx context.Context, hashes [][]byte, kioskID string, now, latest time.Time) (r book.StaffSessionRecord, err error) {
	err = s.row(ctx, []any{&r.ID, &r.StaffID, &r.Epoch, &r.KeyID, &r.IdleEnd}, `
		SELECT x.id, x.staff_id, x.epoch, COALESCE(x.key_id::text, ''), x.expires_at
		FROM staff_sessions x JOIN staff s ON s.id = x.staff_id AND s.epoch = x.epoch LEFT JOIN staff_keys k ON k.id = x.key_id
		WHERE x.token_hash = ANY($1) AND x.kiosk_id = $2 AND x.ended_at IS NULL AND x.expires_at > $3 AND x.ends_at > $3 AND x.created_at < $4
			AND (x.key_id IS NULL OR `+liveKey+`) AND s.disabled_at IS NULL`, hashes, kioskID, now, latest)
	return r, err
}

// UseStaffSession moves a session's idle end, unless it ended.
func (s statements) UseStaffSession(ctx context.Context, id string, expires time.Time) error {
	return s.exec(ctx, `UPDATE staff_sessions SET expires_at = $2 WHERE id = $1 AND ended_at IS NULL`, id, expires)
}

// EndStaffSession ends a session at a kiosk and returns whose it was: CodeNotFound for a missing or ended one.
func (s statements) EndStaffSession(ctx context.Context, hashes [][]byte, kioskID string, now time.Time) (staffID string, err error) {
	err = s.row(ctx, []any{&staffID}, `
		UPDATE staff_sessions SET ended_at = $3 WHERE token_hash = ANY($1) AND kiosk_id = $2 AND ended_at IS NULL RETURNING staff_id`, hashes, kioskID, now)
	return staffID, err
}
