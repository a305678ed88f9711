package write

import (
	"context"
	"errors"
	"slices"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/write/writetest"
)

// TestUnlockProvesWhatItCan: with the pair a signature, without one that the PIN opens the key, and the proof says why.
func TestUnlockProvesWhatItCan(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil  func(*testing.T, *bench)
		signed bool
		notes  int
	}{
		"with the pair": {func(*testing.T, *bench) {}, true, 0},
		"the pair is gone": {func(t *testing.T, b *bench) {
			own(t, b, ukey.Customer, string(firstPIN), func(k ukey.Token) error { return k.Delete(t.Context(), ukey.KindPrivateKey, foreignID) })
		}, false, 1},
		"the register knows of none": {func(_ *testing.T, b *bench) { b.write.Target = nil }, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setupFor(t, unlocking, 1)
			c.spoil(t, b)
			made, err := b.attempt(t.Context(), b.executor(nil))
			must(t, err)
			p := made.Proof
			if !p.PINOpens || (p.Signature != nil) != c.signed || len(p.Notes) != c.notes || p.AdminPIN != 2 || made.Certificate != nil {
				t.Errorf("got %+v", p)
			}
			own(t, b, ukey.Customer, string(testPIN), func(ukey.Token) error { return nil })
			own(t, b, ukey.Administrator, string(writetest.AdminPIN(2).Value), func(ukey.Token) error { return nil })
			must(t, b.office.Audit())
		})
	}
}

// TestUnlockSpendsOneAttempt: a key whose administrator PIN is another's is left alone after it.
func TestUnlockSpendsOneAttempt(t *testing.T) {
	t.Parallel()
	for _, x := range []trial{unlocking, rotating} {
		b := setupFor(t, x, 1)
		known := writetest.AdminPIN(1).Value
		own(t, b, ukey.Administrator, string(known), func(k ukey.Token) error { return k.SetPIN(t.Context(), known, []byte("another1")) })
		before := len(b.keys.Calls())
		_, err := b.attempt(t.Context(), b.executor(nil))
		logins := slices.DeleteFunc(b.keys.Calls()[before:], func(c string) bool { return c != "Login" })
		if code := codeOf(err); code != ra.CodeKeyAdminPIN || len(logins) != 1 {
			t.Errorf("%s: got %v after %d attempts, want key_admin_pin after one", x.plan, err, len(logins))
		}
		if open, err := b.journal.OpenWrites(t.Context()); err != nil || len(open) != 0 {
			t.Errorf("%s: %d writes are open, %v, want none", x.plan, len(open), err)
		}
		own(t, b, ukey.Customer, string(firstPIN), func(ukey.Token) error { return nil })
	}
}

// TestKeyThatOnlySaysItTookThePIN: the back office keeps the version that opens it, and the next round sets it at last.
func TestKeyThatOnlySaysItTookThePIN(t *testing.T) {
	t.Parallel()
	b := setupFor(t, rotating, 1)
	lie := errors.New("not done")
	b.keys.StrikeAt("SetPIN", 1, ukeytest.Before, func() error { return lie })
	m := New(Config{Office: b.office, Journal: b.journal, Keys: credulous{b.keys, lie}})
	_, err := b.attempt(t.Context(), m)
	if ra.CodeOf(err) != ra.CodeProofBad || b.office.Known[b.write.Key.Serial] != 1 {
		t.Fatalf("got %v, version %d is known, want a proof that fails and the version from before", err, b.office.Known[b.write.Key.Serial])
	}
	finish(t, b)
}

// credulous is a reader whose keys swallow an error when a PIN is set.
type credulous struct {
	ukey.Reader
	lie error
}

type credulousToken struct {
	ukey.Token
	lie error
}

func (c credulous) Open(ctx context.Context, key ukey.Identity) (ukey.Token, error) {
	t, err := c.Reader.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	return credulousToken{t, c.lie}, nil
}

func (c credulousToken) SetPIN(ctx context.Context, old, pin []byte) error {
	if err := c.Token.SetPIN(ctx, old, pin); !errors.Is(err, c.lie) {
		return err
	}
	return nil
}

// TestUnknownKeysAreNotManaged: without a known administrator PIN nothing is tried.
func TestUnknownKeysAreNotManaged(t *testing.T) {
	t.Parallel()
	for _, x := range []trial{unlocking, rotating} {
		b := setupFor(t, x, 1)
		delete(b.office.Known, b.write.Key.Serial)
		before := len(b.keys.Calls())
		if _, err := b.attempt(t.Context(), b.executor(nil)); ra.CodeOf(err) != ra.CodeKeyUnmanaged || slices.Contains(b.keys.Calls()[before:], "Login") {
			t.Errorf("%s: got %v", x.plan, err)
		}
	}
}
