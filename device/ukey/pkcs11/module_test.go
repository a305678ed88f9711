package pkcs11

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
)

func TestDeviceStringsAreCleaned(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ePass2003       ":               "ePass2003",
		"  ePass  2003":                  "ePass 2003",
		"SoftHSM project":                "SoftHSM project",
		"A1\x00B2":                       "A1B2",
		"\x00\x00A1B2\x00\x00":           "A1B2",
		"A1 \x00 B2":                     "A1 B2",
		"A1\tB2\r\n\x1b[31m\x7f":         "A1B2[31m",
		"A1\xff\xff\xff":                 "A1?",
		"\xff\xff\xff\xff":               "?", // erased memory
		"公司\u200b\u202e\ufeffU盾":         "公司U盾",
		"a\u2028b\u0085c":                "abc",
		"a\u3164b\uffa0\u115fc":          "abc", // fillers
		"\u2800A1\ufe0f\ufffd\U000e0100": "A1",
		"\x00\x00\x00\x00":               "",
		"                ":               "",
		"":                               "",
	} {
		if got := clean(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestModulesWithTroubleThatPasses(t *testing.T) {
	t.Parallel()
	for fault, text := range map[string]string{
		ukeytest.FaultSlotList:  "0x150 once", // CKR_BUFFER_TOO_SMALL
		ukeytest.FaultNoLocking: "",
	} {
		m, r := faultyReader(t, 1)
		m.Set(t, fault, text)
		if infos, err := r.List(t.Context()); err != nil || len(infos) != 1 {
			t.Errorf("%s: got %d keys, %v, want the one", fault, len(infos), err)
		}
		m.Set(t, fault, text)
		loggedIn(t, r, m.Identity(0))
	}
}

func TestLoginThatFailsOnce(t *testing.T) {
	t.Parallel()
	m, r := faultyReader(t, 1)
	token := loggedIn(t, r, m.Identity(0))
	m.Set(t, ukeytest.FaultLogin, "0x5 once")
	if err := token.Login(t.Context(), ukey.Customer, []byte(ukeytest.FactoryCustomerPIN)); err != nil || !m.Struck(ukeytest.FaultLogin) {
		t.Errorf("the customer's: %v", err)
	}
	m.Set(t, ukeytest.FaultLogin, "0x5 once")
	pin := []byte(ukeytest.FactoryAdminPIN)
	if err := token.Login(t.Context(), ukey.Administrator, pin); !errors.Is(err, ukey.ErrDevice) {
		t.Errorf("the administrator's, of which one attempt may be spent: got %v, want ErrDevice", err)
	}
	if err := token.Login(t.Context(), ukey.Administrator, pin); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

func TestKeysWithDirtyNamesAreFound(t *testing.T) {
	t.Parallel()
	m, r := faultyReader(t, 1)
	m.Set(t, ukeytest.FaultSerial, "12\x0034\x00\x00")
	m.Set(t, ukeytest.FaultLabel, "\xff\xffkey\x07")
	infos, err := r.List(t.Context())
	if err != nil || len(infos) != 1 || infos[0].Serial != "1234" || infos[0].Label != "?key" {
		t.Fatalf("got %+v, %v", infos, err)
	}
	token := loggedIn(t, r, infos[0].Identity())
	if info, err := token.Info(t.Context()); err != nil || info.Identity() != infos[0].Identity() {
		t.Errorf("open: got %+v, %v", info, err)
	}
}

// TestModuleThatTellsNothingOfTheAdministratorPIN: its state does not get worse, whatever was tried.
func TestModuleThatTellsNothingOfTheAdministratorPIN(t *testing.T) {
	t.Parallel()
	m, r := faultyReader(t, 1)
	m.Set(t, ukeytest.FaultNoAdminFlags, "")
	token := loggedIn(t, r, m.Identity(0))
	err := token.Login(t.Context(), ukey.Administrator, []byte("00000001"))
	var pin *ukey.PINError
	if !errors.As(err, &pin) || pin.State != ukey.PINOK {
		t.Errorf("got %v, want a wrong PIN in state ok", err)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("A\x00B \xff")
	f.Fuzz(func(t *testing.T, in string) {
		got := clean(in)
		notGraphic := strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsGraphic(r) })
		if !utf8.ValidString(got) || notGraphic || got != strings.TrimSpace(got) || got != clean(got) {
			t.Errorf("%q came out as %q", in, got)
		}
	})
}
