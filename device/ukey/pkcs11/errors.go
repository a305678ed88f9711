package pkcs11

import (
	"errors"
	"fmt"
	"strings"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
)

// codes translates what a module answers; what is not here is a *ukey.DeviceError.
var codes = map[p11.Error]error{
	p11.CKR_DEVICE_REMOVED:         ukey.ErrRemoved,
	p11.CKR_TOKEN_NOT_PRESENT:      ukey.ErrRemoved,
	p11.CKR_SLOT_ID_INVALID:        ukey.ErrRemoved,
	p11.CKR_SESSION_HANDLE_INVALID: ukey.ErrRemoved, // a key that was pulled and is back has lost its sessions
	p11.CKR_SESSION_CLOSED:         ukey.ErrRemoved,

	p11.CKR_PIN_INCORRECT:            ukey.ErrPINWrong,
	p11.CKR_PIN_LOCKED:               ukey.ErrPINLocked,
	p11.CKR_PIN_LEN_RANGE:            ukey.ErrPINLength,
	p11.CKR_PIN_INVALID:              ukey.ErrPINInvalid,
	p11.CKR_PIN_EXPIRED:              ukey.ErrPINChange,
	p11.CKR_USER_PIN_NOT_INITIALIZED: ukey.ErrPINUnset,
	p11.CKR_USER_NOT_LOGGED_IN:       ukey.ErrLogin,

	p11.CKR_FUNCTION_CANCELED: ukey.ErrRefused, // on the key's own pad or button
	p11.CKR_FUNCTION_REJECTED: ukey.ErrRefused,
	p11.CKR_CANCEL:            ukey.ErrRefused,

	p11.CKR_DEVICE_MEMORY:         ukey.ErrFull,
	p11.CKR_TOKEN_WRITE_PROTECTED: ukey.ErrReadOnly,
	p11.CKR_SESSION_READ_ONLY:     ukey.ErrReadOnly,

	p11.CKR_FUNCTION_NOT_SUPPORTED:  ukey.ErrUnsupported,
	p11.CKR_MECHANISM_INVALID:       ukey.ErrUnsupported,
	p11.CKR_MECHANISM_PARAM_INVALID: ukey.ErrUnsupported,
	p11.CKR_KEY_SIZE_RANGE:          ukey.ErrUnsupported,
	p11.CKR_CURVE_NOT_SUPPORTED:     ukey.ErrUnsupported,
	p11.CKR_DOMAIN_PARAMS_INVALID:   ukey.ErrUnsupported,
}

// translate turns the error of the module's function call into one of package ukey; nil stays nil.
func translate(call string, err error) error {
	if err == nil {
		return nil
	}
	var code p11.Error
	if !errors.As(err, &code) {
		return &ukey.DeviceError{Call: call, Code: err.Error()}
	}
	if known, ok := codes[code]; ok {
		return fmt.Errorf("%s: %s: %w", call, codeName(code), known)
	}
	return &ukey.DeviceError{Call: call, Code: codeName(code)}
}

// codeName gives CKR_GENERAL_ERROR, or the number of a vendor's own code.
func codeName(code p11.Error) string {
	text := code.Error()
	if name := text[strings.LastIndex(text, " ")+1:]; name != "" {
		return name
	}
	return fmt.Sprintf("0x%X", uint(code))
}

// isPINError tells whether err says something about a PIN, so that its state belongs beside it.
func isPINError(err error) bool {
	for _, e := range []error{
		ukey.ErrPINWrong, ukey.ErrPINLocked, ukey.ErrPINLength, ukey.ErrPINInvalid, ukey.ErrPINUnset, ukey.ErrPINChange,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
