package safe

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// need skips the test when a program is missing, and fails it where everything has to be there (CI).
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing", program)
	}
	t.Skipf("%s is missing", program)
}

// plain is a new folder whose key lies in a file.
func plain(t *testing.T) Config {
	t.Helper()
	return Config{Dir: filepath.Join(t.TempDir(), "secrets"), TPM: TPMOff}
}

func mustOpen(t *testing.T, c Config) *Safe {
	t.Helper()
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func mustWrite(t *testing.T, s *Safe, name, secret string) {
	t.Helper()
	if err := s.Write(name, []byte(secret)); err != nil {
		t.Fatal(err)
	}
}

func mustRead(t *testing.T, s *Safe, name, want string) {
	t.Helper()
	got, err := s.Read(name)
	if err != nil || string(got) != want {
		t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
	}
}

// refused wants Open to fail with that error, and with words that say what to do.
func refused(t *testing.T, c Config, want error, words ...string) {
	t.Helper()
	s, err := Open(t.Context(), c)
	if err == nil {
		s.Close()
	}
	if !errors.Is(err, want) {
		t.Errorf("open: got %v, want %v", err, want)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error does not say %q: %v", w, err)
		}
	}
}

// mustSay wants one line in the log when the folder is opened, with these words.
func mustSay(t *testing.T, c Config, words ...string) {
	t.Helper()
	var said bytes.Buffer
	c.Log = slog.New(slog.NewTextHandler(&said, nil))
	mustOpen(t, c).Close()
	if strings.Count(said.String(), "\n") != 1 {
		t.Errorf("got %q, want one line", said.String())
	}
	for _, w := range words {
		if !strings.Contains(said.String(), w) {
			t.Errorf("got %q, want %q in it", said.String(), w)
		}
	}
}

func TestSecretsOutliveTheProgram(t *testing.T) {
	t.Parallel()
	c := plain(t)
	s := mustOpen(t, c)
	mustWrite(t, s, "journal", "first")
	mustWrite(t, s, "journal", "second, and longer")
	mustWrite(t, s, "identity", "")
	s.Close()

	s = mustOpen(t, c)
	mustRead(t, s, "journal", "second, and longer")
	mustRead(t, s, "identity", "")
	if _, err := s.Read("next"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a secret that was never written: got %v, want %v", err, fs.ErrNotExist)
	}
	for range 2 {
		if err := s.Erase("journal"); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Read("journal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an erased secret: got %v, want %v", err, fs.ErrNotExist)
	}
}

func TestNothingReadableOnTheDisk(t *testing.T) {
	t.Parallel()
	c := plain(t)
	mustWrite(t, mustOpen(t, c), "journal", "attack at dawn")
	files, err := os.ReadDir(c.Dir)
	if err != nil || len(files) != 3 {
		t.Fatalf("got %v, %v, want key, record and one secret", files, err)
	}
	for _, f := range files {
		path := filepath.Join(c.Dir, f.Name())
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v, want 0600", f.Name(), info.Mode(), err)
		}
		if content, _ := os.ReadFile(path); bytes.Contains(content, []byte("dawn")) {
			t.Errorf("%s holds the secret in the open", f.Name())
		}
	}
	if info, err := os.Stat(c.Dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: mode %v, %v, want 0700", info.Mode(), err)
	}
}

func TestDamagedOrForeign(t *testing.T) {
	t.Parallel()
	c := plain(t)
	s := mustOpen(t, c)
	mustWrite(t, s, "journal", "mine")
	path := filepath.Join(c.Dir, "journal.sealed")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := mustOpen(t, plain(t))
	mustWrite(t, other, "journal", "somebody else's")
	foreign, err := os.ReadFile(other.disk.path("journal.sealed"))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	for name, content := range map[string][]byte{
		"empty": nil, "cut": whole[:len(whole)-1], "one bit": flipped, "longer": append(bytes.Clone(whole), 0),
		"another safe's": foreign, "only the beginning": []byte(magic), "not ours": []byte("hello"),
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read("journal"); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: got %v, want %v", name, err, ErrDamaged)
		}
	}
	if err := os.WriteFile(s.disk.path("next.sealed"), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read("next"); !errors.Is(err, ErrDamaged) {
		t.Errorf("a secret under another's name: got %v, want %v", err, ErrDamaged)
	}
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read("journal"); !errors.Is(err, ErrDamaged) {
		t.Errorf("a folder: got %v, want %v", err, ErrDamaged)
	}
}

func TestOpenToOthersIsRefused(t *testing.T) {
	t.Parallel()
	c := plain(t)
	s := mustOpen(t, c)
	mustWrite(t, s, "journal", "mine")
	chmod := func(name string, mode fs.FileMode) {
		t.Helper()
		if err := os.Chmod(filepath.Join(c.Dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	chmod("journal.sealed", 0o640)
	if _, err := s.Read("journal"); !errors.Is(err, ErrExposed) || !strings.Contains(err.Error(), "want -rw-------") {
		t.Errorf("got %v, want %v with the mode", err, ErrExposed)
	}
	mustWrite(t, s, "journal", "mine") // a new file, private again
	mustRead(t, s, "journal", "mine")
	for _, name := range []string{".", recordFile, keyFile} {
		chmod(name, 0o755)
		refused(t, c, ErrExposed, "others may read it", filepath.Join(c.Dir, name))
		chmod(name, 0o700)
	}
	mustOpen(t, c)
}

func TestNamesAreNoPaths(t *testing.T) {
	t.Parallel()
	s := mustOpen(t, plain(t))
	for _, name := range []string{"", "../journal", "a/b", "Journal", "a.b", strings.Repeat("a", 33)} {
		_, readErr := s.Read(name)
		if readErr == nil || s.Write(name, nil) == nil || s.Erase(name) == nil {
			t.Errorf("%q is taken as a name", name)
		}
	}
}

func TestClosedSafeKeepsNothing(t *testing.T) {
	t.Parallel()
	s := mustOpen(t, plain(t))
	mustWrite(t, s, "journal", "mine")
	key := s.key
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if !bytes.Equal(key, make([]byte, KeyBytes)) {
		t.Error("the key is still in memory")
	}
	_, err := s.Read("journal")
	for _, err := range []error{err, s.Write("journal", nil), s.Erase("journal")} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("got %v, want %v", err, ErrClosed)
		}
	}
}

func TestPlainIsSaidPlainly(t *testing.T) {
	t.Parallel()
	c := plain(t)
	for range 2 { // at the first use and at every later start
		mustSay(t, c, "level=WARN", "not protected")
	}
}

// A folder whose parts are gone is never begun over its secrets.
func TestLostParts(t *testing.T) {
	t.Parallel()
	for _, lost := range []string{recordFile, keyFile} {
		c := plain(t)
		mustWrite(t, mustOpen(t, c), "journal", "mine")
		if err := os.Remove(filepath.Join(c.Dir, lost)); err != nil {
			t.Fatal(err)
		}
		refused(t, c, ErrDamaged, lost, "enrol it with a new code")
	}
	c := plain(t)
	mustOpen(t, c)
	if err := os.WriteFile(filepath.Join(c.Dir, keyFile), newKey(), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, c, ErrOtherKey, c.Dir)
}

func TestAutoWithoutATPM(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(defaultTPM); err == nil {
		t.Skip("this machine has a TPM")
	}
	c := plain(t)
	c.TPM = TPMAuto
	mustSay(t, c, "level=WARN", "plain file")
}

func TestSettingsThatPromiseMoreThanAPlainFile(t *testing.T) {
	t.Parallel()
	c := plain(t)
	mustOpen(t, c)
	c.TPM = TPMAuto
	mustOpen(t, c)
	c.TPM = filepath.Join(t.TempDir(), "tpm")
	refused(t, c, ErrKeeper, c.TPM, "plain file")
}

// Several programs and goroutines use one folder, from its first use on.
func TestSideBySide(t *testing.T) {
	t.Parallel()
	c := plain(t)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			s, err := Open(t.Context(), c)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			for range 10 {
				if err := s.Write("journal", bytes.Repeat([]byte{byte(i)}, 5000)); err != nil {
					t.Error(err)
				}
				got, err := s.Read("journal")
				if err != nil || len(got) != 5000 || bytes.Count(got, got[:1]) != 5000 {
					t.Errorf("got %d bytes, %v, want one writer's", len(got), err)
				}
			}
		})
	}
	wg.Wait()
}

func TestLockedFolderIsNotWaitedForForever(t *testing.T) {
	t.Parallel()
	c := plain(t)
	s := mustOpen(t, c)
	unlock, err := s.disk.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, c); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v, want %v", err, ErrBusy)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
	mustOpen(t, c)
}
