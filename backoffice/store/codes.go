package store

import (
	"context"

	"keyhall/backoffice/book"
)

// PutAuthorizationCode stores an order's code; a new one replaces the old with its count.
func (s statements) PutAuthorizationCode(ctx context.Context, c book.AuthorizationCode) error {
	return s.exec(ctx, `
		INSERT INTO authorization_codes (order_id, code_hash, created_at, expires_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (order_id) DO UPDATE SET code_hash = $2, wrong = 0, tried = '{}', created_at = $3, expires_at = $4`,
		c.OrderID, c.Hash, c.CreatedAt, c.ExpiresAt)
}

// LockAuthorizationCode returns an order's code and holds its row: CodeNotFound.
func (s statements) LockAuthorizationCode(ctx context.Context, orderID string) (c book.AuthorizationCode, err error) {
	err = s.row(ctx, []any{&c.OrderID, &c.Hash, &c.Wrong, &c.Tried, &c.CreatedAt, &c.ExpiresAt}, `
		SELECT order_id, code_hash, wrong, tried, created_at, expires_at FROM authorization_codes WHERE order_id = $1 FOR UPDATE`, orderID)
	return c, err
}

// SetWrongCodes keeps how many wrong codes count, and which were tried.
func (s statements) SetWrongCodes(ctx context.Context, c book.AuthorizationCode) error {
	if c.Tried == nil {
		c.Tried = [][]byte{}
	}
	return s.exec(ctx, `UPDATE authorization_codes SET wrong = $2, tried = $3 WHERE order_id = $1`, c.OrderID, c.Wrong, c.Tried)
}
