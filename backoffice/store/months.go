package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
)

// TrailGuards lists what keeps the database from refusing changes of the trail.
func (s statements) TrailGuards(ctx context.Context) ([]book.Finding, error) {
	return s.findings(ctx, 5, `
		WITH guarded AS (
			SELECT oid, relname, relkind FROM pg_class WHERE oid IN ('audit'::regclass, 'audit_sets'::regclass)
			UNION SELECT c.oid, c.relname, c.relkind FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit'::regclass)
		SELECT 'table ' || g.relname, 'its trigger ' || w.name || ' is missing or off'
		FROM guarded g CROSS JOIN (VALUES ('audit_append_only'), ('audit_not_truncated')) w (name)
		WHERE NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = g.oid AND t.tgname = w.name AND t.tgenabled IN ('O', 'A'))
		ORDER BY 1, 2`)
}

// monthName is the name of a month's partition.
func monthName(month time.Time) string { return "audit_" + month.Format("2006_01") }

// MakeMonths makes the partitions of the trail from now's month on that are missing, so many months ahead, and returns how many it
// made. Lines that came without one are taken along where that can be. It takes the owner of the tables.
func (s *Store) MakeMonths(ctx context.Context, now time.Time, ahead int) (n int, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		n = 0
		t := statements{db: tx, keeper: s.keeper}
		if err := t.exec(ctx, `SELECT pg_advisory_xact_lock('audit'::regclass::oid::bigint)`); err != nil {
			return err
		}
		for i := range ahead + 1 {
			made, err := t.makeMonth(ctx, book.Month(now).AddDate(0, i, 0))
			if err != nil {
				return err
			}
			if made {
				n++
			}
		}
		return nil
	})
	return n, err
}

func (s statements) makeMonth(ctx context.Context, month time.Time) (made bool, err error) {
	var there, stray bool
	end := month.AddDate(0, 1, 0)
	err = s.row(ctx, []any{&there, &stray}, `SELECT to_regclass($1) IS NOT NULL, EXISTS (SELECT FROM audit_rest WHERE at >= $2 AND at < $3)`,
		monthName(month), month, end)
	if err != nil || there || stray {
		return false, err
	}
	b := &pgx.Batch{}
	b.Queue(fmt.Sprintf(`CREATE TABLE %s PARTITION OF audit FOR VALUES FROM ('%s') TO ('%s')`,
		monthName(month), month.Format(time.RFC3339), end.Format(time.RFC3339)))
	b.Queue(fmt.Sprintf(`CREATE TRIGGER audit_not_truncated BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()`, monthName(month)))
	return true, s.batch(ctx, b)
}

// Months lists the months that have a partition, in order.
func (s statements) Months(ctx context.Context) ([]time.Time, error) {
	names, err := list(ctx, s, pgx.RowTo[string], `
		SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit'::regclass ORDER BY 1`)
	var months []time.Time
	for _, name := range names {
		if month, err := time.Parse("2006_01", strings.TrimPrefix(name, "audit_")); err == nil {
			months = append(months, month)
		}
	}
	return months, err
}

// MonthHolds tells what a month of the trail has: its sets and their lines, the newest of them, and the lines that are there.
func (s statements) MonthHolds(ctx context.Context, month time.Time) (h book.MonthHolds, err error) {
	err = s.row(ctx, []any{&h.Sets, &h.Lines, &h.LastSet, &h.There, &h.Rest}, `
		SELECT count(*), COALESCE(sum(lines), 0), COALESCE(max(number), 0),
			(SELECT count(*) FROM audit WHERE at >= $1 AND at < $2), EXISTS (SELECT FROM audit_rest WHERE at >= $1 AND at < $2)
		FROM audit_sets WHERE month = $1`, month, month.AddDate(0, 1, 0))
	return h, err
}

// LastWords lists, by key and after a key, what the trail said last of rows of the register in lines from before a time; of those that are
// no more it lists nothing.
func (s statements) LastWords(ctx context.Context, before time.Time, after string, limit int) ([]book.Word, error) {
	return list(ctx, s, pgx.RowToStructByPos[book.Word], `
		SELECT key, value FROM (
			SELECT DISTINCT ON (m.key) m.key, m.value, a.at
			FROM audit a, jsonb_each_text(a.moved) m WHERE a.moved <> '{}' AND m.key > $2 ORDER BY m.key, a.id DESC) said
		WHERE at < $1 AND value <> '' ORDER BY key LIMIT $3`, before, after, limit)
}

// DropMonth drops the lines of a month, which has a partition. It takes the owner of the tables.
func (s statements) DropMonth(ctx context.Context, month time.Time) error {
	b := &pgx.Batch{}
	b.Queue(`ALTER TABLE audit DETACH PARTITION ` + monthName(month))
	b.Queue(`DROP TABLE ` + monthName(month))
	return s.batch(ctx, b)
}
