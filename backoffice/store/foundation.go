package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
)

// BeginFoundation gives the register an id, unless it has one, and returns its foundation.
func (s statements) BeginFoundation(ctx context.Context, id string, now time.Time) (book.Foundation, error) {
	err := s.exec(ctx, `INSERT INTO foundation (id, created_at) VALUES ($1, $2) ON CONFLICT (single) DO NOTHING`, id, now)
	if err != nil {
		return book.Foundation{}, err
	}
	return s.Foundation(ctx)
}

// Foundation returns what the register was founded with: CodeNotFound.
func (s statements) Foundation(ctx context.Context) (f book.Foundation, err error) {
	err = s.row(ctx, []any{&f.ID, &f.CASHA256, &f.AuditKey}, `SELECT id, ca_sha256, audit_key FROM foundation`)
	if err != nil {
		return f, err
	}
	f.Masters = map[int][]byte{}
	rows, err := s.db.Query(ctx, `SELECT version, fingerprint FROM master_keys`)
	if err != nil {
		return f, translate(err)
	}
	var version int
	var fingerprint []byte
	_, err = pgx.ForEachRow(rows, []any{&version, &fingerprint}, func() error { f.Masters[version] = fingerprint; return nil })
	return f, translate(err)
}

// HasFoundation reports whether the database has the table at all: an empty one, or one of before, has not.
func (s statements) HasFoundation(ctx context.Context) (there bool, err error) {
	err = s.row(ctx, []any{&there}, `SELECT to_regclass('foundation') IS NOT NULL`)
	return there, err
}

// EndFoundation keeps the CA and the trail's public key that the register was founded with. It reports whether it was first: another may have been.
func (s statements) EndFoundation(ctx context.Context, caSHA256, auditKey []byte) (first bool, err error) {
	tag, err := s.db.Exec(ctx, `UPDATE foundation SET ca_sha256 = $1, audit_key = $2 WHERE ca_sha256 IS NULL`, caSHA256, auditKey)
	return err == nil && tag.RowsAffected() == 1, translate(err)
}

// InsertMasterKey keeps the fingerprint of a version of the master key: CodeConflict when the version or the key is there.
func (s statements) InsertMasterKey(ctx context.Context, version int, fingerprint []byte, now time.Time) error {
	return s.change(ctx, "master_key", `INSERT INTO master_keys (version, fingerprint, created_at) VALUES ($1, $2, $3)`, version, fingerprint, now)
}
