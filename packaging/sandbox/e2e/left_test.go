package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/visit"
)

// TestLeftThroughAPowerCut: the back office is away when a customer hands in, and then the kiosk loses its power. Nobody is at it
// when both are there again, and the papers are handed in. At the end the programs have written nothing down that is nobody's business.
func TestLeftThroughAPowerCut(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), visitLimit)
	defer cancel()
	h := startHall(t)
	want := wish(1)
	must(t, h.customer.Register(ctx, want))
	must(t, h.customer.Order(ctx, want))
	must(t, h.customer.ScanPapers(ctx, h))
	h.KillOffice()
	must(t, h.customer.Press(ctx, "action.submit"))
	must(t, h.customer.See(ctx, "kept.papers"))
	h.KillKiosk()
	must(t, h.StartKiosk(ctx))
	must(t, h.customer.See(ctx, "home.title"))
	must(t, h.StartOffice(ctx))
	h.waitMaterials(ctx, t, ra.MaterialsSubmitted)

	must(t, h.customer.OpenOrder(ctx, want, "XH03-"))
	must(t, h.customer.Pay(ctx, h))
	h.approve(t, want.Keys)
	must(t, h.customer.Press(ctx, "action.make"))
	code := h.code(t)
	must(t, h.Hub.Plug(1))
	must(t, h.customer.Make(ctx, code, ownPIN))
	h.checkKeys(t, 1)
	h.checkAudit(t)
	h.checkLogs(t, want, code)
}

// waitMaterials waits until the only order's materials are in a state.
func (h *hall) waitMaterials(ctx context.Context, t *testing.T, want ra.MaterialsState) {
	t.Helper()
	db, err := pgx.Connect(ctx, h.DSN())
	must(t, err)
	defer db.Close(ctx)
	var state ra.MaterialsState
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		must(t, db.QueryRow(ctx, `SELECT materials FROM orders`).Scan(&state))
		if state == want {
			return
		}
	}
	t.Fatalf("the materials are %s, want %s", state, want)
}

// checkLogs: what the programs log holds no secret, and no person's number.
func (h *hall) checkLogs(t *testing.T, want visit.Application, code string) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(h.Dir, "log", "*.log"))
	if err != nil || len(logs) < 2 {
		t.Fatalf("logs %q, %v", logs, err)
	}
	for _, log := range logs {
		text, err := os.ReadFile(log)
		must(t, err)
		for what, secret := range map[string]string{
			"password": want.Password, "authorization code": code, "customer's PIN": ownPIN, "mobile": want.Login, "session": "Bearer ", "factory PIN": "87654321",
			"legal representative": want.Company.Legal.IDNumber, "handler": want.Company.Handler.IDNumber, "organisation": want.Company.CreditCode, "seal": "seal\":",
		} {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s stands in %s", what, filepath.Base(log))
			}
		}
	}
}
