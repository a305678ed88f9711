package pkcs11

import (
	"errors"
	"testing"

	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
)

// TestRelabel: a pair gets another name, by its customer only, and signs as before.
func TestRelabel(t *testing.T) {
	t.Parallel()
	hub, r := hubReader(t, 1)
	opened, err := r.Open(t.Context(), hub.Identity(0))
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	x, id := opened.(ukey.Relabeller), []byte("pair")
	if err := x.Relabel(t.Context(), ukey.KindPublicKey, id, "y"); !errors.Is(err, ukey.ErrLogin) {
		t.Errorf("nobody logged in: got %v", err)
	}
	if err := opened.Login(t.Context(), ukey.Customer, []byte(ukeytest.FactoryCustomerPIN)); err != nil {
		t.Fatal(err)
	}
	if err := x.Relabel(t.Context(), ukey.KindPublicKey, id, "y"); !errors.Is(err, ukey.ErrNotFound) {
		t.Errorf("no such object: got %v", err)
	}
	if _, err := opened.GenerateKey(t.Context(), ukey.Pair{ID: id, Label: "x", Algorithm: ukey.ECP256}); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []ukey.Kind{ukey.KindPublicKey, ukey.KindPrivateKey} {
		if err := x.Relabel(t.Context(), kind, id, "(旧) x"); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	objects, err := opened.Objects(t.Context())
	if err != nil || len(objects) != 2 || objects[0].Label != "(旧) x" || objects[1].Label != "(旧) x" {
		t.Errorf("got %+v, %v", objects, err)
	}
}
