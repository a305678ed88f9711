package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

func setup(t *testing.T, fill byte) *Vault {
	t.Helper()
	v, err := New(map[int][]byte{1: bytes.Repeat([]byte{fill}, MasterBytes)})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAdminPINKeepsToTheRule(t *testing.T) {
	t.Parallel()
	v := setup(t, 1)
	rule := book.AdminPINRule{Length: 8, Alphabet: "0123456789"}
	seen := map[string]bool{}
	counts := map[rune]int{}
	for i := range 2000 {
		pin, err := v.AdminPIN(1, ra.KeyIdentity{Model: "soft", Serial: fmt.Sprintf("S%04d", i)}, 1, rule)
		if err != nil {
			t.Fatal(err)
		}
		if len(pin) != 8 || strings.Trim(string(pin), rule.Alphabet) != "" {
			t.Fatalf("PIN %q breaks the rule", pin)
		}
		seen[string(pin)] = true
		for _, c := range string(pin) {
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
	rule := book.AdminPINRule{Length: 16, Alphabet: "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"}
	pin := func(v *Vault, maker, model, serial string, version int) string {
		p, err := v.AdminPIN(1, ra.KeyIdentity{Manufacturer: maker, Model: model, Serial: serial}, version, rule)
		if err != nil {
			t.Fatal(err)
		}
		return string(p)
	}
	first := pin(setup(t, 1), "m", "a", "b1", 1)
	if again := pin(setup(t, 1), "m", "a", "b1", 1); again != first {
		t.Errorf("the same key gave %q, then %q", first, again)
	}
	for what, other := range map[string]string{
		"master": pin(setup(t, 2), "m", "a", "b1", 1), "model": pin(setup(t, 1), "m", "ab", "1", 1), "maker": pin(setup(t, 1), "ma", "", "b1", 1),
		"serial": pin(setup(t, 1), "m", "a", "b2", 1), "version": pin(setup(t, 1), "m", "a", "b1", 2),
	} {
		if other == first {
			t.Errorf("another %s gave the same PIN", what)
		}
	}
	if _, err := setup(t, 1).AdminPIN(1, ra.KeyIdentity{Model: "a", Serial: "b"}, 0, rule); err == nil {
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
	sum := func(v *Vault, purpose string) string {
		s, err := v.Sum(purpose, []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		return string(s)
	}
	if sum(v, "a") == sum(v, "b") {
		t.Error("two purposes gave the same hash")
	}
	if sum(v, "a") != sum(setup(t, 1), "a") {
		t.Error("the same gave two hashes")
	}
}

// TestOldVersionsOpenWhatTheyMade: after a rotation nothing that was made before is lost, and what is new needs the new key.
func TestOldVersionsOpenWhatTheyMade(t *testing.T) {
	t.Parallel()
	first, second := bytes.Repeat([]byte{1}, MasterBytes), bytes.Repeat([]byte{2}, MasterBytes)
	before := setup(t, 1)
	after, err := New(map[int][]byte{1: first, 2: second})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := before.Seal("outbox", []byte("12345678"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := after.Open("outbox", sealed, nil); err != nil || string(plain) != "12345678" {
		t.Errorf("Open = %q, %v", plain, err)
	}
	sum, err := before.Sum("code", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := after.Fits("code", []byte("x"), sum); !ok || err != nil {
		t.Errorf("Fits = %v, %v", ok, err)
	}
	sums, err := after.Sums("code", []byte("x"))
	if err != nil || len(sums) != 2 || !bytes.Equal(sums[1], sum) || bytes.Equal(sums[0], sum) {
		t.Errorf("Sums = %x, %v, want the new one and %x", sums, err, sum)
	}
	rule := book.AdminPINRule{Length: 8, Alphabet: "0123456789"}
	old, err := before.AdminPIN(1, ra.KeyIdentity{Model: "m", Serial: "s"}, 1, rule)
	if err != nil {
		t.Fatal(err)
	}
	same, err1 := after.AdminPIN(1, ra.KeyIdentity{Model: "m", Serial: "s"}, 1, rule)
	fresh, err2 := after.AdminPIN(2, ra.KeyIdentity{Model: "m", Serial: "s"}, 1, rule)
	if err := errors.Join(err1, err2); err != nil || !bytes.Equal(same, old) || bytes.Equal(fresh, old) {
		t.Errorf("PINs %q and %q, %v, want %q and another", same, fresh, err, old)
	}
	fromNew, err := after.Seal("outbox", []byte("x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := before.Open("outbox", fromNew, nil); !errors.Is(err, ErrVersion) {
		t.Errorf("a program without the new key: %v, want ErrVersion", err)
	}
}

func TestFileIsMadeOnceAndKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var group sync.WaitGroup
	prints := make([][]byte, 8)
	for i := range prints {
		group.Go(func() {
			if err := Create(dir, 1); err != nil {
				t.Error(err)
				return
			}
			v, err := Load(dir, 0)
			if err != nil {
				t.Error(err)
				return
			}
			prints[i], _ = v.Fingerprint(1)
		})
	}
	group.Wait()
	for _, p := range prints {
		if !bytes.Equal(p, prints[0]) {
			t.Fatal("two openers got two master keys")
		}
	}
	path := filepath.Join(dir, "master-1.key")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || info.Size() != MasterBytes {
		t.Errorf("file: %v, %v", info, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir, 1); err == nil {
		t.Error("a master key that others may read was taken")
	}
}

func TestLoadWantsEveryVersion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := Load(dir, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty folder: %v", err)
	}
	for _, version := range []int{1, 3} {
		if err := Create(dir, version); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Load(dir, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("version 2 is missing: %v", err)
	}
	if v, err := Load(dir, 1); err != nil || v.Current() != 1 {
		t.Errorf("up to version 1: %v", err)
	}
}

func TestMasterLength(t *testing.T) {
	t.Parallel()
	if _, err := New(map[int][]byte{1: make([]byte, 16)}); err == nil {
		t.Error("a master key of 16 bytes was taken")
	}
	if _, err := New(map[int][]byte{2: make([]byte, MasterBytes)}); err == nil {
		t.Error("version 2 alone was taken")
	}
	if s := fmt.Sprintf("%v %#v", setup(t, 1), setup(t, 1)); strings.Contains(s, "1") {
		t.Errorf("printed as %q", s)
	}
	v := setup(t, 1)
	v.Close()
	if _, err := v.Sum("a", nil); !errors.Is(err, ErrVersion) {
		t.Errorf("after Close: %v", err)
	}
}
