package conformance

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"keyhall/device/ukey"
)

// TellsTwins is the name of the check that needs two keys of one identity plugged in; the others need one.
const TellsTwins = "shows two keys of one name, and opens neither"

// reading are the checks that leave no trace.
func reading() []Check {
	return []Check{
		{Name: "is listed once, with a serial and a model", run: listed,
			Needs: "C_GetTokenInfo gives serialNumber and model, no two keys of a model the same"},
		{Name: "opens and tells the same as in the list", run: sameWhenOpen,
			Needs: "C_GetTokenInfo answers the same with a session open"},
		{Name: "is still listed while it is open", run: listedWhileOpen,
			Needs: "C_GetSlotList and C_GetTokenInfo work beside an open session"},
		{Name: "a key that is not there counts as pulled", run: absent,
			Needs: "C_GetSlotList with tokenPresent shows only keys that are plugged in"},
		{Name: TellsTwins, run: twins,
			Needs: "C_GetSlotList shows both keys, each in a slot of its own"},
		{Name: "tells how long a PIN may be", run: pinBounds,
			Needs: "C_GetTokenInfo gives ulMinPinLen and ulMaxPinLen"},
		{Name: "shows no private key without a login", run: initialised(noPrivate),
			Needs: "private keys have CKA_PRIVATE: C_FindObjects hides them before C_Login"},
		{Name: "does not sign without a login", run: initialised(noSignature),
			Needs: "C_SignInit refuses before C_Login"},
		{Name: "a closed key does not answer", run: closed,
			Needs: "C_CloseSession ends the session"},
		{Name: "refuses to be initialised again", run: initialised(initializeAgain),
			Needs: "CKF_TOKEN_INITIALIZED is set in C_GetTokenInfo once C_InitToken was done"},
	}
}

// initialised leaves a key alone that never was: it has no PINs, and nothing on it.
func initialised(run func(context.Context, Subject) error) func(context.Context, Subject) error {
	return func(ctx context.Context, s Subject) error {
		info, err := find(ctx, s)
		if err == nil && !info.Initialized {
			err = errNew
		}
		if err != nil {
			return err
		}
		return run(ctx, s)
	}
}

func find(ctx context.Context, s Subject) (ukey.Info, error) {
	infos, err := s.Reader.List(ctx)
	if err != nil {
		return ukey.Info{}, fmt.Errorf("list: %w", err)
	}
	var found []ukey.Info
	for _, info := range infos {
		if info.Identity() == s.Key {
			found = append(found, info)
		}
	}
	if len(found) != 1 {
		return ukey.Info{}, fmt.Errorf("listed %d times, want once", len(found))
	}
	return found[0], nil
}

func listed(ctx context.Context, s Subject) error {
	info, err := find(ctx, s)
	if err != nil {
		return err
	}
	if info.Serial == "" || info.Model == "" {
		return fmt.Errorf("serial %q, model %q: want both", info.Serial, info.Model)
	}
	return nil
}

func sameWhenOpen(ctx context.Context, s Subject) error {
	info, err := find(ctx, s)
	if err != nil {
		return err
	}
	return with(ctx, s, func(t ukey.Token) error {
		open, err := t.Info(ctx)
		if err != nil {
			return err
		}
		info.FreePublic, open.FreePublic, info.Slot, open.Slot, info.Twin = 0, 0, 0, 0, false
		if open != info {
			return fmt.Errorf("open: %+v, in the list: %+v", open, info)
		}
		return nil
	})
}

func listedWhileOpen(ctx context.Context, s Subject) error {
	return with(ctx, s, func(ukey.Token) error {
		_, err := find(ctx, s)
		return err
	})
}

func absent(ctx context.Context, s Subject) error {
	serial, model, maker := s.Key, s.Key, s.Key
	serial.Serial, model.Model, maker.Manufacturer = "no such serial", "no such model", "no such maker"
	for _, key := range []ukey.Identity{serial, model, maker} {
		t, err := s.Reader.Open(ctx, key)
		if err == nil {
			err = t.Close()
		}
		if err := want("open "+key.String(), err, ukey.ErrRemoved); err != nil {
			return err
		}
	}
	return nil
}

func twins(ctx context.Context, s Subject) error {
	infos, err := s.Reader.List(ctx)
	if err != nil {
		return err
	}
	infos = slices.DeleteFunc(infos, func(i ukey.Info) bool { return i.Identity() != s.Key })
	if len(infos) < 2 {
		return errOneKey
	}
	if slices.ContainsFunc(infos, func(i ukey.Info) bool { return !i.Twin }) {
		return errors.New("two keys of one name are listed as if they could be told apart")
	}
	t, err := s.Reader.Open(ctx, s.Key)
	if err == nil {
		err = t.Close()
	}
	return want("open", err, ukey.ErrTwin)
}

func pinBounds(ctx context.Context, s Subject) error {
	info, err := find(ctx, s)
	if err == nil && (info.MinPIN < 1 || info.MaxPIN < info.MinPIN) {
		err = fmt.Errorf("between %d and %d characters", info.MinPIN, info.MaxPIN)
	}
	return err
}

func noPrivate(ctx context.Context, s Subject) error {
	return with(ctx, s, func(t ukey.Token) error {
		objects, err := t.Objects(ctx)
		for _, o := range objects {
			if o.Kind == ukey.KindPrivateKey {
				return fmt.Errorf("private key %x is visible", o.ID)
			}
		}
		return err
	})
}

func noSignature(ctx context.Context, s Subject) error {
	return with(ctx, s, func(t ukey.Token) error {
		digest := sha256.Sum256(nil)
		_, err := t.Sign(ctx, []byte("keyhall"), ukey.ECDSASHA256, digest[:])
		return want("sign", err, ukey.ErrLogin)
	})
}

func closed(ctx context.Context, s Subject) error {
	t, err := s.Reader.Open(ctx, s.Key)
	if err != nil {
		return err
	}
	if err := errors.Join(t.Close(), t.Close()); err != nil {
		return fmt.Errorf("close twice: %w", err)
	}
	_, err = t.Info(ctx)
	return want("info", err, ukey.ErrRemoved)
}

func initializeAgain(ctx context.Context, s Subject) error {
	return with(ctx, s, func(t ukey.Token) error {
		return want("initialize", t.Initialize(ctx, ukey.Setup{Label: "again", AdminPIN: s.AdminPIN}), ukey.ErrNotBlank)
	})
}
