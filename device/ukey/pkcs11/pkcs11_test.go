package pkcs11

import (
	"testing"

	"keyhall/device/ukey/ukeytest"
)

func TestMain(m *testing.M) {
	ServeIfWorker()
	ukeytest.Main(m)
}

// hubReader is the driver on a hub of n blank software keys.
func hubReader(t *testing.T, n int) (*ukeytest.Hub, *Reader) {
	t.Helper()
	hub := ukeytest.NewHub(t, n)
	return hub, start(t, Config{
		Module: ukeytest.SoftHSM, Rescan: Reinitialize, Env: hub.Env(), HideUninitialized: true,
	})
}

// faultyReader is the driver on a hub of n blank keys whose module has no fault yet. It trusts the module to notice what is
// plugged and pulled, so that the module's own answers are tried.
func faultyReader(t *testing.T, n int) (*ukeytest.FaultModule, *Reader) {
	t.Helper()
	m := ukeytest.NewFaultModule(t, n)
	return m, start(t, Config{Module: m.Path, Env: m.Env(), HideUninitialized: true})
}

func start(t *testing.T, cfg Config) *Reader {
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
