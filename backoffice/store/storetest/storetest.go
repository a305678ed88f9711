// Package storetest gives each test a migrated database of its own on a real PostgreSQL, and rows to begin with. The
// schema is migrated once into a template that is copied.
package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/audit"
	"keyhall/backoffice/book"
	"keyhall/backoffice/store"
	"keyhall/backoffice/store/migrations"
	"keyhall/packaging/sandbox/postgres"
)

// shared is the database server of this test program. Holding release keeps it running until the program ends.
type shared struct {
	dsn     string
	release func()
}

var server = sync.OnceValues(func() (s shared, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s.dsn, s.release, err = postgres.Shared(ctx)
	return s, err
})

// New opens a store on a fresh, migrated database; both are gone after the test. Without PostgreSQL the test is skipped,
// with CI=true it fails.
func New(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, DSN(t))
}

// Role is the program's in every test database; who made the database owns its tables.
const Role = "keyhall_office"

// Program is a test database's address as the program's role has it.
func Program(dsn string) string {
	if u, err := url.Parse(dsn); err == nil && u.Scheme != "" {
		u.User = url.User(Role)
		return u.String()
	}
	return dsn + " user=" + Role
}

// Open opens a store on a database, as the program's role, and closes it after the test.
func Open(t testing.TB, dsn string, options ...store.Option) *store.Store {
	t.Helper()
	return open(t, Program(dsn), options...)
}

// Owner is Open as the owner of the tables.
func Owner(t testing.TB, dsn string) *store.Store {
	t.Helper()
	return open(t, dsn)
}

// Spoil runs statements with triggers and foreign keys off, as somebody who owns the whole server can.
func Spoil(t testing.TB, dsn string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	for _, statement := range append([]string{`SET session_replication_role = replica`}, statements...) {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func open(t testing.TB, dsn string, options ...store.Option) *store.Store {
	t.Helper()
	s, err := store.New(t.Context(), dsn, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.KeepTrail(audit.NewWriter(AuditKey(t)))
	return s
}

// AuditKey is the key of the trail of every test.
func AuditKey(t testing.TB) *audit.Key {
	t.Helper()
	key, err := audit.NewKey(bytes.Repeat([]byte{9}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Do runs f in a transaction that leaves a line in the trail, as every one has to that changes the register.
func Do(t testing.TB, s *store.Store, f func(tx *store.Tx) error) error {
	t.Helper()
	return s.Do(t.Context(), func(tx *store.Tx) error {
		line := book.AuditRow{At: time.Now(), ActorKind: "system", ActorID: "test", Action: "test"}
		if err := f(tx); err != nil {
			return err
		}
		return tx.InsertAudit(t.Context(), line)
	})
}

// DSN makes a fresh, migrated database and drops it after the test; the address is its owner's.
func DSN(t testing.TB) string {
	t.Helper()
	base := base(t)
	template, err := migrated(t.Context(), base)
	if err != nil {
		t.Fatal(err)
	}
	return create(t, base, "TEMPLATE "+template)
}

// Empty makes a fresh database without a schema and drops it after the test.
func Empty(t testing.TB) string {
	t.Helper()
	return create(t, base(t), "")
}

// Copy makes a copy of a test's database, to which nobody may be connected, and drops it after the test.
func Copy(t testing.TB, dsn string) string {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return create(t, base(t), "TEMPLATE "+config.Database)
}

func base(t testing.TB) string {
	t.Helper()
	s, err := server()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return s.dsn
}

func create(t testing.TB, base, how string) string {
	t.Helper()
	random := make([]byte, 8)
	if _, err := rand.Read(random); err != nil {
		t.Fatal(err)
	}
	name := "keyhall_test_" + hex.EncodeToString(random)
	if err := execute(t.Context(), base, "CREATE DATABASE "+name+" "+how); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := execute(ctx, base, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return withDatabase(base, name)
}

func execute(ctx context.Context, dsn, sql string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}

// templateLock keeps test programs from making the same template at once.
const templateLock = 0x6b6579_68616c6c

var making sync.Mutex

// migrated returns the name of a template database with today's schema, making it where it is missing.
func migrated(ctx context.Context, base string) (string, error) {
	making.Lock()
	defer making.Unlock()
	name, err := templateName()
	if err != nil {
		return "", err
	}
	conn, err := pgx.Connect(ctx, base)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx) // and with it the lock
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(templateLock)); err != nil {
		return "", err
	}
	var ready bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)`, name).Scan(&ready); err != nil || ready {
		return name, err
	}
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + name, "CREATE DATABASE " + name} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return "", err
		}
	}
	if err := makeRole(ctx, conn); err != nil {
		return "", err
	}
	if err := store.Migrate(ctx, withDatabase(base, name), Role); err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+name+" IS_TEMPLATE true")
	return name, err
}

func makeRole(ctx context.Context, conn *pgx.Conn) error {
	var there bool
	err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)`, Role).Scan(&there)
	if err == nil && !there {
		_, err = conn.Exec(ctx, `CREATE ROLE `+Role+` LOGIN`)
	}
	return err
}

// templateName depends on the migrations and the rights, so a changed one gets a template of its own.
func templateName() (string, error) {
	h := sha256.New()
	h.Write([]byte(store.RightsText()))
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		return "", err
	}
	for _, f := range files {
		text, err := migrations.FS.ReadFile(f)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s\x00%s\x00", f, text)
	}
	return "keyhall_template_" + hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// withDatabase is the DSN with another database.
func withDatabase(dsn, name string) string {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		if u, err := url.Parse(dsn); err == nil {
			u.Path = "/" + name
			return u.String()
		}
	}
	return dsn + " dbname=" + name
}
