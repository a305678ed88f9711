// Package conformance asks a UKey, through whatever driver, whether it does what the product relies upon: one named
// check after the other. The command line qualifies a vendor's module with it, and ukeytest every driver.
package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"keyhall/device/ukey"
)

// Subject is the key under examination.
type Subject struct {
	Reader ukey.Reader
	Key    ukey.Identity

	// Only for checks that write. OtherPIN is a PIN that the key would accept and that differs from the two others.
	AdminPIN, CustomerPIN, OtherPIN []byte
	// FirstAdminPIN is the maker's, of a key that wants it changed before anything else; AdminPIN is then set in its place. Nil for
	// other keys.
	FirstAdminPIN []byte
}

// Outcome is how a check ended.
type Outcome string

// The outcomes.
const (
	Holds       Outcome = "holds"
	Fails       Outcome = "fails"
	Unsupported Outcome = "unsupported" // the key says that it cannot: it may do for some services
	NotTried    Outcome = "not tried"
)

// Result is what a check found.
type Result struct {
	Check   Check
	Outcome Outcome
	Err     error // why it does not hold
}

// Check is one property. A check that writes needs a blank key with the PINs of the Subject, and leaves it so.
type Check struct {
	Name   string
	Needs  string // what the maker's PKCS#11 module has to do for it
	Writes bool
	run    func(ctx context.Context, s Subject) error
}

// Run examines the key.
func (c Check) Run(ctx context.Context, s Subject) Result {
	err := c.run(ctx, s)
	switch {
	case err == nil:
		return Result{Check: c, Outcome: Holds}
	case errors.Is(err, errOneKey), errors.Is(err, errNew):
		return Result{Check: c, Outcome: NotTried, Err: err}
	case errors.Is(err, ukey.ErrUnsupported):
		return Result{Check: c, Outcome: Unsupported, Err: err}
	default:
		return Result{Check: c, Outcome: Fails, Err: err}
	}
}

// Checks lists all of them: first those that only read.
func Checks() []Check {
	checks := append(reading(), secrets()...)
	return slices.Concat(checks, writing(), decrypting())
}

// All runs the checks that only read and, with write, the others too unless the key is not blank. Once its PINs are not what they
// were it is left alone: each further check would spend attempts.
func All(ctx context.Context, s Subject, write bool, each func(Result)) error {
	stop := errNotAsked
	if write {
		stop = blank(ctx, s)
	}
	for _, c := range Checks() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if c.Writes && stop != nil {
			each(Result{Check: c, Outcome: NotTried, Err: stop})
			continue
		}
		result := c.Run(ctx, s)
		if c.Writes && result.Outcome == Fails {
			stop = changed(ctx, s)
		}
		each(result)
	}
	return nil
}

// changed tells when a failed check left other PINs on the key than it found.
func changed(ctx context.Context, s Subject) error {
	err := bothLogins(ctx, s)
	if errors.Is(err, ukey.ErrPINWrong) || errors.Is(err, ukey.ErrPINLocked) {
		return fmt.Errorf("the PINs are not what they were: %w", err)
	}
	return nil
}

var (
	errNotAsked = errors.New("would write onto the key")
	errNew      = errors.New("the key was never initialised")
	errToChange = errors.New("the administrator PIN is the maker's, and the key wants it changed first")
	errLast     = errors.New("a PIN has one attempt left, and a check gives a wrong one on purpose: log in with the right one first")
	errPad      = errors.New("PINs are typed on this key, and nothing here waits for that")
	errOneKey   = errors.New("wants two keys that say the same of themselves")
)

// with opens the key for one check.
func with(ctx context.Context, s Subject, do func(t ukey.Token) error) error {
	t, err := s.Reader.Open(ctx, s.Key)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	return errors.Join(do(t), t.Close())
}

// blank refuses a key that somebody may still need. One that never had a customer's PIN gets it, and the maker's administrator PIN
// is changed where the key wants that, as in a make. The administrator's is tried once: a mistyped one would spend an attempt in each check.
func blank(ctx context.Context, s Subject) error {
	return with(ctx, s, func(t ukey.Token) error {
		info, err := t.Info(ctx)
		switch {
		case err != nil:
		case !info.Initialized:
			err = errNew
		case info.PINPad:
			err = errPad
		case info.AdminPIN == ukey.PINToChange && s.FirstAdminPIN == nil:
			err = errToChange
		case info.AdminPIN == ukey.PINFinal || info.UserPIN == ukey.PINFinal:
			err = errLast
		}
		if err != nil {
			return err
		}
		err = t.Login(ctx, ukey.Customer, s.CustomerPIN)
		if errors.Is(err, ukey.ErrPINUnset) {
			err = firstPIN(ctx, t, s)
		} else if errors.Is(err, ukey.ErrPINChange) {
			err = ownPIN(ctx, t, s)
		}
		if err != nil {
			return err
		}
		empty, objects, err := t.Blank(ctx)
		if err == nil && !empty {
			err = fmt.Errorf("key is not blank: %d objects", len(objects))
		}
		switch {
		case err != nil:
			return err
		case s.FirstAdminPIN == nil:
			return t.Login(ctx, ukey.Administrator, s.AdminPIN)
		}
		if err := t.Login(ctx, ukey.Administrator, s.FirstAdminPIN); err != nil && !errors.Is(err, ukey.ErrPINChange) {
			return err
		}
		return t.SetPIN(ctx, s.FirstAdminPIN, s.AdminPIN)
	})
}

func firstPIN(ctx context.Context, t ukey.Token, s Subject) error {
	admin := s.AdminPIN
	if s.FirstAdminPIN != nil {
		admin = s.FirstAdminPIN
	}
	if err := t.Login(ctx, ukey.Administrator, admin); err != nil && !errors.Is(err, ukey.ErrPINChange) {
		return err
	}
	if err := t.InitPIN(ctx, admin, s.OtherPIN); err != nil {
		return fmt.Errorf("first PIN of the customer: %w", err)
	}
	return restore(ctx, t, s)
}

// ownPIN changes a PIN that somebody else set, where the key wants that first, and changes it back.
func ownPIN(ctx context.Context, t ukey.Token, s Subject) error {
	if err := t.SetPIN(ctx, s.CustomerPIN, s.OtherPIN); err != nil {
		return fmt.Errorf("customer's PIN, which the key wants changed: %w", err)
	}
	return restore(ctx, t, s)
}

// want turns an answer other than the expected error into a finding.
func want(what string, got, expected error) error {
	if errors.Is(got, expected) {
		return nil
	}
	if got == nil {
		return fmt.Errorf("%s: was accepted, want: %w", what, expected)
	}
	return fmt.Errorf("%s: %w, want: %v", what, got, expected)
}
