package house

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// The factory PINs of the sandbox's keys, as a maker of keys prints them into its manual.
const (
	FactoryAdminPIN    = "12345678"
	FactoryCustomerPIN = "12345678"
	softHSM            = "/usr/lib/softhsm/libsofthsm2.so"
)

// Hub is a USB hub with software keys: a key lies in its drawer or is plugged in, which is where SoftHSM looks for
// token directories. Pulling a key moves its directory away under the program that uses it.
type Hub struct {
	dir  string
	keys int
}

// Key is one key of the hub.
type Key struct {
	Number  int // from 1
	Plugged bool
}

// OpenHub returns the hub in dir and fills its drawers with blank keys the first time.
func OpenHub(ctx context.Context, dir string, keys int) (*Hub, error) {
	h := &Hub{dir: dir, keys: keys}
	for _, d := range []string{h.slots(), h.drawer(0)} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	conf := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = true\n", h.slots())
	if err := os.WriteFile(h.Conf(), []byte(conf), 0o600); err != nil {
		return nil, err
	}
	for n := 1; n <= keys; n++ {
		if h.name(n) != "" {
			continue
		}
		if err := h.Replace(ctx, n); err != nil {
			return nil, fmt.Errorf("key %d: %w", n, err)
		}
	}
	return h, nil
}

// Module is the PKCS#11 module of the hub's keys; Conf is what SOFTHSM2_CONF must name for it.
func (h *Hub) Module() string { return softHSM }

// Conf is the path of the module's configuration.
func (h *Hub) Conf() string { return filepath.Join(h.dir, "softhsm2.conf") }

// Keys lists the keys in their order.
func (h *Hub) Keys() []Key {
	var keys []Key
	for n := 1; n <= h.keys; n++ {
		_, err := os.Stat(filepath.Join(h.slots(), h.name(n)))
		keys = append(keys, Key{Number: n, Plugged: err == nil && h.name(n) != ""})
	}
	return keys
}

// Plug puts key n into the hub; plugging twice is one plugging.
func (h *Hub) Plug(n int) error { return h.move(n, h.drawer(n), h.slots()) }

// Pull takes key n out, whatever is being done with it.
func (h *Hub) Pull(n int) error { return h.move(n, h.slots(), h.drawer(n)) }

func (h *Hub) move(n int, from, to string) error {
	name := h.name(n)
	if name == "" {
		return fmt.Errorf("the hub has no key %d", n)
	}
	err := os.Rename(filepath.Join(from, name), filepath.Join(to, name))
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

// Replace throws key n away and puts a factory-fresh one into its drawer. It is to be called while no key is
// plugged that something writes to.
func (h *Hub) Replace(ctx context.Context, n int) error {
	if old := h.name(n); old != "" {
		os.RemoveAll(filepath.Join(h.slots(), old))
		os.RemoveAll(h.drawer(n))
	}
	if err := os.MkdirAll(h.drawer(n), 0o700); err != nil {
		return err
	}
	conf := filepath.Join(h.drawer(n), "factory.conf")
	if err := os.WriteFile(conf, []byte("directories.tokendir = "+h.drawer(n)+"\n"), 0o600); err != nil {
		return err
	}
	defer os.Remove(conf)
	cmd := exec.CommandContext(ctx, "softhsm2-util", "--init-token", "--free", "--label", "UKEY-"+strconv.Itoa(n),
		"--so-pin", FactoryAdminPIN, "--pin", FactoryCustomerPIN)
	cmd.Env = append(os.Environ(), "SOFTHSM2_CONF="+conf)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("softhsm2-util: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return h.remember(n)
}

// remember notes the name of the token directory that the drawer now holds.
func (h *Hub) remember(n int) error {
	entries, err := os.ReadDir(h.drawer(n))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			return os.WriteFile(filepath.Join(h.drawer(n), "name"), []byte(e.Name()), 0o600)
		}
	}
	return fmt.Errorf("softhsm2-util made no token in %s", h.drawer(n))
}

func (h *Hub) name(n int) string {
	b, err := os.ReadFile(filepath.Join(h.drawer(n), "name"))
	if err != nil {
		return ""
	}
	return string(b)
}

func (h *Hub) slots() string { return filepath.Join(h.dir, "slots") }

func (h *Hub) drawer(n int) string { return filepath.Join(h.dir, "drawer", strconv.Itoa(n)) }
