package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// TestRestoredFromAnOlderDump takes a dump while the hall works, goes on, and then has only the dump left, in a PostgreSQL that is younger than
// the lost one: kiosks begin anew and hear everything again, no list is numbered lower than before, the trail is sealed on, and the audit tells what is gone.
func TestRestoredFromAnOlderDump(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.command("migrate")
	h.command("found")
	h.command("seed", "--demo")
	h.serve()
	kiosk := h.enrol()
	v := newVisit(h, kiosk)
	v.order(t)
	h.listNumber() // the dump has a young list
	dump := h.dump()
	v.review(t, h)
	authCode(t, h.gateway.next(t, "approved"))
	lost, ahead, err := v.client.Changes(t.Context(), v.cursor, api.MaxWait)
	if err != nil || len(lost) == 0 {
		t.Fatalf("before: %v, %v", lost, err)
	}
	h.command("checkpoint")
	number := h.listNumber()
	h.stop()

	h.restore(dump)
	if out, err := h.try("audit"); err == nil || !strings.Contains(err.Error(), "checkpoint") {
		t.Errorf("audit of what is left: got %s, %v, want it to miss what the checkpoint says", out, err)
	}
	h.serve()
	v.client = h.client(kiosk)
	now := v.cursorAfter(t, ahead)
	for what, cursor := range map[string]string{"the last cursor": ahead, "the dump's own": v.cursor} {
		if got, _, err := v.client.Changes(t.Context(), cursor, 0); ra.CodeOf(err) != ra.CodeFeedAnew {
			t.Errorf("%s: got %v, %v, want %q", what, got, err, ra.CodeFeedAnew)
		}
	}
	v.review(t, h) // what was decided after the dump is decided again
	if again, _, err := v.client.Changes(t.Context(), now, api.MaxWait); err != nil || len(again) == 0 || again[0].ID != v.placed.ID {
		t.Errorf("after the restore: heard %v, %v", again, err)
	}
	if n := h.listNumber(); n.Cmp(number) <= 0 { // the dump's own is young still
		t.Errorf("list %v, before the restore %v, want a later one", n, number)
	}
	h.command("checkpoint") // seals what was written since
	h.stop()
	h.wantTrailAfterRestore()
}

// cursorAfter is the first cursor of an epoch after that of another: who begins it may be at it still.
func (v *visit) cursorAfter(t *testing.T, other string) string {
	t.Helper()
	for {
		_, now, err := v.client.Changes(t.Context(), "", 0)
		if err != nil {
			t.Fatal(err)
		}
		if epochOf(now) != epochOf(other) {
			return now
		}
	}
}

func epochOf(cursor string) string {
	epoch, _, _ := strings.Cut(cursor, ".")
	return epoch
}

// wantTrailAfterRestore: one line tells of the restore, and no line waits to be sealed.
func (h *hall) wantTrailAfterRestore() {
	h.t.Helper()
	conn, err := pgx.Connect(h.t.Context(), h.ownerDSN)
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(h.t.Context()))
	var told, open int
	err = conn.QueryRow(h.t.Context(), `SELECT (SELECT count(*) FROM audit WHERE action = 'feed.anew' AND facts ->> 'why' = 'other_database'),
		(SELECT count(*) FROM audit) - (SELECT max(total) FROM audit_sets)`).Scan(&told, &open)
	if err != nil || told != 1 || open != 0 {
		h.t.Errorf("%d lines tell of the restore and %d are not sealed, %v; want 1 and none", told, open, err)
	}
}

// dump is what pg_dump makes of the database while it is in use.
func (h *hall) dump() (file string) {
	h.t.Helper()
	file = filepath.Join(h.t.TempDir(), "dump.sql")
	h.psql("pg_dump", "--file", file, "--dbname", h.ownerDSN)
	return file
}

// restore gives the program another PostgreSQL, made just now, that holds what a dump says.
func (h *hall) restore(dump string) {
	h.t.Helper()
	owner, program := database(h.t)
	h.psql("psql", "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--file", dump, "--dbname", owner)
	text, err := os.ReadFile(h.config)
	if err != nil {
		h.t.Fatal(err)
	}
	text = []byte(strings.Replace(string(text), fmt.Sprintf("%q", h.Database), fmt.Sprintf("%q", program), 1))
	if err := os.WriteFile(h.config, text, 0o600); err != nil {
		h.t.Fatal(err)
	}
	h.ownerDSN = owner
	if h.Config, err = readConfig(h.config); err != nil {
		h.t.Fatal(err)
	}
}

// psql runs one of PostgreSQL's client programs.
func (h *hall) psql(program string, args ...string) {
	h.t.Helper()
	if _, err := exec.LookPath(program); errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") != "true" {
		h.t.Skip(err)
	}
	if out, err := exec.CommandContext(h.t.Context(), program, args...).CombinedOutput(); err != nil {
		h.t.Fatalf("%s: %v: %s", program, err, out)
	}
}
