package write

import (
	"bytes"
	"context"
	"errors"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// PINChange is what the holder of a key typed to give it another PIN. It is one change however often it is tried: what a pulled key left
// open is found out by the next try. It belongs to one caller at a time, who wipes it.
type PINChange struct {
	Old, New []byte
	OnPad    bool // both are typed on the key, which has keys of its own, and are not here
	Last     bool // the person wants the last attempt at the old one made
	open     bool // the key was asked to take the new one, and nobody heard whether it did
}

// Wipe overwrites both PINs.
func (c *PINChange) Wipe() {
	clear(c.Old)
	clear(c.New)
	c.Old, c.New, c.Last, c.open = nil, nil, false, false
}

// String keeps the PINs out of logs.
func (c *PINChange) String() string { return "PIN change" }

// GoString keeps them out of %#v.
func (c *PINChange) GoString() string { return c.String() }

// Open tells that nobody knows which of the two PINs the key has now.
func (c *PINChange) Open() bool { return c.open }

// ChangePIN gives a key its holder's new PIN, and shows that it opens the key. It is begun once nobody else has the key, and what was
// begun ends by itself also when ctx does: the change then stays the callee's. Nothing was changed where the error is CodePINWrong (args:
// left, where the key tells), CodePINLast, CodePINLocked, CodeKeyBusy, one of the new PIN's (CodePINTooShort, CodePINCharacters), or any
// while the change is not Open. CodePINUnsure: it is, and the same again finds out. What was typed on the key's own pad is known to its
// holder alone, who finds out: CodePINUnsurePad, and CodeKeyUnconfirmed where nobody typed.
func (s *Jobs) ChangePIN(ctx context.Context, key ukey.Identity, c *PINChange) error {
	p, err := s.take(ctx, key, false)
	if err != nil {
		return err
	}
	own, done := *c, make(chan error, 1)
	own.Old, own.New = bytes.Clone(c.Old), bytes.Clone(c.New)
	c.Last = false
	release := s.watcher.Hold(key)
	s.wg.Go(func() {
		err := s.writer.changePIN(s.ctx, key, &own)
		if errors.Is(err, ukey.ErrRemoved) {
			s.watcher.Removed(key)
		}
		clear(own.Old)
		clear(own.New)
		release()
		s.mu.Lock()
		s.giveUp(key, p)
		s.mu.Unlock()
		done <- err
	})
	select {
	case err := <-done:
		c.open = own.open
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (x *Executor) changePIN(ctx context.Context, key ukey.Identity, c *PINChange) error {
	token, err := x.cfg.Keys.Open(ctx, key)
	if err != nil {
		return stillOpen(c, err)
	}
	defer token.Close()
	info, err := token.Info(ctx)
	if err != nil {
		return stillOpen(c, err)
	}
	if changed, err := settled(ctx, token, c); changed || err != nil {
		return stillOpen(c, err)
	}
	if err := mayTry(info, c.Last); err != nil {
		return err
	}
	if c.OnPad {
		return changeOnPad(ctx, token, info)
	}
	if err := token.Login(ctx, ukey.Customer, c.Old); err != nil && !errors.Is(err, ukey.ErrPINChange) {
		return askedFault(err)
	}
	return stillOpen(c, x.setPIN(ctx, token, info, c))
}

// setPIN is open from the moment in which the key is asked until it has shown which PIN it has.
func (x *Executor) setPIN(ctx context.Context, token ukey.Token, info ukey.Info, c *PINChange) error {
	if err := x.cfg.Hook("change_pin"); err != nil {
		return err
	}
	c.open = true
	err := token.SetPIN(ctx, c.Old, c.New)
	if refused := newPINFault(err, info); refused != nil {
		c.open = false
		return refused
	}
	if err == nil {
		err = x.cfg.Hook("change_pin.done")
	}
	if err != nil {
		return err
	}
	if err := token.Logout(ctx); err != nil {
		return err
	}
	if err := token.Login(ctx, ukey.Customer, c.New); err != nil {
		return err
	}
	c.open = false
	return nil
}

// newPINFault is a key's answer that it keeps the PIN that it has, nil for anything else.
func newPINFault(err error, info ukey.Info) error {
	var refused *ukey.PINError
	switch {
	case !errors.As(err, &refused):
		return nil
	case errors.Is(err, ukey.ErrPINWrong) || errors.Is(err, ukey.ErrPINLocked):
		return askedFault(err)
	}
	return pinFault(err, info)
}

// changeOnPad waits while the holder types on the key. There is nothing to try afterwards: nobody here knows a PIN.
func changeOnPad(ctx context.Context, token ukey.Token, info ukey.Info) error {
	pad, ok := token.(ukey.PINPad)
	if !ok || !info.PINPad {
		return ukey.ErrUnsupported
	}
	if err := pad.LoginOnPad(ctx, ukey.Customer); err != nil && !errors.Is(err, ukey.ErrPINChange) {
		return askedFault(err)
	}
	err := pad.SetPINOnPad(ctx)
	if refused := newPINFault(err, info); refused != nil {
		return refused
	}
	if err == nil || errors.Is(err, ukey.ErrRefused) || errors.Is(err, ukey.ErrUnsupported) {
		return err
	}
	return ra.E(ra.CodePINUnsurePad).Because(err)
}

// settled finds out what became of a change that was left open: the new PIN is tried once, and where it is not the key's the old one
// gives the attempt back.
func settled(ctx context.Context, token ukey.Token, c *PINChange) (changed bool, err error) {
	if !c.open {
		return false, nil
	}
	err = token.Login(ctx, ukey.Customer, c.New)
	if err == nil {
		c.open = false
		return true, nil
	}
	if !errors.Is(err, ukey.ErrPINWrong) && !errors.Is(err, ukey.ErrPINLength) {
		return false, err
	}
	if err := token.Login(ctx, ukey.Customer, c.Old); err != nil {
		return false, err
	}
	c.open = false
	return false, token.Logout(ctx)
}

// stillOpen says of a change that nobody knows what came of it.
func stillOpen(c *PINChange, err error) error {
	if err == nil || !c.open {
		return err
	}
	return ra.E(ra.CodePINUnsure).Because(err)
}
