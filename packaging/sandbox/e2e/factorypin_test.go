package e2e

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/workflow"
	"keyhall/kiosk/write"
	"keyhall/packaging/sandbox/desk"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/house/housetest"
	"keyhall/packaging/sandbox/maker"
)

// TestWrongFactoryPINCostsOneTry: the module tells nothing of the administrator PIN, and the catalogue has another factory PIN than the key.
// One try is all that the key ever loses, at whichever kiosk and however often it is brought; each time the unit waits for another key.
func TestWrongFactoryPINCostsOneTry(t *testing.T) {
	h, module := housetest.New(t), ukeytest.NewFaultModule(t, 1)
	module.Set(t, ukeytest.FaultNoAdminFlags, "")
	d, err := desk.Open(t.Context(), h, string(ukey.RSA2048), customerSeed)
	must(t, err)
	defer d.Close()
	trail := openTrail(t, h)
	modelsTellNothing(t, h)
	order, err := d.Approved(t.Context(), 1)
	must(t, err)
	other, err := h.Colleague(t.Context(), "04")
	must(t, err)
	logins := 0
	for _, visit := range []struct {
		name, journal string
		line          house.Line
	}{{"first", "first", h.Line()}, {"second", "first", h.Line()}, {"at another kiosk", "second", other}, {"last", "first", h.Line()}} {
		config := maker.Of(h, visit.line, filepath.Join(h.Dir, "maker", visit.journal))
		config.Module, config.Env = module.Path, module.Env()
		session, err := d.LogInAt(t.Context(), visit.line)
		must(t, err)
		n, err := tryOnce(t.Context(), config, session, order, ra.KeyIdentity(module.Identity(0)))
		logins += n
		if f := workflow.FaultOf(err); f == nil || f.Code != ra.CodeKeyAdminPIN {
			t.Errorf("visit %s: got %v, want %s", visit.name, err, ra.CodeKeyAdminPIN)
		}
		o, err := d.Client.Order(t.Context(), d.Session, order.ID)
		if err != nil || o.Units[0].State != ra.UnitWaiting {
			t.Errorf("visit %s: %v, units %+v, want the unit to wait for another key", visit.name, err, o.Units)
		}
	}
	var released int
	must(t, trail.conn.QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE action = 'pin.release'`).Scan(&released))
	if logins != 1 || released != 1 {
		t.Errorf("%d tries on the key and %d lines of one in the trail, want 1 of each", logins, released)
	}
	if out, err := h.Office(t.Context(), "audit"); err != nil {
		t.Errorf("audit: %v\n%s", err, out)
	}
}

// modelsTellNothing stores the catalogue anew: the flags of no model tell of a wrong PIN.
func modelsTellNothing(t *testing.T, h *house.House) {
	t.Helper()
	shown, err := h.Office(t.Context(), "catalogue", "show")
	must(t, err)
	changed := strings.ReplaceAll(shown, "tells = true", "tells = false")
	if changed == shown {
		t.Fatal("no model of the catalogue tells anything")
	}
	file := filepath.Join(t.TempDir(), "catalogue.toml")
	must(t, os.WriteFile(file, []byte(changed), 0o600))
	_, err = h.Office(t.Context(), "catalogue", "store", file)
	must(t, err)
}

// tryOnce is a visit: the kiosk is started, tries to make the key, and ends. It counts the tries that the key saw.
func tryOnce(ctx context.Context, c maker.Config, session string, order desk.Order, key ra.KeyIdentity) (logins int, err error) {
	log := slog.New(slog.DiscardHandler)
	parts, err := maker.Open(ctx, c, log, nil)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, parts.Close()) }()
	keys := ukeytest.NewFaults(parts.Keys)
	m := write.New(write.Config{Office: parts.Office, Journal: parts.Journal, Keys: keys, Log: log})
	job, err := m.Reserve(ctx, session, order.Code, ra.Write{ID: newID(), Plan: ra.PlanMake, OrderID: order.ID, OrderNumber: order.Number,
		ProjectID: order.ProjectID, Model: "softhsm", Key: key})
	if err == nil {
		_, err = m.Run(ctx, job, []byte(ownPIN), nil)
	}
	for _, call := range keys.Calls() {
		if call == "Login" {
			logins++
		}
	}
	return logins, err
}
