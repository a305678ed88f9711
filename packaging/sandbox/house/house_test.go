package house

import (
	"context"
	"os"
	"os/exec"
	"testing"

	"keyhall/device/scanner"
	"keyhall/device/scanner/sane"
)

func needs(t *testing.T, programs ...string) {
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil && os.Getenv("CI") == "" {
			t.Skip(err)
		}
	}
}

func TestHubPlugsAndPulls(t *testing.T) {
	t.Parallel()
	needs(t, "softhsm2-util")
	dir := t.TempDir()
	hub, err := OpenHub(t.Context(), dir, softHSM, 2)
	if err != nil {
		t.Fatal(err)
	}
	plugged := func(h *Hub) (n int) {
		for _, k := range h.Keys() {
			if k.Plugged {
				n++
			}
		}
		return n
	}
	if got := plugged(hub); got != 0 {
		t.Errorf("keys plugged in a new hub: %d, want 0", got)
	}
	for range 2 {
		if err := hub.Plug(2); err != nil {
			t.Fatal(err)
		}
	}
	again, err := OpenHub(t.Context(), dir, softHSM, 2)
	if err != nil {
		t.Fatal(err)
	}
	if got := plugged(again); got != 1 {
		t.Errorf("keys plugged after plugging one twice: %d, want 1", got)
	}
	if err := again.Replace(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if got := plugged(again); got != 0 {
		t.Errorf("keys plugged after the plugged one was replaced: %d, want 0", got)
	}
}

func TestGlassIsScanned(t *testing.T) {
	t.Parallel()
	needs(t, "scanimage")
	h := &House{Options: Options{Dir: t.TempDir()}}
	if err := h.openGlass(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := sane.New(sane.Config{Device: "pnm:0", Options: []string{"--filename=" + h.Glass.File()}, Env: []string{h.Glass.Env()}})
	scan := func(ctx context.Context) (scanner.Page, error) {
		return s.Scan(ctx, scanner.Request{Source: "flatbed", DPI: 200, Color: true})
	}
	for _, name := range []string{FirstDocument, IdentityFront, IdentityBack, Remittance} {
		if err := h.Lay(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		page, err := scan(t.Context())
		if err != nil || page.Width < 500 {
			t.Errorf("scan of %s: %d px wide, %v", name, page.Width, err)
		}
	}
	if err := h.Lay(t.Context(), "-"); err != nil {
		t.Fatal(err)
	}
	if page, err := scan(t.Context()); err == nil {
		t.Errorf("scan of nothing gave a page of %d bytes", len(page.JPEG))
	}
}

func TestProgramsOfTheHouseAreKnownByTheirCommandLine(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"/bin/keyhall-kiosk\x00run\x00--config\x00/house/kiosk/kiosk.toml\x00":             true,
		"bin/keyhall-backoffice\x00serve\x00--config\x00/house/office/backoffice.toml\x00": true,
		"/bin/keyhall-kiosk\x00run\x00--config\x00/house2/kiosk/kiosk.toml\x00":            false,
		"vi\x00/house/kiosk/kiosk.toml\x00":                                                false,
		"":                                                                                 false,
	} {
		if got := ours([]byte(line), "/house"); got != want {
			t.Errorf("%q: got %v, want %v", line, got, want)
		}
	}
}
