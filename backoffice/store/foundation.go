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
	err = s.row(ctx, []any{&f.ID, &f.Founded, &f.AuditKey}, `SELECT id, founded_at IS NOT NULL, audit_key FROM foundation`)
	if err != nil {
		return f, err
	}
	if f.Authorities, err = s.Authorities(ctx); err != nil {
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

// EndFoundation ends the founding and keeps the trail's public key. It reports whether it was first: another may have been.
func (s statements) EndFoundation(ctx context.Context, auditKey []byte, now time.Time) (first bool, err error) {
	tag, err := s.db.Exec(ctx, `UPDATE foundation SET founded_at = $1, audit_key = $2 WHERE founded_at IS NULL`, now, auditKey)
	return err == nil && tag.RowsAffected() == 1, translate(err)
}

// Authorities lists the CAs in the order in which they were made.
func (s statements) Authorities(ctx context.Context) ([]book.Authority, error) {
	return list(ctx, s, func(row pgx.CollectableRow) (a book.Authority, err error) {
		err = row.Scan(&a.Name, &a.Purpose, &a.Certificate, &a.Cross, &a.SignsFrom)
		return a, err
	}, `SELECT name, purpose, certificate, cross_certificate, signs_from FROM authorities ORDER BY created_at, signs_from, name`)
}

// InsertAuthority keeps a CA: CodeConflict when there is one of its name.
func (s statements) InsertAuthority(ctx context.Context, a book.Authority, now time.Time) error {
	return s.exec(ctx, `INSERT INTO authorities (name, purpose, certificate, cross_certificate, signs_from, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		a.Name, a.Purpose, a.Certificate, a.Cross, a.SignsFrom, now)
}

// PutOwnCertificate keeps that a certificate of the back office's own is about to be signed, and then the certificate.
func (s statements) PutOwnCertificate(ctx context.Context, c book.OwnCertificate) error {
	return s.exec(ctx, `
		INSERT INTO office_certificates (serial_number, authority, kind, not_before, not_after, certificate) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (serial_number) DO UPDATE SET certificate = excluded.certificate`,
		c.SerialNumber, c.Authority, c.Kind, c.NotBefore, c.NotAfter, c.DER)
}

// InsertMasterKey keeps the fingerprint of a version of the master key: CodeConflict when the version or the key is there.
func (s statements) InsertMasterKey(ctx context.Context, version int, fingerprint []byte, now time.Time) error {
	return s.change(ctx, "master_key", `INSERT INTO master_keys (version, fingerprint, created_at) VALUES ($1, $2, $3)`, version, fingerprint, now)
}
