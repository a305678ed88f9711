package write

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// setPIN gives the customer their PIN, opens a locked one thereby, and logs in as the customer. The administrator's is of no more
// use then.
func (r *run) setPIN(ctx context.Context) error {
	err := r.token.InitPIN(ctx, r.opened.Set.Value, r.pin)
	r.opened.Wipe()
	if err != nil {
		return pinFault(err, r.info)
	}
	if err := r.token.Login(ctx, ukey.Customer, r.pin); err != nil {
		return err
	}
	return r.compare(ctx) // private keys show only now
}

// askPIN logs in with the PIN that the customer has. A wrong one is told with what the key says of the attempts left, and the last
// attempt is not made unless the person wants it. The PIN has to open the pair that the register knows of: a PIN alone proves nothing.
// CodePINWrong (args: left, where the key tells), CodePINLast, CodePINLocked, CodeKeyDiffers.
func (r *run) askPIN(ctx context.Context) error {
	if err := r.logIn(ctx); err != nil {
		return err
	}
	if err := r.compare(ctx); err != nil { // some keys show nothing before
		return err
	}
	t := r.job.Write.Target
	if t == nil {
		return ra.E(ra.CodeInternal).Because(errors.New("a key whose PIN is asked for has a record"))
	}
	has, err := r.hasPair(ctx, t.KeyID)
	if err == nil && !has {
		err = ra.E(ra.CodeKeyDiffers, "serial", r.job.Write.Key.Serial)
	}
	return err
}

// logIn logs in with the PIN that the customer has: CodePINWrong (args: left, where the key tells), CodePINLast, CodePINLocked.
func (r *run) logIn(ctx context.Context) error {
	last := r.job.last
	r.job.last = false
	if err := mayTry(r.info, last); err != nil {
		return err
	}
	if pad, ok := r.token.(ukey.PINPad); ok && r.info.PINPad { // it is typed there
		return askedFault(pad.LoginOnPad(ctx, ukey.Customer))
	}
	return askedFault(r.token.Login(ctx, ukey.Customer, r.pin))
}

// mayTry wants the last attempt at a holder's PIN to be made only where the person said so: CodePINLocked, CodePINLast.
func mayTry(info ukey.Info, last bool) error {
	switch {
	case info.UserPIN == ukey.PINLocked:
		return ra.E(ra.CodePINLocked)
	case info.UserPIN == ukey.PINFinal && !last:
		return ra.E(ra.CodePINLast)
	}
	return nil
}

// askedFault tells what a wrong PIN left.
func askedFault(err error) error {
	var refused *ukey.PINError
	if !errors.As(err, &refused) {
		return err
	}
	switch {
	case refused.State == ukey.PINLocked || errors.Is(err, ukey.ErrPINLocked):
		return ra.E(ra.CodePINLocked).Because(err)
	case !errors.Is(err, ukey.ErrPINWrong) && !errors.Is(err, ukey.ErrPINLength):
		return err
	case refused.Left > 0:
		return ra.E(ra.CodePINWrong, "left", strconv.Itoa(refused.Left)).Because(err)
	case refused.State == ukey.PINFinal:
		return ra.E(ra.CodePINWrong, "left", "1").Because(err)
	}
	return ra.E(ra.CodePINWrong).Because(err)
}

// pinFault says which limit a customer's new PIN broke.
func pinFault(err error, info ukey.Info) error {
	switch {
	case errors.Is(err, ukey.ErrPINLength):
		return ra.E(ra.CodePINTooShort, "min", fmt.Sprint(info.MinPIN)).Because(err)
	case errors.Is(err, ukey.ErrPINInvalid):
		return ra.E(ra.CodePINCharacters).Because(err)
	}
	return err
}
