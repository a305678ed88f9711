package postgres

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"
)

// sharedDatabase is made anew whenever the shared server starts.
const sharedDatabase = "keyhall_test"

// Shared returns the connection string of one database that all test programs of this user share; they keep apart by
// schemas or by databases beside it. The first starts the server with an empty database; it ends when the last one releases it or has ended,
// killed ones included. Releasing twice is fine. The environment variable KEYHALL_TEST_DSN names another database to use.
func Shared(ctx context.Context) (dsn string, release func(), err error) {
	if dsn := os.Getenv("KEYHALL_TEST_DSN"); dsn != "" {
		return dsn, func() {}, nil
	}
	s, err := share(ctx, filepath.Join(os.TempDir(), fmt.Sprintf("keyhall-test-%d", os.Getuid())))
	if err != nil {
		return "", nil, err
	}
	return s.DSN(sharedDatabase), func() { s.Stop() }, nil
}

func share(ctx context.Context, dir string) (*Server, error) {
	return startIn(ctx, dir, Options{Fast: true}, (*cluster).startEmpty)
}

// startEmpty starts the server with an empty database. Files that a power cut has damaged are made anew.
func (c *cluster) startEmpty(ctx context.Context) error {
	if err := c.start(ctx); err != nil {
		if ctx.Err() != nil {
			return err
		}
		if err := os.RemoveAll(c.path("data")); err != nil {
			return err
		}
		if err := c.start(ctx); err != nil {
			return err
		}
	}
	return sweep(ctx, dsn(c.dir, ""))
}

// sweep drops what killed tests left behind, all but template databases, and makes the shared database.
func sweep(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'")
	if err != nil {
		return err
	}
	left, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range left {
		if _, err := conn.Exec(ctx, "DROP DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
			return err
		}
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+sharedDatabase)
	return err
}
