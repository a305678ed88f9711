package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Roles of the back office, as in a real hall: the owner of its tables, and the program's own, which owns nothing.
const (
	ownerRole  = "keyhall_owner"
	officeRole = "keyhall_office"
)

// Roles makes both where they are missing, gives the database postgres to the owner, and returns its address as each of them has it.
func (s *Server) Roles(ctx context.Context) (owner, office string, err error) {
	conn, err := pgx.Connect(ctx, s.DSN(""))
	if err != nil {
		return "", "", err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, role := range []string{ownerRole, officeRole} {
		var there bool
		if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role).Scan(&there); err != nil {
			return "", "", err
		}
		if there {
			continue
		}
		if _, err := conn.Exec(ctx, "CREATE ROLE "+role+" LOGIN"); err != nil {
			return "", "", fmt.Errorf("role %s: %w", role, err)
		}
	}
	if _, err := conn.Exec(ctx, "ALTER DATABASE postgres OWNER TO "+ownerRole); err != nil {
		return "", "", err
	}
	return as(s.DSN(""), ownerRole), as(s.DSN(""), officeRole), nil
}

// as is a connection string with another role: of two the last one counts.
func as(dsn, role string) string { return dsn + " user=" + role }
