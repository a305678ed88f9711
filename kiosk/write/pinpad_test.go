package write

import (
	"fmt"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/write/writetest"
)

// padded is the holder of a key on which PINs are typed.
func padded(t *testing.T) (*bench, *ukeytest.FaultModule, *Jobs, ukey.Identity) {
	t.Helper()
	module := ukeytest.NewFaultModule(t, 1)
	b := &bench{trial: repairing, keys: ukeytest.NewFaults(writetest.Reader(t, module.Path, module.Env()))}
	b.furnish(t, 1, ra.KeyIdentity(module.Identity(0)))
	b.enter(t, b.keys, ukey.RSA2048)
	module.Set(t, ukeytest.FaultPINPad, string(firstPIN))
	return b, module, NewJobs(b.executor(nil), freely{}), module.Identity(0)
}

// TestPINChangeOnPad: the holder types everything on the key, and what the key answers is told.
func TestPINChangeOnPad(t *testing.T) {
	t.Parallel()
	b, module, jobs, key := padded(t)
	change := &PINChange{OnPad: true}
	must(t, jobs.ChangePIN(t.Context(), key, change))
	for typed, want := range map[string]ra.Code{"00000000": ra.CodePINWrong, "": ra.CodeKeyUnconfirmed} {
		module.Set(t, ukeytest.FaultPINPad, typed)
		if err := jobs.ChangePIN(t.Context(), key, change); codeOf(err) != want || change.Open() {
			t.Errorf("%q typed: got %v, want %s and nothing open", typed, err, want)
		}
	}
	module.Clear(t, ukeytest.FaultPINPad)
	own(t, b, ukey.Customer, string(firstPIN), func(ukey.Token) error { return nil })
	if err := jobs.ChangePIN(t.Context(), key, change); codeOf(err) != ra.CodeKeyDevice {
		t.Errorf("a key without a pad: got %v, want key_device", err)
	}
}

// TestPINChangeOnPadCutOff: at every step it is told whether anybody knows which PIN the key has, and the same again works.
func TestPINChangeOnPadCutOff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method string
		when   ukeytest.When
		err    error
		unsure bool
	}{
		{"Open", ukeytest.Before, ukey.ErrRemoved, false},
		{"Info", ukeytest.Before, ukey.ErrTimeout, false},
		{"LoginOnPad", ukeytest.Before, ukey.ErrRemoved, false},
		{"LoginOnPad", ukeytest.After, ukey.ErrTimeout, false},
		{"SetPINOnPad", ukeytest.Before, ukey.ErrRemoved, true},
		{"SetPINOnPad", ukeytest.After, ukey.ErrRemoved, true},
		{"SetPINOnPad", ukeytest.After, ukey.ErrWorker, true},
	} {
		t.Run(fmt.Sprint(c.method, c.when, c.err), func(t *testing.T) {
			t.Parallel()
			b, _, jobs, key := padded(t)
			change := &PINChange{OnPad: true}
			b.keys.FailAt(c.method, c.when, c.err)
			err := jobs.ChangePIN(t.Context(), key, change)
			if err == nil || change.Open() || c.unsure != (ra.CodeOf(err) == ra.CodePINUnsurePad) {
				t.Errorf("got %v, want it told that nobody knows: %v", err, c.unsure)
			}
			must(t, jobs.ChangePIN(t.Context(), key, change))
		})
	}
}
