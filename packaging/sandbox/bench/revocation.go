package bench

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/audit"
	"keyhall/backoffice/book"
	"keyhall/backoffice/ca/local"
	"keyhall/backoffice/issuing"
	"keyhall/backoffice/store"
)

// RevocationLists makes the full list of a register of so many certificates, of which some are revoked, a few times over. The register is
// a database of its own beside the one of dsn, whose user may make one.
func RevocationLists(ctx context.Context, dsn string, certificates, revoked int, t *Table) error {
	dsn, err := register(ctx, dsn, certificates, revoked)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "keyhall-bench-ca-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cas, err := foundCAs(ctx, dir)
	if err != nil {
		return err
	}
	defer cas.Close()
	s, err := store.New(ctx, dsn)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := audit.CreateKey(dir); err != nil {
		return err
	}
	key, err := audit.LoadKey(dir)
	if err != nil {
		return err
	}
	s.KeepTrail(audit.NewWriter(key))
	now := time.Now()
	is := issuing.New(issuing.Config{Clerk: book.NewClerk(func() time.Time { return now }, nil), Issuer: cas.For(book.ForCustomers), Revoker: cas,
		Store: store.For(s, func(tx *store.Tx) issuing.Tx { return tx })})
	var made, again Sample
	size := 0
	for range 5 {
		now = now.Add(time.Hour) // so that another one is due
		start := time.Now()
		list, err := is.CRL(ctx, "ca")
		if err != nil {
			return err
		}
		made.Add(time.Since(start))
		size = len(list.DER)
		start = time.Now()
		if _, err := is.CRL(ctx, "ca"); err != nil {
			return err
		}
		again.Add(time.Since(start))
	}
	t.Seconds(fmt.Sprintf("revocation list, %d of %d", revoked, certificates), made, fmt.Sprintf("%d kB: looked up, signed, stored", size/1000))
	t.Part("of it, the same once more", again, made, "looked up and found unchanged")
	t.Line()
	return nil
}

// foundCAs makes the CAs of a register in a folder and opens them.
func foundCAs(ctx context.Context, dir string) (*local.Authorities, error) {
	known := []book.Authority{{Name: "ca", Purpose: book.ForCustomers}, {Name: "operations", Purpose: book.ForOperations}}
	config := func(a book.Authority) local.Config {
		return local.Config{Dir: dir, Name: a.Name, CommonName: "Bench " + a.Name}
	}
	for _, a := range known {
		i, err := local.Found(ctx, config(a))
		if err != nil {
			return nil, err
		}
		if err := i.Close(); err != nil {
			return nil, err
		}
	}
	return local.OpenAll(ctx, known, config)
}

// register makes a database of that many certificates, which belong to nothing: no list asks whose they are.
func register(ctx context.Context, dsn string, certificates, revoked int) (string, error) {
	admin, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return "", err
	}
	defer admin.Close(ctx)
	const name, role = "keyhall_bench_register", "keyhall_bench"
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + name, "CREATE DATABASE " + name, "DROP ROLE IF EXISTS " + role, "CREATE ROLE " + role} {
		if _, err := admin.Exec(ctx, sql); err != nil {
			return "", err
		}
	}
	dsn += " dbname=" + name
	if err := store.Migrate(ctx, dsn, role); err != nil {
		return "", err
	}
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return "", err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, `SET session_replication_role = replica`)
	if err == nil {
		_, err = c.Exec(ctx, `
			INSERT INTO certificates (id, serial_number, operation_id, order_id, unit_id, membership_id, manufacturer, key_model, serial, state, authority,
				issuer, usage, subject, not_before, not_after, der, created_at, revoked_at, revocation_reason)
			SELECT gen_random_uuid(), '4' || lpad(md5(n::text), 31, '0'), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
				'm', 'k', n::text, CASE WHEN hit THEN 'revoked' ELSE 'active' END, 'ca', 'CN=Bench ca,C=CN', 'sign', 'CN=' || n, now(), now() + interval '1 year',
				decode(repeat('3082', 400), 'hex'), now(), CASE WHEN hit THEN now() - n * interval '1 second' END, CASE WHEN hit THEN 4 ELSE 0 END
			FROM (SELECT n, n % $2 = 0 AS hit FROM generate_series(1, $1) n) x`, certificates, max(1, certificates/max(1, revoked)))
	}
	if err == nil {
		_, err = c.Exec(ctx, `VACUUM ANALYZE certificates`)
	}
	return dsn, err
}
