package postgres

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

func TestFolderBehindPrivateOnesWithALongName(t *testing.T) {
	t.Parallel()
	closed := filepath.Join(t.TempDir(), strings.Repeat("long", 25))
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	s := start(t, filepath.Join(closed, "it's"))
	if got := query(t, s, "SELECT 7"); got != 7 {
		t.Errorf("got %d, want 7", got)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Errorf("stopping twice: %v", err)
	}
}

func TestStaleProcessFileIsNoObstacle(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	c, err := openCluster(dir, Options{Fast: true})
	if errors.Is(err, ErrMissing) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer c.folder.Close()
	if err := c.initialise(t.Context()); err != nil {
		t.Fatal(err)
	}
	// After a power cut the number may be somebody else's: here ours.
	stale := fmt.Sprintf("%d\n%s/data\n", os.Getpid(), inherited)
	if err := os.WriteFile(c.path("data", "postmaster.pid"), []byte(stale), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := query(t, start(t, dir), "SELECT 7"); got != 7 {
		t.Errorf("got %d, want 7", got)
	}
}

func TestLastOneEndsTheServer(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	first, second := start(t, dir), start(t, dir)
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	if got := query(t, second, "SELECT 7"); got != 7 {
		t.Errorf("got %d, want 7", got)
	}
	if err := second.Stop(); err != nil {
		t.Fatal(err)
	}
	if second.cluster.running() {
		t.Error("the server still runs")
	}
}

// The test runs itself as a program that starts a server and is killed.
func TestServerEndsWithAKilledProgram(t *testing.T) {
	const name = "KEYHALL_TEST_START_IN"
	if dir := os.Getenv(name); dir != "" {
		start(t, dir)
		fmt.Println("started")
		select {}
	}
	t.Parallel()
	dir := shortDir(t)
	start(t, dir).Stop() // skips without PostgreSQL
	cmd := exec.Command(os.Args[0], "-test.run=^TestServerEndsWithAKilledProgram$")
	cmd.Env = append(os.Environ(), name+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if line != "started\n" {
		t.Errorf("said %q: %v", line, err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for home := filepath.Join(dir, "data", "postmaster.pid"); ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(home); errors.Is(err, os.ErrNotExist) {
			return
		}
	}
	t.Error("the server outlived the program")
}

func TestSharedDatabaseIsEmptyAtEachStart(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	start(t, dir).Stop() // skips without PostgreSQL
	for range 2 {
		s, err := share(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := pgx.Connect(t.Context(), s.DSN(sharedDatabase))
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{"CREATE TABLE once ()", "CREATE DATABASE left_behind"} {
			if _, err := conn.Exec(t.Context(), statement); err != nil {
				t.Error(err)
			}
		}
		conn.Close(t.Context())
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDamagedSharedDataAreMadeAnew(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	start(t, dir).Stop()
	if err := os.Truncate(filepath.Join(dir, "data", "global", "pg_control"), 0); err != nil {
		t.Fatal(err)
	}
	s, err := share(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}
