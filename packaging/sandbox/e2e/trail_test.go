package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/house"
)

// trail reads what the register's trail gets.
type trail struct {
	conn *pgx.Conn
	seen int64 // id of the last line that was read
}

// openTrail reads from now on.
func openTrail(t *testing.T, h *house.House) *trail {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), h.DSN())
	must(t, err)
	t.Cleanup(func() { conn.Close(context.WithoutCancel(t.Context())) })
	tr := &trail{conn: conn}
	tr.news(t)
	return tr
}

// news lists what kiosks and customers left since the last call, each line as its action and its code.
func (tr *trail) news(t *testing.T) (all []string) {
	t.Helper()
	rows, err := tr.conn.Query(t.Context(), `SELECT id, action || ' ' || COALESCE(facts->>'code', '') FROM audit
		WHERE id > $1 AND actor_kind IN ('kiosk', 'customer') ORDER BY id`, tr.seen)
	must(t, err)
	var line string
	_, err = pgx.ForEachRow(rows, []any{&tr.seen, &line}, func() error {
		all = append(all, strings.TrimSpace(line))
		return nil
	})
	must(t, err)
	return all
}

// unharmed wants the write to stand where it stood and with nothing of the software key, and the register to be whole.
func (s *strangers) unharmed(ctx context.Context, t *testing.T, want ra.OperationState) {
	t.Helper()
	var state ra.OperationState
	var foreign int
	must(t, s.trail.conn.QueryRow(ctx, `SELECT state, (SELECT count(*) FROM public_keys WHERE hash = $2) FROM operations WHERE id = $1`,
		s.write.ID, s.forged.hash(t)).Scan(&state, &foreign))
	if state != want {
		t.Errorf("the operation is %s, want %s", state, want)
	}
	if foreign != 0 {
		t.Error("the software key's public key was bound")
	}
	s.checkAudit(t)
}
