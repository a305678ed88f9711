package pkcs11

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"testing"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
)

// inUse is a faultless key with a pair and, when der is there, a certificate, its customer logged in.
func inUse(t *testing.T, der []byte) (*ukeytest.FaultModule, ukey.Token) {
	t.Helper()
	m, r := faultyReader(t, 1)
	token := loggedIn(t, r, m.Identity(0))
	if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256}); err != nil {
		t.Fatal(err)
	}
	if der != nil {
		if err := token.WriteCertificate(t.Context(), testID, "l", der); err != nil {
			t.Fatal(err)
		}
	}
	return m, token
}

func content(t *testing.T, token ukey.Token) []ukey.Object {
	t.Helper()
	objects, err := token.Objects(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func sameObjects(a, b []ukey.Object) bool {
	return slices.EqualFunc(a, b, func(x, y ukey.Object) bool {
		return x.Kind == y.Kind && x.Label == y.Label && bytes.Equal(x.ID, y.ID) && bytes.Equal(x.Value, y.Value)
	})
}

// tempting are the calls that erase what they take for left-overs, or conclude from what they do not find.
func tempting(ctx context.Context, other []byte) map[string]func(ukey.Token) error {
	return map[string]func(ukey.Token) error{
		"GenerateKey": func(k ukey.Token) error {
			_, err := k.GenerateKey(ctx, ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256})
			return err
		},
		"WriteCertificate": func(k ukey.Token) error { return k.WriteCertificate(ctx, testID, "l", other) },
		"PublicKey":        func(k ukey.Token) error { _, err := k.PublicKey(ctx, testID); return err },
		"Blank": func(k ukey.Token) error {
			blank, objects, err := k.Blank(ctx)
			if err == nil && (blank || slices.ContainsFunc(objects, func(o ukey.Object) bool { return o.Kind == ukey.KindOther })) {
				return fmt.Errorf("blank is %v with %d objects, one of them not known", blank, len(objects))
			}
			return err
		},
	}
}

// TestTroubleWhileReadingErasesNothing breaks each thing that is read, for once and for longer. Afterwards the key holds what
// it held, and goes on working.
func TestTroubleWhileReadingErasesNothing(t *testing.T) {
	t.Parallel()
	faults := []string{ukeytest.FaultFind, ukeytest.FaultSign}
	for _, class := range []uint{p11.CKO_CERTIFICATE, p11.CKO_PUBLIC_KEY, p11.CKO_PRIVATE_KEY} {
		for _, attribute := range []uint{p11.CKA_CLASS, p11.CKA_ID, p11.CKA_LABEL} {
			faults = append(faults, ukeytest.FaultRead(class, attribute))
		}
	}
	for _, class := range []uint{p11.CKO_PUBLIC_KEY, p11.CKO_PRIVATE_KEY} {
		for _, attribute := range []uint{p11.CKA_KEY_TYPE, p11.CKA_EC_PARAMS, p11.CKA_EC_POINT} {
			faults = append(faults, ukeytest.FaultRead(class, attribute))
		}
	}
	faults = append(faults, ukeytest.FaultRead(p11.CKO_CERTIFICATE, p11.CKA_VALUE),
		ukeytest.FaultRead(p11.CKO_PRIVATE_KEY, p11.CKA_SENSITIVE), ukeytest.FaultRead(p11.CKO_PRIVATE_KEY, p11.CKA_EXTRACTABLE),
		ukeytest.FaultUnreported(p11.CKO_CERTIFICATE, p11.CKA_VALUE), ukeytest.FaultUnreported(p11.CKO_PRIVATE_KEY, p11.CKA_EC_PARAMS),
		ukeytest.FaultUnreported(p11.CKO_PRIVATE_KEY, p11.CKA_KEY_TYPE), ukeytest.FaultUnreported(p11.CKO_PUBLIC_KEY, p11.CKA_EC_POINT))
	der, other := newCertificate(t), newCertificate(t)
	for name, certificate := range map[string][]byte{"with a certificate": der, "without": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, token := inUse(t, certificate)
			before := content(t, token)
			for _, fault := range faults {
				for _, text := range []string{"0x5", "0x30", "0x5 once"} {
					for name, call := range tempting(t.Context(), other) {
						if certificate == nil && name == "WriteCertificate" {
							continue // nothing is there of which a reading could go wrong
						}
						m.Set(t, fault, text)
						broken := call(token)
						m.Clear(t, fault)
						if after := content(t, token); !sameObjects(before, after) {
							t.Fatalf("%s %s: %s left %d objects of %d, or others: %v", fault, text, name, len(after), len(before), broken)
						}
						if broken != nil && !errors.Is(broken, ukey.ErrDevice) && !errors.Is(broken, ukey.ErrExists) &&
							!errors.Is(broken, ukey.ErrReadable) && !errors.Is(broken, ukey.ErrNotFound) {
							t.Errorf("%s %s: %s: %v", fault, text, name, broken)
						}
					}
				}
			}
			if _, err := token.Sign(t.Context(), testID, ukey.ECDSASHA256, digest[:]); err != nil {
				t.Errorf("sign afterwards: %v", err)
			}
		})
	}
}

// TestPassingTroublePasses: nobody notices.
func TestPassingTroublePasses(t *testing.T) {
	t.Parallel()
	m, token := inUse(t, newCertificate(t))
	for _, fault := range []string{
		ukeytest.FaultFind, ukeytest.FaultRead(p11.CKO_CERTIFICATE, p11.CKA_VALUE), ukeytest.FaultRead(p11.CKO_PRIVATE_KEY, p11.CKA_ID),
	} {
		m.Set(t, fault, "0x5 once")
		if got := content(t, token); len(got) != 3 || !m.Struck(fault) {
			t.Errorf("%s: got %d objects, want 3", fault, len(got))
		}
		m.Set(t, fault, "0x5")
		if _, err := token.Objects(t.Context()); !errors.Is(err, ukey.ErrDevice) {
			t.Errorf("%s for longer: got %v, want ErrDevice", fault, err)
		}
		m.Clear(t, fault)
	}
	m.Set(t, ukeytest.FaultSign, "0x5 once")
	if _, err := token.Sign(t.Context(), testID, ukey.ECDSASHA256, digest[:]); err != nil {
		t.Errorf("sign: %v", err)
	}
}

// TestCutOffIsErasedOnEvidence: what was read and is empty, or what the token says has no value, is nobody's.
func TestCutOffIsErasedOnEvidence(t *testing.T) {
	t.Parallel()
	t.Run("certificate without its value", func(t *testing.T) {
		t.Parallel()
		m, token := inUse(t, newCertificate(t))
		fault, der := ukeytest.FaultValue(p11.CKO_CERTIFICATE, p11.CKA_VALUE), newCertificate(t)
		m.Set(t, fault, "")
		if err := token.WriteCertificate(t.Context(), testID, "l", der); err != nil {
			t.Fatal(err)
		}
		m.Clear(t, fault)
		certificates, err := token.Certificates(t.Context())
		if err != nil || len(certificates) != 1 || !bytes.Equal(certificates[0].Value, der) {
			t.Errorf("got %d certificates, %v, want the new one", len(certificates), err)
		}
	})
	for name, set := range map[string]func(*testing.T, *ukeytest.FaultModule){
		"private key without its value": func(t *testing.T, m *ukeytest.FaultModule) {
			m.Set(t, ukeytest.FaultValue(p11.CKO_PRIVATE_KEY, p11.CKA_EC_PARAMS), "")
		},
		"private key that the token calls no key": func(t *testing.T, m *ukeytest.FaultModule) {
			m.Set(t, ukeytest.FaultUnreported(p11.CKO_PRIVATE_KEY, p11.CKA_EC_PARAMS), "")
			m.Set(t, ukeytest.FaultSign, "0x60") // CKR_KEY_HANDLE_INVALID
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, token := inUse(t, nil)
			before := content(t, token)
			set(t, m)
			if _, err := token.PublicKey(t.Context(), testID); !errors.Is(err, ukey.ErrNotFound) {
				t.Errorf("public key of half a pair: got %v, want ErrNotFound", err)
			}
			if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256}); err != nil {
				t.Fatal(err)
			}
			if after := content(t, token); len(after) != 2 || sameObjects(before, after) {
				t.Errorf("got %d objects, want another pair", len(after))
			}
		})
	}
	t.Run("not with a certificate of its id", func(t *testing.T) {
		t.Parallel()
		m, token := inUse(t, newCertificate(t))
		m.Set(t, ukeytest.FaultValue(p11.CKO_PRIVATE_KEY, p11.CKA_EC_PARAMS), "")
		if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256}); !errors.Is(err, ukey.ErrExists) {
			t.Errorf("got %v, want ErrExists", err)
		}
		if after := content(t, token); len(after) != 3 {
			t.Errorf("got %d objects, want all 3", len(after))
		}
	})
}

func TestModuleThatShowsNoPublicKeys(t *testing.T) {
	t.Parallel()
	m, r := faultyReader(t, 1)
	m.Set(t, ukeytest.FaultNoPublicKeys, "")
	token := loggedIn(t, r, m.Identity(0))
	made, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.RSA2048})
	if err != nil {
		t.Fatal(err)
	}
	read, err := token.PublicKey(t.Context(), testID)
	if err != nil || !bytes.Equal(made, read) {
		t.Errorf("from the private key: %v, or another one", err)
	}
	if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.RSA2048}); !errors.Is(err, ukey.ErrExists) {
		t.Errorf("again: got %v, want ErrExists", err)
	}
	// A private EC key does not show its public half: who made it was told, the certificate tells it, or newer modules do.
	id := []byte("ec")
	ec, err := token.GenerateKey(t.Context(), ukey.Pair{ID: id, Label: "l", Algorithm: ukey.ECP256})
	if err != nil {
		t.Fatal(err)
	}
	if read, err := token.PublicKey(t.Context(), id); err != nil || !bytes.Equal(read, ec) {
		t.Errorf("as it was made: %v, or another one", err)
	}
	if err := token.Close(); err != nil {
		t.Fatal(err)
	}
	token = loggedIn(t, r, m.Identity(0))
	info := ukeytest.FaultValue(p11.CKO_PRIVATE_KEY, p11.CKA_PUBLIC_KEY_INFO)
	m.Set(t, info, hex.EncodeToString(ec))
	if read, err := token.PublicKey(t.Context(), id); err != nil || !bytes.Equal(read, ec) {
		t.Errorf("CKA_PUBLIC_KEY_INFO: %v, or another one", err)
	}
	m.Clear(t, info)
	if _, err := token.PublicKey(t.Context(), id); !errors.Is(err, ukey.ErrNotFound) {
		t.Errorf("shown nowhere: got %v, want ErrNotFound", err)
	}
	if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: id, Label: "l", Algorithm: ukey.ECP256}); !errors.Is(err, ukey.ErrDevice) {
		t.Errorf("a whole private key: got %v, want it left alone", err)
	}
	if err := token.WriteCertificate(t.Context(), id, "l", newCertificate(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := token.PublicKey(t.Context(), id); err != nil {
		t.Errorf("from the certificate: %v", err)
	}
}

// TestSilencesOfModules: what a module does not say of an object that can be known otherwise, or need not be known, keeps nobody from the key.
func TestSilencesOfModules(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		algorithm ukey.Algorithm
		fault     string
		text      string
	}{
		"no modulus on the private key":               {ukey.RSA2048, ukeytest.FaultUnreported(p11.CKO_PRIVATE_KEY, p11.CKA_MODULUS), ""},
		"no exponent on the private key":              {ukey.RSA2048, ukeytest.FaultUnreported(p11.CKO_PRIVATE_KEY, p11.CKA_PUBLIC_EXPONENT), ""},
		"no modulus on the public key":                {ukey.RSA2048, ukeytest.FaultUnreported(p11.CKO_PUBLIC_KEY, p11.CKA_MODULUS), ""},
		"no kind on the private key":                  {ukey.RSA2048, ukeytest.FaultUnreported(p11.CKO_PRIVATE_KEY, p11.CKA_KEY_TYPE), ""},
		"no curve on the private key":                 {ukey.ECP256, ukeytest.FaultUnreported(p11.CKO_PRIVATE_KEY, p11.CKA_EC_PARAMS), ""},
		"no kind on the public key":                   {ukey.ECP256, ukeytest.FaultUnreported(p11.CKO_PUBLIC_KEY, p11.CKA_KEY_TYPE), ""},
		"no label":                                    {ukey.ECP256, ukeytest.FaultUnreported(p11.CKO_PRIVATE_KEY, p11.CKA_LABEL), ""},
		"an empty label":                              {ukey.ECP256, ukeytest.FaultValue(p11.CKO_PRIVATE_KEY, p11.CKA_LABEL), ""},
		"no id on the public key":                     {ukey.ECP256, ukeytest.FaultUnreported(p11.CKO_PUBLIC_KEY, p11.CKA_ID), ""},
		"nothing of what the key is for":              {ukey.RSA2048, ukeytest.FaultUnreported(p11.CKO_PRIVATE_KEY, p11.CKA_SIGN), ""},
		"nothing of what the public key is for":       {ukey.RSA2048, ukeytest.FaultUnreported(p11.CKO_PUBLIC_KEY, p11.CKA_VERIFY), ""},
		"a certificate that does not say of its kind": {ukey.ECP256, ukeytest.FaultUnreported(p11.CKO_CERTIFICATE, p11.CKA_CERTIFICATE_TYPE), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, r := faultyReader(t, 1)
			token := loggedIn(t, r, m.Identity(0))
			m.Set(t, c.fault, c.text)
			made, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: c.algorithm})
			if err != nil {
				t.Fatal(err)
			}
			if err := token.WriteCertificate(t.Context(), testID, "l", newCertificate(t)); err != nil {
				t.Fatal(err)
			}
			if read, err := token.PublicKey(t.Context(), testID); err != nil || !bytes.Equal(read, made) {
				t.Errorf("read back: %v, or another one", err)
			}
			if got, err := token.Objects(t.Context()); err != nil || len(got) != 3 {
				t.Errorf("%d objects, %v, want 3", len(got), err)
			}
			scheme := ukey.ECDSASHA256
			if c.algorithm == ukey.RSA2048 {
				scheme = ukey.RSASHA256
			}
			if _, err := token.Sign(t.Context(), testID, scheme, digest[:]); err != nil {
				t.Errorf("sign: %v", err)
			}
		})
	}
}

func TestObjectsThatShowOnlyAfterLogin(t *testing.T) {
	t.Parallel()
	m, token := inUse(t, newCertificate(t))
	m.Set(t, ukeytest.FaultHidden, "")
	if got := content(t, token); len(got) != 3 {
		t.Errorf("logged in: got %d objects, want 3", len(got))
	}
	if err := token.Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := content(t, token); len(got) != 0 {
		t.Errorf("logged out: got %d objects, want none", len(got))
	}
}
