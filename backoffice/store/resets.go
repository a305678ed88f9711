package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// ResetPassword sets the password of somebody who had forgotten it.
func (s statements) ResetPassword(ctx context.Context, personID, passwordHash string, at time.Time) error {
	return s.change(ctx, "person", `UPDATE persons SET password = $2, reset_at = $3, changed_at = $3 WHERE id = $1`, personID, passwordHash, at)
}

// PasswordResetAt is when the password of a membership's person was last set anew by a code, zero for never: CodeNotFound.
func (s statements) PasswordResetAt(ctx context.Context, membershipID string) (time.Time, error) {
	return told(s, askReset(membershipID), func() (time.Time, error) {
		var at *time.Time
		err := s.row(ctx, []any{&at}, `SELECT p.reset_at FROM memberships m JOIN persons p ON p.id = m.person_id WHERE m.id = $1`, membershipID)
		return orNever(at), err
	})
}

func orNever(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}

// EndCodesOf ends the authorization codes that a person's orders have, and takes back those that still wait to be sent.
func (s statements) EndCodesOf(ctx context.Context, personID string, now time.Time) error {
	const theirs = `order_id IN (SELECT o.id FROM orders o JOIN memberships m ON m.id = o.membership_id WHERE m.person_id = $1)`
	b := &pgx.Batch{}
	b.Queue(`DELETE FROM authorization_codes WHERE `+theirs, personID)
	b.Queue(`
		UPDATE outbox SET state = 'withdrawn', ended_at = $2, body = NULL
		WHERE opens IS NOT NULL AND state IN ('failed', 'waiting') AND `+theirs, personID, now)
	return s.batch(ctx, b)
}

// AddressesOf lists the mobile numbers at which a person can be told something: the registered one, those they log in with, and those that
// they gave as a handler.
func (s statements) AddressesOf(ctx context.Context, personID string) ([]string, error) {
	return list(ctx, s, pgx.RowTo[string], `
		SELECT mobile FROM persons WHERE id = $1
		UNION SELECT login FROM logins WHERE person_id = $1 AND login NOT LIKE '%@%'
		UNION SELECT handler ->> 'mobile' FROM memberships WHERE person_id = $1 ORDER BY 1`, personID)
}
