package workflow

import (
	"strconv"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// The attempts at a holder's PIN: what the key tells of them stands wherever the PIN is asked for, and the last one is the holder's to make.

// TryLast makes the last attempt at a key's PIN: a wrong one locks it.
type TryLast struct{}

func (TryLast) Name() string { return "pin_last" }
func (TryLast) action()      {}

// pinLeft is what the key tells of the attempts at the holder's PIN; that one or none is left stands out.
func pinLeft(i ukey.Info) Row {
	if i.UserLeft > 0 && i.UserPIN != ukey.PINFinal && i.UserPIN != ukey.PINLocked {
		return Row{ID: "pin_left", Key: "pin_state.left", Args: map[string]string{"left": strconv.Itoa(i.UserLeft)}}
	}
	return Row{ID: "pin_left", Key: "pin_state." + pinStates[i.UserPIN]}
}

// pinStates are the words' names of what a key tells of a PIN.
var pinStates = map[ukey.PINState]string{ukey.PINUnknown: "unknown", ukey.PINOK: "ok", ukey.PINLow: "low", ukey.PINFinal: "final",
	ukey.PINLocked: "locked", ukey.PINUnset: "unset", ukey.PINToChange: "to_change"}

// pinHint tells of the attempts at the customer's PIN what the key tells.
func pinHint(i ukey.Info) (hint string, args map[string]string) {
	switch {
	case i.UserPIN == ukey.PINLocked:
		return "hint.key_pin_locked", nil
	case i.UserPIN == ukey.PINFinal:
		return "hint.key_pin_final", nil
	case i.UserPIN == ukey.PINLow && i.UserLeft > 0:
		return "hint.key_pin_left", map[string]string{"left": strconv.Itoa(i.UserLeft)}
	case i.UserPIN == ukey.PINLow:
		return "hint.key_pin_low", nil
	}
	return "hint.key_pin", nil
}

// onLastTry does what the button is for that askLast shows.
func onLastTry(do func(w *Workflow, f *form)) func(*Workflow, *form, Action) {
	return func(w *Workflow, f *form, a Action) {
		if _, last := a.(TryLast); last && f.ready() {
			do(w, f)
		}
	}
}

// askLast tells that one attempt is left, and asks whether to make it with what was typed.
func askLast(f *form) { f.fault, f.secondary = &Fault{Code: ra.CodePINLast}, []Named{TryLast{}} }
