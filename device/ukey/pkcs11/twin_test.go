package pkcs11

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"keyhall/device/ukey"
	"keyhall/device/ukey/conformance"
	"keyhall/device/ukey/ukeytest"
	"keyhall/device/ukey/worker"
)

// twinReader is the driver on one key whose twin can be plugged in, with a module that has to be asked anew.
func twinReader(t *testing.T) (*ukeytest.FaultModule, *worker.Reader) {
	t.Helper()
	m := ukeytest.NewFaultModule(t, 1)
	return m, start(t, askedAnew(m))
}

func askedAnew(m *ukeytest.FaultModule) Config {
	return Config{Module: m.Path, Rescan: Reinitialize, Env: m.Env(), HideUninitialized: true}
}

func wantTwins(t *testing.T, r ukey.Reader, key ukey.Identity, twins ...bool) {
	t.Helper()
	infos, err := r.List(t.Context())
	if err != nil || len(infos) != len(twins) {
		t.Fatalf("got %d keys, %v; want %d", len(infos), err, len(twins))
	}
	for i, info := range infos {
		if info.Identity() != key || info.Twin != twins[i] {
			t.Errorf("key %d: got %s, twin %v; want %s, twin %v", i, info.Identity(), info.Twin, key, twins[i])
		}
	}
}

func TestTwinsAreShownAndNeitherIsOpened(t *testing.T) {
	t.Parallel()
	m, r := twinReader(t)
	both := worker.Readers(slog.New(slog.DiscardHandler), start(t, askedAnew(m)), r, start(t, askedAnew(m)))
	for _, r := range []ukey.Reader{r, both} {
		m.PlugTwin(t, 0)
		wantTwins(t, r, m.Identity(0), true, true)
		if _, err := r.Open(t.Context(), m.Identity(0)); !errors.Is(err, ukey.ErrTwin) {
			t.Errorf("two: got %v, want ErrTwin", err)
		}
		m.PullTwin(t)
		wantTwins(t, r, m.Identity(0), true) // nobody knows which one it is
		loggedIn(t, r, m.Identity(0))
		wantTwins(t, r, m.Identity(0), false)
	}
}

// TestThreeOfAKind: pulling one of three leaves two, and keys that have no serial number are told apart no better.
func TestThreeOfAKind(t *testing.T) {
	t.Parallel()
	m, r := twinReader(t)
	m.PlugTwin(t, 0)
	m.Set(t, ukeytest.FaultGhost, m.Serial(0))
	wantTwins(t, r, m.Identity(0), true, true, true)
	for _, pull := range []func(){func() { m.Clear(t, ukeytest.FaultGhost) }, func() {}} {
		pull()
		if _, err := r.Open(t.Context(), m.Identity(0)); !errors.Is(err, ukey.ErrTwin) {
			t.Errorf("got %v, want ErrTwin", err)
		}
	}
	m.PullTwin(t)
	loggedIn(t, r, m.Identity(0))
	wantTwins(t, r, m.Identity(0), false)

	two := ukeytest.NewFaultModule(t, 2)
	two.Set(t, ukeytest.FaultSerial, " ")
	nameless := two.Identity(0)
	nameless.Serial = ""
	without := start(t, askedAnew(two))
	wantTwins(t, without, nameless, true, true)
	if _, err := without.Open(t.Context(), nameless); !errors.Is(err, ukey.ErrTwin) {
		t.Errorf("without serial numbers: got %v, want ErrTwin", err)
	}
}

// TestTwinBesideAnOpenKey: whatever the call, the token is dead, and stays so when only one key is left.
func TestTwinBesideAnOpenKey(t *testing.T) {
	t.Parallel()
	der := newCertificate(t)
	for name, call := range calls(t.Context(), der) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, r := faultyReader(t, 1)
			token := loggedIn(t, r, m.Identity(0))
			if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256}); err != nil {
				t.Fatal(err)
			}
			if err := token.WriteCertificate(t.Context(), testID, "l", der); err != nil {
				t.Fatal(err)
			}
			m.Set(t, ukeytest.FaultGhost, m.Serial(0))
			if err := call(token); !errors.Is(err, ukey.ErrTwin) {
				t.Errorf("two: got %v, want ErrTwin", err)
			}
			m.Clear(t, ukeytest.FaultGhost)
			if err := call(token); !errors.Is(err, ukey.ErrTwin) {
				t.Errorf("one is left: got %v, want ErrTwin", err)
			}
		})
	}
}

// TestWriteDoesNotGoOnOnATwin pulls the key in the middle of a write while its twin is plugged in. The copy is as blank as
// the key was, so nothing that was written may be believed of it.
func TestWriteDoesNotGoOnOnATwin(t *testing.T) {
	t.Parallel()
	for name, seen := range map[string]func(ctx context.Context, token ukey.Token, r *worker.Reader) error{
		"by the token": func(ctx context.Context, token ukey.Token, _ *worker.Reader) error {
			_, err := token.PublicKey(ctx, testID)
			return err
		},
		"by somebody who lists the keys": func(ctx context.Context, _ ukey.Token, r *worker.Reader) error {
			_, err := r.List(ctx)
			return errors.Join(ukey.ErrTwin, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, r := twinReader(t)
			token := loggedIn(t, r, m.Identity(0))
			m.PlugTwin(t, 0)
			if err := seen(t.Context(), token, r); !errors.Is(err, ukey.ErrTwin) {
				t.Errorf("both plugged in: got %v, want ErrTwin", err)
			}
			m.Pull(t, 0)
			if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256}); !errors.Is(err, ukey.ErrTwin) {
				t.Errorf("on its twin: got %v, want ErrTwin", err)
			}
			twin := loggedIn(t, r, m.Identity(0))
			if blank, objects, err := twin.Blank(t.Context()); !blank || err != nil {
				t.Errorf("on the twin: %d objects, %v, want none", len(objects), err)
			}
		})
	}
}

// TestTwinInFlight plugs the twin in while a pair is being made.
func TestTwinInFlight(t *testing.T) {
	t.Parallel()
	m, r := twinReader(t)
	token := loggedIn(t, r, m.Identity(0))
	m.Set(t, ukeytest.FaultGenerateHeld, "")
	done := make(chan error)
	go func() {
		_, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256})
		done <- err
	}()
	for deadline := time.Now().Add(time.Minute); !m.Holding(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the generation never began")
		}
	}
	m.PlugTwin(t, 0)
	m.Clear(t, ukeytest.FaultGenerateHeld)
	if err := <-done; !errors.Is(err, ukey.ErrTwin) {
		t.Errorf("got %v, want ErrTwin", err)
	}
}

func TestConformanceTellsTwins(t *testing.T) {
	t.Parallel()
	m, r := faultyReader(t, 1)
	outcome := func() conformance.Outcome {
		t.Helper()
		for _, check := range conformance.Checks() {
			if check.Name == conformance.TellsTwins {
				return check.Run(t.Context(), conformance.Subject{Reader: r, Key: m.Identity(0)}).Outcome
			}
		}
		return ""
	}
	if got := outcome(); got != conformance.NotTried {
		t.Errorf("one key: got %q, want it not tried", got)
	}
	m.Set(t, ukeytest.FaultGhost, m.Serial(0))
	if got := outcome(); got != conformance.Holds {
		t.Errorf("two keys: got %q, want it to hold", got)
	}
}
