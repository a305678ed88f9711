package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// InsertTerm stores a new term.
func (s statements) InsertTerm(ctx context.Context, t ra.Term, now time.Time) error {
	return s.change(ctx, "term", `INSERT INTO terms (id, certificate_id, unit_id, months, state, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		t.ID, t.CertificateID, t.UnitID, t.Months, t.State, now)
}

// MoveTerm moves a term: CodeState unless it is where the caller says.
func (s statements) MoveTerm(ctx context.Context, id string, from, to ra.TermState) error {
	n, err := s.changed(ctx, "term", `UPDATE terms SET state = $3 WHERE id = $1 AND state = $2`, id, from, to)
	if err == nil && n == 0 {
		err = ra.E(ra.CodeState, "what", "term", "to", string(to))
	}
	return err
}

// OpenTerms lists the open terms of certificates, oldest first.
func (s statements) OpenTerms(ctx context.Context, certificates []string) ([]ra.Term, error) {
	return list(ctx, s, func(row pgx.CollectableRow) (t ra.Term, err error) {
		err = row.Scan(&t.ID, &t.CertificateID, &t.UnitID, &t.Months, &t.State)
		return t, err
	}, `
		SELECT id, certificate_id, unit_id, months, state FROM terms
		WHERE certificate_id = ANY($1::text[]::uuid[]) AND state = 'open' ORDER BY created_at, id`, certificates)
}

// MonthsWaiting counts for certificates the months that were ordered and do not stand in them yet: terms that are not used, and units
// without one that renew or extend them.
func (s statements) MonthsWaiting(ctx context.Context, certificates []string) (map[string]int, error) {
	rows, err := s.db.Query(ctx, `
		SELECT id::text, sum(months)::int FROM (
			SELECT certificate_id AS id, months FROM terms WHERE state <> 'used'
			UNION ALL SELECT u.target_id, u.term_months FROM units u JOIN orders o ON o.id = u.order_id
			WHERE u.term_id IS NULL AND u.state IN ('waiting', 'reserved', 'issued') AND o.kind = ANY ($2)) w
		WHERE id = ANY ($1::text[]::uuid[]) GROUP BY id`, certificates, kinds(func(r ra.ServiceRule) bool { return r.Term && r.Targets != ra.TargetsNone }))
	if err != nil {
		return nil, translate(err)
	}
	months := map[string]int{}
	var id string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error { months[id] = n; return nil })
	return months, translate(err)
}

// PassOn gives what waits for a certificate to the one that took its place: its terms, and the waiting units of other orders. It
// returns the ids of those that a kiosk may begin on already; of one that is open its approval tells.
func (s statements) PassOn(ctx context.Context, from, to string) ([]string, error) {
	if err := s.change(ctx, "term", `UPDATE terms SET certificate_id = $2 WHERE certificate_id = $1 AND state <> 'used'`, from, to); err != nil {
		return nil, err
	}
	return list(ctx, s, pgx.RowTo[string], `
		WITH u AS (UPDATE units SET target_id = $2 WHERE target_id = $1 AND state = 'waiting' RETURNING order_id)
		SELECT DISTINCT u.order_id::text FROM u JOIN orders o ON o.id = u.order_id WHERE o.state <> 'open' ORDER BY 1`, from, to)
}

// BrokenTerms looks for terms that are not accounted for, see invariant 4: every renewed unit made one, and it is held or used by just
// the unit that says so.
func (s statements) BrokenTerms(ctx context.Context) ([]book.Finding, error) {
	return s.findings(ctx, 4, `
		WITH t AS (
			SELECT t.id, t.state, m.state AS made,
				count(u.id) FILTER (WHERE u.state NOT IN ('done', 'released') AND o.state IN ('approved', 'in_progress')) AS held,
				count(u.id) FILTER (WHERE u.state = 'done') AS used
			FROM terms t JOIN units m ON m.id = t.unit_id LEFT JOIN units u ON u.term_id = t.id LEFT JOIN orders o ON o.id = u.order_id
			GROUP BY t.id, m.state)
		SELECT 'term ' || id, 'it is ' || state || ', but ' || held || ' units hold it and ' || used || ' have used it' FROM t
		WHERE state <> CASE WHEN held = 0 AND used = 0 THEN 'open' WHEN held = 1 AND used = 0 THEN 'held' WHEN held = 0 AND used = 1 THEN 'used' ELSE '' END
		UNION ALL
		SELECT 'term ' || id, 'the unit that made it is ' || made FROM t WHERE made <> 'done'
		UNION ALL
		SELECT 'unit ' || u.id, 'it is done without the term that it makes'
		FROM units u LEFT JOIN terms t ON t.unit_id = u.id WHERE u.state = 'done' AND u.kind = ANY($1) AND t.id IS NULL
		ORDER BY 1, 2`, kinds(func(r ra.ServiceRule) bool { return r.Terms == ra.TermsMade }))
}
