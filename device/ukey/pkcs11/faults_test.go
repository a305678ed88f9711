package pkcs11

import (
	"crypto"
	"errors"
	"slices"
	"testing"

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
	if _, err := token.GenerateKey(ctx, testID, "l", ukey.ECP256); !errors.Is(err, ukey.ErrRemoved) {
		t.Errorf("before: got %v, want ErrRemoved", err)
	}
	if _, err := token.PublicKey(ctx, testID); !errors.Is(err, ukey.ErrNotFound) {
		t.Errorf("before: got %v, want nothing on the key", err)
	}
	faults.FailAt("GenerateKey", ukeytest.After, ukey.ErrTimeout)
	if _, err := token.GenerateKey(ctx, testID, "l", ukey.ECP256); !errors.Is(err, ukey.ErrTimeout) {
		t.Errorf("after: got %v, want ErrTimeout", err)
	}
	if _, err := token.PublicKey(ctx, testID); err != nil {
		t.Errorf("after: got %v, want the pair on the key", err)
	}
	faults.StrikeAt("Sign", 2, ukeytest.Before, func() error { hub.Pull(t, 0); return nil })
	if _, err := token.Sign(ctx, testID, digest[:], crypto.SHA256); err != nil {
		t.Errorf("first signature: %v", err)
	}
	if _, err := token.Sign(ctx, testID, digest[:], crypto.SHA256); !errors.Is(err, ukey.ErrRemoved) {
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
		"List", "Open", "Info", "Login", "SetPIN", "InitPIN", "GenerateKey", "PublicKey", "Sign", "WriteCertificate",
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

func TestWritingChecksLeaveAKeyInUseAlone(t *testing.T) {
	t.Parallel()
	hub, r := hubReader(t, 1)
	token := loggedIn(t, r, hub.Identity(0))
	if _, err := token.GenerateKey(t.Context(), testID, "in use", ukey.ECP256); err != nil {
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
