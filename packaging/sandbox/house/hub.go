package house

import (
	"cmp"
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
// token directories. Pulling a key moves its directory away under the program that uses it. Wrong PINs are counted and lock, as
// those of makers' keys do (packaging/sandbox/locking).
type Hub struct {
	dir    string
	name   string // of the folder where keys are when they are plugged in
	module string
	keys   int
}

// Key is one key of the hub.
type Key struct {
	Number  int // from 1
	Plugged bool
}

// OpenHub returns the hub in dir and fills so many drawers with blank keys the first time. Module is how programs reach the keys.
func OpenHub(ctx context.Context, dir, module string, keys int) (*Hub, error) {
	h := &Hub{dir: dir, name: "slots", module: module}
	if err := h.lay(); err != nil {
		return nil, err
	}
	for h.keys = keys; h.nameOf(h.keys+1) != ""; h.keys++ { // an earlier start may have asked for more
	}
	for n := 1; n <= h.keys; n++ {
		if h.nameOf(n) != "" {
			continue
		}
		if err := h.Replace(ctx, n); err != nil {
			return nil, fmt.Errorf("key %d: %w", n, err)
		}
	}
	return h, nil
}

// lay makes what lies about a hub: its folders, and the module's configuration.
func (h *Hub) lay() error {
	for _, d := range []string{h.slots(), h.drawer(0), h.tries()} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return err
		}
	}
	conf := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = true\n", h.slots())
	return os.WriteFile(h.Conf(), []byte(conf), 0o600)
}

// Elsewhere is another hub for the same keys: what is plugged into the one can be carried to the other.
func (h *Hub) Elsewhere(name string) (*Hub, error) {
	other := *h
	other.name = "slots-" + name
	return &other, other.lay()
}

// Module is the PKCS#11 module of the hub's keys, Env what it needs in a program's environment.
func (h *Hub) Module() string { return h.module }

// Env is what the module needs in a program's environment.
func (h *Hub) Env() []string {
	return []string{"SOFTHSM2_CONF=" + h.Conf(), "KEYHALL_TRIES=" + h.tries()}
}

// Conf is the path of the module's configuration.
func (h *Hub) Conf() string { return filepath.Join(h.dir, h.name+".conf") }

// Keys lists the keys in their order.
func (h *Hub) Keys() []Key {
	var keys []Key
	for n := 1; n <= h.keys; n++ {
		_, err := os.Stat(filepath.Join(h.slots(), h.nameOf(n)))
		keys = append(keys, Key{Number: n, Plugged: err == nil && h.nameOf(n) != ""})
	}
	return keys
}

// Plug puts key n into the hub, wherever it was; plugging twice is one plugging.
func (h *Hub) Plug(n int) error {
	for _, there := range h.plugged(n) {
		if from := filepath.Dir(there); from != h.slots() {
			if err := h.move(n, from, h.drawer(n)); err != nil {
				return err
			}
		}
	}
	return h.move(n, h.drawer(n), h.slots())
}

// Pull takes key n out, whatever is being done with it.
func (h *Hub) Pull(n int) error { return h.move(n, h.slots(), h.drawer(n)) }

func (h *Hub) move(n int, from, to string) error {
	name := h.nameOf(n)
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
	if h.nameOf(n) != "" {
		for _, there := range append(h.plugged(n), h.drawer(n)) {
			if err := os.RemoveAll(there); err != nil {
				return err
			}
		}
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

func (h *Hub) nameOf(n int) string {
	b, err := os.ReadFile(filepath.Join(h.drawer(n), "name"))
	if err != nil {
		return ""
	}
	return string(b)
}

// plugged is where key n is plugged in, at this hub or another: at one at most.
func (h *Hub) plugged(n int) []string {
	there, _ := filepath.Glob(filepath.Join(h.dir, "slots*", cmp.Or(h.nameOf(n), "-")))
	return there
}

func (h *Hub) slots() string { return filepath.Join(h.dir, h.name) }

func (h *Hub) tries() string { return filepath.Join(h.dir, "tries") }

func (h *Hub) drawer(n int) string { return filepath.Join(h.dir, "drawer", strconv.Itoa(n)) }
