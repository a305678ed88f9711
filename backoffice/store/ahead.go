package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// A transaction may read ahead: what a step of a make will ask for, one thing after the other, is locked and read in one trip, in the
// order of locks, and each of the methods that ask then answers once from what is known. Without reading ahead they ask the database and
// answer the same.

// known is what was read ahead of one question.
type known struct {
	answer any
	err    error
}

// The questions; table is the one whose change makes the answer old.
type (
	askOrder     string
	askOperation string
	askCode      string
	askIssued    string // the certificate of an operation
	askReset     string // of a membership
	askKey       ra.KeyIdentity
	askLive      ra.KeyIdentity
	askAttempts  ra.KeyIdentity
	askOffers    struct{ kiosk, project string }
	askPresence  struct{ operation, kiosk string }
	askChallenge struct{ operation, challenge string }
	askPIN       struct {
		key     ra.KeyIdentity
		version int
	}
	question interface{ table() string }
)

func (askOrder) table() string     { return "orders" }
func (askOperation) table() string { return "operations" }
func (askCode) table() string      { return "authorization_codes" }
func (askIssued) table() string    { return "certificates" }
func (askReset) table() string     { return "persons" }
func (askKey) table() string       { return "ukeys" }
func (askLive) table() string      { return "operations" }
func (askAttempts) table() string  { return "admin_attempts" }
func (askOffers) table() string    { return "kiosks" }
func (askPresence) table() string  { return "presences" }
func (askChallenge) table() string { return "challenges" }
func (askPIN) table() string       { return "admin_pins" }

// told answers a question once from what is known, else as ask does.
func told[T any](s statements, q question, ask func() (T, error)) (T, error) {
	if t, ok := s.db.(*transaction); ok {
		if k, ok := t.known[q]; ok {
			delete(t.known, q)
			answer, _ := k.answer.(T)
			return answer, k.err
		}
	}
	return ask()
}

// know keeps the only row of a question's answer: CodeNotFound when there is none.
func know[T any](t *transaction, q question, all []T) {
	answer, err := one(all, nil)
	t.known[q] = known{answer, err}
}

// forget drops what a write to a table makes old, where something was read ahead.
func (s statements) forget(table string) {
	if t, ok := s.db.(*transaction); ok {
		t.forget(table)
	}
}

func (t *transaction) forget(table string) {
	for q := range t.known {
		if q.table() == table {
			delete(t.known, q)
		}
	}
}

// orderOf is the order that an operation is for, or the one that it finishes.
const orderOf = `(SELECT COALESCE(p.order_id, f.order_id) FROM operations p LEFT JOIN operations f ON f.id = p.finishes WHERE p.id = $1)`

// holdOperation locks, in this order, the order of an operation, the operation, the certificate that it made, its key, and that the kiosk
// is not blocked; each part waits for the one before. Of an operation that is about a certificate it holds neither that nor the key: other
// orders may have to be held before them.
const holdOperation = `
	WITH o AS MATERIALIZED (SELECT id FROM orders WHERE id = ` + orderOf + ` FOR UPDATE),
		p AS MATERIALIZED (SELECT * FROM operations WHERE id = $1 AND (SELECT count(*) FROM o) >= 0 FOR UPDATE),
		c AS MATERIALIZED (SELECT * FROM certificates WHERE operation_id = (SELECT id FROM p WHERE target_id IS NULL) FOR UPDATE),
		u AS MATERIALIZED (SELECT u.* FROM p JOIN ukeys u ON (u.manufacturer, u.key_model, u.serial) = (p.manufacturer, p.key_model, p.serial)
			WHERE p.target_id IS NULL AND (SELECT count(*) FROM c) >= 0 FOR UPDATE OF u),
		k AS MATERIALIZED (SELECT id, blocked_at FROM kiosks WHERE id = $2 AND (SELECT count(*) FROM u) >= 0 FOR SHARE)
	SELECT ARRAY(SELECT (` + operationFields + `) FROM p JOIN memberships m ON m.id = p.membership_id),
		ARRAY(SELECT (` + certificateFields + `) FROM c), ARRAY(SELECT (` + ukeyFields + `) FROM u),
		EXISTS (SELECT FROM p JOIN memberships m ON m.id = p.membership_id JOIN kiosk_projects x ON x.project_id = m.project_id JOIN k ON k.id = x.kiosk_id),
		(SELECT blocked_at IS NOT NULL FROM k),
		EXISTS (SELECT FROM presences x JOIN p ON p.id = x.operation_id AND p.generation = x.generation
			WHERE x.token_hash = ANY($3) AND x.kiosk_id = $2 AND x.expires_at > $5),
		EXISTS (SELECT FROM challenges x WHERE x.challenge = $4 AND x.operation_id = $1 AND x.purpose = 'proof' AND x.expires_at > $5),
		(SELECT epoch FROM catalogue)`

// AheadOf reads ahead what an operation's kiosk may ask for.
func (tx *Tx) AheadOf(ctx context.Context, x book.Showing) error {
	var operations []book.OperationRecord
	var issued []ra.Certificate
	var keys []book.UKey
	var offered, present, challenged bool
	var blocked *bool
	var epoch string
	b := &pgx.Batch{}
	b.Queue(holdOperation, x.OperationID, x.KioskID, x.Presence, x.Challenge, x.At).QueryRow(func(row pgx.Row) error {
		return row.Scan(collection[book.OperationRecord]{&operations, operationInto}, collection[ra.Certificate]{&issued, certificateInto}, collection[book.UKey]{&keys, ukeyInto}, &offered, &blocked, &present, &challenged, &epoch)
	})
	var orders []ra.Order
	b.Queue(orderColumns+`WHERE o.id = `+orderOf, x.OperationID).Query(into(&orders, scanOrder)) // as it is now that it is held
	if err := tx.batch(ctx, b); err != nil {
		return err
	}
	t, ok := tx.db.(*transaction)
	if !ok || len(operations) == 0 || blocked == nil {
		return nil
	}
	t.epoch = epoch
	p := operations[0]
	know(t, askOperation(p.ID), operations)
	if len(orders) > 0 {
		know(t, askOrder(orders[0].ID), orders)
		if u := orders[0].Unit(p.UnitID); p.TargetID == "" && p.UnitID != "" && u.OperationID == p.ID && (u.CertificateID == "") == (len(issued) == 0) {
			know(t, askIssued(p.ID), issued) // it may have come while the order was waited for
		}
	}
	if p.TargetID == "" {
		know(t, askKey(p.Key), keys)
	}
	know(t, askOffers{x.KioskID, p.ProjectID}, [][2]bool{{offered, *blocked}})
	know(t, askPresence{p.ID, x.KioskID}, []bool{present})
	know(t, askChallenge{p.ID, string(x.Challenge)}, []bool{challenged})
	return nil
}

// holdReservation locks, in this order, an order, the operation of an id that may be there already, the order's code, the key, and that
// the kiosk is not blocked.
const holdReservation = `
	WITH o AS MATERIALIZED (SELECT id, project_id, membership_id FROM orders WHERE id = $1 FOR UPDATE),
		p AS MATERIALIZED (SELECT * FROM operations WHERE id = $2 AND (SELECT count(*) FROM o) >= 0 FOR UPDATE),
		a AS MATERIALIZED (SELECT * FROM authorization_codes WHERE opens = $1 AND (SELECT count(*) FROM p) >= 0 FOR UPDATE),
		u AS MATERIALIZED (SELECT * FROM ukeys WHERE (manufacturer, key_model, serial) = ($4, $5, $6) AND (SELECT count(*) FROM a) >= 0 FOR UPDATE),
		k AS MATERIALIZED (SELECT id, blocked_at FROM kiosks WHERE id = $3 AND (SELECT count(*) FROM u) >= 0 FOR SHARE)
	SELECT ARRAY(SELECT (` + operationFields + `) FROM p JOIN memberships m ON m.id = p.membership_id), ARRAY(SELECT (` + codeFields + `) FROM a),
		ARRAY(SELECT (` + ukeyFields + `) FROM u), EXISTS (SELECT FROM o JOIN kiosk_projects x USING (project_id) JOIN k ON k.id = x.kiosk_id),
		(SELECT blocked_at IS NOT NULL FROM k),
		(SELECT p.reset_at FROM o JOIN memberships m ON m.id = o.membership_id JOIN persons p ON p.id = m.person_id), (SELECT epoch FROM catalogue)`

// AheadOfReservation reads ahead what a reservation of a blank key for an order will ask for.
func (tx *Tx) AheadOfReservation(ctx context.Context, x book.Asking) error {
	var operations []book.OperationRecord
	var codes []book.AuthorizationCode
	var keys []book.UKey
	var offered bool
	var blocked *bool
	var reset *time.Time
	var epoch string
	b := &pgx.Batch{}
	b.Queue(holdReservation, x.OrderID, x.OperationID, x.KioskID, x.Key.Manufacturer, x.Key.Model, x.Key.Serial).QueryRow(func(row pgx.Row) error {
		return row.Scan(collection[book.OperationRecord]{&operations, operationInto}, collection[book.AuthorizationCode]{&codes, codeInto},
			collection[book.UKey]{&keys, ukeyInto}, &offered, &blocked, &reset, &epoch)
	})
	var orders []ra.Order
	b.Queue(orderColumns+`WHERE o.id = $1`, x.OrderID).Query(into(&orders, scanOrder))
	if err := tx.batch(ctx, b); err != nil {
		return err
	}
	t, ok := tx.db.(*transaction)
	if !ok || blocked == nil {
		return nil
	}
	t.epoch = epoch
	know(t, askOrder(x.OrderID), orders)
	know(t, askOperation(x.OperationID), operations)
	know(t, askCode(x.OrderID), codes)
	if len(orders) > 0 {
		know(t, askOffers{x.KioskID, orders[0].ProjectID}, [][2]bool{{offered, *blocked}})
		t.known[askReset(orders[0].MembershipID)] = known{answer: orNever(reset)}
	}
	know(t, askKey(x.Key), keys)
	if len(keys) == 0 { // nothing was ever done on it
		t.known[askLive(x.Key)] = known{}
		t.known[askAttempts(x.Key)] = known{}
	}
	return nil
}
