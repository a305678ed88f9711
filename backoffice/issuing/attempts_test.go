package issuing_test

import (
	"slices"
	"testing"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// attempts plays one key through attempts at its administrator PIN.
type attempts struct {
	t       *testing.T
	h       *servicetest.Hall
	member  ra.Membership
	order   ra.Order
	code    string
	key     *servicetest.Key
	release ra.Release
	last    string // id of the attempt that was allowed last
}

func newAttempts(t *testing.T, rule func(*book.AdminPINRule)) *attempts {
	t.Helper()
	h := servicetest.New(t)
	a := &attempts{t: t, h: h, member: h.Registered(t), key: servicetest.NewKey(t)}
	r := book.AdminPINRule{Factory: []byte("12345678"), Customer: []byte("11111111"), Length: 8, Alphabet: "0123456789", Tries: 3}
	rule(&r)
	h.PutModel(t, h.Project.Models[0], r)
	a.order, a.code = h.Approved(t, a.member, 1)
	return a
}

func (a *attempts) reserve(change func(*ra.AdminAttempt)) error {
	a.t.Helper()
	r := servicetest.Reservation(a.t, a.order, a.code, a.key)
	if change != nil {
		change(&r.Attempt)
	}
	release, err := a.h.Reserve(a.t.Context(), a.h.Kiosk, a.member, r)
	if err == nil {
		a.release, a.last = release, r.Attempt.ID
	}
	return err
}

// next asks for one more attempt after the last had that outcome, "" for not saying.
func (a *attempts) next(outcome ra.AttemptOutcome, change func(*ra.AdminAttempt)) (ra.Opening, error) {
	a.t.Helper()
	at := servicetest.Attempt(a.t)
	if outcome != "" {
		at.Last = &ra.AttemptResult{ID: a.last, Outcome: outcome}
	}
	if change != nil {
		change(&at)
	}
	o, err := a.h.Administrator(a.t.Context(), a.h.Kiosk, a.release.Hold(), at)
	if err != nil {
		return o, err
	}
	again, err := a.h.Administrator(a.t.Context(), a.h.Kiosk, a.release.Hold(), at)
	if err != nil || !sameOpening(&again, &o) {
		a.t.Errorf("the same attempt again: another answer, %v", err)
	}
	a.last = at.ID
	return o, nil
}

func (a *attempts) wantTry(what string, o ra.Opening, err error, version int) {
	a.t.Helper()
	if err != nil || o.Try == nil || o.Try.Version != version {
		a.t.Errorf("%s: try %v, %v, want version %d", what, o.Try, err, version)
	}
}

// wantBack: the unit waits for another key, and the ticket is worth nothing.
func (a *attempts) wantBack() {
	a.t.Helper()
	if o := a.h.OrderOf(a.t, a.member, a.order.ID); o.Units[0].State != ra.UnitWaiting {
		a.t.Errorf("the unit is %s, want it to wait for another key", o.Units[0].State)
	}
	a.h.Sound(a.t)
}

func state(s ra.TokenPINState) func(*ra.AdminAttempt) {
	return func(a *ra.AdminAttempt) { a.State = s }
}

// TestEachReleaseStandsInTheTrail: also that of the same attempt again, at another kiosk too.
func TestEachReleaseStandsInTheTrail(t *testing.T) {
	t.Parallel()
	a := newAttempts(t, func(*book.AdminPINRule) {})
	r := servicetest.Reservation(t, a.order, a.code, a.key)
	for _, kiosk := range []ra.Kiosk{a.h.Kiosk, a.h.Kiosk, a.h.Other} {
		if _, err := a.h.Reserve(t.Context(), kiosk, a.member, r); err != nil {
			t.Fatal(err)
		}
	}
	var released []string
	for _, row := range a.h.TrailOf(t, a.order.ID) {
		if row.Action == "pin.release" {
			released = append(released, row.KioskID+" "+row.Facts["again"])
		}
	}
	if want := []string{a.h.Kiosk.ID + " false", a.h.Kiosk.ID + " true", a.h.Other.ID + " true"}; !slices.Equal(released, want) {
		t.Errorf("released %q, want %q", released, want)
	}
}

func TestWrongFactoryPINGivesTheUnitBack(t *testing.T) {
	t.Parallel()
	a := newAttempts(t, func(*book.AdminPINRule) {})
	if err := a.reserve(nil); err != nil {
		t.Fatal(err)
	}
	_, err := a.next(ra.AttemptWrong, nil)
	servicetest.WantCode(t, "the only PIN that can be on it was wrong", err, ra.CodeKeyAdminPIN, "")
	a.wantBack()
	_, err = a.next("", nil)
	servicetest.WantCode(t, "asking again", err, ra.CodeKeyAdminPIN, "")
	for range 3 { // nothing more is ever spent on it, at no kiosk
		servicetest.WantCode(t, "the next visit", a.reserve(nil), ra.CodeKeyAdminPIN, "")
	}
	a.key = servicetest.NewKey(t)
	if err := a.reserve(nil); err != nil {
		t.Errorf("another key: %v", err)
	}
	a.h.Sound(t)
}

func TestUnknownAttemptsNeverSpendTheLastTry(t *testing.T) {
	t.Parallel()
	a := newAttempts(t, func(*book.AdminPINRule) {})
	if err := a.reserve(nil); err != nil {
		t.Fatal(err)
	}
	o, err := a.next(ra.AttemptUnknown, nil)
	a.wantTry("after one that nobody heard of", o, err, 1) // setting the new one may have been begun
	_, err = a.next(ra.AttemptUnknown, nil)
	servicetest.WantCode(t, "a third of three", err, ra.CodeKeyAdminPIN, "")
	a.wantBack()
	servicetest.WantCode(t, "the next visit", a.reserve(nil), ra.CodeKeyAdminPIN, "")
}

func TestAttemptsThatCostNothing(t *testing.T) {
	t.Parallel()
	a := newAttempts(t, func(*book.AdminPINRule) {})
	if err := a.reserve(nil); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		o, err := a.next(ra.AttemptVoid, nil)
		a.wantTry("after one that was never made", o, err, 0)
	}
	o, err := a.next(ra.AttemptRight, func(x *ra.AdminAttempt) { x.Last.Begun = true })
	a.wantTry("after a right one, the new PIN perhaps set", o, err, 1)
	o, err = a.next(ra.AttemptWrong, nil)
	a.wantTry("it was not set", o, err, 0)
	o, err = a.next(ra.AttemptRight, func(x *ra.AdminAttempt) { x.Last.Begun = true })
	a.wantTry("right again: the count begins anew", o, err, 1)
	_, err = a.next(ra.AttemptUnknown, state(ra.TokenPINFinal))
	servicetest.WantCode(t, "the key says that one try is left", err, ra.CodeKeyAdminPIN, "")
	a.wantBack()
}

func TestKeysThatTell(t *testing.T) {
	t.Parallel()
	a := newAttempts(t, func(r *book.AdminPINRule) { r.Tells = true })
	servicetest.WantCode(t, "the last try", a.reserve(state(ra.TokenPINFinal)), ra.CodeKeyAdminPIN, "")
	servicetest.WantCode(t, "locked", a.reserve(state(ra.TokenPINLocked)), ra.CodeKeyAdminPIN, "")
	if err := a.reserve(nil); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		o, err := a.next("", nil) // nobody says what became of it, but the key does
		a.wantTry("all tries left", o, err, 1)
	}
	o, err := a.next("", state(ra.TokenPINLow))
	a.wantTry("the last one was wrong", o, err, 0)
	_, err = a.next("", state(ra.TokenPINLow))
	servicetest.WantCode(t, "both were wrong", err, ra.CodeKeyAdminPIN, "")
	a.wantBack()
}

func TestKeyWithoutAdministratorPIN(t *testing.T) {
	t.Parallel()
	a := newAttempts(t, func(*book.AdminPINRule) {})
	blank := func(x *ra.AdminAttempt) { x.Initialized = false }
	if err := a.reserve(blank); err != nil || a.release.Opening.Try != nil || a.release.Opening.Set.Version != 1 {
		t.Fatalf("a key never initialised: %v, want nothing to try", err)
	}
	o, err := a.next("", nil) // it says now that it is initialised
	a.wantTry("its own PIN was set", o, err, 1)
}

// TestBlankLook: a key with the factory's administrator PIN and a customer PIN is blank only if the factory's customer PIN shows
// so, once.
func TestBlankLook(t *testing.T) {
	t.Parallel()
	set := func(x *ra.AdminAttempt) { x.CustomerPINSet = true }
	saw := func(look ra.BlankLook) func(*ra.AdminAttempt) {
		return func(x *ra.AdminAttempt) { x.CustomerPINSet, x.Last.Look = true, look }
	}
	t.Run("blank", func(t *testing.T) {
		t.Parallel()
		a := newAttempts(t, func(*book.AdminPINRule) {})
		if err := a.reserve(set); err != nil || string(a.release.Opening.Customer) != "11111111" {
			t.Fatalf("reserve: %q, %v, want the factory's customer PIN", a.release.Opening.Customer, err)
		}
		o, err := a.next(ra.AttemptVoid, set)
		if a.wantTry("never made", o, err, 0); o.Customer == nil {
			t.Error("a look that was never made is not allowed again")
		}
		o, err = a.next(ra.AttemptRight, saw(ra.LookBlank))
		if a.wantTry("seen to be blank", o, err, 0); o.Customer != nil {
			t.Error("it is to be looked at once more")
		}
	})
	t.Run("somebody's", func(t *testing.T) {
		t.Parallel()
		a := newAttempts(t, func(*book.AdminPINRule) {})
		if err := a.reserve(set); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := a.h.GiveBack(t.Context(), a.h.Kiosk, a.release.Hold(), ra.CodeKeyNotBlank); err != nil {
				t.Fatal(err)
			}
		}
		a.wantBack()
		servicetest.WantCode(t, "the next visit", a.reserve(set), ra.CodeKeyNotBlank, "")
	})
	t.Run("nobody knows", func(t *testing.T) {
		t.Parallel()
		a := newAttempts(t, func(*book.AdminPINRule) {})
		if err := a.reserve(set); err != nil {
			t.Fatal(err)
		}
		_, err := a.next(ra.AttemptRight, set)
		servicetest.WantCode(t, "a look that nobody heard of", err, ra.CodeKeyNotBlank, "")
		a.wantBack()
	})
	t.Run("nobody knows, but the key tells", func(t *testing.T) {
		t.Parallel()
		a := newAttempts(t, func(r *book.AdminPINRule) { r.Tells = true })
		if err := a.reserve(set); err != nil {
			t.Fatal(err)
		}
		o, err := a.next(ra.AttemptRight, set)
		if a.wantTry("no wrong try counted", o, err, 0); o.Customer == nil {
			t.Error("no second look")
		}
		_, err = a.next(ra.AttemptRight, func(x *ra.AdminAttempt) { x.CustomerPINSet, x.CustomerPIN = true, ra.TokenPINLow })
		servicetest.WantCode(t, "a wrong try counted", err, ra.CodeKeyNotBlank, "")
		a.wantBack()
	})
	t.Run("a wrong try counted before", func(t *testing.T) {
		t.Parallel()
		a := newAttempts(t, func(*book.AdminPINRule) {})
		servicetest.WantCode(t, "reserve", a.reserve(func(x *ra.AdminAttempt) { x.CustomerPINSet, x.CustomerPIN = true, ra.TokenPINLow }), ra.CodeKeyNotBlank, "")
	})
	t.Run("a maker that sets none", func(t *testing.T) {
		t.Parallel()
		a := newAttempts(t, func(r *book.AdminPINRule) { r.Customer = nil })
		servicetest.WantCode(t, "reserve", a.reserve(set), ra.CodeKeyNotBlank, "")
		if err := a.reserve(nil); err != nil {
			t.Errorf("without a customer PIN: %v", err)
		}
	})
}

func TestGiveBack(t *testing.T) {
	t.Parallel()
	a := newAttempts(t, func(*book.AdminPINRule) {})
	ctx, h := t.Context(), a.h
	if err := a.reserve(nil); err != nil {
		t.Fatal(err)
	}
	servicetest.WantCode(t, "for no reason", h.GiveBack(ctx, h.Kiosk, a.release.Hold(), ra.CodeInternal), ra.CodeInvalid, "because")
	h.Certified(t, a.release, a.key)
	servicetest.WantCode(t, "once it has a certificate", h.GiveBack(ctx, h.Kiosk, a.release.Hold(), ra.CodeKeyReadable), ra.CodeState, "")
	h.Sound(t)
}
