package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"keyhall/backoffice/ra"
)

// SavePage keeps a scanned page until ErasePage. The same id again replaces it.
func (j *Journal) SavePage(ctx context.Context, p ra.KeptPage) error {
	body, err := json.Marshal(p.Page)
	if err != nil {
		return err
	}
	_, err = j.db.ExecContext(ctx, `INSERT INTO page (id, order_id, material, body, jpeg, updated, place)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET material = excluded.material, body = excluded.body, jpeg = excluded.jpeg,
		updated = excluded.updated, place = excluded.place`,
		p.Page.ID, p.OrderID, string(p.Material), body, p.JPEG, j.stamp(), p.Page.Place)
	return wrap("page", err)
}

// Pages returns the pages of an order that the back office does not have yet, each material's by their places.
func (j *Journal) Pages(ctx context.Context, orderID string) ([]ra.KeptPage, error) {
	rows, err := j.db.QueryContext(ctx, `SELECT order_id, material, body, jpeg FROM page WHERE order_id = ? ORDER BY place, rowid`, orderID)
	if err != nil {
		return nil, wrap("pages", err)
	}
	defer rows.Close()
	var all []ra.KeptPage
	for rows.Next() {
		var p ra.KeptPage
		var body []byte
		if err := rows.Scan(&p.OrderID, &p.Material, &body, &p.JPEG); err != nil {
			return nil, wrap("pages", err)
		}
		if err := json.Unmarshal(body, &p.Page); err != nil {
			return nil, wrap("pages", err)
		}
		all = append(all, p)
	}
	return all, wrap("pages", rows.Err())
}

// Page returns one page; false when it is not kept (any more).
func (j *Journal) Page(ctx context.Context, id string) (p ra.KeptPage, ok bool, err error) {
	var body []byte
	err = j.db.QueryRowContext(ctx, `SELECT order_id, material, body, jpeg FROM page WHERE id = ?`, id).
		Scan(&p.OrderID, &p.Material, &body, &p.JPEG)
	if errors.Is(err, sql.ErrNoRows) {
		return p, false, nil
	}
	if err == nil {
		err = json.Unmarshal(body, &p.Page)
	}
	return p, err == nil, wrap("page", err)
}

// ErasePage erases a page: its bytes are overwritten, and the log that may still hold them is emptied.
func (j *Journal) ErasePage(ctx context.Context, id string) error {
	err := j.in(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM page WHERE id = ?`, id)
		return err
	})
	if err != nil {
		return wrap("page", err)
	}
	_, err = j.db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	return wrap("page", err)
}
