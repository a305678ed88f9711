package store

import (
	"context"
	"strings"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// PagePlace finds where a page id stands: CodeNotFound.
func (s statements) PagePlace(ctx context.Context, pageID string) (orderID string, kind ra.MaterialKind, sha256 string, err error) {
	err = s.row(ctx, []any{&orderID, &kind, &sha256}, `SELECT order_id, kind, sha256 FROM pages WHERE id = $1`, pageID)
	return orderID, kind, sha256, err
}

// InsertPage puts a page under a material, at its place.
func (s statements) InsertPage(ctx context.Context, orderID string, kind ra.MaterialKind, p ra.Page) error {
	return s.exec(ctx, `INSERT INTO pages (id, order_id, kind, place, sha256, bytes, width, height, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		p.ID, orderID, kind, p.Place, p.SHA256, p.Bytes, p.Width, p.Height, p.At)
}

// DeletePage takes a page away.
func (s statements) DeletePage(ctx context.Context, pageID string) error {
	return s.exec(ctx, `DELETE FROM pages WHERE id = $1`, pageID)
}

// SeenPage is CodeNotFound unless the viewer may see the order and it has a page of that SHA-256.
func (s statements) SeenPage(ctx context.Context, v ra.Viewer, orderID, sha256 string) error {
	var there int
	return s.row(ctx, []any{&there}, `
		SELECT 1 FROM pages p JOIN orders o ON o.id = p.order_id WHERE o.id = $3 AND p.sha256 = $4 AND `+seen+` LIMIT 1`,
		v.StaffID, v.Roles, orderID, sha256)
}

// InsertPageLook notes that a member of staff had a page before them.
func (s statements) InsertPageLook(ctx context.Context, orderID, staffID, sha256 string, at time.Time) error {
	return s.exec(ctx, `INSERT INTO page_looks (order_id, staff_id, sha256, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (order_id, staff_id, sha256) DO NOTHING`, orderID, staffID, sha256, at)
}

// UnseenPages counts the pages of a material that a member of staff has not looked at.
func (s statements) UnseenPages(ctx context.Context, orderID string, kind ra.MaterialKind, staffID string) (n int, err error) {
	err = s.row(ctx, []any{&n}, `
		SELECT count(*) FROM pages p WHERE p.order_id = $1 AND p.kind = $2
			AND NOT EXISTS (SELECT FROM page_looks l WHERE l.order_id = p.order_id AND l.staff_id::text = $3 AND l.sha256 = p.sha256)`, orderID, kind, staffID)
	return n, err
}

// SetVerdict puts a verdict on a material; staffID is "" when the customer changed it.
func (s statements) SetVerdict(ctx context.Context, orderID string, m ra.Material, staffID string, at time.Time) error {
	if m.Reasons == nil {
		m.Reasons = []ra.Reason{}
	}
	return s.exec(ctx, `
		UPDATE materials SET verdict = $3, reasons = $4, judged_by = NULLIF($5, '')::uuid, judged_at = $6
		WHERE order_id = $1 AND kind = $2`, orderID, m.Kind, m.Verdict, m.Reasons, staffID, at)
}

// InsertPayment stores a settled payment: CodeConflict (field "reference") when the reference paid another order.
func (s statements) InsertPayment(ctx context.Context, orderID string, amountFen int64, reference, staffID string, at time.Time) error {
	return s.change(ctx, "payment", `
		INSERT INTO payments (order_id, method, amount_fen, reference, staff_id, at)
		SELECT id, method, $2, $3, $4, $5 FROM orders WHERE id = $1`, orderID, amountFen, reference, staffID, at)
}

// Payment returns what settled an order: CodeNotFound.
func (s statements) Payment(ctx context.Context, orderID string) (amountFen int64, reference string, err error) {
	err = s.row(ctx, []any{&amountFen, &reference}, `SELECT amount_fen, reference FROM payments WHERE order_id = $1`, orderID)
	return amountFen, reference, err
}

// patterns are what a search text is looked for with, in each form in which it may be kept: what begins with it, and what has it
// somewhere.
func patterns(typed string) (begins, has []string) {
	begins, has = []string{}, []string{}
	for _, form := range book.SearchForms(typed) {
		form = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(form)
		begins, has = append(begins, form+"%"), append(has, "%"+form+"%")
	}
	return begins, has
}
