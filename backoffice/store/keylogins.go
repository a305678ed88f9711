package store

import (
	"context"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

func actingInto(k *ra.ActingKey) []any {
	return []any{&k.CertificateID, &k.SerialNumber, &k.Key.Manufacturer, &k.Key.Model, &k.Key.Serial, &k.NotAfter}
}

// CertificatesOnKey lists those certificates of a key that have one of these SHA-256, newest first.
func (s statements) CertificatesOnKey(ctx context.Context, key ra.KeyIdentity, sums [][]byte) ([]ra.Certificate, error) {
	return list(ctx, s, scanCertificate, certificateColumns+`
		WHERE (c.manufacturer, c.key_model, c.serial) = ($1, $2, $3) AND sha256(c.der) = ANY($4) ORDER BY c.created_at DESC, c.id DESC`,
		key.Manufacturer, key.Model, key.Serial, sums)
}

// InsertKeyNonce stores what a key is given to sign, and drops what the kiosk was given before and is over.
func (s statements) InsertKeyNonce(ctx context.Context, n book.KeyNonce, now, expires time.Time) error {
	if err := s.exec(ctx, `DELETE FROM key_challenges WHERE kiosk_id = $1 AND expires_at < $2`, n.KioskID, now); err != nil {
		return err
	}
	return s.exec(ctx, `
		INSERT INTO key_challenges (nonce, kiosk_id, purpose, certificate_id, staff_key_id, person_id, expires_at)
		VALUES ($1, $2, $3, NULLIF($4, '')::uuid, NULLIF($5, '')::uuid, NULLIF($6, '')::uuid, $7)`,
		n.Nonce, n.KioskID, n.Purpose, n.CertificateID, n.StaffKeyID, n.PersonID, expires)
}

// UseKeyNonce drops what a key was given to sign and returns it: CodeNotFound when it was given for something else, to another kiosk or in
// somebody else's login, or is over.
func (s statements) UseKeyNonce(ctx context.Context, n book.KeyNonce, now time.Time) (found book.KeyNonce, err error) {
	err = s.row(ctx, []any{&found.Nonce, &found.KioskID, &found.Purpose, &found.CertificateID, &found.StaffKeyID, &found.PersonID}, `
		WITH used AS (DELETE FROM key_challenges WHERE nonce = $1 AND kiosk_id = $2 RETURNING *)
		SELECT nonce, kiosk_id, purpose, COALESCE(certificate_id::text, ''), COALESCE(staff_key_id::text, ''), COALESCE(person_id::text, '') FROM used
		WHERE purpose = $3 AND COALESCE(person_id::text, '') = $4 AND expires_at > $5`, n.Nonce, n.KioskID, n.Purpose, n.PersonID, now)
	return found, err
}

// endKeySessions ends what a key does by a certificate, or by the one whose place it took. They had no mandates for which their rows would
// stay.
func (s statements) endKeySessions(ctx context.Context, certificateID string) error {
	return s.write(ctx, "sessions of a key", `
		DELETE FROM sessions WHERE certificate_id IN (SELECT unnest(ARRAY[id, supersedes]) FROM certificates WHERE id = $1)`, certificateID)
}

// OrdersOnKey lists the orders of a project that are about certificates on a key, newest first.
func (s statements) OrdersOnKey(ctx context.Context, projectID string, key ra.KeyIdentity) ([]ra.Order, error) {
	return s.orders(ctx, `
		WHERE o.project_id = $1 AND o.id IN (SELECT u.order_id FROM units u JOIN certificates c ON c.id = u.target_id
			WHERE (c.manufacturer, c.key_model, c.serial) = ($2, $3, $4))
		ORDER BY o.created_at DESC, o.id DESC`, projectID, key.Manufacturer, key.Model, key.Serial)
}

// SameOrganisation reports whether two memberships are of one organisation in one project.
func (s statements) SameOrganisation(ctx context.Context, one, other string) (same bool, err error) {
	err = s.row(ctx, []any{&same}, `
		SELECT (SELECT (organisation_id, project_id) FROM memberships WHERE id = $1) = (SELECT (organisation_id, project_id) FROM memberships WHERE id = $2)`,
		one, other)
	return same, err
}
