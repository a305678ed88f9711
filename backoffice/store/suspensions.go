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
	return s.exec(ctx, `
		INSERT INTO suspensions (certificate_id, reason, ground, note, made_by, made_at) VALUES ($1, $2, $3, $4, NULLIF($5, '')::uuid, $6)
		ON CONFLICT (certificate_id, reason) WHERE lifted_at IS NULL DO NOTHING`, h.CertificateID, h.Reason, h.Ground, h.Note, h.By, h.At)
}

const suspensionColumns = `
	SELECT certificate_id, reason, ground, note, COALESCE(made_by::text, ''), made_at, COALESCE(lifted_by::text, ''), lifted_at
	FROM suspensions WHERE certificate_id = $1 `

func scanSuspension(row pgx.CollectableRow) (h book.Suspension, err error) {
	err = row.Scan(&h.CertificateID, &h.Reason, &h.Ground, &h.Note, &h.By, &h.At, &h.LiftedBy, &h.LiftedAt)
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

// LiftSuspensions lifts those of a certificate that are open for the reasons; staffID is "" for a command.
func (s statements) LiftSuspensions(ctx context.Context, certificateID string, reasons []ra.SuspensionReason, staffID string, at time.Time) error {
	return s.exec(ctx, `
		UPDATE suspensions SET lifted_by = NULLIF($3, '')::uuid, lifted_at = $4
		WHERE certificate_id = $1 AND reason = ANY($2) AND lifted_at IS NULL`, certificateID, reasons, staffID, at)
}
