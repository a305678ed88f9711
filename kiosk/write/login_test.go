package write

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/write/writetest"
)

// showing is the bench's key, whose old certificate is asked for; asked counts how often.
func showing(b *bench, pin []byte, asked *int) Showing {
	return Showing{Key: ukey.Identity(b.write.Key), PIN: pin, Purpose: ra.KeyPurposeLogin, KioskID: writetest.KioskID,
		Ask: func(_ context.Context, sums [][]byte) (ra.KeyChallenge, error) {
			*asked++
			sum := sha256.Sum256(b.old.DER)
			if !slices.ContainsFunc(sums, func(s []byte) bool { return bytes.Equal(s, sum[:]) }) {
				return ra.KeyChallenge{}, ra.E(ra.CodeKeyNoCertificate)
			}
			return ra.KeyChallenge{Nonce: bytes.Repeat([]byte{9}, ra.KeyNonceBytes), Certificate: sum[:]}, nil
		}}
}

func (b *bench) signedLogin(t *testing.T, a ra.KeyAnswer) {
	t.Helper()
	leaf, err := x509.ParseCertificate(b.old.DER)
	must(t, err)
	digest := sha256.Sum256(ra.LoginMessage(ra.KeyPurposeLogin, writetest.KioskID, a.Nonce))
	must(t, checkSignature(leaf.PublicKey, digest[:], a.Signature))
}

// TestKeyShowsThatItIsThere: with its PIN it signs the words and the nonce by the pair of the certificate that the office chose. With
// another PIN the office is not even asked.
func TestKeyShowsThatItIsThere(t *testing.T) {
	t.Parallel()
	b := setupFor(t, extending, 1)
	asked := 0
	if _, err := b.executor(nil).Show(t.Context(), showing(b, []byte("00000000"), &asked)); ra.CodeOf(err) != ra.CodePINWrong || asked != 0 {
		t.Errorf("a wrong PIN: %v, asked %d times", err, asked)
	}
	answer, err := b.executor(nil).Show(t.Context(), showing(b, firstPIN, &asked))
	must(t, err)
	b.signedLogin(t, answer)
}

// TestKeySignsNothingOdd: what the office answers wrongly, or refuses, is not signed.
func TestKeySignsNothingOdd(t *testing.T) {
	t.Parallel()
	b := setupFor(t, extending, 1)
	sum := sha256.Sum256(b.old.DER)
	nonce := bytes.Repeat([]byte{9}, ra.KeyNonceBytes)
	for what, c := range map[string]struct {
		answer ra.KeyChallenge
		err    error
		code   ra.Code
	}{
		"a short nonce":       {ra.KeyChallenge{Nonce: nonce[1:], Certificate: sum[:]}, nil, ra.CodeOfficeError},
		"a long one":          {ra.KeyChallenge{Nonce: append([]byte("keyhall-proof-1\x00"), nonce...), Certificate: sum[:]}, nil, ra.CodeOfficeError},
		"another certificate": {ra.KeyChallenge{Nonce: nonce, Certificate: nonce}, nil, ra.CodeOfficeError},
		"refused":             {ra.KeyChallenge{}, ra.E(ra.CodeKeySuspended), ra.CodeKeySuspended},
	} {
		s := showing(b, firstPIN, new(int))
		s.Ask = func(context.Context, [][]byte) (ra.KeyChallenge, error) { return c.answer, c.err }
		before := len(b.keys.Calls())
		if _, err := b.executor(nil).Show(t.Context(), s); ra.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", what, err, c.code)
		}
		if slices.Contains(b.keys.Calls()[before:], "Sign") {
			t.Errorf("%s: something was signed", what)
		}
	}
}

// TestKeyPulledWhileItShows: wherever it was, nothing is left of it, and the same again succeeds.
func TestKeyPulledWhileItShows(t *testing.T) {
	t.Parallel()
	b := setupFor(t, extending, 1)
	for _, call := range []string{"Open", "Info", "Login", "Objects", "PublicKey", "Sign"} {
		b.keys.FailAt(call, ukeytest.Before, ukey.ErrRemoved)
		if _, err := b.executor(nil).Show(t.Context(), showing(b, firstPIN, new(int))); !errors.Is(err, ukey.ErrRemoved) {
			t.Errorf("pulled at %s: %v", call, err)
		}
		answer, err := b.executor(nil).Show(t.Context(), showing(b, firstPIN, new(int)))
		must(t, err)
		b.signedLogin(t, answer)
	}
}

// lastLogin types wrong PINs at a key that locks, the last of which is made only when the person wants it.
func lastLogin(t *testing.T, b *bench) {
	m, asked := b.executor(nil), 0
	for _, want := range []ra.Code{ra.CodePINWrong, ra.CodePINWrong, ra.CodePINLast, ra.CodePINLast} {
		if _, err := m.Show(t.Context(), showing(b, []byte("00000000"), &asked)); ra.CodeOf(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	wanted := showing(b, testPIN, &asked)
	wanted.Last = true
	answer, err := m.Show(t.Context(), wanted)
	must(t, err)
	b.signedLogin(t, answer)
	for range 2 {
		_, _ = m.Show(t.Context(), showing(b, []byte("00000000"), &asked))
	}
	wanted.PIN = []byte("00000000")
	if _, err := m.Show(t.Context(), wanted); ra.CodeOf(err) != ra.CodePINLocked {
		t.Errorf("the last wrong one: %v, want it locked", err)
	}
	if _, err := m.Show(t.Context(), showing(b, testPIN, &asked)); ra.CodeOf(err) != ra.CodePINLocked || asked != 1 {
		t.Errorf("a locked key: %v, the office was asked %d times", err, asked)
	}
}

// TestKeyOfStaffIsKnownByItsPublicKey: whoever made its certificate, and what it signs is for staff alone.
func TestKeyOfStaffIsKnownByItsPublicKey(t *testing.T) {
	t.Parallel()
	b := setupFor(t, extending, 1)
	leaf, err := x509.ParseCertificate(b.old.DER)
	must(t, err)
	spki, err := x509.MarshalPKIXPublicKey(leaf.PublicKey)
	must(t, err)
	sum, nonce := sha256.Sum256(spki), bytes.Repeat([]byte{9}, ra.KeyNonceBytes)
	s := Showing{Key: ukey.Identity(b.write.Key), PIN: firstPIN, Purpose: ra.KeyPurposeStaff, KioskID: writetest.KioskID,
		Ask: func(_ context.Context, sums [][]byte) (ra.KeyChallenge, error) {
			if !slices.ContainsFunc(sums, func(s []byte) bool { return bytes.Equal(s, sum[:]) }) {
				return ra.KeyChallenge{}, ra.E(ra.CodeStaffKeyUnknown)
			}
			return ra.KeyChallenge{Nonce: nonce, Certificate: sum[:]}, nil
		}}
	answer, err := b.executor(nil).Show(t.Context(), s)
	must(t, err)
	digest := sha256.Sum256(ra.LoginMessage(ra.KeyPurposeStaff, writetest.KioskID, nonce))
	must(t, checkSignature(leaf.PublicKey, digest[:], answer.Signature))
	s.Ask = func(context.Context, [][]byte) (ra.KeyChallenge, error) {
		whole := sha256.Sum256(b.old.DER)
		return ra.KeyChallenge{Nonce: nonce, Certificate: whole[:]}, nil
	}
	if _, err := b.executor(nil).Show(t.Context(), s); ra.CodeOf(err) != ra.CodeOfficeError {
		t.Errorf("named by the certificate: %v", err)
	}
}
