package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// ConcernsOfOrder lists the certificates that an order's units are about, in their order, with what is known of their keys, what pays
// for a term, and what else waits on them.
func (s statements) ConcernsOfOrder(ctx context.Context, orderID string) ([]book.Concern, error) {
	return list(ctx, s, func(row pgx.CollectableRow) (c book.Concern, err error) {
		var months *int
		var state, number *string
		err = row.Scan(append(certificateInto(&c.Certificate), &c.UnitID, &c.Model, &c.PIN, &c.LostAt, &months, &state, &number, &c.Waiting, &c.Others)...)
		if months != nil {
			c.Term = &book.PaidTerm{Months: *months, State: ra.TermState(*state), Number: *number}
		}
		return c, err
	}, `
		SELECT `+certificateFields+`, u.id, k.model, k.pin,
			(SELECT h.made_at FROM suspensions h WHERE h.certificate_id = c.id AND h.reason = 'lost' AND h.lifted_at IS NULL),
			t.months, t.state, made.number,
			(SELECT COALESCE(sum(w.months), 0) FROM terms w WHERE w.certificate_id = c.id AND w.state <> 'used'),
			ARRAY(SELECT DISTINCT o.number FROM units x JOIN orders o ON o.id = x.order_id
				WHERE x.target_id = c.id AND x.order_id <> u.order_id AND x.state NOT IN ('done', 'released') ORDER BY 1)
		FROM units u JOIN certificates c ON c.id = u.target_id
			JOIN ukeys k ON (k.manufacturer, k.key_model, k.serial) = (c.manufacturer, c.key_model, c.serial)
			LEFT JOIN terms t ON t.id = u.term_id LEFT JOIN units m ON m.id = t.unit_id LEFT JOIN orders made ON made.id = m.order_id
		WHERE u.order_id = $1 ORDER BY u.index`, orderID)
}
