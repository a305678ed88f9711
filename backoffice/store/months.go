package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
)

// TrailGuards lists what keeps the database from refusing changes of the trail, or from keeping its lines.
func (s statements) TrailGuards(ctx context.Context) ([]book.Finding, error) {
	return s.findings(ctx, 5, `
		WITH guarded AS (
			SELECT * FROM pg_class WHERE oid IN ('audit'::regclass, 'audit_sets'::regclass)
			UNION SELECT c.* FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit'::regclass),
		guards (name, type) AS (VALUES ('audit_append_only', 27), ('audit_not_truncated', 34)) -- before, each row, UPDATE and DELETE; before TRUNCATE
		SELECT 'table ' || g.relname, 'its trigger ' || w.name || ' is missing or off'
		FROM guarded g CROSS JOIN guards w
		WHERE NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = g.oid AND t.tgname = w.name AND t.tgenabled IN ('O', 'A')
			AND t.tgtype = w.type AND t.tgqual IS NULL AND t.tgattr = '' AND t.tgfoid = to_regproc('audit_append_only'))
		UNION ALL SELECT 'table ' || relname, 'somebody gave it the trigger ' || tgname FROM pg_trigger JOIN guarded g ON g.oid = tgrelid
		WHERE NOT tgisinternal AND tgname NOT IN (SELECT name FROM guards)
		UNION ALL SELECT 'table ' || relname, 'somebody gave it the rule ' || rulename FROM pg_rewrite JOIN guarded g ON g.oid = ev_class
		UNION ALL SELECT 'table ' || relname, 'somebody lets not everybody see its rows' FROM guarded WHERE relrowsecurity
		UNION ALL SELECT 'table ' || relname, 'somebody let ' || a.grantee::regrole || ' do more with it than add to it' FROM guarded, LATERAL (
			SELECT * FROM aclexplode(relacl) UNION SELECT c.* FROM pg_attribute t, aclexplode(attacl) c WHERE attrelid = guarded.oid) a
		WHERE a.grantee <> relowner AND a.privilege_type NOT IN ('SELECT', 'INSERT')
		UNION ALL SELECT 'function audit_append_only', 'somebody changed it' FROM pg_proc
		WHERE oid = to_regproc('audit_append_only') AND btrim(regexp_replace(prosrc, '\s+', ' ', 'g')) <> $1
		UNION ALL SELECT 'sequence ' || name, 'it was set back: maintain sets it right' FROM (`+sequences+`) s WHERE top > last
		ORDER BY 1, 2`, `BEGIN RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'integrity_constraint_violation'; END`)
}

// sequences are those of the trail and the feed, what they gave last and the highest number that is taken: a restore of the data alone, or
// a replica of it that took over, begins again with 1.
const sequences = `
	SELECT name, top, COALESCE(pg_sequence_last_value(name), 0) AS last FROM (
		SELECT 'audit_id'::regclass AS name, max(id) AS top FROM audit
		UNION ALL SELECT pg_get_serial_sequence('changes', 'id')::regclass, max(id) FROM changes) taken`

// monthName is the name of a month's partition.
func monthName(month time.Time) string { return "audit_" + month.Format("2006_01") }

// MakeMonths makes the partitions of the trail from now's month on that are missing, so many months ahead, and returns how many it
// made. Lines that came without one are taken along where that can be, and sequences that were set back go on. It takes the owner of the
// tables.
func (s *Store) MakeMonths(ctx context.Context, now time.Time, ahead int) (n int, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		n = 0
		t := statements{db: tx, keeper: s.keeper}
		if err := t.exec(ctx, `SELECT pg_advisory_xact_lock('audit'::regclass::oid::bigint)`); err != nil {
			return err
		}
		if err := t.exec(ctx, `SELECT setval(name, top) FROM (`+sequences+`) s WHERE top > last`); err != nil {
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
