// Package store keeps the back office's data in PostgreSQL. One method is one query or one small group of them; the rules
// live in packages of their own (intake, review, issuing, cashier, people, fleet), which declare the interfaces that this package
// satisfies.
//
// Errors that the rules know are *ra.Error: CodeNotFound for a missing row, a code by constraint for a clash.
package store

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"keyhall/backoffice/book"
)

// Store is a pool of connections. It is safe for concurrent use.
type Store struct {
	statements
	pool   *pgxpool.Pool
	queue  *river.Client[pgx.Tx] // puts jobs by, works at none
	offers offers
	listen sync.Once
	stop   context.CancelFunc
	ctx    context.Context // of the listener, ended by Close
	done   sync.WaitGroup

	stirred chan struct{}                  // holds one when the feed is to be looked at
	feed    atomic.Pointer[book.FeedPlace] // as seen last

	mu      sync.Mutex
	changed chan struct{}
}

// Option changes how the pool is made.
type Option func(*pgxpool.Config)

// Connections is how many the pool has at most.
func Connections(n int) Option { return func(c *pgxpool.Config) { c.MaxConns = int32(n) } }

// New opens a pool; the database is asked once, so a wrong address fails here. Several hosts and
// target_session_attrs=read-write in the DSN follow a failover.
func New(ctx context.Context, dsn string, options ...Option) (*Store, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("store: database address: %w", err)
	}
	config.AfterConnect = useUTC
	for _, option := range options {
		option(config)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("store: opening the pool: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("store: reaching the database: %w", err)
	}
	queue, err := NewJobClient(pool, &river.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("store: %w", err)
	}
	s := &Store{statements: statements{db: pool, keeper: &keeper{}}, pool: pool, queue: queue, changed: make(chan struct{}), stirred: make(chan struct{}, 1)}
	s.feed.Store(&book.FeedPlace{})
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

// Of is the store as one package of the rules knows it.
type Of[T any] struct {
	*Store
	tx func(*Tx) T
}

// For gives a package of the rules its store. Such a package names what it needs of a transaction in an interface T of its own;
// tx turns the one into the other, so that the compiler sees that it can.
func For[T any](s *Store, tx func(*Tx) T) Of[T] { return Of[T]{s, tx} }

// Do is Store.Do with the transaction as the package knows it.
func (o Of[T]) Do(ctx context.Context, f func(tx T) error) error {
	return o.Store.Do(ctx, func(tx *Tx) error { return f(o.tx(tx)) })
}

// statements are the queries of this package: those of a Store run each by itself, those of a Tx together.
type statements struct {
	db     querier
	keeper *keeper
	lines  *lines // nil outside of a transaction
}

// querier is what a pool and a transaction have in common.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// exec runs a statement and translates its error.
func (s statements) exec(ctx context.Context, sql string, args ...any) error {
	_, err := s.db.Exec(ctx, sql, args...)
	return translate(err)
}

// row scans the one row of a query: CodeNotFound when there is none.
func (s statements) row(ctx context.Context, dest []any, sql string, args ...any) error {
	return translate(s.db.QueryRow(ctx, sql, args...).Scan(dest...))
}

// list collects the rows of a query with scan.
func list[T any](ctx context.Context, s statements, scan func(pgx.CollectableRow) (T, error), sql string, args ...any) ([]T, error) {
	rows, err := s.db.Query(ctx, sql, args...)
	if err != nil {
		return nil, translate(err)
	}
	all, err := pgx.CollectRows(rows, scan)
	return all, translate(err)
}
