package safe

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"
)

// errCut is a power cut.
var errCut = errors.New("power cut")

// cutAt stops at the nth file operation, counted from 0, and at all that follow.
func cutAt(n int) func(string) error {
	return func(step string) error {
		if n--; n < 0 {
			return fmt.Errorf("%w before: %s", errCut, step)
		}
		return nil
	}
}

// Whatever a power cut interrupts, the next start has the old secret or the new one.
func TestPowerCutWhileWriting(t *testing.T) {
	t.Parallel()
	c := plain(t)
	mustWrite(t, mustOpen(t, c), "journal", "old")
	for n := 0; ; n++ {
		s := mustOpen(t, c)
		s.disk.hook = cutAt(n)
		err := s.Write("journal", []byte("new"))
		if err != nil && !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		again := mustOpen(t, c)
		got, readErr := again.Read("journal")
		if readErr != nil || string(got) != "new" && (err == nil || string(got) != "old") {
			t.Errorf("cut %d (%v): got %q, %v", n, err, got, readErr)
		}
		mustWrite(t, again, "journal", "old")
		mustRead(t, again, "journal", "old")
		if err == nil {
			return
		}
	}
}

func TestPowerCutAtTheFirstUse(t *testing.T) {
	t.Parallel()
	for n := 0; ; n++ {
		c := plain(t)
		s, err := open(t.Context(), c, cutAt(n))
		if err == nil {
			s.Close()
		} else if !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		again := mustOpen(t, c)
		mustWrite(t, again, "journal", "mine")
		mustRead(t, mustOpen(t, c), "journal", "mine")
		if err == nil {
			return
		}
	}
}

func TestPowerCutWhileErasing(t *testing.T) {
	t.Parallel()
	for n := 0; ; n++ {
		c := plain(t)
		s := mustOpen(t, c)
		mustWrite(t, s, "next", "mine")
		s.disk.hook = cutAt(n)
		err := s.Erase("next")
		again := mustOpen(t, c)
		got, readErr := again.Read("next")
		if gone := errors.Is(readErr, fs.ErrNotExist); err == nil && !gone || !gone && string(got) != "mine" {
			t.Errorf("cut %d (%v): got %q, %v", n, err, got, readErr)
		}
		if err == nil {
			return
		}
		if err := again.Erase("next"); err != nil {
			t.Error(err)
		}
	}
}

// What a power cut left of a temporary file is nobody's, whatever is in it.
func TestPartsOfTemporaryFilesDoNotMatter(t *testing.T) {
	t.Parallel()
	c := plain(t)
	s := mustOpen(t, c)
	mustWrite(t, s, "journal", "mine")
	for _, name := range []string{"journal.sealed.new", recordFile + ".new", keyFile + ".new", "next.sealed.new"} {
		if err := os.WriteFile(s.disk.path(name), []byte(magic+"half of"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	again := mustOpen(t, c)
	mustRead(t, again, "journal", "mine")
	mustWrite(t, again, "journal", "new")
	mustRead(t, again, "journal", "new")
	if info, err := os.Stat(s.disk.path("journal.sealed")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
}
