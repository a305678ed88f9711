package store

import (
	"context"
	"fmt"
	"time"

	"keyhall/backoffice/ra"
)

// LockExpired lists certificates that are over, and holds them: superseded ones past their end, and those in use past the time in which they
// can still be extended, unless an order or an operation is in hand for them.
func (s statements) LockExpired(ctx context.Context, now time.Time, limit int) ([]ra.Certificate, error) {
	return list(ctx, s, scanCertificate, certificateColumns+`
		JOIN orders o ON o.id = c.order_id JOIN projects p ON p.id = o.project_id
		WHERE c.not_after <= $1 AND (c.state = 'superseded' OR c.state IN ('active', 'suspended')
			AND c.not_after < $1 - make_interval(days => p.window_after + 1)
			AND NOT EXISTS (SELECT FROM units u WHERE u.target_id = c.id AND u.state NOT IN ('done', 'released'))
			AND NOT EXISTS (SELECT FROM operations w WHERE w.state IN ('reserved', 'issued') AND w.target_id = c.id))
		ORDER BY c.not_after LIMIT $2 FOR UPDATE OF c SKIP LOCKED`, now, limit)
}

// LockEnding lists certificates in use that end between the times and that nobody renewed, extends or was told of for that many days or
// fewer, and holds them.
func (s statements) LockEnding(ctx context.Context, now, until time.Time, days, limit int) ([]ra.Certificate, error) {
	return list(ctx, s, scanCertificate, certificateColumns+`
		WHERE c.state = 'active' AND c.not_after > $1 AND c.not_after <= $2
			AND NOT EXISTS (SELECT FROM expiry_notices n WHERE n.certificate_id = c.id AND n.days <= $3)
			AND NOT EXISTS (SELECT FROM terms t WHERE t.certificate_id = c.id AND t.state IN ('open', 'held'))
			AND NOT EXISTS (SELECT FROM units u WHERE u.target_id = c.id AND u.state NOT IN ('done', 'released'))
		ORDER BY c.not_after LIMIT $4 FOR UPDATE OF c SKIP LOCKED`, now, until, days, limit)
}

// InsertExpiryNotice notes that a certificate's holder was told so many days before its end.
func (s statements) InsertExpiryNotice(ctx context.Context, certificateID string, days int, at time.Time) error {
	return s.exec(ctx, `INSERT INTO expiry_notices (certificate_id, days, at) VALUES ($1, $2, $3)`, certificateID, days, at)
}

// pruned is what is kept for a while only: how long, and the statement that drops what is older than $1, at most $2 rows at once.
type pruned struct {
	what string
	keep time.Duration
	sql  string
}

const day = 24 * time.Hour

// prunings is the table of it.
var prunings = []pruned{
	{"ended sessions", sessionsStay, `DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE ends_at < $1 LIMIT $2)`},
	{"ended sessions of staff", day, `DELETE FROM staff_sessions WHERE id IN (SELECT id FROM staff_sessions WHERE ends_at < $1 LIMIT $2)`},
	{"counts of wrong passwords and codes", day,
		`DELETE FROM login_attempts WHERE (audience, login) IN (SELECT audience, login FROM login_attempts WHERE updated_at < $1 LIMIT $2)`},
	// A kiosk that was away for longer begins anew.
	{"changes", 14 * day, `DELETE FROM changes WHERE id IN (SELECT id FROM changes WHERE at < $1 AND place IS NOT NULL LIMIT $2)`},
	{"what kiosks showed", 60 * day, `DELETE FROM followers WHERE (order_id, kiosk_id) IN (SELECT order_id, kiosk_id FROM followers WHERE at < $1 LIMIT $2)`},
	{"challenges", day, `DELETE FROM challenges WHERE challenge IN (SELECT challenge FROM challenges WHERE expires_at < $1 LIMIT $2)`},
	{"nonces of keys", day, `DELETE FROM key_challenges WHERE nonce IN (SELECT nonce FROM key_challenges WHERE expires_at < $1 LIMIT $2)`},
	// One that is dead and opens nothing any more; an order that waits for its key tells that its code has expired.
	{"codes", 30 * day, `DELETE FROM authorization_codes WHERE opens IN (SELECT c.opens FROM authorization_codes c LEFT JOIN orders o ON o.id = c.order_id
		WHERE c.expires_at < $1 AND (c.opens IS DISTINCT FROM c.order_id OR o.state IN ('done', 'cancelled')) LIMIT $2)`},
	{"proofs of persons", day, `DELETE FROM presences WHERE token_hash IN (SELECT token_hash FROM presences WHERE expires_at < $1 LIMIT $2)`},
	{"looks at pages", 90 * day, `DELETE FROM page_looks WHERE (order_id, staff_id, sha256) IN (SELECT order_id, staff_id, sha256 FROM page_looks WHERE at < $1 LIMIT $2)`},
	// What was decided on them stays; the scans themselves go with PruneScans.
	{"papers of the desk", 90 * day, `DELETE FROM access_papers WHERE access_id IN (SELECT a.id FROM access_changes a JOIN access_papers p ON p.access_id = a.id
		WHERE a.settled_at < $1 LIMIT $2)`},
	{"texts of failed messages", 7 * day, `UPDATE outbox SET body = NULL WHERE id IN (
		SELECT id FROM outbox WHERE state = 'failed' AND body IS NOT NULL AND ended_at < $1 LIMIT $2)`},
}

// pruneAtOnce bounds one statement, so that nobody waits for it.
const pruneAtOnce = 1000

// Prune drops what is kept for a while only and returns how many rows went.
func (s *Store) Prune(ctx context.Context, now time.Time) (n int, err error) {
	for _, p := range prunings {
		for {
			tag, err := s.db.Exec(ctx, p.sql, now.Add(-p.keep), pruneAtOnce)
			if err != nil {
				return n, fmt.Errorf("pruning %s: %w", p.what, translate(err))
			}
			n += int(tag.RowsAffected())
			if tag.RowsAffected() < pruneAtOnce {
				break
			}
		}
	}
	return n, nil
}
