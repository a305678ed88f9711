package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"keyhall/backoffice/store/migrations"
)

// ErrSchemaOld means that the database lacks migrations that this program needs.
var ErrSchemaOld = errors.New("store: the database schema is older than this program: run migrate")

// Migrate brings the schema up to date. Several programs may call it at once: one works, the others wait.
func Migrate(ctx context.Context, dsn string) error {
	provider, db, err := openProvider(dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("store: migrating: %w", err)
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
	pending, err := provider.HasPending(ctx)
	if err != nil {
		return fmt.Errorf("store: reading the schema's version: %w", err)
	}
	if pending {
		return ErrSchemaOld
	}
	return nil
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
