package postgres

import (
	"errors"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
)

// shortDir is a folder whose path leaves room for a socket's name (107 bytes in all).
func shortDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "kh-pg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func start(t *testing.T, dir string) *Server {
	s, err := Start(t.Context(), dir, Options{Fast: true})
	if errors.Is(err, ErrMissing) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop() })
	return s
}

func query(t *testing.T, s *Server, sql string) int {
	conn, err := pgx.Connect(t.Context(), s.DSN(""))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var n int
	if err := conn.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDataOutliveTheServer(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	s := start(t, dir)
	query(t, s, "WITH made AS (SELECT 1) SELECT 1 FROM made")
	conn, err := pgx.Connect(t.Context(), s.DSN(""))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "CREATE TABLE kept AS SELECT 42 AS n"); err != nil {
		t.Fatal(err)
	}
	conn.Close(t.Context())
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if got := query(t, start(t, dir), "SELECT n FROM kept"); got != 42 {
		t.Errorf("after a restart: %d, want 42", got)
	}
}

func TestSecondStartUsesTheRunningServer(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	first := start(t, dir)
	second := start(t, dir)
	if first.DSN("") != second.DSN("") {
		t.Errorf("two servers: %q and %q", first.DSN(""), second.DSN(""))
	}
}
