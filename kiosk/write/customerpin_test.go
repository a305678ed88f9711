package write

import (
	"context"
	"errors"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/write/writetest"
)

// TestWrongPINIsTold: the write stays, with nothing on the key changed, until the right one is typed.
func TestWrongPINIsTold(t *testing.T) {
	t.Parallel()
	for _, x := range []trial{extending, changing, repairing} {
		t.Run(string(x.plan), func(t *testing.T) {
			t.Parallel()
			b := setupFor(t, x, 1)
			m := b.executor(nil)
			job, err := b.job(t.Context(), m)
			must(t, err)
			if _, err := m.Run(t.Context(), job, []byte("00000000"), nil); ra.CodeOf(err) != ra.CodePINWrong {
				t.Fatalf("got %v, want pin_wrong", err)
			}
			if open, err := b.journal.OpenWrites(t.Context()); err != nil || len(open) != 1 || open[0].Step != ra.StepAskPIN {
				t.Errorf("open: %+v, %v, want the one that asks for the PIN", open, err)
			}
			if _, err := m.Run(t.Context(), job, firstPIN, nil); err != nil {
				t.Fatal(err)
			}
			b.check(t)
		})
	}
}

// stated is a reader whose keys say of the customer's PIN what a test wants.
type stated struct {
	ukey.Reader
	state *ukey.PINState
}

type statedToken struct {
	ukey.Token
	state *ukey.PINState
}

func (s stated) Open(ctx context.Context, key ukey.Identity) (ukey.Token, error) {
	t, err := s.Reader.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	return statedToken{t, s.state}, nil
}

func (s statedToken) Info(ctx context.Context) (ukey.Info, error) {
	i, err := s.Token.Info(ctx)
	i.UserPIN = *s.state
	return i, err
}

// TestLastAttemptIsThePersons: it is made only when they want it, and once.
func TestLastAttemptIsThePersons(t *testing.T) {
	t.Parallel()
	b := setupFor(t, extending, 1)
	state := ukey.PINFinal
	m := New(Config{Office: b.office, Journal: b.journal, Keys: stated{b.keys, &state}})
	job, err := b.job(t.Context(), m)
	must(t, err)
	attempts := func() (n int) {
		for _, c := range b.keys.Calls() {
			if c == "Login" {
				n++
			}
		}
		return n
	}
	refused := func(pin []byte, want ra.Code, made int) {
		t.Helper()
		before := attempts()
		_, err := m.Run(t.Context(), job, pin, nil)
		if ra.CodeOf(err) != want || attempts()-before != made {
			t.Errorf("got %v after %d attempts, want %s after %d", err, attempts()-before, want, made)
		}
	}
	refused(firstPIN, ra.CodePINLast, 0)
	job.RiskLastAttempt()
	refused([]byte("00000000"), ra.CodePINWrong, 1)
	refused(firstPIN, ra.CodePINLast, 0)
	state = ukey.PINLocked
	job.RiskLastAttempt()
	refused(firstPIN, ra.CodePINLocked, 0)
	state = ukey.PINFinal
	job.RiskLastAttempt()
	made, err := m.Run(t.Context(), job, firstPIN, nil)
	must(t, err)
	if len(made.Proof.Notes) == 0 { // the wrapping hides that labels can be changed
		t.Error("nothing is noted of labels that stay")
	}
}

func TestAskedFault(t *testing.T) {
	t.Parallel()
	pin := func(state ukey.PINState, err error) error {
		return &ukey.PINError{Role: ukey.Customer, State: state, Err: err}
	}
	for name, c := range map[string]struct {
		err  error
		want ra.Code
		left string
	}{
		"low":            {pin(ukey.PINLow, ukey.ErrPINWrong), ra.CodePINWrong, ""},
		"final":          {pin(ukey.PINFinal, ukey.ErrPINWrong), ra.CodePINWrong, "1"},
		"locked by this": {pin(ukey.PINLocked, ukey.ErrPINWrong), ra.CodePINLocked, ""},
		"locked before":  {pin(ukey.PINUnknown, ukey.ErrPINLocked), ra.CodePINLocked, ""},
		"too short":      {pin(ukey.PINOK, ukey.ErrPINLength), ra.CodePINWrong, ""},
		"pulled":         {ukey.ErrRemoved, ra.CodeInternal, ""},
	} {
		err := askedFault(c.err)
		var e *ra.Error
		_ = errors.As(err, &e)
		if ra.CodeOf(err) != c.want || e != nil && e.Args["left"] != c.left {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestPairThatHidesBeforeTheLoginIsFound: some keys show nothing to a stranger.
func TestPairThatHidesBeforeTheLoginIsFound(t *testing.T) {
	t.Parallel()
	module := ukeytest.NewFaultModule(t, 1)
	b := &bench{trial: extending, hub: module.Hub}
	reader := writetest.Reader(t, module.Path, module.Env())
	b.keys = ukeytest.NewFaults(reader)
	b.furnish(t, 1, ra.KeyIdentity(module.Identity(0)))
	b.enter(t, reader, ukey.ECP256)
	module.Set(t, ukeytest.FaultHidden, "")
	_, err := b.attempt(t.Context(), b.executor(nil))
	module.Clear(t, ukeytest.FaultHidden)
	if errors.Is(err, ukey.ErrRemoved) { // what was written is not seen by the look that software keys need after it
		err = nil
	}
	must(t, err)
	if b.office.Issued > 1 {
		t.Errorf("%d certificates", b.office.Issued)
	}
	finish(t, b)
}
