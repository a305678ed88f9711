package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// lineOf is the line that a unit was ordered with, for its name: an order may have several of a service, at different prices.
const lineOf = `JOIN LATERAL (SELECT name FROM order_lines WHERE order_id = o.id AND service_id = u.service_id ORDER BY position LIMIT 1) l ON true`

// What a membership sees of the register: the organisation's in the project once it is confirmed, until then what its own orders made. A
// certificate that was never proven is nobody's yet.
const holdings = `
	SELECT c.id, c.serial_number, c.state, c.not_before, c.not_after, c.manufacturer, c.key_model, c.serial, p.model, l.name, o.number, ` + managed + `,
		(SELECT h.made_at FROM suspensions h WHERE h.certificate_id = c.id AND h.reason = 'lost' AND h.lifted_at IS NULL)
	FROM memberships me JOIN memberships m ON m.organisation_id = me.organisation_id AND m.project_id = me.project_id
		JOIN certificates c ON c.membership_id = m.id JOIN operations p ON p.id = c.operation_id AND p.state = 'done'
		JOIN orders o ON o.id = c.order_id JOIN units u ON u.id = c.unit_id
		` + lineOf + `
	WHERE me.id = $1 AND (me.state = 'confirmed' OR m.id = me.id) AND c.state <> 'issued' `

func scanHolding(row pgx.CollectableRow) (h ra.Holding, err error) {
	err = row.Scan(&h.ID, &h.SerialNumber, &h.State, &h.NotBefore, &h.NotAfter, &h.Key.Manufacturer, &h.Key.Model, &h.Key.Serial,
		&h.Model, &h.Service, &h.OrderNumber, &h.Managed, &h.LostAt)
	return h, err
}

// Holdings lists the certificates that a membership may see, newest first, narrowed by the key's serial and the beginning of their own.
func (s statements) Holdings(ctx context.Context, membershipID string, q book.CertificateQuery) ([]ra.Holding, error) {
	begins, has := patterns(q.Text)
	return list(ctx, s, scanHolding, holdings+`
		AND (cardinality($2::text[]) = 0 OR c.serial ILIKE ANY ($3::text[]) OR c.serial_number ILIKE ANY ($2))
		AND ($4 = '' OR c.id < NULLIF($4, '')::uuid) AND ($8 = '' OR (c.manufacturer, c.key_model, c.serial) = ($6, $7, $8))
		AND (NOT $9 OR c.state IN ('active', 'suspended'))
		ORDER BY c.id DESC LIMIT $5`, membershipID, begins, has, q.Before, q.Limit, q.Key.Manufacturer, q.Key.Model, q.Key.Serial, q.Live)
}

const waitingWork = `
		SELECT o.id, o.number, o.kind, o.reason, l.name, u.id, u.state, o.approved_at,
			t.id, t.serial_number, t.not_after, t.manufacturer, t.key_model, t.serial
		FROM orders o JOIN units u ON u.order_id = o.id ` + lineOf + `
			LEFT JOIN certificates t ON t.id = u.target_id
		WHERE o.state IN ('approved', 'in_progress') AND u.state IN ('waiting', 'reserved', 'issued') AND `

const inTurn = ` ORDER BY o.approved_at, o.id, u.index LIMIT $1`

// WorkOf lists what waits to be done on keys over all orders of a membership, oldest approval first.
func (s statements) WorkOf(ctx context.Context, membershipID string, limit int) ([]ra.Work, error) {
	return list(ctx, s, scanWork, waitingWork+`o.membership_id = $2`+inTurn, limit, membershipID)
}

// WorkOnKey lists what waits to be done on a key in a project, whoever ordered it.
func (s statements) WorkOnKey(ctx context.Context, projectID string, key ra.KeyIdentity, limit int) ([]ra.Work, error) {
	return list(ctx, s, scanWork, waitingWork+`o.project_id = $2 AND (t.manufacturer, t.key_model, t.serial) = ($3, $4, $5)`+inTurn,
		limit, projectID, key.Manufacturer, key.Model, key.Serial)
}

func scanWork(row pgx.CollectableRow) (w ra.Work, err error) {
	var u unitRow
	err = row.Scan(&w.OrderID, &w.OrderNumber, &w.Kind, &w.Reason, &w.Service, &w.UnitID, &w.State, &w.ApprovedAt,
		&u.target, &u.number, &u.notAfter, &u.manufacturer, &u.model, &u.serial)
	w.Target = u.unit().Target
	return w, err
}
