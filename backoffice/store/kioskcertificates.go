package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
)

const kioskCertificateColumns = `
	c.serial_number, c.authority, c.kiosk_id, c.key_hash, c.not_before, c.not_after, c.certificate, c.requested_at, c.used_at, c.retired_at`

func kioskCertificateFields(c *book.KioskCertificate) []any {
	return []any{&c.SerialNumber, &c.Authority, &c.KioskID, &c.KeyHash, &c.NotBefore, &c.NotAfter, &c.DER, &c.RequestedAt, &c.UsedAt, &c.RetiredAt}
}

func scanKioskCertificate(row pgx.CollectableRow) (c book.KioskCertificate, err error) {
	err = row.Scan(kioskCertificateFields(&c)...)
	return c, err
}

// InsertKioskCertificate stores a certificate that is about to be signed.
func (s statements) InsertKioskCertificate(ctx context.Context, c book.KioskCertificate) error {
	return s.change(ctx, "kiosk_certificate", `
		INSERT INTO kiosk_certificates (serial_number, kiosk_id, key_hash, not_before, not_after, requested_at, authority)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		c.SerialNumber, c.KioskID, c.KeyHash, c.NotBefore, c.NotAfter, c.RequestedAt, c.Authority)
}

// SetKioskCertificate keeps the signed certificate if none is kept yet, and returns the one kept: CodeNotFound when it was
// retired meanwhile.
func (s statements) SetKioskCertificate(ctx context.Context, serialNumber string, der, fingerprint []byte) (kept []byte, err error) {
	err = s.row(ctx, []any{&kept}, `
		UPDATE kiosk_certificates SET certificate = COALESCE(certificate, $2), fingerprint = COALESCE(fingerprint, $3)
		WHERE serial_number = $1 AND retired_at IS NULL RETURNING certificate`, serialNumber, der, fingerprint)
	return kept, err
}

// KioskByFingerprint returns the certificate that has that SHA-256, retired ones too, and its kiosk: CodeNotFound.
func (s statements) KioskByFingerprint(ctx context.Context, fingerprint []byte) (k book.KioskRecord, c book.KioskCertificate, err error) {
	err = s.row(ctx, append(kioskFields(&k), kioskCertificateFields(&c)...), `SELECT `+kioskColumns+`, `+kioskCertificateColumns+kioskTables+`
		JOIN kiosk_certificates c ON c.kiosk_id = k.id WHERE c.fingerprint = $1`, fingerprint)
	return k, c, err
}

// KioskCertificates lists a kiosk's certificates in the order in which they were asked for.
func (s statements) KioskCertificates(ctx context.Context, kioskID string) ([]book.KioskCertificate, error) {
	return list(ctx, s, scanKioskCertificate, `SELECT `+kioskCertificateColumns+`
		FROM kiosk_certificates c WHERE c.kiosk_id = $1 ORDER BY c.requested_at, c.serial_number`, kioskID)
}

// UseKioskCertificate notes a certificate's first use.
func (s statements) UseKioskCertificate(ctx context.Context, serialNumber string, at time.Time) error {
	return s.exec(ctx, `UPDATE kiosk_certificates SET used_at = $2 WHERE serial_number = $1 AND used_at IS NULL`, serialNumber, at)
}

// RetireKioskCertificate ends a certificate for good; reason is a CRLReason.
func (s statements) RetireKioskCertificate(ctx context.Context, serialNumber string, reason int, at time.Time) error {
	return s.change(ctx, "kiosk_certificate", `
		UPDATE kiosk_certificates SET retired_at = $3, reason = $2 WHERE serial_number = $1 AND retired_at IS NULL`, serialNumber, reason, at)
}
