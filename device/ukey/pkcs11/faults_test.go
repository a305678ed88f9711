package pkcs11

import (
	"errors"
	"slices"
	"strings"
	"testing"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
	"keyhall/device/ukey/conformance"
	"keyhall/device/ukey/ukeytest"
)

func TestFaultsStrikeOnceBeforeOrAfter(t *testing.T) {
	t.Parallel()
	hub, r := hubReader(t, 1)
	faults := ukeytest.NewFaults(r)
	token := loggedIn(t, faults, hub.Identity(0))
	ctx := t.Context()

	faults.FailAt("GenerateKey", ukeytest.Before, ukey.ErrRemoved)
	if _, err := token.GenerateKey(ctx, ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256}); !errors.Is(err, ukey.ErrRemoved) {
		t.Errorf("before: got %v, want ErrRemoved", err)
	}
	if _, err := token.PublicKey(ctx, testID); !errors.Is(err, ukey.ErrNotFound) {
		t.Errorf("before: got %v, want nothing on the key", err)
	}
	faults.FailAt("GenerateKey", ukeytest.After, ukey.ErrTimeout)
	if _, err := token.GenerateKey(ctx, ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256}); !errors.Is(err, ukey.ErrTimeout) {
		t.Errorf("after: got %v, want ErrTimeout", err)
	}
	if _, err := token.PublicKey(ctx, testID); err != nil {
		t.Errorf("after: got %v, want the pair on the key", err)
	}
	faults.StrikeAt("Sign", 2, ukeytest.Before, func() error { hub.Pull(t, 0); return nil })
	if _, err := token.Sign(ctx, testID, ukey.ECDSASHA256, digest[:]); err != nil {
		t.Errorf("first signature: %v", err)
	}
	if _, err := token.Sign(ctx, testID, ukey.ECDSASHA256, digest[:]); !errors.Is(err, ukey.ErrRemoved) {
		t.Errorf("second signature: got %v, want ErrRemoved", err)
	}
	want := []string{"Open", "Login", "GenerateKey", "PublicKey", "GenerateKey", "PublicKey", "Sign", "Sign"}
	if got := faults.Calls(); !slices.Equal(got, want) {
		t.Errorf("got calls %v, want %v", got, want)
	}
}

// TestConformanceFindsFaults makes a key that fails a call of each kind: some check must notice.
func TestConformanceFindsFaults(t *testing.T) {
	t.Parallel()
	for _, method := range []string{
		"List", "Open", "Info", "Login", "SetPIN", "InitPIN", "GenerateKey", "PublicKey", "Sign", "Decrypt", "WriteCertificate",
		"Certificates", "Objects", "Delete", "Close",
	} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			hub, r := hubReader(t, 1)
			faults := ukeytest.NewFaults(r)
			fails := 0
			for _, check := range conformance.Checks() {
				faults.FailAt(method, ukeytest.After, ukey.ErrFull)
				result := check.Run(t.Context(), conformance.Subject{
					Reader: faults, Key: hub.Identity(0), OtherPIN: []byte("24682468"),
					AdminPIN: []byte(ukeytest.FactoryAdminPIN), CustomerPIN: []byte(ukeytest.FactoryCustomerPIN),
				})
				if result.Outcome == conformance.Fails && errors.Is(result.Err, ukey.ErrFull) {
					fails++
					break
				}
			}
			if fails == 0 {
				t.Errorf("no check noticed that %s fails", method)
			}
		})
	}
}

// TestConformanceTellsReadableKeys: whether the key admits it or does not tell.
func TestConformanceTellsReadableKeys(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{ukeytest.FaultExtractable, ukeytest.FaultUnreported(p11.CKO_PRIVATE_KEY, p11.CKA_EXTRACTABLE)} {
		m, r := faultyReader(t, 1)
		m.Set(t, fault, "")
		told := 0
		err := conformance.All(t.Context(), conformance.Subject{
			Reader: r, Key: m.Identity(0), AdminPIN: []byte(ukeytest.FactoryAdminPIN),
			CustomerPIN: []byte(ukeytest.FactoryCustomerPIN), OtherPIN: []byte("24682468"),
		}, true, func(res conformance.Result) {
			if res.Outcome == conformance.Fails && errors.Is(res.Err, ukey.ErrReadable) {
				told++
			}
		})
		if err != nil || told < 2 {
			t.Errorf("%s: told by %d checks, %v", fault, told, err)
		}
	}
}

// TestConformanceOfAKeyWithoutACustomer: the administrator sets the first PIN, as in a make.
func TestConformanceOfAKeyWithoutACustomer(t *testing.T) {
	t.Parallel()
	hub := ukeytest.NewHub(t, 0)
	r := start(t, Config{Module: ukeytest.SoftHSM, Rescan: Reinitialize, Env: hub.Env()})
	admin := []byte("11223344")
	infos, err := r.List(t.Context())
	if err != nil || len(infos) != 1 {
		t.Fatalf("%d keys, %v", len(infos), err)
	}
	open, err := r.Open(t.Context(), infos[0].Identity())
	if err != nil {
		t.Fatal(err)
	}
	if err := open.Initialize(t.Context(), ukey.Setup{Label: "new", AdminPIN: admin}); err != nil {
		t.Fatal(err)
	}
	info, err := open.Info(t.Context())
	if err := errors.Join(err, open.Close()); err != nil || info.UserPINSet {
		t.Fatalf("%+v, %v, want a key without a customer's PIN", info, err)
	}
	err = conformance.All(t.Context(), conformance.Subject{
		Reader: r, Key: info.Identity(), AdminPIN: admin, CustomerPIN: []byte("55667788"), OtherPIN: []byte("24682468"),
	}, true, func(res conformance.Result) {
		if res.Outcome == conformance.Fails || res.Outcome == conformance.NotTried && res.Check.Name != conformance.TellsTwins {
			t.Errorf("%s: %s: %v", res.Check.Name, res.Outcome, res.Err)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// TestConformanceOfAPINToChange: a customer's PIN that the key wants changed first is changed, tried, and is the same in the end.
func TestConformanceOfAPINToChange(t *testing.T) {
	t.Parallel()
	m, r := faultyReader(t, 1)
	m.Set(t, ukeytest.FaultUserExpired, "once")
	err := conformance.All(t.Context(), conformance.Subject{
		Reader: r, Key: m.Identity(0), AdminPIN: []byte(ukeytest.FactoryAdminPIN), CustomerPIN: []byte(ukeytest.FactoryCustomerPIN), OtherPIN: []byte("24682468"),
	}, true, func(res conformance.Result) {
		if res.Outcome == conformance.Fails || res.Outcome == conformance.NotTried && res.Check.Name != conformance.TellsTwins {
			t.Errorf("%s: %s: %v", res.Check.Name, res.Outcome, res.Err)
		}
	})
	if err != nil || !m.Struck(ukeytest.FaultUserExpired) {
		t.Errorf("%v, asked to change it: %v", err, m.Struck(ukeytest.FaultUserExpired))
	}
	loggedIn(t, r, m.Identity(0))
}

// TestConformanceSpendsNoAttempts: nothing is tried on a PIN that has one attempt left, and a mistyped PIN of the administrator is tried once.
func TestConformanceSpendsNoAttempts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		flags, admin string
		why          error
		words        string
	}{
		"administrator's last":     {"0x00200000", ukeytest.FactoryAdminPIN, nil, "one attempt left"},
		"customer's last":          {"0x00020000", ukeytest.FactoryAdminPIN, nil, "one attempt left"},
		"administrator's is wrong": {"", "99999999", ukey.ErrPINWrong, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, r := faultyReader(t, 1)
			if c.flags != "" {
				m.Set(t, ukeytest.FaultFlags, c.flags)
			}
			n := 0
			err := conformance.All(t.Context(), conformance.Subject{
				Reader: r, Key: m.Identity(0), AdminPIN: []byte(c.admin), CustomerPIN: []byte(ukeytest.FactoryCustomerPIN), OtherPIN: []byte("24682468"),
			}, true, func(res conformance.Result) {
				if !res.Check.Writes {
					return
				}
				n++
				if res.Outcome != conformance.NotTried || c.why != nil && !errors.Is(res.Err, c.why) || !strings.Contains(res.Err.Error(), c.words) {
					t.Errorf("%s: %s: %v", res.Check.Name, res.Outcome, res.Err)
				}
			})
			if err != nil || n == 0 {
				t.Errorf("%d checks, %v", n, err)
			}
		})
	}
}

func TestWritingChecksLeaveAKeyInUseAlone(t *testing.T) {
	t.Parallel()
	hub, r := hubReader(t, 1)
	token := loggedIn(t, r, hub.Identity(0))
	if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "in use", Algorithm: ukey.ECP256}); err != nil {
		t.Fatal(err)
	}
	faults := ukeytest.NewFaults(r)
	err := conformance.All(t.Context(), conformance.Subject{
		Reader: faults, Key: hub.Identity(0), CustomerPIN: []byte(ukeytest.FactoryCustomerPIN),
	}, true, func(res conformance.Result) {
		if res.Check.Name != conformance.TellsTwins && res.Check.Writes != (res.Outcome == conformance.NotTried) {
			t.Errorf("%s: %s", res.Check.Name, res.Outcome)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(faults.Calls(), "GenerateKey") || slices.Contains(faults.Calls(), "SetPIN") {
		t.Errorf("the key was written: %v", faults.Calls())
	}
}
