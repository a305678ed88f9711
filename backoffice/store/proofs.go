package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// InsertChallenge stores a challenge and drops the operation's old ones.
func (s statements) InsertChallenge(ctx context.Context, operationID string, purpose book.Purpose, challenge []byte, now, expires time.Time) error {
	err := s.write(ctx, "challenges that are over", `DELETE FROM challenges WHERE operation_id = $1 AND expires_at < $2`, operationID, now)
	if err != nil {
		return err
	}
	return s.write(ctx, "challenges", `INSERT INTO challenges (challenge, operation_id, purpose, expires_at) VALUES ($1, $2, $3, $4)`,
		challenge, operationID, purpose, expires)
}

// ChallengeLives reports whether a challenge was given to this operation for its proof and is not over.
func (s statements) ChallengeLives(ctx context.Context, operationID string, challenge []byte, now time.Time) (ok bool, err error) {
	return told(s, askChallenge{operationID, string(challenge)}, func() (ok bool, err error) {
		err = s.row(ctx, []any{&ok}, `
			SELECT EXISTS (SELECT FROM challenges WHERE challenge = $1 AND operation_id = $2 AND purpose = 'proof' AND expires_at > $3)`, challenge, operationID, now)
		return ok, err
	})
}

// UseChallenge drops a challenge, and reports whether it was given to this operation for a takeover and was not over.
func (s statements) UseChallenge(ctx context.Context, operationID string, challenge []byte, now time.Time) (ok bool, err error) {
	err = s.row(ctx, []any{&ok}, `
		WITH used AS (DELETE FROM challenges WHERE challenge = $1 AND operation_id = $2 AND purpose = 'takeover' RETURNING expires_at)
		SELECT EXISTS (SELECT FROM used WHERE expires_at > $3)`, challenge, operationID, now)
	return ok, err
}

// InsertProof keeps a proof and drops the operation's challenges.
func (s statements) InsertProof(ctx context.Context, kioskID string, adminPIN int, p book.StoredProof) error {
	if p.Durations == nil {
		p.Durations = []ra.Lap{}
	}
	err := s.become(ctx, proofWord(p), `
		INSERT INTO proofs (operation_id, kiosk_id, at, challenge, signature, sha256, pin_opens, admin_pin, left_overs, notes, durations)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		p.OperationID, kioskID, p.At, p.Challenge, p.Signature, p.SHA256, p.PINOpens, adminPIN, listed(p.LeftOvers), listed(p.Notes), p.Durations)
	if err != nil {
		return err
	}
	return s.write(ctx, "challenges", `DELETE FROM challenges WHERE operation_id = $1`, p.OperationID)
}

// listed is a list that JSON does not write as null.
func listed(all []string) []string {
	if all == nil {
		return []string{}
	}
	return all
}

const proofColumns = `
	SELECT f.operation_id, f.at, f.challenge, f.signature, f.sha256, f.pin_opens, f.left_overs, f.notes, f.durations, p.id FROM ` + served + ` `

func scanProof(row pgx.CollectableRow) (p book.StoredProof, err error) {
	err = row.Scan(&p.OperationID, &p.At, &p.Challenge, &p.Signature, &p.SHA256, &p.PINOpens, &p.LeftOvers, &p.Notes, &p.Durations, &p.Served)
	return p, err
}

// ProofsOfOrder lists an order's proofs, oldest first: those of its operations, and of what finished one of them.
func (s statements) ProofsOfOrder(ctx context.Context, orderID string) ([]book.StoredProof, error) {
	return list(ctx, s, scanProof, proofColumns+`WHERE w.id IN (`+operationsFor+`) ORDER BY f.at`, orderID)
}

// Proof returns an operation's proof: CodeNotFound.
func (s statements) Proof(ctx context.Context, operationID string) (book.StoredProof, error) {
	return one(list(ctx, s, scanProof, proofColumns+`WHERE f.operation_id = $1`, operationID))
}
