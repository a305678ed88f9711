package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"keyhall/backoffice/store/migrations"
)

// ErrSchemaOld means that the database lacks migrations that this program needs.
var ErrSchemaOld = errors.New("store: the database schema is older than this program: run migrate")

// Migrate brings the schema up to date as the owner of its tables, the job queue's too, makes the months of the trail, and gives a role
// what the program needs. Several programs may call it at once: one works, the others wait.
func Migrate(ctx context.Context, dsn, role string) error {
	provider, db, err := openProvider(dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("store: migrating: %w", err)
	}
	owner, err := New(ctx, dsn)
	if err != nil {
		return err
	}
	defer owner.Close()
	if err := migrateJobs(ctx, owner.pool); err != nil {
		return err
	}
	if _, err := owner.MakeMonths(ctx, time.Now(), monthsAhead); err != nil {
		return fmt.Errorf("store: months of the trail: %w", err)
	}
	return owner.grant(ctx, role)
}

// jobsLock keeps programs from migrating the job queue at once.
const jobsLock = 0x6b6579_72697672

// migrateJobs brings River's schema, which 0006 made, up to date.
func migrateJobs(ctx context.Context, pool *pgxpool.Pool) error {
	migrator, err := jobMigrator(pool)
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(jobsLock)); err != nil {
			return fmt.Errorf("store: migrating the job queue: %w", err)
		}
		if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
			return fmt.Errorf("store: migrating the job queue: %w", err)
		}
		return nil
	})
}

func jobMigrator(pool *pgxpool.Pool) (*rivermigrate.Migrator[pgx.Tx], error) {
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: jobSchema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("store: job queue: %w", err)
	}
	return m, nil
}

// checkJobs returns ErrSchemaOld when the job queue's tables are missing or old.
func checkJobs(ctx context.Context, dsn string) error {
	pool, err := pgxpool.New(ctx, dsn)
	if err != nil {
		return fmt.Errorf("store: opening the pool: %w", err)
	}
	defer pool.Close()
	migrator, err := jobMigrator(pool)
	if err != nil {
		return err
	}
	found, err := migrator.Validate(ctx, nil)
	if err != nil {
		return fmt.Errorf("store: reading the job queue's version: %w", err)
	}
	if !found.OK {
		return ErrSchemaOld
	}
	return nil
}

// CheckSchema returns ErrSchemaOld when migrations are missing.
func CheckSchema(ctx context.Context, dsn string) error {
	provider, db, err := openProvider(dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	var there bool // where it is not, the provider would try to make it
	if err := db.QueryRowContext(ctx, `SELECT to_regclass('goose_db_version') IS NOT NULL`).Scan(&there); err != nil {
		return fmt.Errorf("store: reading the schema's version: %w", err)
	}
	if !there {
		return ErrSchemaOld
	}
	pending, err := provider.HasPending(ctx)
	if err != nil {
		return fmt.Errorf("store: reading the schema's version: %w", err)
	}
	if pending {
		return ErrSchemaOld
	}
	return checkJobs(ctx, dsn)
}

func openProvider(dsn string) (*goose.Provider, *sql.DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, nil, fmt.Errorf("store: database address: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // a second between tries
	if err != nil {
		return nil, nil, fmt.Errorf("store: session lock: %w", err)
	}
	db := stdlib.OpenDB(*config)
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS, goose.WithSessionLocker(locker))
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("store: reading migrations: %w", err), db.Close())
	}
	return provider, db, nil
}
