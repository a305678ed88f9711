package write

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
)

// fill puts something on the key that the person may do without, and returns its name.
func fill(t *testing.T, b *bench, id string) (name ra.KeyObject) {
	t.Helper()
	own(t, b, ukey.Customer, string(firstPIN), func(k ukey.Token) error {
		if _, err := k.GenerateKey(t.Context(), ukey.Pair{ID: []byte(id), Label: id, Algorithm: ukey.ECP256}); err != nil {
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
	succeeds(t)(b.attempt(t.Context(), b.executor(nil)))
	for id, want := range map[string]bool{"kept": true, "chosen": false, string(foreignID): true} {
		for _, kind := range []ukey.Kind{ukey.KindPublicKey, ukey.KindPrivateKey} {
			if got := has(t, b, kind, []byte(id)); got != want {
				t.Errorf("%s %s: there %v, want %v", kind, id, got, want)
			}
		}
	}
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
	succeeds(t)(b.attempt(t.Context(), b.executor(nil)))
	first := b.old
	b.old = b.office.Register[len(b.office.Register)-1]
	b.order(b.write.Key)
	succeeds(t)(b.attempt(t.Context(), b.executor(nil)))
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
