package main

import (
	"os"
	"path/filepath"
	"testing"

	"keyhall/packaging/sandbox/peektest"
)

// Other programs of the kiosk's user cannot look into a process that will know a PIN or a key. Not parallel: it changes
// limits of this process.
func TestNobodyLooksIntoTheKiosk(t *testing.T) {
	for name, args := range map[string][]string{
		"worker with a key":    {"ukey-worker", "pkcs11", `{"module":"/nowhere","rescan":"slots"}`},
		"waiting for its code": {"enrol", "--config", readableConfig(t)},
	} {
		t.Run(name, func(t *testing.T) {
			peektest.Start(t, []string{commandLineEnv + "=1"}, args...).MustBeHidden()
		})
	}
	peektest.Open(t).MustBeOpen() // else nothing would be shown above
}

// readableConfig is a configuration where everybody gets through to.
func readableConfig(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "kiosk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	text, err := os.ReadFile("../packaging/examples/kiosk.toml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "kiosk.toml")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
