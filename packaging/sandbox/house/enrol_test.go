package house_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/house/housetest"
)

// TestEnrolledAnewThroughKills enrols the house's kiosk anew, with the real programs, while it is killed a little later
// each time: at every moment it has an identity, and the one code makes one kiosk.
func TestEnrolledAnewThroughKills(t *testing.T) {
	h := housetest.New(t)
	before, err := h.EnrolledKiosk()
	if err != nil {
		t.Fatal(err)
	}
	code, err := h.Office(t.Context(), "enrolment-code", "--prefix", "XH04", "--hall", "xihu", "--window", "窗口")
	if err != nil {
		t.Fatal(err)
	}
	kills := 0
	for after := time.Duration(0); !enrolled(t, h, code, after); after += 4 * time.Millisecond {
		kills++
		now, err := h.EnrolledKiosk()
		if err != nil || now.ID != before.ID && now.Prefix != "XH04" {
			t.Fatalf("killed after %v: got %v, %v, want the old kiosk or the new one", after, now, err)
		}
	}
	if kills < 5 {
		t.Errorf("killed only %d times", kills)
	}
	now, err := h.EnrolledKiosk()
	if err != nil || now.Prefix != "XH04" {
		t.Fatalf("got %v, %v, want the new kiosk", now, err)
	}
	client, err := h.Line().Client()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if known, err := client.Kiosk(t.Context()); err != nil || known.ID != now.ID {
		t.Errorf("the back office answers %v, %v, want it to know %v", known, err, now)
	}
	conn, err := pgx.Connect(t.Context(), h.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var kiosks int
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM kiosks WHERE prefix = 'XH04'").Scan(&kiosks); err != nil || kiosks != 1 {
		t.Errorf("the code made %d kiosks, %v, want one", kiosks, err)
	}
}

// enrolled runs the kiosk's command and kills it after so long; false when that was too early.
func enrolled(t *testing.T, h *house.House, code string, after time.Duration) bool {
	t.Helper()
	cmd := exec.Command(filepath.Join(h.Bin, "keyhall-kiosk"), "enrol", "--config", h.KioskConfig())
	cmd.Stdin = strings.NewReader(code)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	if killed.Stop() && err != nil {
		t.Fatalf("enrol ended by itself: %v: %s", err, said.String())
	}
	return err == nil
}
