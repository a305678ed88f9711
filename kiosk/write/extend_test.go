package write

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
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

// fill puts something on the key that the person may do without, and returns its name.
func fill(t *testing.T, b *bench, id string) (name ra.KeyObject) {
	t.Helper()
	own(t, b, ukey.Customer, string(firstPIN), func(k ukey.Token) error {
		if _, err := k.GenerateKey(t.Context(), []byte(id), id, ukey.ECP256); err != nil {
			return err
		}
		objects, err := k.Objects(t.Context())
		for _, o := range objects {
			if o.Kind == ukey.KindPublicKey && string(o.ID) == id {
				name = NameOf(o)
			}
		}
		return err
	})
	return name
}

// has tells whether something is on the key.
func has(t *testing.T, b *bench, kind ukey.Kind, id []byte) (has bool) {
	t.Helper()
	own(t, b, ukey.Customer, string(firstPIN), func(k ukey.Token) error {
		objects, err := k.Objects(t.Context())
		for _, o := range objects {
			has = has || o.Kind == kind && bytes.Equal(o.ID, id)
		}
		return err
	})
	return has
}

// TestFullKeyWaitsForAChoice: nothing is erased before the person chose it, and then only that.
func TestFullKeyWaitsForAChoice(t *testing.T) {
	t.Parallel()
	b := setupFor(t, extending, 1)
	fill(t, b, "kept")
	chosen := fill(t, b, "chosen")
	private := ra.KeyObject{Kind: string(ukey.KindPrivateKey), ID: chosen.ID, Label: chosen.Label}
	m := b.executor(nil)
	job, err := b.job(t.Context(), m)
	must(t, err)
	b.keys.FailAt("GenerateKey", ukeytest.Before, ukey.ErrFull)
	if _, err := m.Run(t.Context(), job, firstPIN, nil); !errors.Is(err, ukey.ErrFull) {
		t.Fatalf("got %v, want a full key", err)
	}
	if open, err := b.journal.OpenWrites(t.Context()); err != nil || len(open) != 1 || b.office.Units[0].State != ra.UnitReserved {
		t.Fatalf("%d writes are open, %v, the unit is %s, want the write to wait for a choice", len(open), err, b.office.Units[0].State)
	}
	must(t, m.Choose(t.Context(), job, []ra.KeyObject{chosen, private}))
	b.keys.FailAt("Delete", ukeytest.After, ukey.ErrRemoved) // in the middle of it
	if _, err := m.Run(t.Context(), job, firstPIN, nil); !errors.Is(err, ukey.ErrRemoved) {
		t.Fatalf("got %v, want the key pulled", err)
	}
	must2(t)(b.attempt(t.Context(), b.executor(nil)))
	for id, want := range map[string]bool{"kept": true, "chosen": false, string(foreignID): true} {
		for _, kind := range []ukey.Kind{ukey.KindPublicKey, ukey.KindPrivateKey} {
			if got := has(t, b, kind, []byte(id)); got != want {
				t.Errorf("%s %s: there %v, want %v", kind, id, got, want)
			}
		}
	}
}

func must2(t *testing.T) func(Made, error) {
	t.Helper()
	return func(_ Made, err error) { t.Helper(); must(t, err) }
}

// TestOnlyWhatWasChosenIsErased: neither what is replaced, nor what took the place of what was chosen.
func TestOnlyWhatWasChosenIsErased(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		choose func(*bench, ra.KeyObject) ra.KeyObject
		want   ra.Code
	}{
		"the old pair": {func(b *bench, _ ra.KeyObject) ra.KeyObject {
			return ra.KeyObject{Kind: string(ukey.KindPrivateKey), ID: foreignID, Label: "first"}
		}, ra.CodeInvalid},
		"the old certificate": {func(b *bench, _ ra.KeyObject) ra.KeyObject {
			return NameOf(ukey.Object{Kind: ukey.KindCertificate, ID: foreignID, Label: "first", Value: b.old.DER})
		}, ra.CodeInvalid},
		"another of the same place": {func(_ *bench, there ra.KeyObject) ra.KeyObject {
			there.Sum = []byte("another's")
			return there
		}, ra.CodeConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setupFor(t, extending, 1)
			b.write.Remove = []ra.KeyObject{c.choose(b, fill(t, b, "x"))}
			_, err := b.attempt(t.Context(), b.executor(nil))
			if ra.CodeOf(err) != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if !has(t, b, ukey.KindPublicKey, []byte("x")) || !has(t, b, ukey.KindPrivateKey, foreignID) || !has(t, b, ukey.KindCertificate, foreignID) {
				t.Error("something was erased")
			}
		})
	}
}

// TestRefusedLabelIsNoted: the write goes on, the proof tells, and the pair keeps its name.
func TestRefusedLabelIsNoted(t *testing.T) {
	t.Parallel()
	b := setupFor(t, changing, 1)
	for n := range 3 {
		b.keys.StrikeAt("Relabel", n+1, ukeytest.Before, func() error { return ukey.ErrReadOnly })
	}
	made, err := b.attempt(t.Context(), b.executor(nil))
	must(t, err)
	if n := made.Proof.Notes; len(n) != 3 || !strings.HasPrefix(n[0], "label kept: certificate ") {
		t.Errorf("got %q, want three labels that stay", n)
	}
	if b.old.State != ra.CertificateRevoked || b.old.Because != ra.RevokedAffiliationChanged {
		t.Errorf("the old certificate is %s, %d", b.old.State, b.old.Because)
	}
}

// TestKeyWithoutThePairIsRefused: the PIN opens it, but what the register knows of is not there.
func TestKeyWithoutThePairIsRefused(t *testing.T) {
	t.Parallel()
	b := setupFor(t, extending, 1)
	own(t, b, ukey.Customer, string(firstPIN), func(k ukey.Token) error { return k.Delete(t.Context(), ukey.KindPrivateKey, foreignID) })
	if _, err := b.attempt(t.Context(), b.executor(nil)); ra.CodeOf(err) != ra.CodeKeyDiffers || b.office.Issued != 0 {
		t.Errorf("got %v, %d certificates, want key_differs and none", err, b.office.Issued)
	}
}

// TestExtendedTwice: what was new is then old.
func TestExtendedTwice(t *testing.T) {
	t.Parallel()
	b := setupFor(t, extending, 2)
	must2(t)(b.attempt(t.Context(), b.executor(nil)))
	first := b.old
	b.old = b.office.Register[len(b.office.Register)-1]
	b.order(b.write.Key)
	must2(t)(b.attempt(t.Context(), b.executor(nil)))
	newest := b.office.Register[len(b.office.Register)-1]
	if first.State != ra.CertificateSuperseded || b.old.State != ra.CertificateSuperseded || newest.State != ra.CertificateActive {
		t.Errorf("the certificates are %s, %s, %s", first.State, b.old.State, newest.State)
	}
	must(t, b.office.Audit())
	own(t, b, ukey.Customer, string(firstPIN), func(k ukey.Token) error {
		id := pairOf(b.old.DER, mustObjects(t, k))
		return errors.Join(signs(t.Context(), k, first.DER, foreignID), signs(t.Context(), k, b.old.DER, id))
	})
}

func mustObjects(t *testing.T, k ukey.Token) []ukey.Object {
	t.Helper()
	objects, err := k.Objects(t.Context())
	must(t, err)
	return objects
}

// TestAnotherCertificateIsNotTouched: the office refuses what is not on this key, or no longer of use.
func TestAnotherCertificateIsNotTouched(t *testing.T) {
	t.Parallel()
	for state, want := range map[ra.CertificateState]ra.Code{ra.CertificateRevoked: ra.CodeState, "": ra.CodeNotFound} {
		b := setupFor(t, extending, 1)
		b.old.State = state
		if state == "" {
			b.old.Key.Serial = "another"
		}
		_, err := b.attempt(t.Context(), b.executor(nil))
		if open, _ := b.journal.OpenWrites(t.Context()); ra.CodeOf(err) != want || len(open) != 0 {
			t.Errorf("%q: got %v, %d writes are open", state, err, len(open))
		}
	}
	b := setupFor(t, extending, 1)
	b.office.Kind, b.office.Reason = ra.KindChange, ra.ReasonName
	if _, err := b.attempt(t.Context(), b.executor(nil)); ra.CodeOf(err) != ra.CodeConflict {
		t.Errorf("another plan than the order's: got %v", err)
	}
}
