package pkcs11

import (
	"encoding/hex"
	"errors"
	"testing"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
	"keyhall/device/ukey/conformance"
	"keyhall/device/ukey/ukeytest"
)

// TestPINsTypedOnTheKey: nothing but NULL_PTR reaches such a module.
func TestPINsTypedOnTheKey(t *testing.T) {
	t.Parallel()
	m, r := faultyReader(t, 1)
	m.Set(t, ukeytest.FaultPINPad, ukeytest.FactoryAdminPIN)
	ctx := t.Context()
	open, err := r.Open(ctx, m.Identity(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = open.Close() })
	if info, err := open.Info(ctx); err != nil || !info.PINPad {
		t.Errorf("got %+v, %v, want a key with a pad", info, err)
	}
	pad := open.(ukey.PINPad)
	if err := pad.LoginOnPad(ctx, ukey.Administrator); err != nil {
		t.Error(err)
	}
	m.Set(t, ukeytest.FaultPINPad, "24682468")
	if err := pad.InitPINOnPad(ctx); err != nil {
		t.Error(err)
	}
	if err := pad.LoginOnPad(ctx, ukey.Customer); err != nil {
		t.Errorf("the PIN that was typed: %v", err)
	}
	if err := pad.SetPINOnPad(ctx); err != nil {
		t.Error(err)
	}
	if err := pad.InitPINOnPad(ctx); !errors.Is(err, ukey.ErrLogin) {
		t.Errorf("as the customer: got %v, want ErrLogin", err)
	}
	m.Set(t, ukeytest.FaultPINPad, "")
	if err := pad.SetPINOnPad(ctx); !errors.Is(err, ukey.ErrRefused) {
		t.Errorf("cancelled: got %v, want ErrRefused", err)
	}
	m.Clear(t, ukeytest.FaultPINPad)
	if err := pad.LoginOnPad(ctx, ukey.Customer); !errors.Is(err, ukey.ErrUnsupported) {
		t.Errorf("without a pad: got %v, want ErrUnsupported", err)
	}
}

// TestConformanceOfAKeyWithAPad tells that nothing was tried, and why.
func TestConformanceOfAKeyWithAPad(t *testing.T) {
	t.Parallel()
	m, r := faultyReader(t, 1)
	m.Set(t, ukeytest.FaultPINPad, ukeytest.FactoryCustomerPIN)
	err := conformance.All(t.Context(), conformance.Subject{
		Reader: r, Key: m.Identity(0), AdminPIN: []byte(ukeytest.FactoryAdminPIN),
		CustomerPIN: []byte(ukeytest.FactoryCustomerPIN), OtherPIN: []byte("24682468"),
	}, true, func(res conformance.Result) {
		if res.Check.Writes && res.Outcome != conformance.NotTried {
			t.Errorf("%s: %s: %v, want it not tried", res.Check.Name, res.Outcome, res.Err)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// TestButtonThatNobodyPressed: it is told as that, and not asked for again by itself.
func TestButtonThatNobodyPressed(t *testing.T) {
	t.Parallel()
	m, token := inUse(t, nil)
	m.Set(t, ukeytest.FaultSign, "0x200 once") // CKR_FUNCTION_REJECTED
	if _, err := token.Sign(t.Context(), testID, ukey.ECDSASHA256, digest[:]); !errors.Is(err, ukey.ErrRefused) {
		t.Errorf("got %v, want ErrRefused", err)
	}
	if _, err := token.Sign(t.Context(), testID, ukey.ECDSASHA256, digest[:]); err != nil {
		t.Errorf("pressed: %v", err)
	}
}

func TestPublicKeyOfAModuleWithBarePoints(t *testing.T) {
	t.Parallel()
	m, token := inUse(t, nil)
	spki, err := token.PublicKey(t.Context(), testID)
	if err != nil {
		t.Fatal(err)
	}
	m.Set(t, ukeytest.FaultValue(p11.CKO_PUBLIC_KEY, p11.CKA_EC_POINT), hex.EncodeToString(spki[len(spki)-65:]))
	if bare, err := token.PublicKey(t.Context(), testID); err != nil || string(bare) != string(spki) {
		t.Errorf("%v, or another public key", err)
	}
}
