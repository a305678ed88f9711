// Package store keeps the back office's data in PostgreSQL. One method is one query or one small group of them; rules
// live in backoffice/service, which declares the interface this package satisfies.
//
// Errors that the rules know are *ra.Error: CodeNotFound for a missing row, a code by constraint for a clash.
package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Store is a pool of connections. It is safe for concurrent use.
type Store struct {
	pool   *pgxpool.Pool
	listen sync.Once
	stop   context.CancelFunc
	ctx    context.Context // of the listener, ended by Close
	done   sync.WaitGroup

	mu      sync.Mutex
	changed chan struct{}
}

// New opens a pool; the database is asked once, so a wrong address fails here. Several hosts and
// target_session_attrs=read-write in the DSN follow a failover.
func New(ctx context.Context, dsn string) (*Store, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("store: database address: %w", err)
	}
	config.AfterConnect = useUTC
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("store: opening the pool: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("store: reaching the database: %w", err)
	}
	s := &Store{pool: pool, changed: make(chan struct{})}
	s.ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	return s, nil
}

// useUTC makes every timestamptz come back in UTC.
func useUTC(_ context.Context, c *pgx.Conn) error {
	c.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}

// Pool is the pool, for the console's sessions and for tests that break things on purpose.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Close ends the listener and closes the pool.
func (s *Store) Close() {
	s.stop()
	s.done.Wait()
	s.pool.Close()
}

type txKey struct{}

// attempts is how often Do runs a function that PostgreSQL asks to repeat.
const attempts = 5

// Do runs f in one transaction, which the ctx given to f carries; with a transaction already in ctx, f joins it. After
// a serialization failure or a deadlock f runs again, so it must not keep anything from a run that failed.
func (s *Store) Do(ctx context.Context, f func(ctx context.Context) error) error {
	if _, joined := ctx.Value(txKey{}).(pgx.Tx); joined {
		return f(ctx)
	}
	for attempt := 1; ; attempt++ {
		err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			return f(context.WithValue(ctx, txKey{}, tx))
		})
		if !repeatable(err) || attempt == attempts || ctx.Err() != nil {
			return translate(err)
		}
	}
}

// querier is what a pool and a transaction have in common.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// q is the transaction in ctx, or the pool.
func (s *Store) q(ctx context.Context) querier {
	if tx, ok := ctx.Value(txKey{}).(pgx.Tx); ok {
		return tx
	}
	return s.pool
}

// exec runs a statement and translates its error.
func (s *Store) exec(ctx context.Context, sql string, args ...any) error {
	_, err := s.q(ctx).Exec(ctx, sql, args...)
	return translate(err)
}

// row scans the one row of a query: CodeNotFound when there is none.
func (s *Store) row(ctx context.Context, dest []any, sql string, args ...any) error {
	return translate(s.q(ctx).QueryRow(ctx, sql, args...).Scan(dest...))
}

// list collects the rows of a query with scan.
func list[T any](ctx context.Context, s *Store, scan func(pgx.CollectableRow) (T, error), sql string, args ...any) ([]T, error) {
	rows, err := s.q(ctx).Query(ctx, sql, args...)
	if err != nil {
		return nil, translate(err)
	}
	all, err := pgx.CollectRows(rows, scan)
	return all, translate(err)
}
