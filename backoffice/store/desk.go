package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// TakeClaim gives an order to a member of staff until then, unless another has it: then it returns the other's claim
// and false. A claim for more than twice that long was made by a clock that was ahead, and is nobody's.
func (s statements) TakeClaim(ctx context.Context, orderID, staffID string, now, until time.Time) (book.Claim, bool, error) {
	err := s.exec(ctx, `
		INSERT INTO claims AS c (order_id, staff_id, until) VALUES ($1, $2, $4)
		ON CONFLICT (order_id) DO UPDATE SET staff_id = $2, until = $4 WHERE c.staff_id = $2 OR c.until <= $3 OR c.until > $5`,
		orderID, staffID, now, until, until.Add(until.Sub(now)))
	if err != nil {
		return book.Claim{}, false, err
	}
	claims, err := s.Claims(ctx, []string{orderID}, now)
	c := claims[orderID]
	return c, c.StaffID == staffID, err
}

// MoveClaim gives an order to another member of staff until then, whoever has it.
func (s statements) MoveClaim(ctx context.Context, orderID, staffID string, until time.Time) error {
	return s.exec(ctx, `
		INSERT INTO claims (order_id, staff_id, until) VALUES ($1, $2, $3) ON CONFLICT (order_id) DO UPDATE SET staff_id = $2, until = $3`,
		orderID, staffID, until)
}

// DropClaim gives an order back; not having it is fine.
func (s statements) DropClaim(ctx context.Context, orderID, staffID string) error {
	return s.exec(ctx, `DELETE FROM claims WHERE order_id = $1 AND staff_id = $2`, orderID, staffID)
}

// Claims returns who has which of the orders now.
func (s statements) Claims(ctx context.Context, orderIDs []string, now time.Time) (map[string]book.Claim, error) {
	all, err := list(ctx, s, func(row pgx.CollectableRow) (c book.Claim, err error) {
		err = row.Scan(&c.OrderID, &c.StaffID, &c.Name, &c.Until)
		return c, err
	}, `
		SELECT c.order_id, c.staff_id, s.name, c.until FROM claims c JOIN staff s ON s.id = c.staff_id
		WHERE c.order_id = ANY($1::text[]::uuid[]) AND c.until > $2`, orderIDs, now)
	claims := make(map[string]book.Claim, len(all))
	for _, c := range all {
		claims[c.OrderID] = c
	}
	return claims, err
}

// Counts are the console's numbers of what the viewer may see; today begins at midnight, and what was asked for at the desk before then waits
// no more.
func (s statements) Counts(ctx context.Context, v ra.Viewer, midnight, accesses time.Time) (c book.Counts, err error) {
	c.Orders = map[ra.OrderState]int{}
	rows, err := s.db.Query(ctx, `SELECT o.state, count(*) FROM orders o WHERE `+seen+` GROUP BY o.state`, v.StaffID, v.Roles)
	if err != nil {
		return c, translate(err)
	}
	var state ra.OrderState
	var n int
	if _, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error { c.Orders[state] = n; return nil }); err != nil {
		return c, translate(err)
	}
	err = s.row(ctx, []any{&c.DoneToday, &c.Payments, &c.Materials, &c.Operations, &c.Messages, &c.Certificates, &c.Rulings, &c.Accesses}, `
		WITH o AS (SELECT o.id, o.state, o.payment, o.materials FROM orders o WHERE `+seen+`)
		SELECT (SELECT count(*) FROM `+served+` JOIN o ON o.id = p.order_id WHERE f.at >= $3),
			(SELECT count(*) FROM o WHERE state IN ('open', 'cancelled') AND payment = 'awaiting_confirmation'),
			(SELECT count(*) FROM o WHERE state = 'open' AND materials = 'submitted'),
			(SELECT count(*) FROM operations p JOIN o ON o.id = p.order_id WHERE p.state IN ('reserved', 'issued')),
			(SELECT count(*) FROM outbox m JOIN o ON o.id = m.order_id WHERE m.state = 'waiting' OR m.state = 'failed' AND m.body IS NOT NULL),
			(SELECT count(*) FROM certificates c JOIN o ON o.id = c.order_id WHERE c.state = 'active'),
			(SELECT count(*) FROM rulings r JOIN certificates c ON c.id = r.certificate_id JOIN o ON o.id = c.order_id WHERE r.state = 'waiting'),
			(SELECT count(*) FROM access_changes a JOIN memberships m ON m.id = a.membership_id WHERE a.state = 'waiting' AND a.asked_at > $4 AND `+seenAccess+`)`,
		v.StaffID, v.Roles, midnight, accesses)
	return c, err
}
