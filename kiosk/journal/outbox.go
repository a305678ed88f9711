package journal

import (
	"context"
	"encoding/json"
	"time"

	"keyhall/backoffice/ra"
)

// SaveMandate keeps what a customer left to be done for an order, in place of what they left before. The order's draft counts as
// confirmed from then on.
func (j *Journal) SaveMandate(ctx context.Context, m ra.Mandate) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = j.db.ExecContext(ctx, `INSERT INTO outbox (order_id, membership_id, seal, body, since) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (order_id) DO UPDATE SET membership_id = excluded.membership_id, seal = excluded.seal, body = excluded.body,
		refused = NULL, since = excluded.since`, m.OrderID, m.MembershipID, m.Seal, body, j.stamp())
	return wrap("mandate", err)
}

// Mandates returns what a member left, or with "" all that is kept, oldest first.
func (j *Journal) Mandates(ctx context.Context, membershipID string) ([]ra.KeptMandate, error) {
	rows, err := j.db.QueryContext(ctx, `SELECT body, refused, since FROM outbox WHERE ?1 IN ('', membership_id) ORDER BY since = 0, since, order_id`, membershipID)
	if err != nil {
		return nil, wrap("mandates", err)
	}
	defer rows.Close()
	var all []ra.KeptMandate
	for rows.Next() {
		var k ra.KeptMandate
		var body, refused []byte
		var since int64
		if err := rows.Scan(&body, &refused, &since); err != nil {
			return nil, wrap("mandates", err)
		}
		if since != 0 {
			k.Since = time.UnixMilli(since).UTC()
		}
		if err := json.Unmarshal(body, &k.Mandate); err != nil {
			return nil, wrap("mandates", err)
		}
		if refused != nil {
			if err := json.Unmarshal(refused, &k.Refused); err != nil {
				return nil, wrap("mandates", err)
			}
		}
		all = append(all, k)
	}
	return all, wrap("mandates", rows.Err())
}

// ShelveMandate notes that the back office refused a mandate for good, unless another has taken its place.
func (j *Journal) ShelveMandate(ctx context.Context, m ra.Mandate, why *ra.Error) error {
	reason, err := json.Marshal(ra.Error{Code: why.Code, Field: why.Field, Args: why.Args})
	if err != nil {
		return err
	}
	_, err = j.db.ExecContext(ctx, `UPDATE outbox SET refused = ?, since = ? WHERE order_id = ? AND seal = ?`, reason, j.stamp(), m.OrderID, m.Seal)
	return wrap("mandate", err)
}

// DropMandate forgets a mandate, unless another has taken its place.
func (j *Journal) DropMandate(ctx context.Context, m ra.Mandate) error {
	_, err := j.db.ExecContext(ctx, `DELETE FROM outbox WHERE order_id = ? AND seal = ?`, m.OrderID, m.Seal)
	return wrap("mandate", err)
}

// Recall forgets what is kept for an order, and reports whether there was anything.
func (j *Journal) Recall(ctx context.Context, orderID string) (bool, error) {
	r, err := j.db.ExecContext(ctx, `DELETE FROM outbox WHERE order_id = ?`, orderID)
	if err != nil {
		return false, wrap("mandate", err)
	}
	n, err := r.RowsAffected()
	return n > 0, wrap("mandate", err)
}
