package ukey_test

import (
	"errors"
	"fmt"
	"testing"

	"keyhall/device/ukey"
)

func TestPINStatesHaveNames(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for s := ukey.PINUnknown; s <= ukey.PINToChange; s++ {
		if name := s.String(); name == "" || known[name] {
			t.Errorf("state %d: got name %q, want one of its own", int(s), name)
		}
		known[s.String()] = true
	}
	if got, want := ukey.PINState(99).String(), "PINState(99)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPINErrorTellsRoleAndState(t *testing.T) {
	t.Parallel()
	err := error(&ukey.PINError{Role: ukey.Customer, State: ukey.PINFinal, Err: fmt.Errorf("C_Login: %w", ukey.ErrPINWrong)})
	if !errors.Is(err, ukey.ErrPINWrong) {
		t.Errorf("%v is not ErrPINWrong", err)
	}
	if got, want := err.Error(), "customer PIN (now final): C_Login: wrong PIN"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDeviceErrorIsErrDevice(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("sign: %w", &ukey.DeviceError{Call: "C_Sign", Code: "CKR_GENERAL_ERROR"})
	if !errors.Is(err, ukey.ErrDevice) || errors.Is(err, ukey.ErrRemoved) {
		t.Errorf("%v: want ErrDevice alone", err)
	}
	if got, want := err.Error(), "sign: key reports an error: C_Sign: CKR_GENERAL_ERROR"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRolesHaveNames(t *testing.T) {
	t.Parallel()
	for role, want := range map[ukey.Role]string{
		ukey.Customer: "customer", ukey.Administrator: "administrator", 0: "unknown role",
	} {
		if got := role.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestIdentityIsMakerModelAndSerial(t *testing.T) {
	t.Parallel()
	info := ukey.Info{Slot: 1, Module: "a.so", Manufacturer: "Feitian", Model: "ePass", Serial: "1", Label: "x"}
	elsewhere := info
	elsewhere.Slot, elsewhere.Module, elsewhere.Label = 2, "b.so", "y"
	if info.Identity() != elsewhere.Identity() {
		t.Error("the same key elsewhere is another")
	}
	if got, want := info.Identity().String(), "Feitian/ePass/1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := (ukey.Identity{Model: "m"}).String(), "-/m/-"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for name, other := range map[string]ukey.Identity{
		"maker":  {Manufacturer: "Longmai", Model: "ePass", Serial: "1"},
		"model":  {Manufacturer: "Feitian", Model: "ePass2", Serial: "1"},
		"serial": {Manufacturer: "Feitian", Model: "ePass", Serial: "2"},
	} {
		if other == info.Identity() {
			t.Errorf("another %s makes no other key", name)
		}
	}
}
