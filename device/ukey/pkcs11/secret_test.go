package pkcs11

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
)

// randomPIN is one that nothing else in any process's memory looks like.
func randomPIN() []byte { return []byte(rand.Text()) }

// tail is the end of a PIN: the beginning of memory that was freed is overwritten by the allocator's own notes.
func tail(pin []byte) []byte { return pin[len(pin)-8:] }

// TestWorkerForgetsPINs reads the memory of a live worker after every call that takes PINs.
func TestWorkerForgetsPINs(t *testing.T) {
	t.Parallel()
	hub := ukeytest.NewHub(t, 1)
	ctx, file := t.Context(), filepath.Join(t.TempDir(), "pid")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// Only one worker is started: nobody looks around.
	r := start(t, Config{Module: ukeytest.SoftHSM, Env: hub.Env(),
		Command: []string{"sh", "-c", fmt.Sprintf(`echo $$ >'%s'; exec "$0" "$@"`, file), self, "ukey-worker"}})
	open := loggedIn(t, r, hub.Identity(0))
	customer, changed, wrong := randomPIN(), randomPIN(), randomPIN()
	admin := []byte(ukeytest.FactoryAdminPIN)
	var pid int
	if content, err := os.ReadFile(file); err != nil {
		t.Fatal(err)
	} else if _, err := fmt.Sscan(string(content), &pid); err != nil {
		t.Fatal(err)
	}
	if inMemory(t, pid, []byte(hub.Serial(0))) == 0 {
		t.Error("not even the serial is in the worker's memory: it is not read rightly")
	}
	for _, step := range []struct {
		name string
		call func() error
		pins [][]byte
	}{
		{"login as administrator", func() error { return open.Login(ctx, ukey.Administrator, admin) }, nil},
		{"init", func() error { return open.InitPIN(ctx, admin, customer) }, [][]byte{customer}},
		{"login", func() error { return open.Login(ctx, ukey.Customer, customer) }, [][]byte{customer}},
		{"set", func() error { return open.SetPIN(ctx, customer, changed) }, [][]byte{customer, changed}},
		{"wrong login", func() error { return want(ukey.ErrPINWrong, open.Login(ctx, ukey.Customer, wrong)) }, [][]byte{wrong}},
	} {
		if err := step.call(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		for i, pin := range step.pins {
			if n := inMemory(t, pid, tail(pin)); n > 0 {
				t.Errorf("%s: PIN %d stands %d times in the worker's memory", step.name, i+1, n)
			}
		}
	}
}

// want is nil for the expected error.
func want(expected, got error) error {
	if errors.Is(got, expected) {
		return nil
	}
	return fmt.Errorf("got %v, want %w", got, expected)
}

// inMemory counts a text in what a process has written into its memory; it skips the test where that may not be read.
func inMemory(t *testing.T, pid int, text []byte) (found int) {
	t.Helper()
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer maps.Close()
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Skipf("another process's memory may not be read here: %v", err)
	}
	defer mem.Close()
	read := 0
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var from, to int64
		var rights string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &rights); err != nil || !strings.HasPrefix(rights, "rw") {
			continue
		}
		content, err := io.ReadAll(io.NewSectionReader(mem, from, to-from))
		if err == nil {
			read += len(content)
			found += bytes.Count(content, text)
		}
	}
	if read == 0 {
		t.Skip("another process's memory may not be read here")
	}
	return found
}

// TestPINsAreTheCallers: a PIN comes out of a call as it went in, and its owner may overwrite it at once.
func TestPINsAreTheCallers(t *testing.T) {
	t.Parallel()
	hub, r := hubReader(t, 1)
	open := loggedIn(t, r, hub.Identity(0))
	pin := []byte(ukeytest.FactoryCustomerPIN)
	for range 2 {
		if err := open.Login(t.Context(), ukey.Customer, pin); err != nil {
			t.Fatal(err)
		}
	}
	if string(pin) != ukeytest.FactoryCustomerPIN {
		t.Error("the driver changed its caller's PIN")
	}
	clear(pin)
	if _, err := open.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256}); err != nil {
		t.Errorf("after the PIN was overwritten: %v", err)
	}
}
