package pkcs11

import (
	"encoding/binary"
	"errors"
	"fmt"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
)

// Trouble while reading says nothing of what is on a key, and nothing is erased because of it. So reading tells three things
// apart: a value (also an empty one), an attribute that the token says the object does not have or does not show, and an
// error.

// Outcomes of reading several attributes of an object that may have been cut off in the making.
var (
	errEmpty   = errors.New("attribute is empty")
	errUnshown = errors.New("attribute is not shown")
)

// attribute reads one attribute; shown is false where the token does not have or does not show it.
func (s *session) attribute(o p11.ObjectHandle, kind uint) (value []byte, shown bool, err error) {
	got, err := s.m.ctx.GetAttributeValue(s.handle, o, []*p11.Attribute{p11.NewAttribute(kind, nil)})
	switch {
	case errors.Is(err, p11.Error(p11.CKR_ATTRIBUTE_TYPE_INVALID)), errors.Is(err, p11.Error(p11.CKR_ATTRIBUTE_SENSITIVE)):
		return nil, false, nil
	case err != nil:
		return nil, false, translate("C_GetAttributeValue", err)
	case len(got) != 1 || got[0].Value == nil: // CK_UNAVAILABLE_INFORMATION
		return nil, false, nil
	}
	return got[0].Value, true, nil
}

// attributes reads several that belong together. errEmpty, errUnshown.
func (s *session) attributes(o p11.ObjectHandle, kinds ...uint) ([][]byte, error) {
	values := make([][]byte, 0, len(kinds))
	for _, kind := range kinds {
		value, shown, err := s.attribute(o, kind)
		switch {
		case err != nil:
			return nil, err
		case !shown:
			return nil, errUnshown
		case len(value) == 0:
			return nil, errEmpty
		}
		values = append(values, value)
	}
	return values, nil
}

// number reads an attribute of type CK_ULONG that the object must have.
func (s *session) number(o p11.ObjectHandle, kind uint) (uint, error) {
	value, _, err := s.attribute(o, kind)
	switch {
	case err != nil:
		return 0, err
	case len(value) == 8:
		return uint(binary.NativeEndian.Uint64(value)), nil
	case len(value) == 4:
		return uint(binary.NativeEndian.Uint32(value)), nil
	}
	return 0, &ukey.DeviceError{Call: "C_GetAttributeValue", Code: fmt.Sprintf("attribute 0x%X is no number", kind)}
}

// flag reads an attribute of type CK_BBOOL; known is false where the token does not show it.
func (s *session) flag(o p11.ObjectHandle, kind uint) (set, known bool, err error) {
	value, shown, err := s.attribute(o, kind)
	if err != nil || !shown || len(value) != 1 {
		return false, false, err
	}
	return value[0] != 0, true, nil
}
