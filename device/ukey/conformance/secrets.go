package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"keyhall/device/ukey"
)

// LocksPIN is the name of the check that some software keys are known to fail.
const LocksPIN = "locks the customer's PIN, and the administrator opens it"

// maxAttempts is more wrong PINs than any key accepts.
const maxAttempts = 16

// secrets are the checks about PINs. Each leaves the PINs as they were.
func secrets() []Check {
	return []Check{
		{Name: "both PINs open the key", Writes: true, run: bothLogins,
			Needs: "C_Login takes CKU_USER and CKU_SO one after the other, C_Logout in between"},
		{Name: "a wrong PIN is told and counted, the right one clears it", Writes: true, run: wrongPIN,
			Needs: "C_Login answers CKR_PIN_INCORRECT and sets CKF_USER_PIN_COUNT_LOW or CKF_USER_PIN_FINAL_TRY; the right PIN clears them"},
		{Name: "a wrong administrator PIN is told", Writes: true, run: wrongAdminPIN,
			Needs: "C_Login as CKU_SO answers CKR_PIN_INCORRECT"},
		{Name: "PINs are not changed without a login", Writes: true, run: noLogin,
			Needs: "C_InitPIN works for CKU_SO alone"},
		{Name: "changes the customer's PIN", Writes: true, run: changeCustomer,
			Needs: "C_SetPIN as CKU_USER, to another PIN and back"},
		{Name: "changes the administrator's PIN", Writes: true, run: changeAdmin,
			Needs: "C_SetPIN as CKU_SO, to another PIN and back"},
		{Name: "does not change a PIN whose old one is wrong", Writes: true, run: changeWrongOld,
			Needs: "C_SetPIN answers CKR_PIN_INCORRECT to a wrong old PIN"},
		{Name: "refuses a PIN that is too short", Writes: true, run: shortPIN,
			Needs: "C_SetPIN answers CKR_PIN_LEN_RANGE or CKR_PIN_INVALID"},
		{Name: "the administrator sets the customer's PIN", Writes: true, run: initPIN,
			Needs: "C_InitPIN as CKU_SO, on a key that has a PIN too"},
		{Name: LocksPIN, Writes: true, run: lock,
			Needs: "C_Login sets CKF_USER_PIN_FINAL_TRY, then CKF_USER_PIN_LOCKED and answers CKR_PIN_LOCKED; C_InitPIN as CKU_SO opens it"},
	}
}

func bothLogins(ctx context.Context, s Subject) error {
	return with(ctx, s, func(t ukey.Token) error {
		return errors.Join(
			t.Login(ctx, ukey.Customer, s.CustomerPIN),
			t.Login(ctx, ukey.Administrator, s.AdminPIN),
			t.Login(ctx, ukey.Customer, s.CustomerPIN),
			t.Logout(ctx),
			t.Logout(ctx),
		)
	})
}

// wrong makes a PIN of the same length that is not the right one.
func wrong(pin []byte) []byte { return append(bytes.Repeat([]byte("0"), len(pin)-1), '1') }

func wrongPIN(ctx context.Context, s Subject) error {
	return with(ctx, s, func(t ukey.Token) error {
		err := t.Login(ctx, ukey.Customer, wrong(s.CustomerPIN))
		var pin *ukey.PINError
		if !errors.Is(err, ukey.ErrPINWrong) || !errors.As(err, &pin) {
			return fmt.Errorf("login: %v, want a PINError: %v", err, ukey.ErrPINWrong)
		}
		if pin.Role != ukey.Customer || pin.State != ukey.PINLow && pin.State != ukey.PINFinal {
			return fmt.Errorf("%s PIN is %s after a wrong attempt, want low or final", pin.Role, pin.State)
		}
		if err := t.Login(ctx, ukey.Customer, s.CustomerPIN); err != nil {
			return err
		}
		info, err := t.Info(ctx)
		if err == nil && info.UserPIN != ukey.PINOK {
			err = fmt.Errorf("PIN is %s after the right one, want ok", info.UserPIN)
		}
		return err
	})
}

func wrongAdminPIN(ctx context.Context, s Subject) error {
	return with(ctx, s, func(t ukey.Token) error {
		err := t.Login(ctx, ukey.Administrator, wrong(s.AdminPIN))
		return errors.Join(want("login", err, ukey.ErrPINWrong), t.Login(ctx, ukey.Administrator, s.AdminPIN))
	})
}

func noLogin(ctx context.Context, s Subject) error {
	return with(ctx, s, func(t ukey.Token) error {
		err := errors.Join(
			want("set", t.SetPIN(ctx, s.CustomerPIN, s.OtherPIN), ukey.ErrLogin),
			want("init", t.InitPIN(ctx, s.AdminPIN, s.OtherPIN), ukey.ErrLogin),
		)
		if login := t.Login(ctx, ukey.Customer, s.CustomerPIN); login != nil {
			return errors.Join(err, login)
		}
		return errors.Join(err, want("init as the customer", t.InitPIN(ctx, s.AdminPIN, s.OtherPIN), ukey.ErrLogin))
	})
}

func changeCustomer(ctx context.Context, s Subject) error {
	return change(ctx, s, ukey.Customer, s.CustomerPIN)
}

func changeAdmin(ctx context.Context, s Subject) error {
	return change(ctx, s, ukey.Administrator, s.AdminPIN)
}

// change sets another PIN, tries both from a new login, and sets it back.
func change(ctx context.Context, s Subject, role ukey.Role, pin []byte) error {
	return with(ctx, s, func(t ukey.Token) error {
		if err := t.Login(ctx, role, pin); err != nil {
			return err
		}
		if err := t.SetPIN(ctx, pin, s.OtherPIN); err != nil {
			return fmt.Errorf("set: %w", err)
		}
		old := want("login with the old PIN", t.Login(ctx, role, pin), ukey.ErrPINWrong)
		if err := t.Login(ctx, role, s.OtherPIN); err != nil {
			return errors.Join(old, fmt.Errorf("login with the new PIN: %w", err))
		}
		return errors.Join(old, t.SetPIN(ctx, s.OtherPIN, pin), t.Login(ctx, role, pin))
	})
}

func changeWrongOld(ctx context.Context, s Subject) error {
	return with(ctx, s, func(t ukey.Token) error {
		if err := t.Login(ctx, ukey.Customer, s.CustomerPIN); err != nil {
			return err
		}
		err := want("set", t.SetPIN(ctx, wrong(s.CustomerPIN), s.OtherPIN), ukey.ErrPINWrong)
		return errors.Join(err, t.Login(ctx, ukey.Customer, s.CustomerPIN))
	})
}

func shortPIN(ctx context.Context, s Subject) error {
	return with(ctx, s, func(t ukey.Token) error {
		if err := t.Login(ctx, ukey.Customer, s.CustomerPIN); err != nil {
			return err
		}
		err := t.SetPIN(ctx, s.CustomerPIN, []byte("7"))
		if errors.Is(err, ukey.ErrPINInvalid) {
			err = nil
		} else {
			err = want("set", err, ukey.ErrPINLength)
		}
		return errors.Join(err, t.Login(ctx, ukey.Customer, s.CustomerPIN))
	})
}

func initPIN(ctx context.Context, s Subject) error {
	return with(ctx, s, func(t ukey.Token) error {
		if err := t.Login(ctx, ukey.Administrator, s.AdminPIN); err != nil {
			return err
		}
		if err := t.InitPIN(ctx, s.AdminPIN, s.OtherPIN); err != nil {
			return fmt.Errorf("init: %w", err)
		}
		return restore(ctx, t, s)
	})
}

// restore goes from OtherPIN, which the administrator set, back to the customer's; by a change, because some keys
// want a PIN that the administrator set to be changed first.
func restore(ctx context.Context, t ukey.Token, s Subject) error {
	if err := t.Login(ctx, ukey.Customer, s.OtherPIN); err != nil && !errors.Is(err, ukey.ErrPINChange) {
		return fmt.Errorf("login with the PIN that the administrator set: %w", err)
	}
	return errors.Join(t.SetPIN(ctx, s.OtherPIN, s.CustomerPIN), t.Login(ctx, ukey.Customer, s.CustomerPIN))
}

func lock(ctx context.Context, s Subject) error {
	return with(ctx, s, func(t ukey.Token) error {
		attempts, err := lockOut(ctx, t, s)
		if err != nil {
			return err
		}
		if err := want("login once locked", t.Login(ctx, ukey.Customer, s.CustomerPIN), ukey.ErrPINLocked); err != nil {
			return fmt.Errorf("after %d attempts: %w", attempts, err)
		}
		if err := t.Login(ctx, ukey.Administrator, s.AdminPIN); err != nil {
			return err
		}
		if err := t.InitPIN(ctx, s.AdminPIN, s.OtherPIN); err != nil {
			return fmt.Errorf("open the lock: %w", err)
		}
		return restore(ctx, t, s)
	})
}

// lockOut gives wrong PINs until the key says that it is locked, and that it was on its last try before.
func lockOut(ctx context.Context, t ukey.Token, s Subject) (attempts int, err error) {
	last := ukey.PINOK
	for attempts = 1; attempts <= maxAttempts; attempts++ {
		err := t.Login(ctx, ukey.Customer, wrong(s.CustomerPIN))
		var pin *ukey.PINError
		if !errors.As(err, &pin) {
			return attempts, fmt.Errorf("attempt %d: %w", attempts, err)
		}
		if pin.State == ukey.PINLocked {
			if last != ukey.PINFinal {
				return attempts, fmt.Errorf("locked at attempt %d without a last try, from %s", attempts, last)
			}
			return attempts, nil
		}
		last = pin.State
	}
	err = fmt.Errorf("not locked after %d wrong PINs: %w", maxAttempts, ukey.ErrUnsupported)
	return attempts, errors.Join(err, t.Login(ctx, ukey.Customer, s.CustomerPIN))
}
