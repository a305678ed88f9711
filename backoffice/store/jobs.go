package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"keyhall/backoffice/book"
)

// jobSchema is where River's tables are.
const jobSchema = "river"

// quiet is River's driver without notifications. PostgreSQL lets transactions that notify commit one after the other, and every approval
// puts a message by; so whoever works looks for jobs from time to time.
type quiet struct{ riverdriver.Driver[pgx.Tx] }

// SupportsListenNotify is Driver's.
func (quiet) SupportsListenNotify() bool { return false }

// NewJobClient is a client of the queues in this database. It never notifies and so finds new jobs by looking, and it rebuilds no indexes,
// which needs an owner's rights.
func NewJobClient(pool *pgxpool.Pool, c *river.Config) (*river.Client[pgx.Tx], error) {
	c.Schema, c.PollOnly, c.ReindexerIndexNames = jobSchema, true, []string{}
	client, err := river.NewClient(quiet{riverpgxv5.New(pool)}, c)
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return client, nil
}

// Enqueue puts work by. It is done once the transaction is committed, and never if it is not.
func (tx *Tx) Enqueue(ctx context.Context, j book.Job) error {
	inner, err := tx.tx.begun(ctx)
	if err != nil {
		return translate(err)
	}
	if _, err := tx.queue.InsertTx(ctx, inner, j, nil); err != nil {
		return fmt.Errorf("putting by a job %s: %w", j.Kind(), translate(err))
	}
	return nil
}

// jobRow is what the statements below read of a job: its name is its task's, or its kind.
const jobRow = `COALESCE(j.args->>'task', j.kind)`

// Works counts what the queue has of each work that is not done, and when one of the tasks was done last.
func (s statements) Works(ctx context.Context) ([]book.Work, error) {
	return list(ctx, s, func(row pgx.CollectableRow) (w book.Work, err error) {
		var told string
		err = row.Scan(&w.Name, &w.Waiting, &w.Running, &w.Retrying, &w.GivenUp, &w.Next, &w.DoneAt, &told)
		w.Trouble = book.Trouble(told)
		return w, err
	}, `
		WITH j AS (
			SELECT `+jobRow+` AS name, j.state, j.scheduled_at, j.attempted_at, j.id,
				j.errors[cardinality(j.errors)]->>'error' AS told, COALESCE(cardinality(j.errors), 0) AS failures, NULL::timestamptz AS done
			FROM river.river_job j WHERE j.state IN ('available', 'pending', 'scheduled', 'running', 'retryable', 'discarded', 'cancelled')
			UNION ALL
			SELECT `+jobRow+`, j.state, NULL, NULL, j.id, NULL, 0, j.finalized_at FROM river.river_job j WHERE j.state = 'completed' AND j.kind = 'upkeep')
		SELECT j.name,
			count(*) FILTER (WHERE j.state IN ('available', 'pending', 'scheduled') AND j.failures = 0),
			count(*) FILTER (WHERE j.state = 'running'),
			count(*) FILTER (WHERE j.state IN ('available', 'pending', 'scheduled', 'retryable') AND (j.failures > 0 OR j.state = 'retryable')),
			count(*) FILTER (WHERE j.state IN ('discarded', 'cancelled')),
			min(j.scheduled_at) FILTER (WHERE j.state IN ('available', 'pending', 'scheduled', 'retryable') AND (j.failures > 0 OR j.state = 'retryable')),
			max(j.done),
			COALESCE((array_agg(j.told ORDER BY j.attempted_at DESC NULLS LAST, j.id DESC) FILTER (WHERE j.failures > 0))[1], '')
		FROM j GROUP BY j.name ORDER BY j.name`)
}

// DropGivenUp takes the jobs of that name out of the queue that failed for good, and returns how many there were.
func (tx *Tx) DropGivenUp(ctx context.Context, name string) (int, error) {
	tag, err := tx.db.Exec(ctx, `DELETE FROM river.river_job j WHERE `+jobRow+` = $1 AND j.state IN ('discarded', 'cancelled')`, name)
	return int(tag.RowsAffected()), translate(err)
}

// hurryAtOnce bounds how many jobs are hurried at once.
const hurryAtOnce = 1000

// HurryJobs lets the jobs of that name that failed and wait for their next try be tried now, and returns how many.
func (tx *Tx) HurryJobs(ctx context.Context, name string) (int, error) {
	ids, err := list(ctx, tx.statements, pgx.RowTo[int64], `
		SELECT j.id FROM river.river_job j WHERE `+jobRow+` = $1 AND j.state = 'retryable' ORDER BY j.id LIMIT $2 FOR UPDATE SKIP LOCKED`, name, hurryAtOnce)
	if err != nil {
		return 0, err
	}
	inner, err := tx.tx.begun(ctx)
	if err != nil {
		return 0, translate(err)
	}
	for _, id := range ids {
		if _, err := tx.queue.JobRetryTx(ctx, inner, id); err != nil {
			return 0, fmt.Errorf("hurrying a job %s: %w", name, translate(err))
		}
	}
	return len(ids), nil
}
