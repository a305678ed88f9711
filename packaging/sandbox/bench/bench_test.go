package bench

import (
	"maps"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"keyhall/device/ukey"
	"keyhall/packaging/sandbox/display"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/house/housetest"
)

// TestEverythingIsMeasured is a bench of the smallest numbers on the real programs.
func TestEverythingIsMeasured(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("Xvfb"); err != nil {
		housetest.Missing(t, err)
	}
	h := housetest.New(t)
	d, err := display.Start(t.Context(), 1920, 1080)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Stop)
	h.Kiosk = house.KioskOptions{Display: d.Name, Env: d.Env()}
	var table Table
	for _, measure := range []func() error{
		func() error { return Makes(t.Context(), h, ukey.ECP256, 2, &table) },
		func() error { return Issues(t.Context(), h, []int{1, 2}, 3, map[int]float64{2: 1}, &table) },
		func() error { return StatusAnswers(t.Context(), h, []int{1, 2}, 10, &table) },
		func() error { return RevocationLists(t.Context(), h.DSN(), 2000, 100, &table) },
		func() error {
			return Screens(t.Context(), h, d, filepath.Join("..", "..", "..", "kiosk", "screen", "po", "zh_CN.po"), 1, 1, &table)
		},
		func() error { // before lines are dropped and rows are made up
			findings, err := h.Office(t.Context(), "audit")
			if err != nil {
				t.Log(findings)
			}
			return err
		},
		func() error { return Trail(t.Context(), h, 2, 2, &table) },
		func() error { return Large(t.Context(), h, 2, 2, []int{50, 300}, &table) },
	} {
		if err := measure(); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	if err := table.Print(&out); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + out.String())
	for _, want := range []string{"make, ec-p256 ", "outside / inside PKCS#11 calls", "issue, 1 client,", "issue, 2 clients,", "÷ the first release's", "audit on ÷ off", "300 certificates in the register", "OCSP answers, clients: 2", "revocation list, 100 of 2000", "cold start", "screen change"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table has no line %q", want)
		}
	}
	if strings.Contains(out.String(), "-  ") {
		t.Errorf("something was not measured:\n%s", out.String())
	}
}

func TestRatesOfATable(t *testing.T) {
	t.Parallel()
	var table Table
	table.Rate("issue, 1 client", 12.34, 12.34, Sample{1}, "")
	table.Rate("issue, 8 clients", 40, 12.34, Sample{1}, "")
	var out strings.Builder
	if err := table.Print(&out); err != nil {
		t.Fatal(err)
	}
	got := Rates([]byte(out.String()))
	if want := map[int]float64{1: 12.3, 8: 40}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v of\n%s", got, want, out.String())
	}
}
