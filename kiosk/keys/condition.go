package keys

import (
	"errors"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// conditions translates a key's errors, most telling first.
var conditions = []struct {
	err  error
	code ra.Code
}{
	{ukey.ErrTwin, ra.CodeKeyTwin},
	{ukey.ErrRemoved, ra.CodeKeyPulled},
	{ukey.ErrTimeout, ra.CodeKeyTimeout},
	{ukey.ErrWorker, ra.CodeKeyDevice},
	{ukey.ErrFull, ra.CodeKeyFull},
	{ukey.ErrReadable, ra.CodeKeyReadable},
	{ukey.ErrNotBlank, ra.CodeKeyNotBlank},
	{ukey.ErrExists, ra.CodeKeyNotBlank},
	{ukey.ErrPINLocked, ra.CodePINLocked},
	{ukey.ErrPINWrong, ra.CodePINWrong},
	{ukey.ErrPINInvalid, ra.CodePINCharacters},
	{ukey.ErrReadOnly, ra.CodeKeyDevice},
	{ukey.ErrUnsupported, ra.CodeKeyDevice},
	{ukey.ErrNotFound, ra.CodeKeyDevice},
	{ukey.ErrLogin, ra.CodeKeyDevice},
	{ukey.ErrPINLength, ra.CodeKeyDevice},
	{ukey.ErrPINUnset, ra.CodeKeyDevice},
	{ukey.ErrPINChange, ra.CodeKeyDevice},
	{ukey.ErrRefused, ra.CodeKeyDevice},
	{ukey.ErrDeviceKey, ra.CodeKeyDevice},
	{ukey.ErrEnvelope, ra.CodeKeyDevice},
	{ukey.ErrDevice, ra.CodeKeyDevice},
}

// Code is the code of what a key met, "" for an error that is none of a key's.
func Code(err error) ra.Code {
	for _, c := range conditions {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return ""
}
