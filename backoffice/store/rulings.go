package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// InsertRuling keeps what somebody asks for on a certificate: CodeConflict for an id that is taken, CodeRulingWaits while another waits.
func (s statements) InsertRuling(ctx context.Context, r book.Ruling) error {
	return s.change(ctx, "ruling", `
		INSERT INTO rulings (id, certificate_id, act, ground, note, asked_by, asked_at, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		r.ID, r.CertificateID, r.Act, r.Ground, r.Note, r.AskedBy, r.AskedAt, r.State)
}

const rulingFields = `r.id, r.certificate_id, r.act, r.ground, r.note, r.asked_by, r.asked_at, r.state, COALESCE(r.settled_by::text, ''), r.settled_at`

const rulingColumns = `SELECT ` + rulingFields + ` FROM rulings r `

func rulingInto(r *book.Ruling) []any {
	return []any{&r.ID, &r.CertificateID, &r.Act, &r.Ground, &r.Note, &r.AskedBy, &r.AskedAt, &r.State, &r.SettledBy, &r.SettledAt}
}

func scanRuling(row pgx.CollectableRow) (r book.Ruling, err error) {
	err = row.Scan(rulingInto(&r)...)
	return r, err
}

// Ruling returns one: CodeNotFound.
func (s statements) Ruling(ctx context.Context, id string) (book.Ruling, error) {
	return one(list(ctx, s, scanRuling, rulingColumns+`WHERE r.id = $1`, id))
}

// LockRuling is Ruling, with the row held.
func (s statements) LockRuling(ctx context.Context, id string) (book.Ruling, error) {
	return one(list(ctx, s, scanRuling, rulingColumns+`WHERE r.id = $1 FOR UPDATE`, id))
}

// RulingWaiting returns the one that waits on a certificate: CodeNotFound.
func (s statements) RulingWaiting(ctx context.Context, certificateID string) (book.Ruling, error) {
	return one(list(ctx, s, scanRuling, rulingColumns+`WHERE r.certificate_id = $1 AND r.state = 'waiting'`, certificateID))
}

// SettleRuling stores how a ruling ended.
func (s statements) SettleRuling(ctx context.Context, r book.Ruling) error {
	return s.change(ctx, "ruling", `UPDATE rulings SET state = $2, settled_by = $3, settled_at = $4 WHERE id = $1`, r.ID, r.State, r.SettledBy, r.SettledAt)
}

// WaitingRulings lists the rulings that wait for a second person on certificates that the viewer may see, oldest first.
func (s statements) WaitingRulings(ctx context.Context, v ra.Viewer, limit int) ([]book.WaitingRuling, error) {
	return list(ctx, s, func(row pgx.CollectableRow) (w book.WaitingRuling, err error) {
		err = row.Scan(append(rulingInto(&w.Ruling), &w.SerialNumber, &w.Organisation, &w.Asker)...)
		return w, err
	}, `
		SELECT `+rulingFields+`, c.serial_number, m.organisation ->> 'name', a.name
		FROM rulings r JOIN certificates c ON c.id = r.certificate_id JOIN orders o ON o.id = c.order_id
			JOIN memberships m ON m.id = c.membership_id JOIN staff a ON a.id = r.asked_by
		WHERE r.state = 'waiting' AND `+seen+` ORDER BY r.asked_at, r.id LIMIT $3`, v.StaffID, v.Roles, limit)
}
