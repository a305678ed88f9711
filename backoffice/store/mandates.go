package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
)

// MandateSession returns a person's session at a kiosk, also one that ended: CodeNotFound. Barred says that the kiosk was blocked since it
// began.
func (s statements) MandateSession(ctx context.Context, id, kioskID string) (r book.SessionRecord, barred bool, err error) {
	err = s.row(ctx, []any{&r.ID, &r.PersonID, &r.OrderID, &r.Master, &r.CreatedAt, &barred}, `
		SELECT s.id, s.person_id, COALESCE(s.order_id::text, ''), s.master, s.created_at, COALESCE(k.barred_at >= s.created_at, false)
		FROM sessions s JOIN kiosks k ON k.id = s.kiosk_id WHERE s.id = $1 AND s.kiosk_id = $2 AND s.person_id IS NOT NULL`, id, kioskID)
	return r, barred, err
}

// PutMandate keeps a mandate and drops those that are worth nothing since long before; it reports whether this one is new. One
// that was given before the order was handed in is ended from the beginning.
func (s statements) PutMandate(ctx context.Context, m book.MandateRecord, now, before time.Time) (fresh bool, err error) {
	kept := m.Mandate
	kept.Application, kept.Seal = nil, nil
	if err := s.exec(ctx, `DELETE FROM mandates WHERE began_at < $1`, before); err != nil {
		return false, err
	}
	err = s.row(ctx, []any{&fresh}, `
		WITH put AS (
			INSERT INTO mandates (seal, order_id, kiosk_id, mandate, began_at, given_at, ended_at)
			SELECT $1, $2, $3, $4, $5, $6, CASE WHEN submitted > $7 THEN $6::timestamptz END FROM orders WHERE id = $2
			ON CONFLICT (seal) DO NOTHING RETURNING seal)
		SELECT EXISTS (SELECT FROM put)`, m.Seal, m.OrderID, m.KioskID, kept, m.Began, now, m.Version)
	return fresh, err
}

// Mandate returns what a kiosk may do for an order; the one that it was given last where there are several: CodeNotFound.
func (s statements) Mandate(ctx context.Context, kioskID, orderID string) (book.MandateRecord, error) {
	return one(list(ctx, s, func(row pgx.CollectableRow) (m book.MandateRecord, err error) {
		err = row.Scan(&m.Mandate, &m.Seal, &m.KioskID, &m.Began, &m.Ended, &m.Barred)
		return m, err
	}, `
		SELECT m.mandate, m.seal, m.kiosk_id, m.began_at, m.ended_at IS NOT NULL, COALESCE(k.barred_at >= m.began_at, false)
		FROM mandates m JOIN kiosks k ON k.id = m.kiosk_id WHERE m.order_id = $2 AND m.kiosk_id = $1
		ORDER BY m.position DESC LIMIT 1`, kioskID, orderID))
}

// EndMandates ends every mandate of an order.
func (s statements) EndMandates(ctx context.Context, orderID string, now time.Time) error {
	return s.exec(ctx, `UPDATE mandates SET ended_at = $2 WHERE order_id = $1 AND ended_at IS NULL`, orderID, now)
}
