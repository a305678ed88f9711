package display

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"keyhall/packaging/sandbox/atspi"
)

func TestScreenAndAccessibilityBus(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("Xvfb"); err != nil && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	d, err := Start(t.Context(), 800, 600)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Stop()
	desktop, err := atspi.Open(t.Context(), d.Bus)
	if err != nil {
		t.Fatal(err)
	}
	defer desktop.Close()
	nodes, err := desktop.Nodes(t.Context())
	if err != nil || len(nodes) != 0 {
		t.Errorf("Nodes on an empty screen: %d, %v; want none", len(nodes), err)
	}
	path := filepath.Join(t.TempDir(), "shot.png")
	if err := d.Shot(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Errorf("picture: %v, %v", info, err)
	}
}
