package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// monthsAhead is for how many months Migrate makes partitions of the trail.
const monthsAhead = 12

// Rights of the program's role.
const (
	mayRead   = "SELECT"
	mayAdd    = "SELECT, INSERT"
	mayChange = "SELECT, INSERT, UPDATE"
	mayDelete = "SELECT, INSERT, UPDATE, DELETE"
)

// rights are what the program's role may do with tables, by schema and name; with others it may do all but empty or alter them. What is
// never changed, or never taken away, the role cannot, whoever speaks for it.
var rights = map[string]string{
	"public.audit": mayAdd, "public.audit_sets": mayAdd, "public.crls": mayAdd, "public.proofs": mayAdd, "public.admin_pins": mayAdd,
	"public.payments": mayAdd, "public.agreed": mayAdd, "public.master_keys": mayAdd, "public.authorities": mayAdd,
	"public.applications": mayAdd, "public.owed": mayAdd,
	"public.moves": mayRead, "public.goose_db_version": mayRead,
	"public.foundation": mayChange, "public.orders": mayChange, "public.units": mayChange, "public.terms": mayChange, "public.operations": mayChange,
	"public.certificates": mayChange, "public.public_keys": mayChange, "public.ukeys": mayChange, "public.persons": mayChange,
	"public.memberships": mayChange, "public.organisations": mayChange, "public.staff": mayChange, "public.staff_grants": mayChange, "public.staff_keys": mayChange,
	"public.kiosks": mayChange, "public.kiosk_certificates": mayChange, "public.office_certificates": mayChange,
	"public.logins": mayAdd, "public.enrolment_codes": mayChange, "public.rulings": mayChange, "public.access_changes": mayChange, "public.suspensions": mayChange,
}

// RightsText is a text that changes with the rights, for who keeps databases that were migrated.
func RightsText() string { return fmt.Sprint(rights, monthsAhead) }

// RoleOf is the role that a database's address names.
func RoleOf(dsn string) (string, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return "", errors.New("store: the database's address cannot be read")
	}
	return config.User, nil
}

// rightsLock keeps programs from giving rights at once, which PostgreSQL refuses.
const rightsLock = 0x6b6579_72696768

// grant gives a role what the program needs, and takes the rest. Partitions of the trail are reached through it alone.
func (s *Store) grant(ctx context.Context, role string) error {
	var exists bool
	if err := s.row(ctx, []any{&exists}, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)`, role); err != nil {
		return err
	}
	if !exists {
		return fmt.Errorf("store: there is no role %q: make it with CREATE ROLE, it is what `database` names", role)
	}
	tables, err := list(ctx, s.statements, pgx.RowToStructByPos[granted], `
		SELECT n.nspname::text, c.relname::text, c.relkind::text, c.relispartition FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname IN ('public', 'console', 'river') AND c.relkind IN ('r', 'p', 'v', 'S') ORDER BY 1, 2`)
	if err != nil {
		return err
	}
	to := pgx.Identifier{role}.Sanitize()
	var b strings.Builder
	fmt.Fprintf(&b, "SELECT pg_advisory_xact_lock(%d);\n", rightsLock)
	schemas := map[string]bool{}
	for _, t := range tables {
		if !schemas[t.Schema] {
			schemas[t.Schema] = true
			fmt.Fprintf(&b, "GRANT USAGE ON SCHEMA %s TO %s;\n", t.Schema, to)
		}
		b.WriteString(t.statements(to))
	}
	if err := s.exec(ctx, b.String()); err != nil {
		return fmt.Errorf("store: rights of %s: %w", to, err)
	}
	return nil
}

// granted is something that rights are about.
type granted struct {
	Schema, Name, Kind string
	Partition          bool
}

func (t granted) statements(to string) string {
	name := pgx.Identifier{t.Schema, t.Name}.Sanitize()
	if t.Kind == "S" {
		return fmt.Sprintf("REVOKE ALL ON SEQUENCE %[1]s FROM %[2]s;\nGRANT USAGE ON SEQUENCE %[1]s TO %[2]s;\n", name, to)
	}
	revoke := fmt.Sprintf("REVOKE ALL ON %s FROM %s;\n", name, to)
	if t.Partition {
		return revoke
	}
	right := cmp.Or(rights[t.Schema+"."+t.Name], mayDelete)
	if t.Kind == "v" {
		right = mayRead
	}
	return revoke + fmt.Sprintf("GRANT %s ON %s TO %s;\n", right, name, to)
}

// CheckRole refuses a role that could rewrite the trail: a superuser, the owner of its tables or a member of it, or one with rights that
// `migrate` does not give.
func (s *Store) CheckRole(ctx context.Context) error {
	var role string
	var super, owns, may bool
	err := s.row(ctx, []any{&role, &super, &owns, &may}, `
		SELECT current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
			EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND pg_has_role(relowner, 'MEMBER')),
			EXISTS (SELECT FROM pg_class WHERE (oid IN ('audit'::regclass, 'audit_sets'::regclass) OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'audit'::regclass))
				AND (has_table_privilege(oid, 'DELETE, TRUNCATE, TRIGGER') OR has_any_column_privilege(oid, 'UPDATE')))`)
	if err != nil {
		return err
	}
	why := ""
	switch {
	case super:
		why = "is a superuser"
	case owns:
		why = "owns its tables"
	case may:
		why = "may change the audit trail"
	default:
		return nil
	}
	return fmt.Errorf("store: the role %q of `database` %s: a program that serves must not. Name a role of its own there, "+
		"and the owner in `owner_database`; `migrate` gives the role what it needs", role, why)
}
