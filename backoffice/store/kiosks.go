package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// InsertEnrolmentCode stores a one-time code.
func (s statements) InsertEnrolmentCode(ctx context.Context, c book.EnrolmentCode) error {
	return s.change(ctx, "enrolment_code", `
		INSERT INTO enrolment_codes (code_hash, prefix, hall_id, place, projects, staff_id, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, NULLIF($6, '')::uuid, $7, $8)`,
		c.Hash, c.Prefix, c.HallID, c.Window, c.Projects, c.StaffID, c.CreatedAt, c.ExpiresAt)
}

// LockEnrolmentCode returns a code, whose hash is one of these, and holds its row: CodeNotFound.
func (s statements) LockEnrolmentCode(ctx context.Context, hashes [][]byte) (c book.EnrolmentCode, err error) {
	err = s.row(ctx, []any{&c.Hash, &c.Prefix, &c.HallID, &c.Window, &c.Projects, &c.StaffID, &c.CreatedAt, &c.ExpiresAt, &c.KioskID}, `
		SELECT code_hash, prefix, hall_id, place, projects, COALESCE(staff_id::text, ''), created_at, expires_at, COALESCE(kiosk_id::text, '')
		FROM enrolment_codes WHERE code_hash = ANY($1) FOR UPDATE`, hashes)
	return c, err
}

// InsertKiosk stores a kiosk that the code made, without a certificate yet; an older kiosk of the same prefix is retired, and
// its certificates with it (reason is a CRLReason); what that one followed, this one does.
func (s statements) InsertKiosk(ctx context.Context, code []byte, k book.KioskRecord, reason int) error {
	b := &pgx.Batch{}
	s.queue(b, "kiosk", `UPDATE kiosks SET retired_at = $2 WHERE prefix = $1 AND retired_at IS NULL`, k.Prefix, k.EnrolledAt)
	s.queue(b, "kiosk_certificate", `
		UPDATE kiosk_certificates SET retired_at = $2, reason = $3
		WHERE kiosk_id IN (SELECT id FROM kiosks WHERE prefix = $1) AND retired_at IS NULL`, k.Prefix, k.EnrolledAt, reason)
	s.queue(b, "kiosk", `INSERT INTO kiosks (id, prefix, hall_id, place, enrolled_at) VALUES ($1, $2, $3, $4, $5)`,
		k.ID, k.Prefix, k.HallID, k.Window, k.EnrolledAt)
	b.Queue(`INSERT INTO kiosk_projects (kiosk_id, project_id) SELECT $1, unnest($2::text[])`, k.ID, k.Projects)
	b.Queue(`
		INSERT INTO followers (order_id, kiosk_id, at) SELECT f.order_id, $1, max(f.at) FROM followers f JOIN kiosks o ON o.id = f.kiosk_id
		WHERE o.prefix = $2 AND o.id <> $1 GROUP BY f.order_id ON CONFLICT DO NOTHING`, k.ID, k.Prefix)
	s.queue(b, "enrolment_code", `UPDATE enrolment_codes SET kiosk_id = $2 WHERE code_hash = $1`, code, k.ID)
	return s.batch(ctx, b)
}

// MoveKiosk gives a kiosk what the code says: hall, window and projects; every session at it ends.
func (s statements) MoveKiosk(ctx context.Context, code []byte, k book.KioskRecord) error {
	b := &pgx.Batch{}
	s.queue(b, "kiosk", `UPDATE kiosks SET hall_id = $2, place = $3, enrolled_at = $4 WHERE id = $1`, k.ID, k.HallID, k.Window, k.EnrolledAt)
	b.Queue(`DELETE FROM kiosk_projects WHERE kiosk_id = $1`, k.ID)
	b.Queue(`INSERT INTO kiosk_projects (kiosk_id, project_id) SELECT $1, unnest($2::text[])`, k.ID, k.Projects)
	b.Queue(`UPDATE sessions SET ended_at = $2 WHERE kiosk_id = $1 AND ended_at IS NULL`, k.ID, k.EnrolledAt)
	b.Queue(`UPDATE staff_sessions SET ended_at = $2 WHERE kiosk_id = $1 AND ended_at IS NULL`, k.ID, k.EnrolledAt)
	s.queue(b, "enrolment_code", `UPDATE enrolment_codes SET kiosk_id = $2 WHERE code_hash = $1`, code, k.ID)
	return s.batch(ctx, b)
}

// The certificate in use first, else the newest: every kiosk has one.
const kioskColumns = `
	k.id, k.prefix, k.hall_id, h.name, k.place, ARRAY(SELECT project_id FROM kiosk_projects p WHERE p.kiosk_id = k.id ORDER BY project_id),
	(SELECT c.not_after FROM kiosk_certificates c WHERE c.kiosk_id = k.id
		ORDER BY c.retired_at IS NOT NULL, c.used_at IS NULL, c.requested_at DESC LIMIT 1),
	k.enrolled_at, k.seen_at, k.blocked_at, k.retired_at IS NOT NULL`

const kioskTables = ` FROM kiosks k JOIN halls h ON h.id = k.hall_id `

func kioskFields(k *book.KioskRecord) []any {
	return []any{&k.ID, &k.Prefix, &k.HallID, &k.Hall, &k.Window, &k.Projects, &k.NotAfter, &k.EnrolledAt, &k.SeenAt, &k.BlockedAt, &k.Retired}
}

func scanKiosk(row pgx.CollectableRow) (k book.KioskRecord, err error) {
	err = row.Scan(kioskFields(&k)...)
	return k, err
}

// Kiosk returns a kiosk, retired ones too: CodeNotFound.
func (s statements) Kiosk(ctx context.Context, id string) (book.KioskRecord, error) {
	return one(list(ctx, s, scanKiosk, `SELECT `+kioskColumns+kioskTables+`WHERE k.id = $1`, id))
}

// Kiosks lists the kiosks in use that the viewer may see, by prefix.
func (s statements) Kiosks(ctx context.Context, v ra.Viewer) ([]book.KioskRecord, error) {
	return list(ctx, s, scanKiosk, `SELECT `+kioskColumns+kioskTables+`
		WHERE k.retired_at IS NULL AND EXISTS (SELECT FROM kiosk_certificates c WHERE c.kiosk_id = k.id AND c.certificate IS NOT NULL) AND EXISTS (
			SELECT FROM live_grants g WHERE g.staff_id = $1 AND g.role = ANY($2) AND COALESCE(g.hall_id, k.hall_id) = k.hall_id
				AND (g.project_id IS NULL OR EXISTS (SELECT FROM kiosk_projects p WHERE p.kiosk_id = k.id AND p.project_id = g.project_id)))
		ORDER BY k.prefix`, v.StaffID, v.Roles)
}

// LockKiosk is Kiosk, the row held until the transaction ends. Rows that only name the kiosk may be added meanwhile; what asks
// whether it is blocked waits (KioskOffers). Such a call may hold an operation that a block wants: PostgreSQL ends one of the two, and Do
// runs it again.
func (s statements) LockKiosk(ctx context.Context, id string) (book.KioskRecord, error) {
	if err := s.row(ctx, []any{&id}, `SELECT id FROM kiosks WHERE id = $1 FOR NO KEY UPDATE`, id); err != nil {
		return book.KioskRecord{}, err
	}
	return s.Kiosk(ctx, id)
}

// AllKiosks lists every kiosk that was not replaced, by prefix.
func (s statements) AllKiosks(ctx context.Context) ([]book.KioskRecord, error) {
	return list(ctx, s, scanKiosk, `SELECT `+kioskColumns+kioskTables+`WHERE k.retired_at IS NULL ORDER BY k.prefix`)
}

// SetKioskBlocked keeps a kiosk out, or lets it in again; every session at it ends. It was seen then at the latest, whatever a clock
// that was ahead said.
func (s statements) SetKioskBlocked(ctx context.Context, id string, blocked bool, now time.Time) error {
	b := &pgx.Batch{}
	s.queue(b, "kiosk", `
		UPDATE kiosks SET blocked_at = CASE WHEN $2 THEN $3::timestamptz END, barred_at = CASE WHEN $2 THEN $3 ELSE barred_at END,
			seen_at = CASE WHEN seen_at > $3 THEN $3 ELSE seen_at END
		WHERE id = $1`, id, blocked, now)
	b.Queue(`UPDATE sessions SET ended_at = $2 WHERE kiosk_id = $1 AND ended_at IS NULL`, id, now)
	b.Queue(`UPDATE staff_sessions SET ended_at = $2 WHERE kiosk_id = $1 AND ended_at IS NULL`, id, now)
	return s.batch(ctx, b)
}

// SeeKiosk notes that a kiosk asked for something.
func (s statements) SeeKiosk(ctx context.Context, id string, at time.Time) error {
	return s.exec(ctx, `UPDATE kiosks SET seen_at = $2 WHERE id = $1`, id, at)
}

// LastSequence is the highest running number among the orders of a prefix, 0 when there is none.
func (s statements) LastSequence(ctx context.Context, prefix string) (n int64, err error) {
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
