package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

const operationFields = `p.id, p.plan, COALESCE(p.order_id::text, ''), COALESCE(p.unit_id::text, ''), p.membership_id, m.project_id, COALESCE(p.target_id::text, ''),
		COALESCE(p.finishes::text, ''), p.kiosk_id, p.model, p.manufacturer, p.key_model, p.serial, p.state, p.created_at, p.updated_at,
		p.generation, p.master, p.held, p.given_back, p.admin_pin, p.request, p.key_hash, COALESCE(p.serial_number, ''), p.subject, COALESCE(p.usage, ''), COALESCE(p.authority, ''), COALESCE(p.shape, '{}'), COALESCE(p.not_before, 'epoch'), COALESCE(p.not_after, 'epoch')`

const operationColumns = `SELECT ` + operationFields + ` FROM operations p JOIN memberships m ON m.id = p.membership_id `

func operationInto(p *book.OperationRecord) []any {
	return []any{&p.ID, &p.Plan, &p.OrderID, &p.UnitID, &p.MembershipID, &p.ProjectID, &p.TargetID, &p.Finishes,
		&p.KioskID, &p.Model, &p.Key.Manufacturer, &p.Key.Model, &p.Key.Serial, &p.State,
		&p.CreatedAt, &p.UpdatedAt, &p.Generation, &p.Master, &p.Held, &p.GivenBack, &p.AdminPIN, &p.Request, &p.KeyHash, &p.SerialNumber, &p.Subject, &p.Usage, &p.Authority, &p.Shape, &p.NotBefore, &p.NotAfter}
}

func scanOperation(row pgx.CollectableRow) (p book.OperationRecord, err error) {
	err = row.Scan(operationInto(&p)...)
	return p, err
}

// Operation returns an operation: CodeNotFound.
func (s statements) Operation(ctx context.Context, id string) (book.OperationRecord, error) {
	if t, ok := s.db.(*transaction); ok { // it is held, and may still be asked for so
		if p, ok := t.known[askOperation(id)].answer.(book.OperationRecord); ok && p.ID != "" {
			return p, nil
		}
	}
	return one(list(ctx, s, scanOperation, operationColumns+`WHERE p.id = $1`, id))
}

// LockOperation returns an operation and holds its row. Where the order is locked too, lock the order first.
func (s statements) LockOperation(ctx context.Context, id string) (book.OperationRecord, error) {
	return told(s, askOperation(id), func() (book.OperationRecord, error) {
		return one(list(ctx, s, scanOperation, operationColumns+`WHERE p.id = $1 FOR UPDATE OF p`, id))
	})
}

// operationsFor are the operations for the units of an order, $1: its own, and those that finish one of them.
const operationsFor = `
	SELECT id FROM operations WHERE order_id = $1
	UNION ALL SELECT w.id FROM operations p JOIN operations w ON w.finishes = p.id WHERE p.order_id = $1`

// OperationsOfOrder lists an order's operations, oldest first, with those that finished one of them.
func (s statements) OperationsOfOrder(ctx context.Context, orderID string) ([]book.OperationRecord, error) {
	return list(ctx, s, scanOperation, operationColumns+`WHERE p.id IN (`+operationsFor+`) ORDER BY p.created_at, p.id`, orderID)
}

// LiveOperations lists the unfinished operations of a key: one at most, and before it one that is to finish it.
func (s statements) LiveOperations(ctx context.Context, key ra.KeyIdentity) ([]book.OperationRecord, error) {
	return told(s, askLive(key), func() ([]book.OperationRecord, error) {
		return list(ctx, s, scanOperation, operationColumns+`
			WHERE (p.manufacturer, p.key_model, p.serial) = ($1, $2, $3) AND p.state IN ('reserved', 'issued')
			ORDER BY p.finishes IS NULL`, key.Manufacturer, key.Model, key.Serial)
	})
}

// InsertOperation stores a reserved operation: CodeUnitTaken, CodeKeyInUse when its unit or its key has another.
func (s statements) InsertOperation(ctx context.Context, p book.OperationRecord) error {
	return s.become(ctx, operationWord(p), `
		INSERT INTO operations (id, plan, order_id, unit_id, kiosk_id, model, manufacturer, key_model, serial, state, admin_pin,
			created_at, updated_at, generation, master, held, membership_id, target_id, finishes)
		VALUES ($1, $2, NULLIF($3, '')::uuid, NULLIF($4, '')::uuid, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
			NULLIF($18, '')::uuid, NULLIF($19, '')::uuid)`,
		p.ID, p.Plan, p.OrderID, p.UnitID, p.KioskID, p.Model, p.Key.Manufacturer, p.Key.Model, p.Key.Serial, p.State, p.AdminPIN,
		p.CreatedAt, p.UpdatedAt, p.Generation, p.Master, p.Held, p.MembershipID, p.TargetID, p.Finishes)
}

// MoveOperation binds an operation to the kiosk that goes on with it, under a new ticket.
func (s statements) MoveOperation(ctx context.Context, p book.OperationRecord) error {
	return s.write(ctx, "operations", `UPDATE operations SET kiosk_id = $2, generation = $3, master = $4, held = true, updated_at = $5 WHERE id = $1`,
		p.ID, p.KioskID, p.Generation, p.Master, p.UpdatedAt)
}

// EndTicket makes the ticket of an operation worthless, and drops the proof of its person.
func (s statements) EndTicket(ctx context.Context, id string, now time.Time) error {
	err := s.write(ctx, "operations", `UPDATE operations SET generation = generation + 1, held = false, updated_at = $2 WHERE id = $1`, id, now)
	if err != nil {
		return err
	}
	return s.EndPresence(ctx, id)
}

// SetOperationRequest stores what the certificate will be made of.
func (s statements) SetOperationRequest(ctx context.Context, p book.OperationRecord) error {
	return s.become(ctx, operationWord(p), `
		UPDATE operations SET request = $2, key_hash = $3, serial_number = $4, subject = $5, usage = $6, not_before = $7, not_after = $8, updated_at = $9,
			authority = $10, shape = $11
		WHERE id = $1`, p.ID, p.Request, p.KeyHash, p.SerialNumber, p.Subject, p.Usage, p.NotBefore, p.NotAfter, p.UpdatedAt, p.Authority, p.Shape)
}

// SetOperationState moves an operation.
func (s statements) SetOperationState(ctx context.Context, p book.OperationRecord, state ra.OperationState, now time.Time) error {
	p.State = state
	return s.become(ctx, operationWord(p), `UPDATE operations SET state = $2, updated_at = $3 WHERE id = $1`, p.ID, state, now)
}

// GiveBackOperation ends an operation whose key turned out to be of no use.
func (s statements) GiveBackOperation(ctx context.Context, id string, because ra.Code, now time.Time) error {
	return s.change(ctx, "operation", `UPDATE operations SET state = 'released', given_back = $2, updated_at = $3 WHERE id = $1`, id, because, now)
}

// SetUnit moves a unit; operationID is "" for a waiting or released one.
func (s statements) SetUnit(ctx context.Context, id string, state ra.UnitState, operationID string) error {
	return s.become(ctx, unitWord(id, state, operationID), `UPDATE units SET state = $2, operation_id = NULLIF($3, '')::uuid WHERE id = $1`, id, state, operationID)
}
