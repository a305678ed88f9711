package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/audit"
	"keyhall/backoffice/store"
	"keyhall/backoffice/store/storetest"
)

// TestNobodyServesAsTheOwner: not as a superuser, the owner of the tables, a member of it, or who was given more than is needed.
func TestNobodyServesAsTheOwner(t *testing.T) {
	t.Parallel()
	_, c := foundRegister(t)
	if err := opens(t, c); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), c.OwnerDatabase)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(t.Context()) })
	as := c
	as.Database = c.OwnerDatabase
	wantWords(t, "as a superuser", opens(t, as), "is a superuser")
	if _, err := conn.Exec(t.Context(), `GRANT DELETE ON audit TO `+storetest.Role); err != nil {
		t.Fatal(err)
	}
	wantWords(t, "with more rights", opens(t, c), "may change the audit trail")
	if err := store.Migrate(t.Context(), c.OwnerDatabase, storetest.Role); err != nil {
		t.Fatal(err)
	}
	if err := opens(t, c); err != nil {
		t.Errorf("after migrate: %v", err)
	}
}

// TestTrailsKeyBelongsToTheRegister: without it, or with another one, nothing starts.
func TestTrailsKeyBelongsToTheRegister(t *testing.T) {
	t.Parallel()
	_, c := foundRegister(t)
	key := filepath.Join(c.Data, audit.KeyFile)
	text, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	wantWords(t, "without the key", opens(t, c), "the key of the audit trail that the register was founded with")
	if err := os.WriteFile(key, []byte(strings.Repeat("x", len(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	wantWords(t, "with another key", opens(t, c), "is not the one that this register was founded with")
	if err := os.WriteFile(key, text, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(key, 0o640); err != nil {
		t.Fatal(err)
	}
	wantWords(t, "readable by others", opens(t, c), "others may read it")
}

// TestCommandsSealTheirLines: what a command leaves in the trail does not wait for a back office.
func TestCommandsSealTheirLines(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.command("migrate")
	conn, err := pgx.Connect(t.Context(), h.ownerDSN)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	before := 0
	for _, args := range [][]string{
		{"found"}, {"rotate-master-key"}, {"ca", "next", "--purpose", "customers"}, {"seed", "--demo"}, {"staff", "add", "li@hall.example", "--name", "李主管", "--role", "supervisor"},
	} {
		h.command(args...)
		var lines, sealed int
		err := conn.QueryRow(t.Context(), `SELECT count(*), (SELECT COALESCE(max(total), 0) FROM audit_sets) FROM audit`).Scan(&lines, &sealed)
		if err != nil || lines <= before || sealed != lines {
			t.Errorf("%v: %d lines, %d before, %d sealed, %v; want more, and all sealed", args, lines, before, sealed, err)
		}
		before = lines
	}
	if out := h.command("audit"); !strings.Contains(out, "the trail is whole") {
		t.Errorf("audit: %s", out)
	}
}
