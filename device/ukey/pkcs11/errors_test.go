package pkcs11

import (
	"errors"
	"testing"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
)

func TestCodesAreTranslated(t *testing.T) {
	t.Parallel()
	for code, want := range codes {
		if got := translate("C_Call", code); !errors.Is(got, want) {
			t.Errorf("%v: got %v, want %v", code, got, want)
		}
	}
	for code, want := range map[p11.Error]string{
		p11.CKR_GENERAL_ERROR: "key reports an error: C_Call: CKR_GENERAL_ERROR",
		0x80000123:            "key reports an error: C_Call: 0x80000123",
	} {
		if got := translate("C_Call", code); got.Error() != want || !errors.Is(got, ukey.ErrDevice) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got, want := translate("C_Login", p11.Error(p11.CKR_PIN_LOCKED)).Error(), "C_Login: CKR_PIN_LOCKED: PIN is locked"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if translate("C_Call", nil) != nil {
		t.Error("no error became one")
	}
}
