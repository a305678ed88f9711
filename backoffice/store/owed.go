package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

const owedFields = `w.id, w.order_id, w.unit_id, w.amount_fen, w.because, w.at`

func owedInto(w *book.Owed) []any {
	return []any{&w.ID, &w.OrderID, &w.UnitID, &w.AmountFen, &w.Because, &w.At}
}

// InsertOwed keeps what is owed for a unit; where something is owed for it already nothing changes.
func (s statements) InsertOwed(ctx context.Context, w book.Owed) error {
	return s.change(ctx, "owed", `
		INSERT INTO owed (id, order_id, unit_id, amount_fen, because, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (unit_id) DO NOTHING`,
		w.ID, w.OrderID, w.UnitID, w.AmountFen, w.Because, w.At)
}

// OwedOfOrder lists what is owed for an order, oldest first.
func (s statements) OwedOfOrder(ctx context.Context, orderID string) ([]book.Owed, error) {
	return list(ctx, s, func(row pgx.CollectableRow) (w book.Owed, err error) {
		err = row.Scan(owedInto(&w)...)
		return w, err
	}, `SELECT `+owedFields+` FROM owed w WHERE w.order_id = $1 ORDER BY w.at, w.id`, orderID)
}

// Owed lists what is owed for orders that the viewer may see, oldest first, after the one of that id, "" from the first.
func (s statements) Owed(ctx context.Context, v ra.Viewer, after string, limit int) ([]book.OwedRow, error) {
	return list(ctx, s, func(row pgx.CollectableRow) (w book.OwedRow, err error) {
		err = row.Scan(append(owedInto(&w.Owed), &w.Number, &w.Kind, &w.Reason, &w.Index, &w.Organisation)...)
		return w, err
	}, `
		SELECT `+owedFields+`, o.number, o.kind, o.reason, u.index, o.applicant -> 'organisation' ->> 'name'
		FROM owed w JOIN orders o ON o.id = w.order_id JOIN units u ON u.id = w.unit_id
		WHERE w.id > COALESCE(NULLIF($3, '')::uuid, '00000000-0000-0000-0000-000000000000') AND `+seen+` ORDER BY w.id LIMIT $4`,
		v.StaffID, v.Roles, after, limit)
}

// OrderOfUnit returns the order that a unit is of: CodeNotFound.
func (s statements) OrderOfUnit(ctx context.Context, unitID string) (ra.Order, error) {
	return one(s.orders(ctx, `WHERE o.id = (SELECT order_id FROM units WHERE id = $1)`, unitID))
}
