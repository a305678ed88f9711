package house_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/house/housetest"
)

// TestEnrolledAnewThroughKills enrols the house's kiosk anew, with the real programs, while it is killed a little later
// each time: first as another kiosk, then again as the same one. At every moment it has an identity that the back office
// knows or is about to, and both codes make one kiosk.
func TestEnrolledAnewThroughKills(t *testing.T) {
	h := housetest.New(t)
	before, err := h.EnrolledKiosk()
	if err != nil {
		t.Fatal(err)
	}
	other := enrolledThroughKills(t, h, func(now ra.Kiosk) bool { return now.ID == before.ID || now.Prefix == "XH04" })
	if other.Prefix != "XH04" || other.ID == before.ID {
		t.Fatalf("got %v, want another kiosk than %v", other, before)
	}
	same := enrolledThroughKills(t, h, func(now ra.Kiosk) bool { return now.ID == other.ID && known(t, h).ID == other.ID })
	if same != other {
		t.Errorf("got %v, want it to stay %v", same, other)
	}
	conn, err := pgx.Connect(t.Context(), h.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var kiosks, certificates, good int
	if err := conn.QueryRow(t.Context(), `SELECT count(DISTINCT k.id), count(*), count(*) FILTER (WHERE c.retired_at IS NULL)
		FROM kiosks k JOIN kiosk_certificates c ON c.kiosk_id = k.id WHERE k.prefix = 'XH04'`).Scan(&kiosks, &certificates, &good); err != nil {
		t.Fatal(err)
	}
	if kiosks != 1 || certificates != 2 || good != 1 {
		t.Errorf("the codes made %d kiosks with %d certificates, %d of them good, want one with two, one good", kiosks, certificates, good)
	}
}

// enrolledThroughKills enrols with a fresh code for XH04, and wants the kiosk to be as it may after every kill.
func enrolledThroughKills(t *testing.T, h *house.House, may func(ra.Kiosk) bool) ra.Kiosk {
	t.Helper()
	code, err := h.Office(t.Context(), "enrolment-code", "--prefix", "XH04", "--hall", "xihu", "--window", "窗口")
	if err != nil {
		t.Fatal(err)
	}
	kills := 0
	for after := time.Duration(0); !enrolled(t, h, code, after); after += 4 * time.Millisecond {
		kills++
		if now, err := h.EnrolledKiosk(); err != nil || !may(now) {
			t.Fatalf("killed after %v: got %v, %v, want the old kiosk or the new one", after, now, err)
		}
	}
	if kills < 5 {
		t.Errorf("killed only %d times", kills)
	}
	now, err := h.EnrolledKiosk()
	if err != nil || known(t, h) != now {
		t.Fatalf("got %v, %v, want the back office to know it", now, err)
	}
	return now
}

// known is who the back office takes the house's kiosk for.
func known(t *testing.T, h *house.House) ra.Kiosk {
	t.Helper()
	client, err := h.Line().Client()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	kiosk, err := client.Kiosk(t.Context())
	if err != nil {
		t.Errorf("the back office: %v", err)
	}
	return kiosk
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
