package pkcs11

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"math/big"
	"testing"
	"time"

	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/device/ukey/worker"
)

var (
	testID = []byte("operation 1")
	digest = sha256.Sum256([]byte("challenge"))
)

// loggedIn opens a key as its customer.
func loggedIn(t *testing.T, r ukey.Reader, key ukey.Identity) ukey.Token {
	t.Helper()
	token, err := r.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = token.Close() })
	if err := token.Login(t.Context(), ukey.Customer, []byte(ukeytest.FactoryCustomerPIN)); err != nil {
		t.Fatal(err)
	}
	return token
}

func newCertificate(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// calls is every call to a key that has a pair and a certificate under testID.
func calls(ctx context.Context, der []byte) map[string]func(ukey.Token) error {
	pin := []byte(ukeytest.FactoryCustomerPIN)
	return map[string]func(ukey.Token) error{
		"Info":      func(k ukey.Token) error { _, err := k.Info(ctx); return err },
		"Blank":     func(k ukey.Token) error { _, _, err := k.Blank(ctx); return err },
		"Login":     func(k ukey.Token) error { return k.Login(ctx, ukey.Customer, pin) },
		"Logout":    func(k ukey.Token) error { return k.Logout(ctx) },
		"SetPIN":    func(k ukey.Token) error { return k.SetPIN(ctx, pin, pin) },
		"PublicKey": func(k ukey.Token) error { _, err := k.PublicKey(ctx, testID); return err },
		"GenerateKey": func(k ukey.Token) error {
			_, err := k.GenerateKey(ctx, ukey.Pair{ID: []byte("another"), Label: "l", Algorithm: ukey.ECP256})
			return err
		},
		"Sign": func(k ukey.Token) error { _, err := k.Sign(ctx, testID, ukey.ECDSASHA256, digest[:]); return err },
		"WriteCertificate": func(k ukey.Token) error {
			return k.WriteCertificate(ctx, []byte("another"), "l", der)
		},
		"WriteCertificate again": func(k ukey.Token) error { return k.WriteCertificate(ctx, testID, "l", der) },
		"Certificates":           func(k ukey.Token) error { _, err := k.Certificates(ctx); return err },
		"Objects":                func(k ukey.Token) error { _, err := k.Objects(ctx); return err },
		"Delete":                 func(k ukey.Token) error { return k.Delete(ctx, ukey.KindPrivateKey, testID) },
	}
}

func TestPulledKeyIsRemovedAtEveryCall(t *testing.T) {
	t.Parallel()
	der := newCertificate(t)
	for name, call := range calls(t.Context(), der) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hub, r := hubReader(t, 1)
			token := loggedIn(t, r, hub.Identity(0))
			if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256}); err != nil {
				t.Fatal(err)
			}
			if err := token.WriteCertificate(t.Context(), testID, "l", der); err != nil {
				t.Fatal(err)
			}
			hub.Pull(t, 0)
			if err := call(token); !errors.Is(err, ukey.ErrRemoved) {
				t.Errorf("pulled: got %v, want ErrRemoved", err)
			}
			hub.Plug(t, 0)
			if err := call(token); !errors.Is(err, ukey.ErrRemoved) {
				t.Errorf("plugged, not opened again: got %v, want ErrRemoved", err)
			}
			again := loggedIn(t, r, hub.Identity(0))
			if err := call(again); err != nil {
				t.Errorf("opened again: %v", err)
			}
		})
	}
}

// TestPulledInFlight pulls at changing moments of a write. Whenever that is, the key holds what was reported as
// written, everything else is ErrRemoved, and the work can be done again under the same id.
func TestPulledInFlight(t *testing.T) {
	t.Parallel()
	der := newCertificate(t)
	for alg, moments := range map[ukey.Algorithm]int{ukey.ECP256: 8, ukey.RSA2048: 4} {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			hub, r := hubReader(t, 1)
			token := loggedIn(t, r, hub.Identity(0))
			begin := time.Now()
			if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: alg}); err != nil {
				t.Fatal(err)
			}
			span := time.Since(begin)
			for _, kind := range []ukey.Kind{ukey.KindPublicKey, ukey.KindPrivateKey} {
				if err := token.Delete(t.Context(), kind, testID); err != nil {
					t.Fatal(err)
				}
			}
			if err := token.Close(); err != nil {
				t.Fatal(err)
			}
			for i := range moments {
				pullInFlight(t, hub, r, alg, span*2*time.Duration(i)/time.Duration(moments), der)
			}
		})
	}
}

func pullInFlight(t *testing.T, hub *ukeytest.Hub, r *worker.Reader, alg ukey.Algorithm, after time.Duration, der []byte) {
	t.Helper()
	ctx := t.Context()
	token := loggedIn(t, r, hub.Identity(0))
	id := []byte(after.String())
	pulled := make(chan struct{})
	time.AfterFunc(after, func() { hub.Pull(t, 0); close(pulled) })
	public, generated := token.GenerateKey(ctx, ukey.Pair{ID: id, Label: "l", Algorithm: alg})
	written := token.WriteCertificate(ctx, id, "l", der)
	<-pulled
	for _, err := range []error{generated, written} {
		if err != nil && !errors.Is(err, ukey.ErrRemoved) {
			t.Errorf("after %v: got %v, want nil or ErrRemoved", after, err)
		}
	}
	hub.Plug(t, 0)
	again := loggedIn(t, r, hub.Identity(0))
	there, err := again.PublicKey(ctx, id)
	if errors.Is(err, ukey.ErrNotFound) && generated != nil {
		there, err = again.GenerateKey(ctx, ukey.Pair{ID: id, Label: "l", Algorithm: alg})
	}
	if err != nil {
		t.Fatalf("after %v: pair: %v (generated: %v)", after, err, generated)
	}
	if generated == nil && !bytes.Equal(public, there) {
		t.Errorf("after %v: another pair is there than the one reported", after)
	}
	if _, err := again.Sign(ctx, id, alg.Signature(), digest[:]); err != nil {
		t.Errorf("after %v: sign: %v", after, err)
	}
	if err := again.WriteCertificate(ctx, id, "l", der); err != nil {
		t.Errorf("after %v: write again: %v", after, err)
	}
	for _, kind := range []ukey.Kind{ukey.KindCertificate, ukey.KindPublicKey, ukey.KindPrivateKey} {
		if err := again.Delete(ctx, kind, id); err != nil {
			t.Errorf("after %v: delete %s: %v", after, kind, err)
		}
	}
	if blank, objects, err := again.Blank(ctx); !blank || err != nil {
		t.Errorf("after %v: left over: %+v, %v", after, objects, err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestListSeesPlugAndPull(t *testing.T) {
	t.Parallel()
	hub, r := hubReader(t, 3)
	hub.Pull(t, 1)
	want := func(keys ...int) {
		t.Helper()
		infos, err := r.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		listed := map[string]bool{}
		for _, info := range infos {
			listed[info.Serial] = true
		}
		if len(infos) != len(keys) {
			t.Errorf("got %d keys, want %d", len(infos), len(keys))
		}
		for _, i := range keys {
			if !listed[hub.Serial(i)] {
				t.Errorf("key %d is missing", i)
			}
		}
	}
	want(0, 2)
	token := loggedIn(t, r, hub.Identity(0))
	hub.Plug(t, 1)
	want(0, 1, 2)
	hub.Pull(t, 2)
	want(0, 1)
	if _, err := token.Info(t.Context()); err != nil {
		t.Errorf("the key that stayed: %v", err)
	}
	if _, err := r.Open(t.Context(), hub.Identity(2)); !errors.Is(err, ukey.ErrRemoved) {
		t.Errorf("open a pulled key: got %v, want ErrRemoved", err)
	}
}
