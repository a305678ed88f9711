package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
)

// Tx is one transaction. It is good until the function that it was given to returns.
type Tx struct {
	statements
	tx      *transaction
	queue   *river.Client[pgx.Tx]
	changes bool // has told the feed something
}

// attempts is how often Do runs a function that PostgreSQL asks to repeat.
const attempts = 5

// Do runs f in one transaction, and with its commit writes the lines of the trail that f left, all at once; a transaction that moved rows
// of the register and left none is refused. After a serialization failure or a deadlock f runs again, so it must not keep anything
// from a run that failed.
func (s *Store) Do(ctx context.Context, f func(tx *Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := s.once(ctx, f)
		if !repeatable(err) || attempt == attempts || ctx.Err() != nil {
			return translate(err)
		}
	}
}

func (s *Store) once(ctx context.Context, f func(tx *Tx) error) error {
	t := &transaction{pool: s.pool, offers: &s.offers, known: map[question]known{}}
	defer t.end(ctx)
	tx := &Tx{statements: statements{db: t, keeper: s.keeper, lines: &lines{}}, tx: t, queue: s.queue}
	err := f(tx)
	if err == nil {
		err = tx.stamp()
	}
	if err == nil {
		err = t.commit(ctx, tx.lines)
	}
	switch {
	case err != nil:
		s.keeper.lost(tx.lines)
	case tx.changes:
		s.stir()
	}
	return err
}

// transaction saves trips to the database: it begins with its first statement, what only writes (statements.write) waits for the next
// statement that is answered, and commit goes along with the last. An error of a statement is told by the one it went with.
type transaction struct {
	pool   *pgxpool.Pool
	conn   *pgxpool.Conn // nil before it has begun
	inner  pgx.Tx        // likewise
	gather []write
	known  map[question]known
	offers *offers
	epoch  string // of the catalogue, "" until it is known
	err    error  // the first of a statement; nothing is committed after it
	over   bool
}

var _ querier = (*transaction)(nil)

// ahead begins a batch with what has to go before.
func (t *transaction) ahead(ctx context.Context) (*pgx.Batch, error) {
	b := &pgx.Batch{}
	if t.conn == nil {
		conn, err := t.pool.Acquire(ctx)
		if err != nil {
			return b, err
		}
		t.conn = conn
		b.BeginTx(pgx.TxOptions{})
	}
	for _, group := range grouped(t.gather) {
		sql, args := together(group)
		b.Queue(sql, args...)
	}
	t.gather = nil
	return b, t.err
}

// SendBatch sends b with all that waits; the results are b's alone.
func (t *transaction) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	whole, err := t.ahead(ctx)
	if err != nil {
		return pgx.FailedBatchResults(b, err)
	}
	before := whole.Len()
	whole.QueuedQueries = append(whole.QueuedQueries, b.QueuedQueries...)
	results := t.conn.SendBatch(ctx, whole)
	if t.inner == nil {
		t.inner = results.Tx()
	}
	for range before {
		if _, err := results.Exec(); err != nil {
			t.err = errors.Join(err, ignore(results.Close()))
			return pgx.FailedBatchResults(b, err)
		}
	}
	return watched{results, t}
}

// ignore is for an error that was told already.
func ignore(error) error { return nil }

// Query is querier's.
func (t *transaction) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	b := &pgx.Batch{}
	b.Queue(sql, args...)
	results := t.SendBatch(ctx, b)
	rows, err := results.Query()
	if err != nil {
		return nil, errors.Join(err, ignore(results.Close()))
	}
	return lastRows{rows, results}, nil
}

// QueryRow is querier's.
func (t *transaction) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := t.Query(ctx, sql, args...)
	return oneRow{rows, err}
}

// Exec is querier's.
func (t *transaction) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	b := &pgx.Batch{}
	b.Queue(sql, args...)
	results := t.SendBatch(ctx, b)
	tag, err := results.Exec()
	if err != nil {
		return tag, errors.Join(err, ignore(results.Close()))
	}
	return tag, results.Close()
}

// begun sends what waits and returns the transaction as pgx knows it, for who has statements of their own.
func (t *transaction) begun(ctx context.Context) (pgx.Tx, error) {
	err := t.SendBatch(ctx, &pgx.Batch{}).Close()
	return t.inner, err
}

// commit sends what waits, the lines of the trail and the commit in one trip; a transaction that asked for nothing needs none.
func (t *transaction) commit(ctx context.Context, l *lines) error {
	if t.err != nil || t.conn == nil && len(t.gather) == 0 && len(l.rows) == 0 {
		return t.err
	}
	b := &pgx.Batch{}
	if len(l.rows) > 0 {
		b.Queue(insertLines, l.args()...)
	}
	b.Queue("commit")
	results := t.SendBatch(ctx, b)
	if t.err != nil { // of a statement before
		return trailAway(ctx, t.err)
	}
	if len(l.rows) > 0 {
		if _, err := results.Exec(); err != nil {
			return errors.Join(away(ctx, err), ignore(results.Close()))
		}
	}
	tag, err := results.Exec()
	if err = errors.Join(err, results.Close()); err != nil {
		return err
	}
	t.over = true
	if tag.String() == "ROLLBACK" {
		return pgx.ErrTxCommitRollback
	}
	return nil
}

// trailAway is the error of statements that were not even planned, which may be because of the one that writes lines.
func trailAway(ctx context.Context, err error) error {
	var unplanned pgx.ErrPreprocessingBatch
	if errors.As(err, &unplanned) && unplanned.SQL() == insertLines {
		return away(ctx, err)
	}
	return err
}

// end takes back what was not committed and lets the connection go; the pool closes one that is still in a transaction.
func (t *transaction) end(ctx context.Context) {
	if t.conn == nil {
		return
	}
	if !t.over && !t.conn.Conn().IsClosed() {
		_, _ = t.conn.Exec(ctx, "rollback") // where it fails the connection is closed
	}
	t.conn.Release()
}

// watched keeps the first error of a batch in the transaction.
type watched struct {
	pgx.BatchResults
	t *transaction
}

// Close implements pgx.BatchResults.
func (w watched) Close() error {
	err := w.BatchResults.Close()
	if w.t.err == nil {
		w.t.err = err
	}
	return err
}

// lastRows are the rows of a batch's last query, which end the batch.
type lastRows struct {
	pgx.Rows
	results pgx.BatchResults
}

// Close implements pgx.Rows.
func (r lastRows) Close() {
	r.Rows.Close()
	_ = r.results.Close() // the rows have its error
}

// Next implements pgx.Rows.
func (r lastRows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

// oneRow is the first of some rows.
type oneRow struct {
	rows pgx.Rows
	err  error
}

// Scan implements pgx.Row.
func (r oneRow) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}
