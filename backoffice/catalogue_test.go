package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// TestCatalogueCommands checks and stores the example, and stores again what is shown.
func TestCatalogueCommands(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.command("migrate")
	h.command("found")
	file := func(name, content string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	stored := func(file, want string) {
		t.Helper()
		if out := h.command("catalogue", "store", file); out != want+"\n" {
			t.Errorf("catalogue store: got %q, want %q", out, want)
		}
	}
	const example = "../packaging/examples/catalogue.toml"
	stored(example, "catalogue: stored")
	shown := h.command("catalogue", "show")
	stored(file("shown.toml", shown), "catalogue: nothing changed")

	wrong := file("wrong.toml", "[[halls]]\nid = \"X\"\n")
	check := func(file string) (string, error) {
		out, err := exec.CommandContext(t.Context(), h.program, "catalogue", "check", file).CombinedOutput()
		return string(out), err
	}
	if out, err := check(example); err != nil || out != "" {
		t.Errorf("catalogue check of the example: got %v, %s", err, out)
	}
	out, err := check(wrong)
	_, refused := h.try("catalogue", "store", wrong)
	if err == nil || refused == nil {
		t.Fatalf("a wrong file: check %v, store %v, want both to refuse it", err, refused)
	}
	for _, mistake := range []string{`hall "X": name.zh: it is missing`, "projects: at least one is needed"} {
		if !strings.Contains(out, mistake) || !strings.Contains(refused.Error(), mistake) {
			t.Errorf("a wrong file: check said\n%s\nstore\n%v\nwant %q in both", out, refused, mistake)
		}
	}
	if got := h.command("catalogue", "show"); got != shown {
		t.Errorf("after a wrong file: got\n%s\nwant\n%s", got, shown)
	}
}

// TestCatalogueStoreIsKilled kills the program while it stores a catalogue, with all but the last rows written: nothing of it stays, and
// storing it again does it.
func TestCatalogueStoreIsKilled(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.command("migrate")
	h.command("found")
	content, err := os.ReadFile("../packaging/examples/catalogue.toml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "catalogue.toml")
	put := func(content string) string {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	h.command("catalogue", "store", put(string(content)))
	before := h.command("catalogue", "show")
	put(strings.NewReplacer("en = \"West Lake Hall\"", "en = \"Another name\"", "pin_max = 16", "pin_max = 12", "max_pages = 3", "max_pages = 4").Replace(string(content)))

	pool, err := pgxpool.New(t.Context(), h.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	held, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.Exec(t.Context(), `LOCK TABLE requirements IN EXCLUSIVE MODE`); err != nil { // read, but not written to
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), h.program, "catalogue", "store", file, "--config", h.config)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for waits := false; !waits; {
		err := pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'requirements'::regclass)`).Scan(&waits)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the program that was killed ended well")
	}
	if err := held.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := h.command("catalogue", "show"); got != before {
		t.Errorf("after the kill: got\n%s\nwant\n%s", got, before)
	}
	if out := h.command("catalogue", "store", file); out != "catalogue: stored\n" {
		t.Errorf("stored again: got %q", out)
	}
	if got := h.command("catalogue", "show"); !strings.Contains(got, "Another name") || !strings.Contains(got, "max_pages = 4") {
		t.Errorf("stored again: shown is\n%s", got)
	}
}
