package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"keyhall/backoffice/audit"
	"keyhall/backoffice/ca/local"
	"keyhall/backoffice/store"
	"keyhall/backoffice/store/storetest"
	"keyhall/backoffice/vault"
)

// register is a migrated database, and the configuration of a data folder for it.
func register(t *testing.T) (*store.Store, Config) {
	t.Helper()
	c := defaultConfig()
	c.OwnerDatabase = storetest.DSN(t)
	c.Database = storetest.Program(c.OwnerDatabase)
	c.Data = filepath.Join(t.TempDir(), "data")
	return storetest.Open(t, c.OwnerDatabase), c
}

func foundRegister(t *testing.T) (*store.Store, Config) {
	t.Helper()
	s, c := register(t)
	if err := found(t.Context(), s, c); err != nil {
		t.Fatal(err)
	}
	return s, c
}

// opens reports what keeps the whole back office from opening.
func opens(t *testing.T, c Config) error {
	t.Helper()
	o, err := open(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return o.close()
}

func wantWords(t *testing.T, what string, err error, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("%s: got %v, want words about %q", what, err, words)
	}
}

func TestNothingOpensBeforeTheFounding(t *testing.T) {
	t.Parallel()
	s, c := register(t)
	wantWords(t, "open", opens(t, c), "keyhall-backoffice found")
	if _, err := os.Stat(c.Data); err == nil {
		t.Error("a data folder was made")
	}
	if err := found(t.Context(), s, c); err != nil {
		t.Fatal(err)
	}
	if err := opens(t, c); err != nil {
		t.Error(err)
	}
	before := readAll(t, c.Data)
	if err := found(t.Context(), s, c); err != nil {
		t.Errorf("founding again: %v", err)
	}
	if err := opens(t, c); err != nil || !sameFiles(before, readAll(t, c.Data)) {
		t.Errorf("founding again changed the folder, %v", err)
	}
}

// readAll is the content of what founding makes.
func readAll(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range []string{foundationFile, "ca.pem", "ca-key.pem", "operations.pem", "operations-key.pem", "master-1.key"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b
	}
	return files
}

func sameFiles(a, b map[string][]byte) bool {
	for name := range a {
		if !bytes.Equal(a[name], b[name]) {
			return false
		}
	}
	return len(a) == len(b)
}

// TestFolderAndRegisterBelongTogether: neither another folder with this database nor this folder with another database works,
// whatever command tries, and no second CA is made.
func TestFolderAndRegisterBelongTogether(t *testing.T) {
	t.Parallel()
	s, c := foundRegister(t)
	empty := c
	empty.Data = filepath.Join(t.TempDir(), "data")
	wantWords(t, "an empty folder", opens(t, empty), "not the one that this register was founded with")
	wantWords(t, "founding in an empty folder", found(t.Context(), s, empty), "founded with another data folder")
	wantWords(t, "migrating with an empty folder", checkBeforeMigrating(t.Context(), empty.OwnerDatabase, empty.Data), "not the one that this register")
	if _, err := os.Stat(filepath.Join(empty.Data, "ca.pem")); err == nil {
		t.Error("a second CA was made")
	}

	other, theirs := foundRegister(t)
	crossed := c
	crossed.Data = theirs.Data
	wantWords(t, "another's folder", opens(t, crossed), "belongs to another register")
	wantWords(t, "founding in another's folder", found(t.Context(), s, crossed), "belongs to another register")
	fresh, freshConfig := register(t)
	freshConfig.Data = c.Data
	wantWords(t, "a new register on an old folder", found(t.Context(), fresh, freshConfig), "belongs to another register")
	if _, err := rotate(t.Context(), other, c.Data); err == nil {
		t.Error("rotating in another's folder worked")
	}
	if err := opens(t, c); err != nil {
		t.Errorf("in the end the right pair: %v", err)
	}
}

func TestEachFileOfTheFolderCounts(t *testing.T) {
	t.Parallel()
	for name, words := range map[string]string{
		foundationFile: "not the one that this register was founded with", "ca.pem": "the CA", "ca-key.pem": "CA key", "operations.pem": "the CA operations", "operations-key.pem": "CA key", "master-1.key": "master key",
	} {
		_, c := foundRegister(t)
		if err := os.Remove(filepath.Join(c.Data, name)); err != nil {
			t.Fatal(err)
		}
		wantWords(t, name+" missing", opens(t, c), words)
	}
	_, c := foundRegister(t)
	_, other := foundRegister(t)
	for name, words := range map[string]string{"ca.pem": "is not the one", "master-1.key": "other PINs would come out"} {
		right := filepath.Join(c.Data, name)
		kept, err := os.ReadFile(right)
		if err != nil {
			t.Fatal(err)
		}
		wrong, err := os.ReadFile(filepath.Join(other.Data, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, right, wrong)
		wantWords(t, "another's "+name, opens(t, c), words)
		write(t, right, kept)
	}
}

// TestFolderThatWasCopiedInParts: each of its files empty, cut off or of another register keeps the office from opening, and nothing is made anew
// in its place. By another name the right folder is the right one.
func TestFolderThatWasCopiedInParts(t *testing.T) {
	t.Parallel()
	s, c := foundRegister(t)
	_, other := foundRegister(t)
	for _, name := range []string{foundationFile, "ca.pem", "ca-key.pem", "operations.pem", "operations-key.pem", "master-1.key", audit.KeyFile} {
		path := filepath.Join(c.Data, name)
		kept, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := os.ReadFile(filepath.Join(other.Data, name))
		if err != nil {
			t.Fatal(err)
		}
		for how, wrong := range map[string][]byte{"empty": {}, "cut off": kept[:len(kept)/2], "zeros": make([]byte, len(kept)), "another's": theirs} {
			write(t, path, wrong)
			if err := opens(t, c); err == nil {
				t.Errorf("%s %s: opened", name, how)
			}
			_ = found(t.Context(), s, c) // says what it says
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, wrong) {
				t.Errorf("%s %s: written anew, %v", name, how, err)
			}
		}
		write(t, path, kept)
	}
	link := filepath.Join(t.TempDir(), "data")
	if err := os.Symlink(c.Data, link); err != nil {
		t.Fatal(err)
	}
	c.Data = link
	if err := errors.Join(opens(t, c), found(t.Context(), s, c)); err != nil {
		t.Errorf("in the end, by another name: %v", err)
	}
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestFoundingBrokenOff kills the founding after each of its steps; the next one goes on and ends with one CA.
func TestFoundingBrokenOff(t *testing.T) {
	t.Parallel()
	steps := []func(ctx context.Context, s *store.Store, c Config) error{
		func(ctx context.Context, s *store.Store, c Config) error {
			_, err := s.BeginFoundation(ctx, uuid.NewString(), time.Now())
			return err
		},
		func(ctx context.Context, s *store.Store, c Config) error {
			f, err := s.Foundation(ctx)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(c.Data, 0o700); err != nil {
				return err
			}
			return markFolder(c.Data, f)
		},
		func(ctx context.Context, _ *store.Store, c Config) error {
			issuer, err := local.Found(ctx, c.authority(firstAuthorities()[0]))
			if err != nil {
				return err
			}
			return issuer.Close()
		},
		func(ctx context.Context, _ *store.Store, c Config) error {
			issuer, err := local.Found(ctx, c.authority(firstAuthorities()[1]))
			if err != nil {
				return err
			}
			return issuer.Close()
		},
		func(_ context.Context, _ *store.Store, c Config) error { return vault.Create(c.Data, 1) },
	}
	for n := range len(steps) + 1 {
		s, c := register(t)
		for _, step := range steps[:n] {
			if err := step(t.Context(), s, c); err != nil {
				t.Fatal(err)
			}
		}
		wantWords(t, "half founded", opens(t, c), "keyhall-backoffice found")
		if err := found(t.Context(), s, c); err != nil {
			t.Errorf("after %d steps: %v", n, err)
		}
		if err := opens(t, c); err != nil {
			t.Errorf("after %d steps: %v", n, err)
		}
	}
}

// TestTwoFoundAtOnce: from two folders only one can win, and the other is told.
func TestTwoFoundAtOnce(t *testing.T) {
	t.Parallel()
	s, first := register(t)
	second := first
	second.Data = filepath.Join(t.TempDir(), "data")
	var group sync.WaitGroup
	errs := make([]error, 2)
	for i, c := range []Config{first, second} {
		group.Go(func() { errs[i] = found(t.Context(), s, c) })
	}
	group.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("got %v and %v, want one to win", errs[0], errs[1])
	}
	for i, c := range []Config{first, second} {
		if err := opens(t, c); (err == nil) != (errs[i] == nil) {
			t.Errorf("folder %d: founded %v, opens %v", i, errs[i], err)
		}
	}
}

// TestRotation: the new version is used, the old one still opens, a rotation that was broken off goes on with its file, and a
// back office without the new file says so.
func TestRotation(t *testing.T) {
	t.Parallel()
	s, c := foundRegister(t)
	ctx := t.Context()
	before, err := openVault(ctx, s, c.Data)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := before.Seal("outbox", []byte("code"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := vault.Create(c.Data, 2); err != nil { // killed here
		t.Fatal(err)
	}
	begun, err := os.ReadFile(filepath.Join(c.Data, "master-2.key"))
	if err != nil {
		t.Fatal(err)
	}
	if v, err := openVault(ctx, s, c.Data); err != nil || v.Current() != 1 {
		t.Errorf("with a rotation begun: %v, want version 1", err)
	}
	if version, err := rotate(ctx, s, c.Data); err != nil || version != 2 {
		t.Fatalf("rotate = %d, %v", version, err)
	}
	if kept, err := os.ReadFile(filepath.Join(c.Data, "master-2.key")); err != nil || !bytes.Equal(kept, begun) {
		t.Errorf("the file that was begun was replaced, %v", err)
	}
	after, err := openVault(ctx, s, c.Data)
	if err != nil || after.Current() != 2 {
		t.Fatalf("after the rotation: %v", err)
	}
	if plain, err := after.Open("outbox", sealed, nil); err != nil || string(plain) != "code" {
		t.Errorf("what version 1 sealed: %q, %v", plain, err)
	}
	var said string
	err = s.Pool().QueryRow(ctx, `SELECT string_agg(concat_ws(' ', actor_id, action, facts ->> 'version'), ', ' ORDER BY id) FROM audit`).Scan(&said)
	if want := "command register.found, command master.rotate 2"; err != nil || said != want {
		t.Errorf("the trail says %q, %v, want %q", said, err, want)
	}
	if err := os.Rename(filepath.Join(c.Data, "master-2.key"), filepath.Join(c.Data, "away")); err != nil {
		t.Fatal(err)
	}
	wantWords(t, "without the new file", opens(t, c), "knows 2 versions of the master key")
}
