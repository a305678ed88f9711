package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/ra"
)

const operationColumns = `
	SELECT p.id, p.kind, p.order_id, p.unit_id, p.kiosk_id, p.model, p.serial, p.state, p.created_at, p.updated_at,
		p.admin_pin, p.request, p.key_hash, COALESCE(p.serial_number, ''), COALESCE(p.not_before, 'epoch'), COALESCE(p.not_after, 'epoch')
	FROM operations p `

func scanOperation(row pgx.CollectableRow) (p ra.OperationRecord, err error) {
	err = row.Scan(&p.ID, &p.Kind, &p.OrderID, &p.UnitID, &p.KioskID, &p.Model, &p.Serial, &p.State, &p.CreatedAt, &p.UpdatedAt,
		&p.AdminPIN, &p.Request, &p.KeyHash, &p.SerialNumber, &p.NotBefore, &p.NotAfter)
	return p, err
}

// Operation returns an operation: CodeNotFound.
func (s *Store) Operation(ctx context.Context, id string) (ra.OperationRecord, error) {
	return one(list(ctx, s, scanOperation, operationColumns+`WHERE p.id = $1`, id))
}

// LockOperation returns an operation and holds its row. Where the order is locked too, lock the order first.
func (s *Store) LockOperation(ctx context.Context, id string) (ra.OperationRecord, error) {
	return one(list(ctx, s, scanOperation, operationColumns+`WHERE p.id = $1 FOR UPDATE`, id))
}

// OperationsOfOrder lists an order's operations, oldest first.
func (s *Store) OperationsOfOrder(ctx context.Context, orderID string) ([]ra.OperationRecord, error) {
	return list(ctx, s, scanOperation, operationColumns+`WHERE p.order_id = $1 ORDER BY p.created_at, p.id`, orderID)
}

// LiveOperation returns the unfinished operation of a key: CodeNotFound.
func (s *Store) LiveOperation(ctx context.Context, model, serial string) (ra.OperationRecord, error) {
	return one(list(ctx, s, scanOperation, operationColumns+`
		WHERE p.model = $1 AND p.serial = $2 AND p.state IN ('reserved', 'issued')`, model, serial))
}

// InsertOperation stores a reserved operation: CodeUnitTaken, CodeKeyInUse when its unit or its key has another.
func (s *Store) InsertOperation(ctx context.Context, p ra.OperationRecord) error {
	return s.exec(ctx, `
		INSERT INTO operations (id, kind, order_id, unit_id, kiosk_id, model, serial, state, admin_pin, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		p.ID, p.Kind, p.OrderID, p.UnitID, p.KioskID, p.Model, p.Serial, p.State, p.AdminPIN, p.CreatedAt, p.UpdatedAt)
}

// MoveOperation binds an operation to the kiosk that goes on with it.
func (s *Store) MoveOperation(ctx context.Context, id, kioskID string, now time.Time) error {
	return s.exec(ctx, `UPDATE operations SET kiosk_id = $2, updated_at = $3 WHERE id = $1`, id, kioskID, now)
}

// SetOperationRequest stores what the certificate will be made of.
func (s *Store) SetOperationRequest(ctx context.Context, p ra.OperationRecord) error {
	return s.exec(ctx, `
		UPDATE operations SET request = $2, key_hash = $3, serial_number = $4, not_before = $5, not_after = $6, updated_at = $7 WHERE id = $1`,
		p.ID, p.Request, p.KeyHash, p.SerialNumber, p.NotBefore, p.NotAfter, p.UpdatedAt)
}

// SetOperationState moves an operation.
func (s *Store) SetOperationState(ctx context.Context, id string, state ra.OperationState, now time.Time) error {
	return s.exec(ctx, `UPDATE operations SET state = $2, updated_at = $3 WHERE id = $1`, id, state, now)
}

// SetUnit moves a unit; operationID is "" for a waiting or released one.
func (s *Store) SetUnit(ctx context.Context, id string, state ra.UnitState, operationID string) error {
	return s.exec(ctx, `UPDATE units SET state = $2, operation_id = NULLIF($3, '')::uuid WHERE id = $1`, id, state, operationID)
}

// LockUKey returns a key's record and holds it; a key never seen before gets a blank one.
func (s *Store) LockUKey(ctx context.Context, model, serial string, now time.Time) (ra.UKey, error) {
	err := s.exec(ctx, `
		INSERT INTO ukeys (model, serial, state, created_at, updated_at) VALUES ($1, $2, 'blank', $3, $3)
		ON CONFLICT (model, serial) DO NOTHING`, model, serial, now)
	if err != nil {
		return ra.UKey{}, err
	}
	k := ra.UKey{Model: model, Serial: serial}
	err = s.row(ctx, []any{&k.State, &k.AdminPIN, &k.Pending}, `
		SELECT state, admin_pin, pending FROM ukeys WHERE model = $1 AND serial = $2 FOR UPDATE`, model, serial)
	return k, err
}

// SaveUKey stores a key's state and administrator PIN versions.
func (s *Store) SaveUKey(ctx context.Context, k ra.UKey, now time.Time) error {
	return s.exec(ctx, `UPDATE ukeys SET state = $3, admin_pin = $4, pending = $5, updated_at = $6 WHERE model = $1 AND serial = $2`,
		k.Model, k.Serial, k.State, k.AdminPIN, k.Pending, now)
}

// InsertAdminPIN keeps where a version of a key's administrator PIN comes from.
func (s *Store) InsertAdminPIN(ctx context.Context, p ra.AdminPINRecord, now time.Time) error {
	return s.exec(ctx, `INSERT INTO admin_pins (model, serial, version, master, check_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		p.Model, p.Serial, p.Version, p.Master, p.Check, now)
}

const adminPINColumns = `SELECT model, serial, version, master, check_hash FROM admin_pins `

func scanAdminPIN(row pgx.CollectableRow) (p ra.AdminPINRecord, err error) {
	err = row.Scan(&p.Model, &p.Serial, &p.Version, &p.Master, &p.Check)
	return p, err
}

// AdminPIN returns what is kept of a version from 1 of a key's administrator PIN: CodeNotFound.
func (s *Store) AdminPIN(ctx context.Context, model, serial string, version int) (ra.AdminPINRecord, error) {
	return one(list(ctx, s, scanAdminPIN, adminPINColumns+`WHERE model = $1 AND serial = $2 AND version = $3`, model, serial, version))
}

// AdminPINs lists what is kept of every administrator PIN ever made.
func (s *Store) AdminPINs(ctx context.Context) ([]ra.AdminPINRecord, error) {
	return list(ctx, s, scanAdminPIN, adminPINColumns+`ORDER BY model, serial, version`)
}
