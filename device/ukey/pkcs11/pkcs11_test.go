package pkcs11

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/device/ukey/worker"
)

func TestMain(m *testing.M) {
	ServeIfWorker()
	ukeytest.Main(m)
}

// hubReader is the driver on a hub of n blank software keys.
func hubReader(t *testing.T, n int) (*ukeytest.Hub, *worker.Reader) {
	t.Helper()
	hub := ukeytest.NewHub(t, n)
	return hub, start(t, Config{
		Module: ukeytest.SoftHSM, Rescan: Reinitialize, Env: hub.Env(), HideUninitialized: true,
	})
}

// faultyReader is the driver on a hub of n blank keys whose module has no fault yet. It trusts the module to notice what is
// plugged and pulled, so that the module's own answers are tried.
func faultyReader(t *testing.T, n int) (*ukeytest.FaultModule, *worker.Reader) {
	t.Helper()
	m := ukeytest.NewFaultModule(t, n)
	return m, start(t, Config{Module: m.Path, Env: m.Env(), HideUninitialized: true})
}

func start(t *testing.T, cfg Config) *worker.Reader {
	t.Helper()
	r, err := Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func TestConformanceSoftHSM(t *testing.T) {
	t.Parallel()
	ukeytest.Run(t, func(t *testing.T) ukeytest.Key {
		t.Parallel()
		hub, r := hubReader(t, 1)
		return ukeytest.Key{
			Reader: r, Identity: hub.Identity(0),
			AdminPIN: ukeytest.FactoryAdminPIN, CustomerPIN: ukeytest.FactoryCustomerPIN, OtherPIN: "24682468",
			Lacks: []string{"locks the customer's PIN, and the administrator opens it"},
		}
	})
}

func TestConformanceOfTheFaultModuleWithoutFaults(t *testing.T) {
	t.Parallel()
	ukeytest.Run(t, func(t *testing.T) ukeytest.Key {
		t.Parallel()
		m, r := faultyReader(t, 1)
		return ukeytest.Key{
			Reader: r, Identity: m.Identity(0),
			AdminPIN: ukeytest.FactoryAdminPIN, CustomerPIN: ukeytest.FactoryCustomerPIN, OtherPIN: "24682468",
			Lacks: []string{"locks the customer's PIN, and the administrator opens it"},
		}
	})
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{
		"no module":      {},
		"unknown rescan": {Module: ukeytest.SoftHSM, Rescan: "sometimes"},
	} {
		if _, err := Start(cfg); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func TestBadModules(t *testing.T) {
	t.Parallel()
	text := filepath.Join(t.TempDir(), "module.so")
	if err := os.WriteFile(text, []byte("not a library"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, module := range []string{"/nonexistent.so", text} {
		r := start(t, Config{Module: module})
		if _, err := r.List(t.Context()); !errors.Is(err, ukey.ErrDevice) || !strings.Contains(err.Error(), module) {
			t.Errorf("got %v, want ErrDevice that names %s", err, module)
		}
	}
}

// TestKeyOpenedAfterSomebodyElseChangedIt: a worker whose call came to nothing does not keep what the key held then.
func TestKeyOpenedAfterSomebodyElseChangedIt(t *testing.T) {
	t.Parallel()
	hub, r := hubReader(t, 1)
	first := loggedIn(t, r, hub.Identity(0))
	left, leave := context.WithCancel(t.Context())
	leave()
	if _, err := r.Open(left, hub.Identity(0)); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want that nobody waits", err)
	}
	pin := []byte("24682468")
	if err := first.SetPIN(t.Context(), []byte(ukeytest.FactoryCustomerPIN), pin); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := r.Open(t.Context(), hub.Identity(0))
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Login(t.Context(), ukey.Customer, pin); err != nil {
		t.Errorf("the PIN that was set: %v", err)
	}
}

func TestKeysWorkInParallel(t *testing.T) {
	t.Parallel()
	const n = 3
	hub, r := hubReader(t, n)
	var wg sync.WaitGroup
	for i := range n {
		open := loggedIn(t, r, hub.Identity(i))
		wg.Go(func() {
			if _, err := open.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256}); err != nil {
				t.Errorf("key %d: %v", i, err)
			}
			if _, err := open.Sign(t.Context(), testID, ukey.ECDSASHA256, digest[:]); err != nil {
				t.Errorf("key %d: %v", i, err)
			}
		})
	}
	wg.Wait()
}

func TestInitializeWithBothPINs(t *testing.T) {
	t.Parallel()
	hub := ukeytest.NewHub(t, 0)
	r := start(t, Config{Module: ukeytest.SoftHSM, Rescan: Reinitialize, Env: hub.Env()})
	ctx := t.Context()
	infos, err := r.List(ctx)
	if err != nil || len(infos) != 1 {
		t.Fatalf("got %d keys, %v", len(infos), err)
	}
	open, err := r.Open(ctx, infos[0].Identity())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = open.Close() })
	setup := ukey.Setup{Label: "both", AdminPIN: []byte("11223344"), CustomerPIN: []byte("55667788"), CustomerTries: 6}
	if err := open.Initialize(ctx, setup); err != nil {
		t.Fatal(err)
	}
	if err := open.InitPIN(ctx, setup.AdminPIN, setup.CustomerPIN); !errors.Is(err, ukey.ErrLogin) {
		t.Errorf("the administrator is still logged in: %v", err)
	}
	for _, err := range []error{
		open.Login(ctx, ukey.Customer, setup.CustomerPIN), open.Login(ctx, ukey.Administrator, setup.AdminPIN),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	setup.CustomerPIN = []byte("1")
	if err := open.Initialize(ctx, setup); !errors.Is(err, ukey.ErrNotBlank) {
		t.Errorf("again: got %v, want ErrNotBlank", err)
	}
}

func TestObjectsTellTheirUsage(t *testing.T) {
	t.Parallel()
	hub, r := hubReader(t, 1)
	token := loggedIn(t, r, hub.Identity(0))
	for id, usage := range map[string]ukey.Usage{
		"s": ukey.UsageSign, "e": ukey.UsageEncrypt, "b": ukey.UsageSign | ukey.UsageEncrypt,
	} {
		if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: []byte(id), Label: "l", Algorithm: ukey.RSA2048, Usage: usage}); err != nil {
			t.Fatal(err)
		}
		for _, o := range content(t, token) {
			if string(o.ID) == id && o.Usage != usage {
				t.Errorf("%s made to %s: tells %s", o.Kind, usage, o.Usage)
			}
		}
	}
	p := ukey.Pair{ID: []byte("x"), Label: "l", Algorithm: ukey.ECP256, Usage: ukey.UsageEncrypt}
	if _, err := token.GenerateKey(t.Context(), p); !errors.Is(err, ukey.ErrUnsupported) {
		t.Errorf("EC to encrypt: got %v, want ErrUnsupported", err)
	}
}

func TestInitializeFactoryNewKey(t *testing.T) {
	t.Parallel()
	hub := ukeytest.NewHub(t, 0)
	r := start(t, Config{Module: ukeytest.SoftHSM, Rescan: Reinitialize, Env: hub.Env()})
	ctx := t.Context()
	infos, err := r.List(ctx)
	if err != nil || len(infos) != 1 || infos[0].Initialized || infos[0].AdminPIN != ukey.PINUnset {
		t.Fatalf("got %+v, %v; want one key without a PIN", infos, err)
	}
	open, err := r.Open(ctx, infos[0].Identity())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = open.Close() })
	if err := open.Login(ctx, ukey.Administrator, []byte("11223344")); !errors.Is(err, ukey.ErrDevice) {
		t.Errorf("login before: got %v, want ErrDevice", err)
	}
	for i, step := range []func() error{
		func() error { return open.Initialize(ctx, ukey.Setup{Label: "new key", AdminPIN: []byte("11223344")}) },
		func() error { return open.Login(ctx, ukey.Administrator, []byte("11223344")) },
		func() error { return open.InitPIN(ctx, []byte("11223344"), []byte("55667788")) },
		func() error { return open.Login(ctx, ukey.Customer, []byte("55667788")) },
	} {
		if err := step(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	info, err := open.Info(ctx)
	if err != nil || info.Label != "new key" || info.Serial == "" || !info.UserPINSet {
		t.Errorf("got %+v, %v; want an initialised key", info, err)
	}
	loggedInAs := func(key ukey.Identity) error {
		again, err := r.Open(ctx, key)
		if err != nil {
			return err
		}
		return errors.Join(again.Login(ctx, ukey.Customer, []byte("55667788")), again.Close())
	}
	if err := loggedInAs(info.Identity()); err != nil {
		t.Errorf("opened again by its identity: %v", err)
	}
}
