package vault

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"keyhall/backoffice/ra"
)

func setup(t *testing.T, fill byte) *Vault {
	t.Helper()
	v, err := New(bytes.Repeat([]byte{fill}, MasterBytes))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAdminPINKeepsToTheRule(t *testing.T) {
	t.Parallel()
	v := setup(t, 1)
	rule := ra.AdminPINRule{Length: 8, Alphabet: "0123456789"}
	seen := map[string]bool{}
	counts := map[rune]int{}
	for i := range 2000 {
		pin, err := v.AdminPIN("soft", fmt.Sprintf("S%04d", i), 1, rule)
		if err != nil {
			t.Fatal(err)
		}
		if len(pin) != 8 || strings.Trim(pin, rule.Alphabet) != "" {
			t.Fatalf("PIN %q breaks the rule", pin)
		}
		seen[pin] = true
		for _, c := range pin {
			counts[c]++
		}
	}
	if len(seen) < 1995 {
		t.Errorf("%d different PINs of 2000", len(seen))
	}
	for c, n := range counts {
		if n < 1400 || n > 1800 {
			t.Errorf("character %c came %d times of 16000, want about 1600", c, n)
		}
	}
}

func TestAdminPINDependsOnEverything(t *testing.T) {
	t.Parallel()
	rule := ra.AdminPINRule{Length: 16, Alphabet: "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"}
	pin := func(v *Vault, model, serial string, version int) string {
		p, err := v.AdminPIN(model, serial, version, rule)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := pin(setup(t, 1), "a", "b1", 1)
	if again := pin(setup(t, 1), "a", "b1", 1); again != first {
		t.Errorf("the same key gave %q, then %q", first, again)
	}
	for what, other := range map[string]string{
		"master": pin(setup(t, 2), "a", "b1", 1), "model": pin(setup(t, 1), "ab", "1", 1),
		"serial": pin(setup(t, 1), "a", "b2", 1), "version": pin(setup(t, 1), "a", "b1", 2),
	} {
		if other == first {
			t.Errorf("another %s gave the same PIN", what)
		}
	}
	if _, err := setup(t, 1).AdminPIN("a", "b", 0, rule); err == nil {
		t.Error("version 0 was derived")
	}
}

func TestSeal(t *testing.T) {
	t.Parallel()
	v := setup(t, 1)
	sealed, err := v.Seal("outbox", []byte("12345678"), []byte("id"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := v.Open("outbox", sealed, []byte("id")); err != nil || string(plain) != "12345678" {
		t.Errorf("Open = %q, %v", plain, err)
	}
	if bytes.Contains(sealed, []byte("12345678")) {
		t.Error("the sealed text shows the plain one")
	}
	damaged := append([]byte(nil), sealed...)
	damaged[len(damaged)-1] ^= 1
	for what, open := range map[string]func() ([]byte, error){
		"purpose": func() ([]byte, error) { return v.Open("other", sealed, []byte("id")) },
		"context": func() ([]byte, error) { return v.Open("outbox", sealed, []byte("di")) },
		"master":  func() ([]byte, error) { return setup(t, 2).Open("outbox", sealed, []byte("id")) },
		"text":    func() ([]byte, error) { return v.Open("outbox", damaged, []byte("id")) },
		"length":  func() ([]byte, error) { return v.Open("outbox", sealed[:5], []byte("id")) },
	} {
		if _, err := open(); !errors.Is(err, ErrSealed) {
			t.Errorf("another %s: %v, want ErrSealed", what, err)
		}
	}
}

func TestHMACByPurpose(t *testing.T) {
	t.Parallel()
	v := setup(t, 1)
	if bytes.Equal(v.HMAC("a", []byte("x")), v.HMAC("b", []byte("x"))) {
		t.Error("two purposes gave the same hash")
	}
	if !bytes.Equal(v.HMAC("a", []byte("x")), setup(t, 1).HMAC("a", []byte("x"))) {
		t.Error("the same gave two hashes")
	}
}

func TestFileIsMadeOnceAndKept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "master.key")
	var group sync.WaitGroup
	hashes := make([][]byte, 8)
	for i := range hashes {
		group.Go(func() {
			v, err := OpenOrCreateFile(path)
			if err != nil {
				t.Error(err)
				return
			}
			hashes[i] = v.HMAC("x", nil)
		})
	}
	group.Wait()
	for _, h := range hashes {
		if !bytes.Equal(h, hashes[0]) {
			t.Fatal("two openers got two master keys")
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || info.Size() != MasterBytes {
		t.Errorf("file: %v, %v", info, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(path); err == nil {
		t.Error("a master key that others may read was taken")
	}
}

func TestMasterLength(t *testing.T) {
	t.Parallel()
	if _, err := New(make([]byte, 16)); err == nil {
		t.Error("a master key of 16 bytes was taken")
	}
	if s := fmt.Sprintf("%v %#v", setup(t, 1), setup(t, 1)); strings.Contains(s, "1") {
		t.Errorf("printed as %q", s)
	}
}
