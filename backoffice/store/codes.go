package store

import (
	"context"

	"keyhall/backoffice/book"
)

// PutAuthorizationCode stores a code; a new one that opens the same replaces the old with its count.
func (s statements) PutAuthorizationCode(ctx context.Context, c book.AuthorizationCode) error {
	return s.exec(ctx, `
		INSERT INTO authorization_codes (opens, order_id, code_hash, created_at, expires_at) VALUES ($1, NULLIF($2, '')::uuid, $3, $4, $5)
		ON CONFLICT (opens) DO UPDATE SET code_hash = $3, wrong = 0, tried = '{}', created_at = $4, expires_at = $5`,
		c.Opens, c.OrderID, c.Hash, c.CreatedAt, c.ExpiresAt)
}

const codeFields = `opens, COALESCE(order_id::text, ''), code_hash, wrong, tried, created_at, expires_at`

func codeInto(c *book.AuthorizationCode) []any {
	return []any{&c.Opens, &c.OrderID, &c.Hash, &c.Wrong, &c.Tried, &c.CreatedAt, &c.ExpiresAt}
}

// LockAuthorizationCode returns the code that opens an order or an operation, and holds its row: CodeNotFound.
func (s statements) LockAuthorizationCode(ctx context.Context, opens string) (book.AuthorizationCode, error) {
	return told(s, askCode(opens), func() (c book.AuthorizationCode, err error) {
		err = s.row(ctx, codeInto(&c), `SELECT `+codeFields+` FROM authorization_codes WHERE opens = $1 FOR UPDATE`, opens)
		return c, err
	})
}

// AuthorizationCode returns the code that opens an order or an operation: CodeNotFound.
func (s statements) AuthorizationCode(ctx context.Context, opens string) (c book.AuthorizationCode, err error) {
	err = s.row(ctx, codeInto(&c), `SELECT `+codeFields+` FROM authorization_codes WHERE opens = $1`, opens)
	return c, err
}

// SetWrongCodes keeps how many wrong codes count, and which were tried.
func (s statements) SetWrongCodes(ctx context.Context, c book.AuthorizationCode) error {
	if c.Tried == nil {
		c.Tried = [][]byte{}
	}
	return s.exec(ctx, `UPDATE authorization_codes SET wrong = $2, tried = $3 WHERE opens = $1`, c.Opens, c.Wrong, c.Tried)
}

// DropAuthorizationCode ends a code.
func (s statements) DropAuthorizationCode(ctx context.Context, opens string) error {
	return s.exec(ctx, `DELETE FROM authorization_codes WHERE opens = $1`, opens)
}
