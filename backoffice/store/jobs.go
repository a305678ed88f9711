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
