package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

const operationColumns = `
	SELECT p.id, p.kind, p.order_id, p.unit_id, p.kiosk_id, p.model, p.manufacturer, p.key_model, p.serial, p.state, p.created_at, p.updated_at,
		p.generation, p.master, p.held, p.given_back, p.admin_pin, p.request, p.key_hash, COALESCE(p.serial_number, ''), COALESCE(p.not_before, 'epoch'), COALESCE(p.not_after, 'epoch')
	FROM operations p `

func scanOperation(row pgx.CollectableRow) (p book.OperationRecord, err error) {
	err = row.Scan(&p.ID, &p.Kind, &p.OrderID, &p.UnitID, &p.KioskID, &p.Model, &p.Key.Manufacturer, &p.Key.Model, &p.Key.Serial, &p.State,
		&p.CreatedAt, &p.UpdatedAt, &p.Generation, &p.Master, &p.Held, &p.GivenBack, &p.AdminPIN, &p.Request, &p.KeyHash, &p.SerialNumber, &p.NotBefore, &p.NotAfter)
	return p, err
}

// Operation returns an operation: CodeNotFound.
func (s statements) Operation(ctx context.Context, id string) (book.OperationRecord, error) {
	return one(list(ctx, s, scanOperation, operationColumns+`WHERE p.id = $1`, id))
}

// LockOperation returns an operation and holds its row. Where the order is locked too, lock the order first.
func (s statements) LockOperation(ctx context.Context, id string) (book.OperationRecord, error) {
	return one(list(ctx, s, scanOperation, operationColumns+`WHERE p.id = $1 FOR UPDATE`, id))
}

// OperationsOfOrder lists an order's operations, oldest first.
func (s statements) OperationsOfOrder(ctx context.Context, orderID string) ([]book.OperationRecord, error) {
	return list(ctx, s, scanOperation, operationColumns+`WHERE p.order_id = $1 ORDER BY p.created_at, p.id`, orderID)
}

// LiveOperation returns the unfinished operation of a key: CodeNotFound.
func (s statements) LiveOperation(ctx context.Context, key ra.KeyIdentity) (book.OperationRecord, error) {
	return one(list(ctx, s, scanOperation, operationColumns+`
		WHERE (p.manufacturer, p.key_model, p.serial) = ($1, $2, $3) AND p.state IN ('reserved', 'issued')`, key.Manufacturer, key.Model, key.Serial))
}

// InsertOperation stores a reserved operation: CodeUnitTaken, CodeKeyInUse when its unit or its key has another.
func (s statements) InsertOperation(ctx context.Context, p book.OperationRecord) error {
	return s.exec(ctx, `
		INSERT INTO operations (id, kind, order_id, unit_id, kiosk_id, model, manufacturer, key_model, serial, state, admin_pin,
			created_at, updated_at, generation, master, held)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		p.ID, p.Kind, p.OrderID, p.UnitID, p.KioskID, p.Model, p.Key.Manufacturer, p.Key.Model, p.Key.Serial, p.State, p.AdminPIN,
		p.CreatedAt, p.UpdatedAt, p.Generation, p.Master, p.Held)
}

// MoveOperation binds an operation to the kiosk that goes on with it, under a new ticket.
func (s statements) MoveOperation(ctx context.Context, p book.OperationRecord) error {
	return s.exec(ctx, `UPDATE operations SET kiosk_id = $2, generation = $3, master = $4, held = true, updated_at = $5 WHERE id = $1`,
		p.ID, p.KioskID, p.Generation, p.Master, p.UpdatedAt)
}

// SetOperationRequest stores what the certificate will be made of.
func (s statements) SetOperationRequest(ctx context.Context, p book.OperationRecord) error {
	return s.exec(ctx, `
		UPDATE operations SET request = $2, key_hash = $3, serial_number = $4, not_before = $5, not_after = $6, updated_at = $7 WHERE id = $1`,
		p.ID, p.Request, p.KeyHash, p.SerialNumber, p.NotBefore, p.NotAfter, p.UpdatedAt)
}

// SetOperationState moves an operation.
func (s statements) SetOperationState(ctx context.Context, id string, state ra.OperationState, now time.Time) error {
	return s.exec(ctx, `UPDATE operations SET state = $2, updated_at = $3 WHERE id = $1`, id, state, now)
}

// GiveBackOperation ends an operation whose key turned out to be of no use.
func (s statements) GiveBackOperation(ctx context.Context, id string, because ra.Code, now time.Time) error {
	return s.exec(ctx, `UPDATE operations SET state = 'released', given_back = $2, updated_at = $3 WHERE id = $1`, id, because, now)
}

// SetUnit moves a unit; operationID is "" for a waiting or released one.
func (s statements) SetUnit(ctx context.Context, id string, state ra.UnitState, operationID string) error {
	return s.exec(ctx, `UPDATE units SET state = $2, operation_id = NULLIF($3, '')::uuid WHERE id = $1`, id, state, operationID)
}
