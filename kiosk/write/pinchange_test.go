package write

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/write/writetest"
)

// freely holds nobody back.
type freely struct{}

func (freely) Hold(ukey.Identity) func() { return func() {} }
func (freely) Removed(ukey.Identity)     {}

// holder is the holder of a key, who changes its PIN.
func holder(t *testing.T) (*bench, *Jobs, ukey.Identity) {
	b := setupFor(t, repairing, 1)
	jobs := NewJobs(b.executor(nil), freely{})
	return b, jobs, ukey.Identity(b.write.Key)
}

func typed(old, pin []byte) *PINChange {
	return &PINChange{Old: bytes.Clone(old), New: bytes.Clone(pin)}
}

// TestPINChange: the new PIN opens the key then, and the old one does not.
func TestPINChange(t *testing.T) {
	t.Parallel()
	b, jobs, key := holder(t)
	must(t, jobs.ChangePIN(t.Context(), key, typed(firstPIN, testPIN)))
	own(t, b, ukey.Customer, string(testPIN), func(ukey.Token) error { return nil })
	wrong := typed(firstPIN, []byte("another9"))
	if err := jobs.ChangePIN(t.Context(), key, wrong); ra.CodeOf(err) != ra.CodePINWrong || wrong.Open() {
		t.Errorf("got %v, want pin_wrong, and nothing open", err)
	}
	own(t, b, ukey.Customer, string(testPIN), func(ukey.Token) error { return nil })
}

// TestPINChangeCutOff: whatever happens to the key in the middle, the same change again ends it, and what holds meanwhile is told.
func TestPINChangeCutOff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method string
		when   ukeytest.When
		err    error
		open   bool
		holds  []byte // after the first try
	}{
		{"Open", ukeytest.Before, ukey.ErrRemoved, false, firstPIN},
		{"Info", ukeytest.Before, ukey.ErrTimeout, false, firstPIN},
		{"Login", ukeytest.Before, ukey.ErrRemoved, false, firstPIN},
		{"Login", ukeytest.After, ukey.ErrRemoved, false, firstPIN},
		{"SetPIN", ukeytest.Before, ukey.ErrRemoved, true, firstPIN},
		{"SetPIN", ukeytest.After, ukey.ErrRemoved, true, testPIN},
		{"SetPIN", ukeytest.Before, ukey.ErrTimeout, true, firstPIN},
		{"SetPIN", ukeytest.After, ukey.ErrWorker, true, testPIN},
		{"SetPIN", ukeytest.Before, &ukey.DeviceError{Call: "C_SetPIN", Code: "CKR_GENERAL_ERROR"}, true, firstPIN},
		{"Logout", ukeytest.Before, ukey.ErrRemoved, true, testPIN},
	} {
		t.Run(fmt.Sprint(c.method, c.when, c.err), func(t *testing.T) {
			t.Parallel()
			b, jobs, key := holder(t)
			change := typed(firstPIN, testPIN)
			b.keys.FailAt(c.method, c.when, c.err)
			err := jobs.ChangePIN(t.Context(), key, change)
			if err == nil || change.Open() != c.open || c.open != (ra.CodeOf(err) == ra.CodePINUnsure) {
				t.Errorf("got %v, open %v, want open %v", err, change.Open(), c.open)
			}
			own(t, b, ukey.Customer, string(c.holds), func(ukey.Token) error { return nil })
			must(t, jobs.ChangePIN(t.Context(), key, change))
			own(t, b, ukey.Customer, string(testPIN), func(ukey.Token) error { return nil })
			if change.Open() {
				t.Error("it is done, and open")
			}
		})
	}
}

// TestPINChangeLastAttempt: it is made only when the holder wants it; a locked key is not asked.
func TestPINChangeLastAttempt(t *testing.T) {
	t.Parallel()
	b := setupFor(t, repairing, 1)
	state, key := ukey.PINFinal, ukey.Identity(b.write.Key)
	jobs := NewJobs(New(Config{Office: b.office, Journal: b.journal, Keys: stated{b.keys, &state}}), freely{})
	tried := func() bool { return slices.Contains(b.keys.Calls(), "Login") }
	before := tried()
	if err := jobs.ChangePIN(t.Context(), key, typed(firstPIN, testPIN)); ra.CodeOf(err) != ra.CodePINLast {
		t.Errorf("got %v, want pin_last", err)
	}
	state = ukey.PINLocked
	if err := jobs.ChangePIN(t.Context(), key, typed(firstPIN, testPIN)); ra.CodeOf(err) != ra.CodePINLocked || tried() != before {
		t.Errorf("got %v, want pin_locked and no attempt", err)
	}
	state = ukey.PINFinal
	last := typed(firstPIN, testPIN)
	last.Last = true
	must(t, jobs.ChangePIN(t.Context(), key, last))
	if last.Last {
		t.Error("it stays allowed")
	}
}

// TestPINChangeKilled: the program dies with all that it knew of the PINs. The key has the one or the other, and whoever comes back with
// either is told the truth at the cost of no more than the attempt that they make.
func TestPINChangeKilled(t *testing.T) {
	t.Parallel()
	for point, holds := range map[string][]byte{"change_pin": firstPIN, "change_pin.done": testPIN} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			b := setupFor(t, repairing, 1)
			key, died := ukey.Identity(b.write.Key), errors.New("killed")
			dying := NewJobs(b.executor(func(at string) error {
				if at == point {
					return died
				}
				return nil
			}), freely{})
			if err := dying.ChangePIN(t.Context(), key, typed(firstPIN, testPIN)); !errors.Is(err, died) {
				t.Fatalf("got %v, want it to die", err)
			}
			jobs := NewJobs(b.executor(nil), freely{})
			own(t, b, ukey.Customer, string(holds), func(ukey.Token) error { return nil })
			err := jobs.ChangePIN(t.Context(), key, typed(firstPIN, testPIN))
			if changed := bytes.Equal(holds, testPIN); changed != (ra.CodeOf(err) == ra.CodePINWrong) || !changed && err != nil {
				t.Errorf("the same again: got %v", err)
			}
			own(t, b, ukey.Customer, string(testPIN), func(ukey.Token) error { return nil })
			must(t, jobs.ChangePIN(t.Context(), key, typed(testPIN, firstPIN)))
		})
	}
}

// TestPINChangeTellsNoPIN: not in logs, and not in memory when it is over.
func TestPINChangeTellsNoPIN(t *testing.T) {
	t.Parallel()
	c := typed(firstPIN, testPIN)
	old := c.Old
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if said := fmt.Sprintf(verb, c); strings.Contains(said, string(firstPIN)) || strings.Contains(said, string(testPIN)) {
			t.Errorf("%s tells %s", verb, said)
		}
	}
	c.Wipe()
	if bytes.Equal(old, firstPIN) || c.New != nil {
		t.Error("a PIN stays")
	}
}

// TestPINChangeWaitsForNobody: a key that is written to takes none.
func TestPINChangeWaitsForNobody(t *testing.T) {
	t.Parallel()
	b, jobs, key := holder(t)
	must(t, jobs.Reserve(t.Context(), "session", "", b.write))
	change := typed(firstPIN, testPIN)
	if err := jobs.ChangePIN(t.Context(), key, change); ra.CodeOf(err) != ra.CodeKeyBusy || change.Open() {
		t.Errorf("got %v, want key_busy", err)
	}
}

// changeLocked changes the PIN of a key that locks: wrong ones count, and the last attempt is the holder's.
func changeLocked(t *testing.T, b *bench) {
	jobs, key := NewJobs(b.executor(nil), freely{}), ukey.Identity(b.write.Key)
	another := []byte("Gx7-kq2")
	admin := writetest.AdminPIN(b.office.Known[b.write.Key.Serial]).Value
	own(t, b, ukey.Administrator, string(admin), func(k ukey.Token) error { return k.InitPIN(t.Context(), admin, testPIN) })
	for _, want := range []ra.Code{ra.CodePINWrong, ra.CodePINWrong, ra.CodePINLast} {
		if err := jobs.ChangePIN(t.Context(), key, typed([]byte("00000000"), another)); ra.CodeOf(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	last := typed(testPIN, another)
	last.Last = true
	must(t, jobs.ChangePIN(t.Context(), key, last))
	must(t, jobs.ChangePIN(t.Context(), key, typed(another, testPIN)))
	for range 2 {
		_ = jobs.ChangePIN(t.Context(), key, typed([]byte("00000000"), another))
	}
	wrong := typed([]byte("00000000"), another)
	wrong.Last = true
	if err := jobs.ChangePIN(t.Context(), key, wrong); ra.CodeOf(err) != ra.CodePINLocked {
		t.Errorf("got %v, want pin_locked", err)
	}
}
