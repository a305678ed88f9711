package store

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// write is a statement that answers nothing. Rows names what it touches, "units": two of one transaction that may touch the same row
// have the same name, and are carried out in order; those of different names go as one statement, and must not mind what the others do.
type write struct {
	rows    string // a table, and more where two of them touch different rows of it
	once    string // the constraint that is broken unless it touches one row; "": it may touch any number
	becomes *word  // what that row is then, nil where it is no row of the register
	sql     string
	args    []any
}

// differs is the constraint that is broken when a row of the register became something else than was told of it.
const differs = "line_differs"

// write carries out a statement: in a transaction with the next one that is answered, and its error comes with that; else at once.
func (s statements) write(ctx context.Context, rows, sql string, args ...any) error {
	return s.put(ctx, write{rows: rows, sql: sql, args: args})
}

// writeOnce is write for a statement that is to touch one row. Where it does not the named constraint is broken.
func (s statements) writeOnce(ctx context.Context, rows, constraint, sql string, args ...any) error {
	return s.put(ctx, write{rows: rows, once: constraint, sql: sql, args: args})
}

// become is write for a statement that makes one row of the register what the word says; it goes into the trail at once, and
// nothing of the transaction is kept where the row is something else then.
func (s statements) become(ctx context.Context, w word, sql string, args ...any) error {
	return s.becomeOnce(ctx, w, differs, sql, args...)
}

// becomeOnce is become where the named constraint is broken when it touches no row.
func (s statements) becomeOnce(ctx context.Context, w word, constraint, sql string, args ...any) error {
	if s.lines == nil {
		return errAlone
	}
	s.lines.move(w.kind+" "+w.key, w.value)
	return s.put(ctx, write{rows: registerOf(w.kind).table, once: constraint, becomes: &w, sql: sql, args: args})
}

func (s statements) put(ctx context.Context, w write) error {
	if t, ok := s.db.(*transaction); ok {
		t.gather = append(t.gather, w)
		table, _, _ := strings.Cut(w.rows, " ")
		t.forget(table)
		return t.err
	}
	sql, args := together([]write{w})
	return s.exec(ctx, sql, args...)
}

// grouped splits writes where one may touch what one before it did.
func grouped(all []write) (groups [][]write) {
	for _, w := range all {
		last := len(groups) - 1
		if last < 0 || slices.ContainsFunc(groups[last], func(before write) bool { return before.rows == w.rows }) {
			groups = append(groups, nil)
			last++
		}
		groups[last] = append(groups[last], w)
	}
	return groups
}

var parameter = regexp.MustCompile(`\$([0-9]+)`)

// together makes one statement of some: the same text for the same ones, so that it is planned once.
func together(all []write) (sql string, args []any) {
	if len(all) == 1 && all[0].once == "" {
		return all[0].sql, all[0].args
	}
	var parts, checks []string
	for i, w := range all {
		before := len(args)
		text := parameter.ReplaceAllStringFunc(w.sql, func(p string) string {
			n, _ := strconv.Atoi(p[1:]) // digits, by the expression
			return "$" + strconv.Itoa(before+n)
		})
		args = append(args, w.args...)
		parts = append(parts, fmt.Sprintf("w%d AS (%s)", i, text+w.returning()))
		if w.becomes != nil {
			args = append(args, w.becomes.key, w.becomes.value)
		}
		if w.once != "" {
			checks = append(checks, w.check(i, len(args)))
		}
	}
	return "WITH " + strings.Join(parts, ",\n") + "\nSELECT " + strings.Join(checks, ", "), args
}

// returning is what a statement that is to touch one row tells of it.
func (w write) returning() string {
	switch {
	case w.becomes != nil:
		r := registerOf(w.becomes.kind)
		return " RETURNING (" + r.key + ")::text AS key, " + r.value + " AS value"
	case w.once != "":
		return " RETURNING true"
	}
	return ""
}

// check is an expression that breaks a constraint unless the i-th statement touched one row and made it what the last two arguments of
// those so far say, where it says so.
func (w write) check(i, last int) string {
	if w.becomes == nil {
		return fmt.Sprintf("(SELECT must(count(*) = 1, '%s') FROM w%d)", w.once, i)
	}
	broken := "'" + differs + "'"
	if w.once != differs {
		broken = fmt.Sprintf("CASE count(*) WHEN 1 THEN %s ELSE '%s' END", broken, w.once)
	}
	return fmt.Sprintf("(SELECT must(count(*) = 1 AND bool_and(key = $%d AND value = $%d), %s) FROM w%d)", last-1, last, broken, i)
}

// batch runs all of b.
func (s statements) batch(ctx context.Context, b *pgx.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	return translate(s.db.SendBatch(ctx, b).Close())
}
