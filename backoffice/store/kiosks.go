package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/ra"
)

// InsertEnrolmentCode stores a one-time code.
func (s *Store) InsertEnrolmentCode(ctx context.Context, c ra.EnrolmentCode) error {
	return s.exec(ctx, `
		INSERT INTO enrolment_codes (code_hash, prefix, hall_id, place, projects, staff_id, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, NULLIF($6, '')::uuid, $7, $8)`,
		c.Hash, c.Prefix, c.HallID, c.Window, c.Projects, c.StaffID, c.CreatedAt, c.ExpiresAt)
}

// LockEnrolmentCode returns a code, whose hash is one of these, and holds its row: CodeNotFound.
func (s *Store) LockEnrolmentCode(ctx context.Context, hashes [][]byte) (c ra.EnrolmentCode, err error) {
	err = s.row(ctx, []any{&c.Hash, &c.Prefix, &c.HallID, &c.Window, &c.Projects, &c.StaffID, &c.CreatedAt, &c.ExpiresAt, &c.KioskID}, `
		SELECT code_hash, prefix, hall_id, place, projects, COALESCE(staff_id::text, ''), created_at, expires_at, COALESCE(kiosk_id::text, '')
		FROM enrolment_codes WHERE code_hash = ANY($1) FOR UPDATE`, hashes)
	return c, err
}

// InsertKiosk stores a kiosk that the code made; an older kiosk of the same prefix is retired.
func (s *Store) InsertKiosk(ctx context.Context, code []byte, k ra.KioskRecord) error {
	b := &pgx.Batch{}
	b.Queue(`UPDATE kiosks SET retired_at = $2 WHERE prefix = $1 AND retired_at IS NULL`, k.Prefix, k.EnrolledAt)
	b.Queue(`
		INSERT INTO kiosks (id, prefix, hall_id, place, key_hash, serial_number, not_before, not_after, enrolled_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		k.ID, k.Prefix, k.HallID, k.Window, k.KeyHash, k.SerialNumber, k.NotBefore, k.NotAfter, k.EnrolledAt)
	b.Queue(`INSERT INTO kiosk_projects (kiosk_id, project_id) SELECT $1, unnest($2::text[])`, k.ID, k.Projects)
	b.Queue(`UPDATE enrolment_codes SET kiosk_id = $2 WHERE code_hash = $1`, code, k.ID)
	return s.batch(ctx, b)
}

// SetKioskCertificate keeps the signed certificate if none is kept yet, and returns the one kept.
func (s *Store) SetKioskCertificate(ctx context.Context, id string, der, fingerprint []byte) (kept []byte, err error) {
	err = s.row(ctx, []any{&kept}, `
		UPDATE kiosks SET certificate = COALESCE(certificate, $2), fingerprint = COALESCE(fingerprint, $3)
		WHERE id = $1 RETURNING certificate`, id, der, fingerprint)
	return kept, err
}

const kioskColumns = `
	k.id, k.prefix, k.hall_id, h.name, k.place, ARRAY(SELECT project_id FROM kiosk_projects p WHERE p.kiosk_id = k.id ORDER BY project_id),
	k.key_hash, k.serial_number, k.not_before, k.not_after, k.certificate, k.enrolled_at, k.seen_at, k.blocked_at,
	k.retired_at IS NOT NULL FROM kiosks k JOIN halls h ON h.id = k.hall_id `

func scanKiosk(row pgx.CollectableRow) (k ra.KioskRecord, err error) {
	err = row.Scan(&k.ID, &k.Prefix, &k.HallID, &k.Hall, &k.Window, &k.Projects,
		&k.KeyHash, &k.SerialNumber, &k.NotBefore, &k.NotAfter, &k.Certificate, &k.EnrolledAt, &k.SeenAt, &k.BlockedAt, &k.Retired)
	return k, err
}

// Kiosk returns a kiosk, retired ones too: CodeNotFound.
func (s *Store) Kiosk(ctx context.Context, id string) (ra.KioskRecord, error) {
	return one(list(ctx, s, scanKiosk, `SELECT `+kioskColumns+`WHERE k.id = $1`, id))
}

// KioskByFingerprint returns the kiosk whose certificate has that SHA-256: CodeNotFound.
func (s *Store) KioskByFingerprint(ctx context.Context, fingerprint []byte) (ra.KioskRecord, error) {
	return one(list(ctx, s, scanKiosk, `SELECT `+kioskColumns+`WHERE k.fingerprint = $1`, fingerprint))
}

// Kiosks lists the kiosks in use that the viewer may see, by prefix.
func (s *Store) Kiosks(ctx context.Context, v ra.Viewer) ([]ra.KioskRecord, error) {
	return list(ctx, s, scanKiosk, `SELECT `+kioskColumns+`
		WHERE k.retired_at IS NULL AND k.certificate IS NOT NULL AND EXISTS (
			SELECT FROM live_grants g WHERE g.staff_id = $1 AND g.role = ANY($2) AND COALESCE(g.hall_id, k.hall_id) = k.hall_id
				AND (g.project_id IS NULL OR EXISTS (SELECT FROM kiosk_projects p WHERE p.kiosk_id = k.id AND p.project_id = g.project_id)))
		ORDER BY k.prefix`, v.StaffID, v.Roles)
}

// LockKiosk is Kiosk, the row held until the transaction ends.
func (s *Store) LockKiosk(ctx context.Context, id string) (ra.KioskRecord, error) {
	if err := s.row(ctx, []any{&id}, `SELECT id FROM kiosks WHERE id = $1 FOR UPDATE`, id); err != nil {
		return ra.KioskRecord{}, err
	}
	return s.Kiosk(ctx, id)
}

// AllKiosks lists every kiosk that was not replaced, by prefix.
func (s *Store) AllKiosks(ctx context.Context) ([]ra.KioskRecord, error) {
	return list(ctx, s, scanKiosk, `SELECT `+kioskColumns+`WHERE k.retired_at IS NULL ORDER BY k.prefix`)
}

// SetKioskBlocked keeps a kiosk out, or with nil lets it in again; every session at it ends.
func (s *Store) SetKioskBlocked(ctx context.Context, id string, at *time.Time) error {
	b := &pgx.Batch{}
	b.Queue(`UPDATE kiosks SET blocked_at = $2 WHERE id = $1`, id, at)
	b.Queue(`UPDATE sessions SET ended_at = now() WHERE kiosk_id = $1 AND ended_at IS NULL`, id)
	return s.batch(ctx, b)
}

// SeeKiosk notes that a kiosk asked for something.
func (s *Store) SeeKiosk(ctx context.Context, id string, at time.Time) error {
	return s.exec(ctx, `UPDATE kiosks SET seen_at = $2 WHERE id = $1`, id, at)
}

// LastSequence is the highest running number among the orders of a prefix, 0 when there is none.
func (s *Store) LastSequence(ctx context.Context, prefix string) (n int64, err error) {
	err = s.row(ctx, []any{&n}, `
		SELECT COALESCE(max(split_part(number, '-', 2)::bigint), 0) FROM orders WHERE number LIKE $1 || '-%'`, prefix)
	return n, err
}

// one picks the only element of a list: CodeNotFound when there is none.
func one[T any](all []T, err error) (T, error) {
	var zero T
	if err != nil {
		return zero, err
	}
	if len(all) == 0 {
		return zero, ra.E(ra.CodeNotFound)
	}
	return all[0], nil
}
