package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
)

// PutPresence keeps a proof of the person in place of the operation's former one.
func (s statements) PutPresence(ctx context.Context, hash []byte, p book.Presence, now, expires time.Time) error {
	err := s.write(ctx, "presences that are over", `DELETE FROM presences WHERE expires_at < $2 AND operation_id <> $1`, p.OperationID, now)
	if err != nil {
		return err
	}
	return s.write(ctx, "presences", `
		INSERT INTO presences (token_hash, operation_id, kiosk_id, generation, membership_id, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (operation_id) DO UPDATE SET token_hash = $1, kiosk_id = $3, generation = $4, membership_id = $5, expires_at = $6`,
		hash, p.OperationID, p.KioskID, p.Generation, p.MembershipID, expires)
}

// PresenceLives reports whether a person is proven for this operation at this kiosk; the token's hash is one of these.
func (s statements) PresenceLives(ctx context.Context, hashes [][]byte, p book.Presence, now time.Time) (ok bool, err error) {
	return told(s, askPresence{p.OperationID, p.KioskID}, func() (ok bool, err error) {
		err = s.row(ctx, []any{&ok}, `
			SELECT EXISTS (SELECT FROM presences WHERE token_hash = ANY($1) AND operation_id = $2 AND kiosk_id = $3 AND generation = $4 AND expires_at > $5)`,
			hashes, p.OperationID, p.KioskID, p.Generation, now)
		return ok, err
	})
}

// EndPresence drops the proof of the person for an operation.
func (s statements) EndPresence(ctx context.Context, operationID string) error {
	return s.write(ctx, "presences", `DELETE FROM presences WHERE operation_id = $1`, operationID)
}

// EndPresencesOf drops every proof of a person.
func (s statements) EndPresencesOf(ctx context.Context, personID string) error {
	return s.exec(ctx, `DELETE FROM presences p USING memberships m WHERE m.id = p.membership_id AND m.person_id = $1`, personID)
}

// LoseTickets makes every ticket of a kiosk worthless, and drops the proofs of persons at it.
func (s statements) LoseTickets(ctx context.Context, kioskID string, now time.Time) error {
	b := &pgx.Batch{}
	b.Queue(`
		UPDATE operations SET generation = generation + 1, held = false, updated_at = $2
		WHERE kiosk_id = $1 AND state IN ('reserved', 'issued') AND held`, kioskID, now)
	b.Queue(`DELETE FROM presences WHERE kiosk_id = $1`, kioskID)
	return s.batch(ctx, b)
}
