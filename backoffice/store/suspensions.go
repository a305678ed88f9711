package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// InsertSuspension suspends a certificate for a reason; while it is for that one already nothing changes.
func (s statements) InsertSuspension(ctx context.Context, h book.Suspension) error {
	return s.change(ctx, "suspension", `
		INSERT INTO suspensions (certificate_id, reason, ground, note, made_by, made_person, made_at)
		VALUES ($1, $2, $3, $4, NULLIF($5, '')::uuid, NULLIF($6, '')::uuid, $7)
		ON CONFLICT (certificate_id, reason) WHERE lifted_at IS NULL DO NOTHING`, h.CertificateID, h.Reason, h.Ground, h.Note, h.By, h.Person, h.At)
}

const suspensionColumns = `
	SELECT certificate_id, reason, ground, note, COALESCE(made_by::text, ''), COALESCE(made_person::text, ''), made_at,
		COALESCE(lifted_by::text, ''), COALESCE(lifted_person::text, ''), lifted_at
	FROM suspensions WHERE certificate_id = $1 `

func scanSuspension(row pgx.CollectableRow) (h book.Suspension, err error) {
	err = row.Scan(&h.CertificateID, &h.Reason, &h.Ground, &h.Note, &h.By, &h.Person, &h.At, &h.LiftedBy, &h.LiftedPerson, &h.LiftedAt)
	return h, err
}

// Suspensions lists those of a certificate that are open, oldest first.
func (s statements) Suspensions(ctx context.Context, certificateID string) ([]book.Suspension, error) {
	return list(ctx, s, scanSuspension, suspensionColumns+`AND lifted_at IS NULL ORDER BY made_at, reason`, certificateID)
}

// AllSuspensions lists those of a certificate, open or lifted, newest first.
func (s statements) AllSuspensions(ctx context.Context, certificateID string) ([]book.Suspension, error) {
	return list(ctx, s, scanSuspension, suspensionColumns+`ORDER BY made_at DESC, reason`, certificateID)
}

// LiftSuspensions lifts those of a certificate that are open for the reasons, at the time and by whom lifted says.
func (s statements) LiftSuspensions(ctx context.Context, certificateID string, reasons []ra.SuspensionReason, lifted book.Suspension) error {
	return s.change(ctx, "suspension", `
		UPDATE suspensions SET lifted_by = NULLIF($3, '')::uuid, lifted_person = NULLIF($4, '')::uuid, lifted_at = $5
		WHERE certificate_id = $1 AND reason = ANY($2) AND lifted_at IS NULL`, certificateID, reasons, lifted.LiftedBy, lifted.LiftedPerson, lifted.LiftedAt)
}

// Reported reports whether somebody reported a key lost that turned up again, or that may still: its certificate has not ended.
func (s statements) Reported(ctx context.Context, personID string) (before bool, err error) {
	err = s.row(ctx, []any{&before}, `
		SELECT EXISTS (SELECT FROM suspensions h JOIN certificates c ON c.id = h.certificate_id
			WHERE h.made_person = $1 AND (h.lifted_at IS NOT NULL OR c.state IN ('active', 'suspended')))`, personID)
	return before, err
}

// KeyReported reports whether a key counts as lost now: a certificate on it is suspended because somebody said so.
func (s statements) KeyReported(ctx context.Context, key ra.KeyIdentity) (lost bool, err error) {
	err = s.row(ctx, []any{&lost}, `
		SELECT EXISTS (SELECT FROM suspensions h JOIN certificates c ON c.id = h.certificate_id
			WHERE (c.manufacturer, c.key_model, c.serial) = ($1, $2, $3) AND h.reason = 'lost' AND h.lifted_at IS NULL)`,
		key.Manufacturer, key.Model, key.Serial)
	return lost, err
}

// LockLiveOnKey lists the certificates on a key that are in use, or on hold, and that a confirmed membership may serve, and holds them.
func (s statements) LockLiveOnKey(ctx context.Context, key ra.KeyIdentity, membershipID string) ([]ra.Certificate, error) {
	return list(ctx, s, scanCertificate, certificateColumns+`
		JOIN memberships has ON has.id = c.membership_id
		JOIN memberships m ON m.organisation_id = has.organisation_id AND m.project_id = has.project_id
		WHERE (c.manufacturer, c.key_model, c.serial) = ($1, $2, $3) AND m.id = $4 AND m.state = 'confirmed'
			AND c.state IN ('active', 'suspended') ORDER BY c.id FOR UPDATE OF c`, key.Manufacturer, key.Model, key.Serial, membershipID)
}

// Standing tells since when a membership is confirmed, and when its person's password or mobile last changed.
func (s statements) Standing(ctx context.Context, membershipID string) (book.Standing, error) {
	var confirmed, changed *time.Time
	err := s.row(ctx, []any{&confirmed, &changed}, `
		SELECT m.confirmed_at, p.changed_at FROM memberships m JOIN persons p ON p.id = m.person_id WHERE m.id = $1`, membershipID)
	return book.Standing{ConfirmedAt: orNever(confirmed), ChangedAt: orNever(changed)}, err
}
