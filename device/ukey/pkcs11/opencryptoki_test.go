package pkcs11

import (
	"errors"
	"testing"

	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
)

const openCryptokiAdmin = "87654321" // of a factory-new token

// TestConformanceOpenCryptoki runs TestInsideNamespaces where openCryptoki has fixed directories of the test's own.
func TestConformanceOpenCryptoki(t *testing.T) {
	t.Parallel()
	ukeytest.WithOpenCryptoki(t, "testdata/opencryptoki.sh", "TestInsideNamespaces")
}

// TestInsideNamespaces has one token for all checks: each leaves it as it was.
func TestInsideNamespaces(t *testing.T) {
	ukeytest.InsideOpenCryptoki(t)
	r := start(t, Config{Module: ukeytest.OpenCryptoki})
	key := ukeytest.Key{
		Reader: r, Identity: named(t, r, "123"),
		AdminPIN: "13571357", CustomerPIN: "97531", OtherPIN: "24682468",
		Lacks: []string{"makes an ec-p256 pair and signs with it"},
	}
	personalise(t, key)
	ukeytest.Run(t, func(*testing.T) ukeytest.Key { return key })
}

// named finds the key with this serial.
func named(t *testing.T, r ukey.Reader, serial string) ukey.Identity {
	t.Helper()
	infos, err := r.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range infos {
		if info.Serial == serial {
			return info.Identity()
		}
	}
	t.Fatalf("no key %s among %d", serial, len(infos))
	return ukey.Identity{}
}

// personalise goes from a factory-new token to one with the key's PINs; it wants every PIN that it is given changed.
func personalise(t *testing.T, key ukeytest.Key) {
	t.Helper()
	ctx := t.Context()
	token, err := key.Reader.Open(ctx, key.Identity)
	if err != nil {
		t.Fatal(err)
	}
	initial, other := []byte(openCryptokiAdmin), []byte(key.OtherPIN)
	for _, step := range []func() error{
		func() error { return token.Initialize(ctx, ukey.Setup{Label: "keyhall", AdminPIN: initial}) },
		func() error { return token.Login(ctx, ukey.Administrator, initial) },
		func() error { return token.SetPIN(ctx, initial, []byte(key.AdminPIN)) },
		func() error { return token.InitPIN(ctx, []byte(key.AdminPIN), other) },
		func() error { return token.Login(ctx, ukey.Customer, other) },
		func() error { return token.SetPIN(ctx, other, []byte(key.CustomerPIN)) },
		token.Close,
	} {
		if err := step(); err != nil && !errors.Is(err, ukey.ErrPINChange) {
			t.Fatal(err)
		}
	}
}
