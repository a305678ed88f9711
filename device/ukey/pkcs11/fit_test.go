package pkcs11

import (
	"errors"
	"testing"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
)

// TestUnfitPairsAreErasedAtOnce: a pair of such a token is never handed out, at whichever touch.
func TestUnfitPairsAreErasedAtOnce(t *testing.T) {
	t.Parallel()
	const private = p11.CKO_PRIVATE_KEY
	for name, tc := range map[string]struct {
		fault, text string
		algorithm   ukey.Algorithm
		want        error
	}{
		"readable":             {ukeytest.FaultExtractable, "", ukey.ECP256, ukey.ErrReadable},
		"readable, RSA":        {ukeytest.FaultExtractable, "", ukey.RSA2048, ukey.ErrReadable},
		"too small":            {ukeytest.FaultRSABits, "1024", ukey.RSA2048, ukey.ErrUnsupported},
		"another curve":        {ukeytest.FaultCurve, "06052b81040022", ukey.ECP256, ukey.ErrUnsupported},
		"sensitive not told":   {ukeytest.FaultUnreported(private, p11.CKA_SENSITIVE), "", ukey.ECP256, ukey.ErrReadable},
		"extractable not told": {ukeytest.FaultUnreported(private, p11.CKA_EXTRACTABLE), "", ukey.ECP256, ukey.ErrReadable},
		"was not sensitive":    {ukeytest.FaultValue(private, p11.CKA_ALWAYS_SENSITIVE), "00", ukey.ECP256, ukey.ErrReadable},
		"does not sign":        {ukeytest.FaultValue(private, p11.CKA_SIGN), "00", ukey.ECP256, ukey.ErrUnsupported},
		"decrypts unasked":     {ukeytest.FaultValue(private, p11.CKA_DECRYPT), "01", ukey.RSA2048, ukey.ErrUnsupported},
		"made elsewhere":       {ukeytest.FaultValue(private, p11.CKA_LOCAL), "00", ukey.ECP256, ukey.ErrReadable},
		"made elsewhere, RSA":  {ukeytest.FaultValue(private, p11.CKA_LOCAL), "00", ukey.RSA2048, ukey.ErrReadable},
		"works without a PIN":  {ukeytest.FaultValue(private, p11.CKA_PRIVATE), "00", ukey.ECP256, ukey.ErrReadable},
		"was extractable":      {ukeytest.FaultValue(private, p11.CKA_NEVER_EXTRACTABLE), "00", ukey.ECP256, ukey.ErrReadable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, r := faultyReader(t, 1)
			token := loggedIn(t, r, m.Identity(0))
			m.Set(t, tc.fault, tc.text)
			for range 2 {
				if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: tc.algorithm}); !errors.Is(err, tc.want) {
					t.Errorf("got %v, want %v", err, tc.want)
				}
				if got := content(t, token); len(got) != 0 {
					t.Errorf("%d objects are left", len(got))
				}
			}
			m.Clear(t, tc.fault)
			if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: tc.algorithm}); err != nil {
				t.Errorf("once the token is mended: %v", err)
			}
		})
	}
}

// leftBehind is a key with a pair that should have been erased and could not be: the driver died between the two, say.
func leftBehind(t *testing.T, fault, text string, alg ukey.Algorithm) (*ukeytest.FaultModule, ukey.Token) {
	t.Helper()
	m, r := faultyReader(t, 1)
	token := loggedIn(t, r, m.Identity(0))
	m.Set(t, fault, text)
	m.Set(t, ukeytest.FaultDestroy, "0x30")
	if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: alg}); err == nil {
		t.Fatal("the pair was taken")
	}
	m.Clear(t, fault)
	m.Clear(t, ukeytest.FaultDestroy)
	if got := content(t, token); len(got) != 2 {
		t.Fatalf("%d objects, want the pair", len(got))
	}
	return m, token
}

func TestReadablePairIsMetAgain(t *testing.T) {
	t.Parallel()
	_, token := leftBehind(t, ukeytest.FaultExtractable, "", ukey.ECP256)
	if _, err := token.PublicKey(t.Context(), testID); !errors.Is(err, ukey.ErrReadable) {
		t.Errorf("public key: got %v, want ErrReadable", err)
	}
	if _, err := token.Sign(t.Context(), testID, ukey.ECDSASHA256, digest[:]); !errors.Is(err, ukey.ErrReadable) {
		t.Errorf("sign: got %v, want ErrReadable", err)
	}
	if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256}); !errors.Is(err, ukey.ErrReadable) {
		t.Errorf("generate: got %v, want ErrReadable", err)
	}
	if got := content(t, token); len(got) != 0 {
		t.Errorf("%d objects are left", len(got))
	}
}

func TestReadablePairWithACertificateIsOnlyRefused(t *testing.T) {
	t.Parallel()
	_, token := leftBehind(t, ukeytest.FaultExtractable, "", ukey.ECP256)
	if err := token.WriteCertificate(t.Context(), testID, "l", newCertificate(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256}); !errors.Is(err, ukey.ErrReadable) {
		t.Errorf("got %v, want ErrReadable", err)
	}
	if got := content(t, token); len(got) != 3 {
		t.Errorf("%d objects are left, want all 3", len(got))
	}
}

func TestPairOfAnotherKindIsMetAgain(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		fault, text string
		alg         ukey.Algorithm
	}{{ukeytest.FaultRSABits, "1024", ukey.RSA2048}, {ukeytest.FaultCurve, "06052b81040022", ukey.ECP256}} {
		_, token := leftBehind(t, tc.fault, tc.text, tc.alg)
		if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: tc.alg}); !errors.Is(err, ukey.ErrUnsupported) {
			t.Errorf("%s: got %v, want ErrUnsupported", tc.fault, err)
		}
		if got := content(t, token); len(got) != 0 {
			t.Errorf("%s: %d objects are left", tc.fault, len(got))
		}
	}
	_, token := inUse(t, nil)
	if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.RSA2048}); !errors.Is(err, ukey.ErrUnsupported) {
		t.Errorf("a good pair of another algorithm: got %v, want ErrUnsupported", err)
	}
	if got := content(t, token); len(got) != 2 {
		t.Errorf("a good pair of another algorithm: %d objects are left", len(got))
	}
}

// TestPairForAnotherUseIsMetAgain: one that decrypts is not the one that only signs, nor the other way round.
func TestPairForAnotherUseIsMetAgain(t *testing.T) {
	t.Parallel()
	hub, r := hubReader(t, 1)
	token := loggedIn(t, r, hub.Identity(0))
	asked := ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.RSA2048, Usage: ukey.UsageSign}
	for _, next := range []ukey.Usage{ukey.UsageSign | ukey.UsageEncrypt, ukey.UsageSign} {
		if _, err := token.GenerateKey(t.Context(), asked); err != nil {
			t.Fatal(err)
		}
		asked.Usage = next
		if _, err := token.GenerateKey(t.Context(), asked); !errors.Is(err, ukey.ErrUnsupported) {
			t.Errorf("to %s: got %v, want ErrUnsupported", next, err)
		}
		if got := content(t, token); len(got) != 0 {
			t.Errorf("to %s: %d objects are left", next, len(got))
		}
	}
}

// TestPairThatCouldNotBeLookedAtStays: trouble while looking is no reason to erase it, and the next look takes it.
func TestPairThatCouldNotBeLookedAtStays(t *testing.T) {
	t.Parallel()
	for _, attribute := range []uint{p11.CKA_SENSITIVE, p11.CKA_EXTRACTABLE, p11.CKA_ALWAYS_SENSITIVE, p11.CKA_NEVER_EXTRACTABLE} {
		m, r := faultyReader(t, 1)
		token := loggedIn(t, r, m.Identity(0))
		fault := ukeytest.FaultRead(p11.CKO_PRIVATE_KEY, attribute)
		m.Set(t, fault, "0x5 once")
		if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256}); !errors.Is(err, ukey.ErrDevice) {
			t.Errorf("attribute %#x: got %v, want ErrDevice", attribute, err)
		}
		if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256}); !errors.Is(err, ukey.ErrExists) {
			t.Errorf("attribute %#x, again: got %v, want ErrExists", attribute, err)
		}
	}
}

// TestUnknownProtectionCanBeAllowed: silence of a model that was allowed it is accepted, a confession is not.
func TestUnknownProtectionCanBeAllowed(t *testing.T) {
	t.Parallel()
	for name, allowed := range map[string]bool{AnyModel: true, "SoftHSM v2": true, "Another": false} {
		t.Run(name, func(t *testing.T) { unknownProtection(t, name, allowed) })
	}
}

func unknownProtection(t *testing.T, model string, allowed bool) {
	t.Helper()
	m := ukeytest.NewFaultModule(t, 1)
	r := start(t, Config{Module: m.Path, Env: m.Env(), HideUninitialized: true, AllowUnknownProtection: []string{model}})
	token := loggedIn(t, r, m.Identity(0))
	for _, attribute := range []uint{p11.CKA_SENSITIVE, p11.CKA_EXTRACTABLE, p11.CKA_ALWAYS_SENSITIVE, p11.CKA_NEVER_EXTRACTABLE} {
		m.Set(t, ukeytest.FaultUnreported(p11.CKO_PRIVATE_KEY, attribute), "")
	}
	_, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256})
	if !allowed {
		if !errors.Is(err, ukey.ErrReadable) {
			t.Errorf("a model that nobody allowed: got %v, want ErrReadable", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := token.Sign(t.Context(), testID, ukey.ECDSASHA256, digest[:]); err != nil {
		t.Errorf("sign: %v", err)
	}
	m.Clear(t, ukeytest.FaultUnreported(p11.CKO_PRIVATE_KEY, p11.CKA_EXTRACTABLE))
	m.Set(t, ukeytest.FaultExtractable, "")
	if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: []byte("another"), Label: "l", Algorithm: ukey.ECP256}); !errors.Is(err, ukey.ErrReadable) {
		t.Errorf("readable: got %v, want ErrReadable", err)
	}
}

// TestUnknownProtectionOfAPairThatIsThere is refused and nothing is erased: the token may only be out of sorts.
func TestUnknownProtectionOfAPairThatIsThere(t *testing.T) {
	t.Parallel()
	m, token := inUse(t, nil)
	m.Set(t, ukeytest.FaultUnreported(p11.CKO_PRIVATE_KEY, p11.CKA_EXTRACTABLE), "")
	if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256}); !errors.Is(err, ukey.ErrReadable) {
		t.Errorf("got %v, want ErrReadable", err)
	}
	if got := content(t, token); len(got) != 2 {
		t.Errorf("%d objects are left, want the pair", len(got))
	}
}
