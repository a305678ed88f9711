package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// InsertOrder stores a new order with its lines, materials and units, and tells the feed: CodeConflict (field "number")
// when another order has the number. Limits are the page limits of the papers, by kind.
func (tx *Tx) InsertOrder(ctx context.Context, o ra.Order, method ra.PaymentMethod, applicationHash []byte, limits []ra.Requirement) error {
	err := tx.change(ctx, "order", `
		INSERT INTO orders (id, number, kind, reason, project_id, membership_id, kiosk_id, hall_id, state, payment, materials, version,
			application_hash, applicant, amount_fen, invoice, delivery, method, created_at, updated_at, changes, former, files)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, COALESCE($21::text[], '{}'), $22, $23)`,
		o.ID, o.Number, o.Kind, o.Reason, o.ProjectID, o.MembershipID, o.KioskID, o.HallID, o.State, o.Payment, o.Materials, o.Version,
		applicationHash, o.Applicant, o.AmountFen, o.Invoice, o.Delivery, method, o.CreatedAt, o.UpdatedAt, o.Changes, o.Former, o.Files)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	for i, l := range o.Lines {
		insertLine(b, o, i, l)
	}
	for i, r := range limits {
		b.Queue(`INSERT INTO materials (order_id, kind, position, min_pages, max_pages, grey) VALUES ($1, $2, $3, $4, $5, $6)`,
			o.ID, r.Material, i, r.MinPages, r.MaxPages, r.Grey)
	}
	tx.insertUnits(b, o, o.Units)
	b.Queue(`INSERT INTO followers (order_id, kiosk_id, at) VALUES ($1, $2, $3)`, o.ID, o.KioskID, o.CreatedAt)
	if err := tx.batch(ctx, b); err != nil {
		return err
	}
	return tx.tellFeed(ctx, o, o.CreatedAt)
}

// AddUnits stores units that came to an order after it was placed, which are its last, with its last line, which prices them; SaveOrder
// follows.
func (s statements) AddUnits(ctx context.Context, o ra.Order, n int) error {
	b := &pgx.Batch{}
	insertLine(b, o, len(o.Lines)-1, o.Lines[len(o.Lines)-1])
	s.insertUnits(b, o, o.Units[len(o.Units)-n:])
	return s.batch(ctx, b)
}

func insertLine(b *pgx.Batch, o ra.Order, position int, l ra.Line) {
	b.Queue(`INSERT INTO order_lines (order_id, position, service_id, name, quantity, price_fen, term_months) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		o.ID, position, l.ServiceID, l.Name, l.Quantity, l.PriceFen, l.TermMonths)
}

func (s statements) insertUnits(b *pgx.Batch, o ra.Order, units []ra.Unit) {
	for _, u := range units {
		var target *string
		if u.Target != nil {
			target = &u.Target.CertificateID
		}
		s.queue(b, "unit", `INSERT INTO units (id, order_id, kind, index, service_id, term_months, state, target_id, term_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULLIF($9, '')::uuid)`,
			u.ID, o.ID, o.Kind, u.Index, u.ServiceID, u.TermMonths, u.State, target, u.TermID)
	}
}

// tellFeed tells the feed of an order's version.
func (tx *Tx) tellFeed(ctx context.Context, o ra.Order, now time.Time) error {
	tx.changes = true
	return tx.write(ctx, "changes "+o.ID, `INSERT INTO changes (kind, entity_id, version, at) VALUES ('order', $1, $2, $3)`, o.ID, o.Version, now)
}

// SaveOrder stores the order's states and reasons as the next version, and tells the feed: CodeConflict when the version
// is not the one it was read with.
func (tx *Tx) SaveOrder(ctx context.Context, o *ra.Order, now time.Time) error {
	if o.Returned == nil {
		o.Returned = []ra.Reason{}
	}
	saved := *o
	saved.Version++
	err := tx.becomeOnce(ctx, orderWord(saved), "orders_version", `
		UPDATE orders SET state = $3, payment = $4, materials = $5, returned = $6, approved_at = $7, updated_at = $8, version = version + 1
		WHERE id = $1 AND version = $2`,
		o.ID, o.Version, o.State, o.Payment, o.Materials, o.Returned, o.ApprovedAt, now)
	if err != nil {
		return err
	}
	o.Version++
	o.UpdatedAt = now
	return tx.tellFeed(ctx, *o, now)
}

// SetOrderApplicant stores an order's applicant as it is brought up to date; SaveOrder follows.
func (s statements) SetOrderApplicant(ctx context.Context, orderID string, a ra.Applicant) error {
	return s.change(ctx, "application", `UPDATE orders SET applicant = $2 WHERE id = $1`, orderID, a)
}

// SetWaitingSince notes when something was handed in for a person to look at, and that SaveOrder's next version is the one with it.
func (s statements) SetWaitingSince(ctx context.Context, orderID string, at time.Time) error {
	return s.write(ctx, "orders", `UPDATE orders SET waiting_since = $2, submitted = version + 1 WHERE id = $1`, orderID, at)
}

const orderColumns = `
	SELECT o.id, o.number, o.kind, o.reason, o.project_id, o.membership_id, o.kiosk_id, o.hall_id, o.state, o.payment, o.materials, o.version,
		o.applicant, o.changes, o.former, o.amount_fen, o.invoice, o.delivery, o.files, o.returned, o.created_at, o.updated_at, o.approved_at,
		ARRAY(SELECT (l.service_id, l.name, l.quantity, l.price_fen, l.term_months) FROM order_lines l WHERE l.order_id = o.id ORDER BY l.position),
		ARRAY(SELECT (m.kind, m.min_pages, m.max_pages, m.grey, m.verdict, m.reasons,
				ARRAY(SELECT (p.id, p.place, p.sha256, p.bytes, p.width, p.height, p.at) FROM pages p
					WHERE p.order_id = o.id AND p.kind = m.kind ORDER BY p.place, p.arrival))
			FROM materials m WHERE m.order_id = o.id ORDER BY m.position),
		ARRAY(SELECT (u.id, u.order_id, u.index, u.service_id, u.term_months, u.state, COALESCE(u.operation_id::text, ''),
				COALESCE(p.kiosk_id::text, ''), COALESCE(p.model, ''), COALESCE(p.serial, ''), COALESCE(c.id::text, ''), COALESCE(u.term_id::text, ''),
				t.id, t.serial_number, t.not_after, t.manufacturer, t.key_model, t.serial)
			FROM units u LEFT JOIN operations p ON p.id = u.operation_id LEFT JOIN certificates c ON c.operation_id = p.id
				LEFT JOIN certificates t ON t.id = u.target_id
			WHERE u.order_id = o.id ORDER BY u.index)
	FROM orders o `

func scanOrder(row pgx.CollectableRow) (o ra.Order, err error) {
	units := []unitRow{}
	err = row.Scan(&o.ID, &o.Number, &o.Kind, &o.Reason, &o.ProjectID, &o.MembershipID, &o.KioskID, &o.HallID, &o.State, &o.Payment, &o.Materials, &o.Version,
		&o.Applicant, &o.Changes, &o.Former, &o.AmountFen, &o.Invoice, &o.Delivery, &o.Files, &o.Returned, &o.CreatedAt, &o.UpdatedAt, &o.ApprovedAt,
		collection[ra.Line]{&o.Lines, lineFields}, collection[ra.Material]{&o.Papers, materialFields}, collection[unitRow]{&units, (*unitRow).fields})
	for _, u := range units {
		o.Units = append(o.Units, u.unit())
	}
	return o, err
}

func lineFields(l *ra.Line) []any {
	return []any{&l.ServiceID, &l.Name, &l.Quantity, &l.PriceFen, &l.TermMonths}
}

func materialFields(m *ra.Material) []any {
	m.Pages = []ra.Page{}
	return []any{&m.Kind, &m.MinPages, &m.MaxPages, &m.Grey, &m.Verdict, &m.Reasons, collection[ra.Page]{&m.Pages, pageFields}}
}

func pageFields(p *ra.Page) []any {
	return []any{&p.ID, &p.Place, &p.SHA256, &p.Bytes, &p.Width, &p.Height, &p.At}
}

// unitRow is a unit whose target may be missing.
type unitRow struct {
	ra.Unit
	target, number, manufacturer, model, serial *string
	notAfter                                    *time.Time
}

func (u *unitRow) fields() []any {
	return []any{&u.ID, &u.OrderID, &u.Index, &u.ServiceID, &u.TermMonths, &u.State, &u.OperationID, &u.KioskID, &u.UKeyModel, &u.UKeySerial,
		&u.CertificateID, &u.TermID, &u.target, &u.number, &u.notAfter, &u.manufacturer, &u.model, &u.serial}
}

func (u *unitRow) unit() ra.Unit {
	if u.target != nil {
		u.Target = &ra.UnitTarget{CertificateID: *u.target, SerialNumber: *u.number, NotAfter: *u.notAfter,
			Key: ra.KeyIdentity{Manufacturer: *u.manufacturer, Model: *u.model, Serial: *u.serial}}
	}
	return u.Unit
}

// orders reads whole orders.
func (s statements) orders(ctx context.Context, where string, args ...any) ([]ra.Order, error) {
	return list(ctx, s, scanOrder, orderColumns+where, args...)
}

// Order returns an order: CodeNotFound.
func (s statements) Order(ctx context.Context, id string) (ra.Order, error) {
	return one(s.orders(ctx, `WHERE o.id = $1`, id))
}

// OrderNumbered returns the order with a number: CodeNotFound.
func (s statements) OrderNumbered(ctx context.Context, number string) (ra.Order, error) {
	return one(s.orders(ctx, `WHERE o.number = $1`, number))
}

// LockOrder returns an order and holds its row, and with it its units, until the transaction ends: CodeNotFound.
func (s statements) LockOrder(ctx context.Context, id string) (ra.Order, error) {
	return told(s, askOrder(id), func() (ra.Order, error) {
		// The row is locked first, and read by a statement that begins after: it sees what the one before committed.
		b := &pgx.Batch{}
		b.Queue(`SELECT FROM orders WHERE id = $1 FOR UPDATE`, id)
		var all []ra.Order
		b.Queue(orderColumns+`WHERE o.id = $1`, id).Query(into(&all, scanOrder))
		err := s.batch(ctx, b)
		return one(all, err)
	})
}

// ApplicationHash returns the hash an order was placed with: CodeNotFound.
func (s statements) ApplicationHash(ctx context.Context, id string) (hash []byte, err error) {
	err = s.row(ctx, []any{&hash}, `SELECT application_hash FROM orders WHERE id = $1`, id)
	return hash, err
}

// AnsweredWith returns the order that an application of that id was answered with although it was placed before, and the hash of the
// application: CodeNotFound.
func (s statements) AnsweredWith(ctx context.Context, id string) (orderID string, hash []byte, err error) {
	err = s.row(ctx, []any{&orderID, &hash}, `SELECT order_id, hash FROM applications WHERE id = $1`, id)
	return orderID, hash, err
}

// InsertApplication keeps that an application was answered with an order placed before.
func (s statements) InsertApplication(ctx context.Context, id, orderID string, hash []byte, now time.Time) error {
	return s.exec(ctx, `INSERT INTO applications (id, order_id, hash, created_at) VALUES ($1, $2, $3, $4)`, id, orderID, hash, now)
}

// OrdersOfMembership lists a member's orders, newest first.
func (s statements) OrdersOfMembership(ctx context.Context, membershipID string) ([]ra.Order, error) {
	return s.orders(ctx, `WHERE o.membership_id = $1 ORDER BY o.created_at DESC, o.id DESC`, membershipID)
}

// OrdersWithWork lists the orders that the viewer may see and in which a person has something to do, longest waiting first: open ones, and
// those that were given up while somebody had paid for them.
func (s statements) OrdersWithWork(ctx context.Context, v ra.Viewer) ([]ra.Order, error) {
	return s.orders(ctx, `
		WHERE (o.state IN ('open', 'cancelled') AND o.payment = 'awaiting_confirmation' OR o.state = 'open' AND o.materials = 'submitted' AND (
			o.payment IN ('paid', 'nothing_due')
			OR EXISTS (SELECT FROM materials m WHERE m.order_id = o.id AND m.kind <> 'remittance_slip' AND m.verdict <> 'accepted')))
			AND `+seen+`
		ORDER BY o.waiting_since, o.id`, v.StaffID, v.Roles)
}

// SeenOrder is Order for a viewer: CodeNotFound also for one that they may not see.
func (s statements) SeenOrder(ctx context.Context, v ra.Viewer, id string) (ra.Order, error) {
	return one(s.orders(ctx, `WHERE o.id = $3 AND `+seen, v.StaffID, v.Roles, id))
}

// WaitingSince returns since when each order waits; orders never handed in are missing.
func (s statements) WaitingSince(ctx context.Context, ids []string) (map[string]time.Time, error) {
	since := map[string]time.Time{}
	rows, err := s.db.Query(ctx, `SELECT id, waiting_since FROM orders WHERE id = ANY($1::text[]::uuid[]) AND waiting_since IS NOT NULL`, ids)
	if err != nil {
		return nil, translate(err)
	}
	var id string
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &at}, func() error {
		since[id] = at
		return nil
	})
	return since, translate(err)
}

// SearchOrders finds orders that the viewer may see by the beginning of their number, by organisation, credit code or login,
// newest first: by when they were placed, for their ids come from kiosks, whose clocks may be wrong.
func (s statements) SearchOrders(ctx context.Context, v ra.Viewer, q book.OrderQuery) ([]ra.Order, error) {
	begins, has := patterns(q.Text)
	return s.orders(ctx, `
		JOIN memberships m ON m.id = o.membership_id
		WHERE (cardinality($3::text[]) = 0 OR o.number ILIKE ANY ($3) OR o.applicant -> 'organisation' ->> 'name' ILIKE ANY ($7::text[])
				OR o.applicant -> 'organisation' ->> 'credit_code' ILIKE ANY ($3)
				OR o.applicant -> 'handler' ->> 'mobile' LIKE ANY ($3) OR o.applicant -> 'handler' ->> 'name' ILIKE ANY ($3)
				OR EXISTS (SELECT FROM logins l WHERE l.person_id = m.person_id AND l.login ILIKE ANY ($3)))
			AND ($4 = '' OR o.state = $4)
			AND ($5 = '' OR (o.created_at, o.id) < (SELECT b.created_at, b.id FROM orders b WHERE b.id = NULLIF($5, '')::uuid)) AND `+seen+`
		ORDER BY o.created_at DESC, o.id DESC LIMIT $6`, v.StaffID, v.Roles, begins, string(q.State), q.Before, q.Limit, has)
}
