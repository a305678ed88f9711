package ukeytest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keyhall/device/ukey"
)

// SoftHSM is the module of the software keys in a Hub.
const SoftHSM = "/usr/lib/softhsm/libsofthsm2.so"

// The factory PINs of the keys in a Hub.
const (
	FactoryAdminPIN    = "87654321"
	FactoryCustomerPIN = "12345678"
)

// Hub is a USB hub of software keys in a directory of the test's own. A key is pulled by moving its directory
// away from under SoftHSM, and plugged by moving it back.
type Hub struct {
	dir     string
	serials []string
	names   []string // directories, by key
}

// NewHub makes a hub with n plugged-in keys that hold nothing but their factory PINs. The driver for it needs
// Module SoftHSM, Rescan "reinitialize", Env and HideUninitialized.
func NewHub(t testing.TB, n int) *Hub {
	t.Helper()
	Need(t, "softhsm2-util", SoftHSM)
	h := &Hub{dir: t.TempDir()}
	for _, dir := range []string{h.plugged(), h.pulled()} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.configure(); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		h.add(t, fmt.Sprintf("blank %d", i+1))
	}
	return h
}

func (h *Hub) configure() error {
	config := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", h.plugged())
	return os.WriteFile(h.config(), []byte(config), 0o600)
}

func (h *Hub) add(t testing.TB, label string) {
	t.Helper()
	cmd := exec.Command("softhsm2-util", "--init-token", "--free", "--label", label,
		"--so-pin", FactoryAdminPIN, "--pin", FactoryCustomerPIN)
	cmd.Env = append(os.Environ(), h.Env()...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("softhsm2-util: %v: %s", err, out)
	}
	entries, err := os.ReadDir(h.plugged())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(h.names, e.Name()) {
			h.names = append(h.names, e.Name())
			// SoftHSM takes the serial from the end of the directory's UUID.
			digits := strings.ReplaceAll(e.Name(), "-", "")
			h.serials = append(h.serials, digits[len(digits)-16:])
		}
	}
}

// Env is what a driver's worker needs in its environment to see this hub. Under the race detector every process would
// sleep for a second at its end.
func (h *Hub) Env() []string {
	return []string{"SOFTHSM2_CONF=" + h.config(), "GORACE=atexit_sleep_ms=0"}
}

// Serial returns the serial of key i, counted from 0.
func (h *Hub) Serial(i int) string { return h.serials[i] }

// Identity returns what key i is called by.
func (h *Hub) Identity(i int) ukey.Identity {
	return ukey.Identity{Manufacturer: "SoftHSM project", Model: "SoftHSM v2", Serial: h.serials[i]}
}

// Pull takes key i out of the hub, at once and whatever it is doing.
func (h *Hub) Pull(t testing.TB, i int) {
	t.Helper()
	h.move(t, i, h.plugged(), h.pulled())
}

// Plug puts key i back.
func (h *Hub) Plug(t testing.TB, i int) {
	t.Helper()
	h.move(t, i, h.pulled(), h.plugged())
}

func (h *Hub) move(t testing.TB, i int, from, to string) {
	t.Helper()
	if err := os.Rename(filepath.Join(from, h.names[i]), filepath.Join(to, h.names[i])); err != nil {
		t.Fatal(err)
	}
}

func (h *Hub) config() string  { return filepath.Join(h.dir, "softhsm2.conf") }
func (h *Hub) plugged() string { return filepath.Join(h.dir, "plugged") }
func (h *Hub) pulled() string  { return filepath.Join(h.dir, "pulled") }

// Need skips the test when one of these programs or files is missing, and fails it where everything has to be there (CI).
func Need(t testing.TB, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err == nil {
			continue
		}
		if _, err := os.Stat(tool); err == nil {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing", tool)
		}
		t.Skipf("%s is missing", tool)
	}
}
