package e2e

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/visit"
)

// TestUKeyLogin: who has their key made logs in with it, on the real parts: a wrong PIN is told and none, and the key's own certificate is
// what they see; one that is suspended, or pulled on the way, opens nothing, and says why.
func TestUKeyLogin(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), visitLimit)
	defer cancel()
	h, want := startHall(t), wish(1)
	c := h.customer
	must(t, c.Register(ctx, want))
	must(t, c.Order(ctx, want))
	must(t, c.Scan(ctx, h))
	h.approve(t, 1)
	must(t, c.Press(ctx, "action.make"))
	must(t, h.Hub.Plug(1))
	must(t, c.Make(ctx, h.code(t), ownPIN))
	must(t, h.Hub.Pull(1))
	must(t, visit.Do(ctx, c.Pressing("action.logout"), c.Seeing("home.title")))

	must(t, h.Hub.Plug(1))
	must(t, visit.Do(ctx, c.Pressing("action.orders"), c.Pressing("action.login_key"), c.Seeing("form.key_login.title"),
		c.Filling("key_pin", "000000"), c.Pressing("action.login"), c.Seeing("error.pin_wrong.plain"),
		c.Filling("key_pin", ownPIN)))
	must(t, h.Hub.Pull(1))
	must(t, visit.Do(ctx, c.Seeing("notice.key_away.title"), c.Pressing("action.close"), c.BeingTold(ra.CodeKeyAway)))
	must(t, h.Hub.Plug(1))
	must(t, visit.Do(ctx, c.NoLongerTold(ra.CodeKeyAway), c.Filling("key_pin", ownPIN), c.Pressing("action.login"), c.Seeing("work.title"),
		c.Pressing("action.back"), c.Seeing("orders.title"), c.Pressing("action.certificates"), c.Seeing("action.find_key"),
		c.Pressing("action.logout")))

	serial := h.serialNumber(ctx, t)
	if out, err := h.Office(ctx, "suspend", "--serial", serial, "--reason", "misuse", "--note", "x"); err != nil {
		t.Fatalf("suspend: %v\n%s", err, out)
	}
	must(t, visit.Do(ctx, c.Seeing("home.title"), c.Pressing("action.orders"), c.Pressing("action.login_key"), c.Filling("key_pin", ownPIN),
		c.Pressing("action.login"), c.BeingTold(ra.CodeKeySuspended)))
	if out, err := h.Office(ctx, "restore", "--serial", serial, "--reason", "mistake", "--note", "x"); err != nil {
		t.Fatalf("restore: %v\n%s", err, out)
	}
	must(t, visit.Do(ctx, c.Filling("key_pin", ownPIN), c.Pressing("action.login"), c.Seeing("work.title")))
	h.checkAudit(t)
}

// serialNumber is that of the only certificate of a customer.
func (h *hall) serialNumber(ctx context.Context, t *testing.T) (number string) {
	t.Helper()
	db, err := pgx.Connect(ctx, h.DSN())
	must(t, err)
	defer db.Close(ctx)
	must(t, db.QueryRow(ctx, `SELECT serial_number FROM certificates`).Scan(&number))
	return number
}
