package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/ra"
)

// loose is true for a scan s that stands under no order, and was laid before nobody at the desk.
const loose = `(NOT EXISTS (SELECT FROM pages p WHERE p.sha256 = s.sha256) AND NOT EXISTS (SELECT FROM access_papers a WHERE a.sha256 = s.sha256))`

// BringScan notes that a kiosk brings a scan, before its bytes are kept. While somebody erases the same one it waits.
func (s statements) BringScan(ctx context.Context, sha256, kioskID string, bytes int64, at time.Time) error {
	return s.exec(ctx, `
		INSERT INTO scans (sha256, kiosk_id, bytes, brought_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (sha256) DO UPDATE SET kiosk_id = $2, staff_id = NULL, brought_at = $4`, sha256, kioskID, bytes, at)
}

// LooseScansOf counts what a kiosk brought since then and put under no order.
func (s statements) LooseScansOf(ctx context.Context, kioskID string, since time.Time) (n int, bytes int64, err error) {
	err = s.row(ctx, []any{&n, &bytes}, `
		SELECT count(*), COALESCE(sum(s.bytes), 0) FROM scans s
		WHERE s.kiosk_id = $1 AND s.brought_at > $2 AND `+loose, kioskID, since)
	return n, bytes, err
}

// ScansOfOrder counts an order's pages and their bytes as they were brought.
func (s statements) ScansOfOrder(ctx context.Context, orderID string) (n int, bytes int64, err error) {
	err = s.row(ctx, []any{&n, &bytes}, `
		SELECT count(*), COALESCE(sum(s.bytes), 0) FROM pages p JOIN scans s USING (sha256) WHERE p.order_id = $1`, orderID)
	return n, bytes, err
}

// ScanBytes is how large a scan is: CodeNotFound (field "sha256") for one that nobody brought.
func (s statements) ScanBytes(ctx context.Context, sha256 string) (bytes int64, err error) {
	err = s.row(ctx, []any{&bytes}, `SELECT bytes FROM scans WHERE sha256 = $1`, sha256)
	if ra.CodeOf(err) == ra.CodeNotFound {
		err = ra.E(ra.CodeNotFound).At("sha256")
	}
	return bytes, err
}

// ScanStays tells whether a scan was brought after then or stands under an order.
func (s statements) ScanStays(ctx context.Context, sha256 string, since time.Time) (stays bool, err error) {
	err = s.row(ctx, []any{&stays}, `SELECT EXISTS (SELECT FROM scans s WHERE s.sha256 = $1
		AND (s.brought_at > $2 OR NOT `+loose+`))`, sha256, since)
	return stays, err
}

// LooseScans lists scans that were brought before then and stand under no order.
func (s statements) LooseScans(ctx context.Context, before time.Time, limit int) ([]string, error) {
	return list(ctx, s, pgx.RowTo[string], `
		SELECT s.sha256 FROM scans s WHERE s.brought_at < $1 AND `+loose+`
		ORDER BY s.brought_at LIMIT $2`, before, limit)
}

// DropScan takes the row of a scan away that is as LooseScans says still, and holds it until the transaction ends. A scan that somebody
// puts under an order at the moment stays.
func (tx *Tx) DropScan(ctx context.Context, sha256 string, before time.Time) (bool, error) {
	all, err := list(ctx, tx.statements, pgx.RowTo[string], `SELECT sha256 FROM scans WHERE sha256 = $1 AND brought_at < $2 FOR UPDATE SKIP LOCKED`, sha256, before)
	if err != nil || len(all) == 0 {
		return false, err
	}
	tag, err := tx.db.Exec(ctx, `DELETE FROM scans s WHERE s.sha256 = $1 AND `+loose, sha256)
	return tag.RowsAffected() == 1, translate(err)
}
