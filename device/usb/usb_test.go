package usb

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// underUmockdev is set by umockdev-run: where its own USB tree lies.
const underUmockdev = "UMOCKDEV_DIR"

// onMockBus runs the calling test again under umockdev-run, on the bus of testdata/hub.umockdev, and reports there
// whether it is that run.
func onMockBus(t *testing.T) bool {
	t.Helper()
	if os.Getenv(underUmockdev) != "" {
		return true
	}
	if _, err := exec.LookPath("umockdev-run"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("umockdev-run is missing")
		}
		t.Skip("umockdev-run is missing")
	}
	cmd := exec.CommandContext(t.Context(), "umockdev-run", "--device=testdata/hub.umockdev", "--",
		os.Args[0], "-test.v", "-test.run=^"+t.Name()+"$")
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Errorf("%v:\n%s", err, out)
	}
	return false
}

func TestScan(t *testing.T) {
	if !onMockBus(t) {
		return
	}
	root := os.Getenv(underUmockdev)
	got, err := scan(t.Context(), filepath.Join(root, "sys"))
	if err != nil {
		t.Fatal(err)
	}
	epass := Device{
		Model: Model{0x096e, 0x0807, "Feitian", "ePass2003"}, Bus: 1, Address: 2, Port: "1-2", Serial: "27FB1D0E50100514",
	}
	gm := Device{Model: Model{0x055c, 0xe618, "Longmai", "GM3000"}, Bus: 1, Address: 3, Port: "1-3.1"}
	if want := []Device{epass, gm}; !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}

	if err := os.RemoveAll(filepath.Join(root, "sys/devices/pci0000:00/0000:00:14.0/usb1/1-2")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(root, "sys/bus/usb/devices/1-2")); err != nil {
		t.Fatal(err)
	}
	got, err = scan(t.Context(), filepath.Join(root, "sys"))
	if want := []Device{gm}; err != nil || !slices.Equal(got, want) {
		t.Errorf("pulled: got %+v, %v; want %+v", got, err, want)
	}
}

func TestScanStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Scan(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestWatchOfTheBus(t *testing.T) {
	if !onMockBus(t) {
		return
	}
	ctx, cancel := context.WithCancel(t.Context())
	events := Watch(ctx, time.Hour)
	for _, want := range []string{"ePass2003", "GM3000"} {
		if e := <-events; e.Err != nil || !e.Plugged || e.Device.Name != want {
			t.Errorf("got %+v, want %s plugged", e, want)
		}
	}
	cancel()
	if e, open := <-events; open {
		t.Errorf("got %+v, want the end", e)
	}
}

func TestWatchTellsChanges(t *testing.T) {
	t.Parallel()
	a, b := Device{Bus: 1, Address: 1}, Device{Bus: 1, Address: 2}
	broken := errors.New("bus is broken")
	looks := []struct {
		devices []Device
		err     error
		want    []Event
	}{
		{devices: []Device{a}, want: []Event{{Device: a, Plugged: true}}},
		{devices: []Device{a}},
		{devices: []Device{b}, want: []Event{{Device: a}, {Device: b, Plugged: true}}},
		{err: broken, want: []Event{{Err: broken}}},
		{err: broken},
		{devices: []Device{b}},
		{want: []Event{{Device: b}}},
		{err: broken, want: []Event{{Err: broken}}},
	}
	ctx, cancel := context.WithCancel(t.Context())
	ticks, events, looked := make(chan time.Time), make(chan Event), 0
	go watch(ctx, func(context.Context) ([]Device, error) {
		look := looks[looked]
		looked++
		return look.devices, look.err
	}, ticks, events)
	for i, look := range looks {
		if i > 0 {
			ticks <- time.Time{}
		}
		for _, want := range look.want {
			if got := <-events; got != want {
				t.Errorf("look %d: got %+v, want %+v", i, got, want)
			}
		}
	}
	cancel()
	if e, open := <-events; open {
		t.Errorf("got %+v, want the end", e)
	}
}

func TestModelsAreNamedOnce(t *testing.T) {
	t.Parallel()
	known := map[[2]uint16]bool{}
	for _, m := range Models() {
		id := [2]uint16{m.Vendor, m.Product}
		if known[id] || m.Maker == "" || m.Name == "" {
			t.Errorf("%04x:%04x is there twice or has no name", m.Vendor, m.Product)
		}
		known[id] = true
	}
}
