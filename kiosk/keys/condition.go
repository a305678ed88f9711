package keys

import (
	"errors"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// Condition is what a key is, as far as that can be told without a PIN.
type Condition string

// The conditions.
const (
	Unknown    Condition = ""           // not found out yet
	Blank      Condition = "blank"      // nothing shows
	Carries    Condition = "carries"    // something is on it; whose it is the back office has not told yet
	Ours       Condition = "ours"       // something is on it, and the register knows the key, or a write of it waits here
	Foreign    Condition = "foreign"    // something is on it, and the register does not know the key
	Twin       Condition = "twin"       // two are there that say the same of themselves
	Unreadable Condition = "unreadable" // its driver could not look at it; it is tried again
)

// condition tells what a key is, and of one that cannot be looked at why.
func condition(k Seen, p *plugging) (Condition, error) {
	switch {
	case k.Twin:
		return Twin, nil
	case !k.Info.Initialized:
		return Blank, nil
	case p == nil:
		return Unknown, nil
	case !p.carries.answered:
		return unread(p.carries)
	case p.carries.answer.blank:
		return Blank, nil
	case k.Status.Known || k.Own.ID != "":
		return Ours, nil
	case k.Answered:
		return Foreign, nil
	}
	return Carries, nil
}

// unread: a key that was pulled is gone with the next look; one that stays listed cannot be read.
func unread(q *question[shows]) (Condition, error) {
	if q.err == nil || errors.Is(q.err, ukey.ErrRemoved) && q.failed < stumbles {
		return Unknown, nil
	}
	return Unreadable, q.err
}

// errorCodes translates a key's errors, most telling first.
var errorCodes = []struct {
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
	{ukey.ErrReadOnly, ra.CodeKeyReadOnly},
	{ukey.ErrUnsupported, ra.CodeKeyDevice},
	{ukey.ErrNotFound, ra.CodeKeyDevice},
	{ukey.ErrLogin, ra.CodeKeyDevice},
	{ukey.ErrPINLength, ra.CodeKeyDevice},
	{ukey.ErrPINUnset, ra.CodePINUnset},
	{ukey.ErrPINChange, ra.CodePINChange},
	{ukey.ErrRefused, ra.CodeKeyUnconfirmed},
	{ukey.ErrDeviceKey, ra.CodeKeyDevice},
	{ukey.ErrEnvelope, ra.CodeKeyDevice},
	{ukey.ErrDevice, ra.CodeKeyDevice},
}

// Code is the code of what a key met, "" for an error that is none of a key's.
func Code(err error) ra.Code {
	for _, c := range errorCodes {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return ""
}
