package pkcs11

import (
	"errors"
	"testing"

	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
)

// TestSlotThatCannotBeReadForAMoment: a key is not taken for pulled because its slot once did not tell of it.
func TestSlotThatCannotBeReadForAMoment(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{ukeytest.FaultTokenInfo, ukeytest.FaultSlotList, ukeytest.FaultOpenSession} {
		for _, code := range []string{"0x5", "0x30", "0x6", "0xe1", "0x80000123"} {
			m, r := faultyReader(t, 1)
			token := loggedIn(t, r, m.Identity(0))
			for name, call := range calls(t.Context(), newCertificate(t)) {
				switch name {
				case "Info", "Blank", "Objects", "Certificates", "WriteCertificate", "GenerateKey":
				default:
					continue
				}
				m.Set(t, fault, code+" once")
				if err := call(token); errors.Is(err, ukey.ErrRemoved) {
					t.Errorf("%s %s: %s: %v", fault, code, name, err)
				}
				m.Clear(t, fault)
			}
			m.Set(t, fault, code+" once")
			if infos, err := r.List(t.Context()); err != nil || len(infos) != 1 {
				t.Errorf("%s %s: list: %d keys, %v", fault, code, len(infos), err)
			}
			m.Clear(t, fault)
			if err := token.Close(); err != nil {
				t.Error(err)
			}
			m.Set(t, fault, code+" once")
			if again, err := r.Open(t.Context(), m.Identity(0)); err != nil {
				t.Errorf("%s %s: open: %v", fault, code, err)
			} else {
				_ = again.Close()
			}
			m.Clear(t, fault)
		}
	}
}

// TestModuleThatFailsToStartOnce: it is started again, whoever asks.
func TestModuleThatFailsToStartOnce(t *testing.T) {
	t.Parallel()
	m := ukeytest.NewFaultModule(t, 1)
	r := start(t, askedAnew(m))
	for range 2 {
		m.Set(t, ukeytest.FaultInitialize, "0x5 once")
		_, _ = r.List(t.Context())
		if infos, err := r.List(t.Context()); err != nil || len(infos) != 1 {
			t.Errorf("afterwards: %d keys, %v", len(infos), err)
		}
	}
}

// TestModuleThatForgetsThatItWasStarted, as when its daemon was started anew: it is started again.
func TestModuleThatForgetsThatItWasStarted(t *testing.T) {
	t.Parallel()
	m, r := faultyReader(t, 1)
	if infos, err := r.List(t.Context()); err != nil || len(infos) != 1 {
		t.Fatalf("%d keys, %v", len(infos), err)
	}
	m.Set(t, ukeytest.FaultForgets, "once")
	if infos, err := r.List(t.Context()); err != nil || len(infos) != 1 {
		t.Errorf("afterwards: %d keys, %v", len(infos), err)
	}
}
