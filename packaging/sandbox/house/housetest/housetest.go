// Package housetest gives tests a whole house: the built programs in a folder of the test's own.
package housetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"keyhall/packaging/sandbox/house"
)

// New starts a house without a kiosk's window; it ends with the test. The programs are those of `make build`, or of the
// folder KEYHALL_BIN. It skips where a part is missing, and fails there in CI.
func New(t testing.TB) *house.House {
	t.Helper()
	return NewWith(t, house.Options{})
}

// NewWith starts one with options of its own; folder, programs, ports and speed are set here.
func NewWith(t testing.TB, o house.Options) *house.House {
	t.Helper()
	bin := os.Getenv("KEYHALL_BIN")
	if bin == "" {
		bin = filepath.Join(root(t), "bin")
	}
	for _, p := range []string{filepath.Join(bin, "keyhall-kiosk"), filepath.Join(bin, "keyhall-backoffice"), filepath.Join(bin, "keyhall-locking.so"), "softhsm2-util", "ippeveprinter"} {
		if _, err := exec.LookPath(p); err != nil {
			Missing(t, err)
		}
	}
	var err error
	if o.Ports, err = house.FreePorts(); err != nil {
		t.Fatal(err)
	}
	o.Dir, o.Bin, o.Fast = t.TempDir(), bin, true
	h, err := house.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Stop(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// Missing skips the test for want of a part; in CI it fails.
func Missing(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%v (make build makes the programs)", err)
	}
	t.Skip(err)
}

// root is the folder of go.mod.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
			return dir
		}
		if up := filepath.Dir(dir); up != dir {
			dir = up
			continue
		}
		err = os.ErrNotExist
	}
	t.Fatal(err)
	return ""
}
