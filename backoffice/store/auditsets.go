package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"keyhall/backoffice/book"
)

type spans = pgtype.Multirange[pgtype.Range[pgtype.Int8]]

const setColumns = `SELECT number, month, ids, lines, total, high, sealed_at, digest, previous, hash, signature FROM audit_sets `

func scanSet(row pgx.CollectableRow) (s book.AuditSet, err error) {
	var ids spans
	err = row.Scan(&s.Number, &s.Month, &ids, &s.Lines, &s.Total, &s.High, &s.SealedAt, &s.Digest, &s.Previous, &s.Hash, &s.Signature)
	for _, r := range ids { // PostgreSQL writes every range of whole numbers as [first, after)
		s.IDs = append(s.IDs, book.Span{First: r.Lower.Int64, Last: r.Upper.Int64 - 1})
	}
	return s, err
}

// LockSealing keeps other sealers out until the transaction ends.
func (s statements) LockSealing(ctx context.Context) error {
	return s.exec(ctx, `SELECT pg_advisory_xact_lock('audit_sets'::regclass::oid::bigint)`)
}

// LastSet returns the newest set: CodeNotFound before the first.
func (s statements) LastSet(ctx context.Context) (book.AuditSet, error) {
	return one(list(ctx, s, scanSet, setColumns+`ORDER BY number DESC LIMIT 1`))
}

// AuditSets lists sets after a number, in the order of the chain.
func (s statements) AuditSets(ctx context.Context, after int64, limit int) ([]book.AuditSet, error) {
	return list(ctx, s, scanSet, setColumns+`WHERE number > $1 ORDER BY number LIMIT $2`, after, limit)
}

// InsertAuditSet adds a set to the chain.
func (s statements) InsertAuditSet(ctx context.Context, set book.AuditSet) error {
	ids := make(spans, len(set.IDs))
	for i, span := range set.IDs {
		ids[i] = pgtype.Range[pgtype.Int8]{Lower: pgtype.Int8{Int64: span.First, Valid: true}, Upper: pgtype.Int8{Int64: span.Last + 1, Valid: true},
			LowerType: pgtype.Inclusive, UpperType: pgtype.Exclusive, Valid: true}
	}
	previous := set.Previous
	if previous == nil {
		previous = []byte{}
	}
	return s.exec(ctx, `
		INSERT INTO audit_sets (number, month, ids, lines, total, high, sealed_at, digest, previous, hash, signature)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		set.Number, set.Month, ids, set.Lines, set.Total, set.High, set.SealedAt, set.Digest, previous, set.Hash, set.Signature)
}

// fresh are the lines that no set has: those after the highest sealed id, and those whose ids recent sets left out, since their
// transactions ended later. $1: the highest id, $2: recent, $3: lines are no older.
const fresh = `
	SELECT * FROM audit WHERE id > $1 AND at > $3
	UNION ALL SELECT a.* FROM (
		SELECT unnest(int8multirange(int8range(lower(ids), upper(ids))) - ids) AS gap
		FROM (SELECT range_agg(ids) AS ids FROM audit_sets WHERE sealed_at > $2) recent) g
	JOIN audit a ON a.id >= lower(g.gap) AND a.id < upper(g.gap) AND a.at > $3`

// UnsealedAudit lists lines that no set has, by their ids.
func (s statements) UnsealedAudit(ctx context.Context, high int64, gapsSince, since time.Time, limit int) ([]book.AuditRow, error) {
	return list(ctx, s, scanAudit, `SELECT `+auditColumns+` FROM (`+fresh+`) a ORDER BY a.id LIMIT $4`, high, gapsSince, since, limit)
}

// OldestUnsealed returns the time of the oldest of those lines, nil where there is none.
func (s statements) OldestUnsealed(ctx context.Context, high int64, gapsSince, since time.Time) (at *time.Time, err error) {
	err = s.row(ctx, []any{&at}, `SELECT min(a.at) FROM (`+fresh+`) a`, high, gapsSince, since)
	return at, err
}

// StrayAudit looks through all lines for those that no set has.
func (s statements) StrayAudit(ctx context.Context, limit int) ([]book.AuditRow, error) {
	return list(ctx, s, scanAudit, `SELECT `+auditColumns+` FROM audit a
		WHERE NOT a.id <@ COALESCE((SELECT range_agg(ids) FROM audit_sets), '{}') ORDER BY a.id LIMIT $1`, limit)
}

// LinesOfSets shows the lines of the sets from one to another, set by set and in the order of their ids.
func (s statements) LinesOfSets(ctx context.Context, from, to int64, see func(set int64, line book.AuditRow) error) error {
	rows, err := s.db.Query(ctx, `
		SELECT s.number, `+auditColumns+` FROM audit_sets s CROSS JOIN LATERAL unnest(s.ids) AS span
			JOIN audit a ON a.id >= lower(span) AND a.id < upper(span)
				AND a.at >= s.month AND a.at < (s.month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC'
		WHERE s.number BETWEEN $1 AND $2 ORDER BY s.number, a.id`, from, to)
	if err != nil {
		return translate(err)
	}
	defer rows.Close()
	for rows.Next() {
		var set int64
		var line book.AuditRow
		if err := rows.Scan(append([]any{&set}, auditFields(&line)...)...); err != nil {
			return translate(err)
		}
		if err := see(set, line); err != nil {
			return err
		}
	}
	return translate(rows.Err())
}
