package write

import (
	"errors"
	"path/filepath"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/write/writetest"
)

// elsewhere breaks a write off at a point, and returns another kiosk with the job as the back office tells of it.
func elsewhere(t *testing.T, b *bench, at string) (*Executor, *Job) {
	t.Helper()
	_, err := b.attempt(t.Context(), b.executor(func(point string) error {
		if point == at {
			return errStruck
		}
		return nil
	}))
	if !errors.Is(err, errStruck) {
		t.Fatalf("got %v, want it to stop at %s", err, at)
	}
	b.journal = writetest.Journal(t, filepath.Join(t.TempDir(), "journal.db"))
	status, err := b.office.KeyStatus(t.Context(), "session", b.write.Key)
	must(t, err)
	return b.executor(nil), Elsewhere(*status.Operation)
}

// TestAnotherKioskTakesOver: wherever the first one stopped, the holder's PIN and the old pair are enough, and a wrong PIN is none.
func TestAnotherKioskTakesOver(t *testing.T) {
	t.Parallel()
	for _, x := range []trial{extending, changing} {
		for _, at := range []string{"ask_pin", "generate.done", "certificate", "write.done", "relabel.done", "confirm"} {
			t.Run(string(x.plan)+" "+at, func(t *testing.T) {
				t.Parallel()
				b := setupFor(t, x, 1)
				m, job := elsewhere(t, b, at)
				first := b.office.Operations[b.write.ID].Ticket
				if err := m.TakeOver(t.Context(), "session", writetest.KioskID, []byte("00000000"), job); ra.CodeOf(err) != ra.CodePINWrong {
					t.Fatalf("a wrong PIN: got %v", err)
				}
				if err := m.TakeOver(t.Context(), "session", "another", firstPIN, job); ra.CodeOf(err) != ra.CodeProofBad {
					t.Fatalf("for another kiosk: got %v", err)
				}
				if b.office.Operations[b.write.ID].Ticket != first {
					t.Error("the first kiosk's ticket is dead already")
				}
				must(t, m.TakeOver(t.Context(), "session", writetest.KioskID, firstPIN, job))
				succeeds(t)(m.Run(t.Context(), job, firstPIN, nil))
				b.check(t)
			})
		}
	}
}

// TestTakeOverNeedsTheOldPair: without it the key is told to differ, and nothing was signed.
func TestTakeOverNeedsTheOldPair(t *testing.T) {
	t.Parallel()
	b := setupFor(t, extending, 1)
	m, job := elsewhere(t, b, "generate.done")
	own(t, b, ukey.Customer, string(firstPIN), func(k ukey.Token) error { return k.Delete(t.Context(), ukey.KindPrivateKey, foreignID) })
	before := len(b.keys.Calls())
	if err := m.TakeOver(t.Context(), "session", writetest.KioskID, firstPIN, job); ra.CodeOf(err) != ra.CodeKeyDiffers {
		t.Errorf("got %v, want key_differs", err)
	}
	for _, call := range b.keys.Calls()[before:] {
		if call == "Sign" {
			t.Error("something was signed")
		}
	}
}
