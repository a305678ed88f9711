package write

import (
	"errors"
	"fmt"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/write/writetest"
)

// point is one place where a write is struck.
type point struct {
	method string
	n      int // the n-th call of the method
	after  bool
}

func (p point) String() string {
	if p.after {
		return fmt.Sprintf("after %s %d", p.method, p.n)
	}
	return fmt.Sprintf("before %s %d", p.method, p.n)
}

// points are both sides of every call of a list.
func points(calls []string) []point {
	count := map[string]int{}
	var all []point
	for _, c := range calls {
		count[c]++
		all = append(all, point{c, count[c], false}, point{c, count[c], true})
	}
	return all
}

func finish(t *testing.T, b *bench) {
	t.Helper()
	var err error
	for range 3 {
		if _, err = b.attempt(t.Context(), b.maker(nil)); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatalf("going on: %v", err)
	}
	b.check(t)
}

// TestStruckAtEveryCall strikes a write at both sides of every call to the key and to the back office, throws the executor
// away, and lets a new one finish from the journal.
func TestStruckAtEveryCall(t *testing.T) {
	t.Parallel()
	plain := setup(t, 1)
	if _, err := plain.attempt(t.Context(), plain.maker(nil)); err != nil {
		t.Fatal(err)
	}
	device, office := points(plain.keys.Calls()), points(plain.office.Calls)
	if len(device) < 20 || len(office) < 8 {
		t.Fatalf("only %d and %d points", len(device), len(office))
	}
	for _, p := range device {
		t.Run("pulled "+p.String(), func(t *testing.T) {
			t.Parallel()
			b := setup(t, 1)
			struckByPull(t, b, p)
			finish(t, b)
		})
	}
	for _, p := range office {
		t.Run("office away "+p.String(), func(t *testing.T) {
			t.Parallel()
			b := setup(t, 1)
			b.office.StrikeAt(p.method, p.n, p.after, ra.E(ra.CodeOfficeAway))
			if _, err := b.attempt(t.Context(), b.maker(nil)); ra.CodeOf(err) != ra.CodeOfficeAway {
				t.Fatalf("got %v, want the strike", err)
			}
			finish(t, b)
		})
	}
}

func struckByPull(t *testing.T, b *bench, p point) {
	t.Helper()
	when := ukeytest.Before
	if p.after {
		when = ukeytest.After
	}
	pulled := false
	b.keys.StrikeAt(p.method, p.n, when, func() error {
		pulled = true
		b.hub.Pull(t, 0)
		return ukey.ErrRemoved
	})
	_, err := b.attempt(t.Context(), b.maker(nil))
	if !pulled {
		t.Fatal("the key was not pulled")
	}
	if err == nil && p.method != "Close" {
		t.Fatal("a pulled key went unnoticed")
	}
	b.hub.Plug(t, 0)
}

// TestThrownAwayAtEveryBoundary stops a write at every boundary of a step, again and again, one boundary further each time.
func TestThrownAwayAtEveryBoundary(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	struck := 0
	for {
		seen := 0
		_, err := b.attempt(t.Context(), b.maker(func(string) error {
			if seen++; seen == struck+1 {
				return errStruck
			}
			return nil
		}))
		if err == nil {
			break
		}
		if !errors.Is(err, errStruck) && ra.CodeOf(err) != ra.CodeNotFound {
			t.Fatalf("boundary %d: %v", struck, err)
		}
		if struck++; struck > 40 {
			t.Fatal("never done")
		}
	}
	if struck < 12 {
		t.Errorf("stopped at %d boundaries only", struck)
	}
	b.check(t)
}

func TestDriverThatDiesIsTriedOnceMore(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	b.keys.FailAt("GenerateKey", ukeytest.After, ukey.ErrWorker)
	if _, err := b.attempt(t.Context(), b.maker(nil)); err != nil {
		t.Fatal(err)
	}
	b.check(t)
}

func TestStaleChallengeIsSignedAnew(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	m := b.maker(nil)
	job, err := m.Reserve(t.Context(), "session", writetest.Code, b.write)
	if err != nil {
		t.Fatal(err)
	}
	b.office.Operations[b.write.ID].Stale = true
	if _, err := m.Run(t.Context(), job, testPIN, nil); err != nil {
		t.Fatal(err)
	}
	b.check(t)
}

// TestProofIsSentWithoutTheKey: the answer to the proof is lost, the key is gone, the kiosk restarts.
func TestProofIsSentWithoutTheKey(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		b := setup(t, 1)
		b.office.StrikeAt("Confirm", 1, after, ra.E(ra.CodeOfficeAway))
		if _, err := b.attempt(t.Context(), b.maker(nil)); ra.CodeOf(err) != ra.CodeOfficeAway {
			t.Fatalf("got %v", err)
		}
		b.hub.Pull(t, 0)
		waiting, err := b.maker(nil).Settle(t.Context())
		if err != nil || len(waiting) != 0 {
			t.Errorf("got %d waiting, %v, want none", len(waiting), err)
		}
		b.hub.Plug(t, 0)
		b.check(t)
	}
}

func TestSettleDropsWhatTheOfficeGaveUp(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	b.keys.FailAt("GenerateKey", ukeytest.Before, ukey.ErrRemoved)
	if _, err := b.attempt(t.Context(), b.maker(nil)); !errors.Is(err, ukey.ErrRemoved) {
		t.Fatalf("got %v", err)
	}
	waiting, err := b.maker(nil).Settle(t.Context())
	if err != nil || len(waiting) != 1 {
		t.Fatalf("got %d waiting, %v, want the one", len(waiting), err)
	}
	b.office.Operations[b.write.ID].Op.State = ra.OperationReleased
	if waiting, err = b.maker(nil).Settle(t.Context()); err != nil || len(waiting) != 0 {
		t.Errorf("got %d waiting, %v, want none", len(waiting), err)
	}
}

// TestAnotherKioskFinishes: with login and code, and only then; what the first kiosk knows is of no use from then on.
func TestAnotherKioskFinishes(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"InitPIN", "SetPIN", "GenerateKey", "Sign", "WriteCertificate"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 1)
			b.keys.FailAt(method, ukeytest.After, ukey.ErrRemoved)
			if _, err := b.attempt(t.Context(), b.maker(nil)); err == nil {
				t.Fatal("no fault")
			}
			other := *b
			other.journal = writetest.Journal(t, b.path+".other")
			m, op := other.maker(nil), b.office.Operations[b.write.ID].Op
			for name, c := range map[string]struct {
				session, code string
				want          ra.Code
			}{
				"nobody": {"", "", ra.CodeSessionOver}, "the code alone": {"", writetest.Code, ra.CodeSessionOver}, "a login alone": {"session", "", ra.CodeRequired},
			} {
				if _, err := m.Adopt(t.Context(), c.session, c.code, op); ra.CodeOf(err) != c.want {
					t.Errorf("%s: got %v, want %s", name, err, c.want)
				}
			}
			job, err := m.Adopt(t.Context(), "session", writetest.Code, op)
			if err != nil {
				t.Fatal(err)
			}
			if waiting, err := b.maker(nil).Settle(t.Context()); err != nil || len(waiting) != 0 {
				t.Errorf("first kiosk: %d waiting, %v, want none", len(waiting), err)
			}
			if _, err := m.Run(t.Context(), job, testPIN, nil); err != nil {
				t.Fatal(err)
			}
			other.check(t)
		})
	}
}

// TestDeadTicketIsForgotten: whatever the first kiosk was about to do, it clears its record, also with a proof in it.
func TestDeadTicketIsForgotten(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"Certify", "Challenge", "Confirm"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 1)
			b.office.StrikeAt(method, 1, false, ra.E(ra.CodeTicketDead))
			if _, err := b.attempt(t.Context(), b.maker(nil)); ra.CodeOf(err) != ra.CodeTicketDead {
				t.Fatalf("got %v, want ticket_dead", err)
			}
			if open, err := b.journal.OpenWrites(t.Context()); err != nil || len(open) != 0 {
				t.Errorf("%d writes are open, %v, want none", len(open), err)
			}
		})
	}
}

func TestMakeRefuses(t *testing.T) {
	t.Parallel()
	t.Run("another key", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 2)
		b.hub.Pull(t, 0)
		_, err := b.attempt(t.Context(), b.maker(nil))
		var e *ra.Error
		if !errors.As(err, &e) || e.Code != ra.CodeKeyWrong || e.Args["expected"] != b.hub.Serial(0) || e.Args["found"] != b.hub.Serial(1) {
			t.Errorf("got %+v, want key_wrong", err)
		}
	})
	t.Run("no key", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		b.hub.Pull(t, 0)
		_, err := b.attempt(t.Context(), b.maker(nil))
		if code := codeOf(err); code != ra.CodeKeyNone {
			t.Errorf("got %v, want key_none", err)
		}
	})
	t.Run("wrong code leaves nothing", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		_, err := b.maker(nil).Reserve(t.Context(), "session", "00000000", b.write)
		open, _ := b.journal.OpenWrites(t.Context())
		if ra.CodeOf(err) != ra.CodeAuthCodeWrong || len(open) != 0 {
			t.Errorf("got %v, %d writes", err, len(open))
		}
	})
	t.Run("short PIN", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		m := b.maker(nil)
		job, err := m.Reserve(t.Context(), "session", writetest.Code, b.write)
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.Run(t.Context(), job, []byte("123"), nil)
		if code := codeOf(err); code != ra.CodePINTooShort {
			t.Errorf("got %v, want pin_too_short", err)
		}
		finish(t, b)
	})
	t.Run("foreign objects", func(t *testing.T) {
		t.Parallel()
		foreignObjects(t)
	})
	t.Run("private objects of somebody's", func(t *testing.T) {
		t.Parallel()
		privateObjects(t)
	})
	t.Run("somebody's customer PIN", func(t *testing.T) {
		t.Parallel()
		ownersPIN(t)
	})
	t.Run("unknown administrator PIN: one attempt, and the unit is given back", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		own(t, b, ukey.Administrator, "87654321", func(k ukey.Token) error {
			return k.SetPIN(t.Context(), []byte("87654321"), []byte("somebody else's"))
		})
		before := len(b.keys.Calls())
		_, err := b.attempt(t.Context(), b.maker(nil))
		if code := codeOf(err); code != ra.CodeKeyAdminPIN {
			t.Errorf("got %v, want key_admin_pin", err)
		}
		logins := 0
		for _, c := range b.keys.Calls()[before:] {
			if c == "Login" {
				logins++
			}
		}
		if logins != 1 || b.office.Units[0].State != ra.UnitWaiting {
			t.Errorf("%d attempts, the unit is %s, want one and that it waits", logins, b.office.Units[0].State)
		}
		if open, err := b.journal.OpenWrites(t.Context()); err != nil || len(open) != 0 {
			t.Errorf("%d writes are open, %v, want none", len(open), err)
		}
	})
}

// foreignObjects: a key with somebody's key pair is refused, and what is on it stays, its PINs too. That some show only after a login
// is in privateObjects.
func foreignObjects(t *testing.T) {
	b := setup(t, 1)
	own(t, b, ukey.Customer, ukeytest.FactoryCustomerPIN, func(k ukey.Token) error {
		_, err := k.GenerateKey(t.Context(), ukey.Pair{ID: []byte("somebody's"), Label: "x", Algorithm: ukey.ECP256})
		return err
	})
	b.refusesSomebodys(t, ukeytest.FactoryCustomerPIN)
}

// privateObjects: nothing shows on the key before a login.
func privateObjects(t *testing.T) {
	b := setup(t, 1)
	own(t, b, ukey.Customer, ukeytest.FactoryCustomerPIN, func(k ukey.Token) error {
		_, err := k.GenerateKey(t.Context(), ukey.Pair{ID: []byte("somebody's"), Label: "x", Algorithm: ukey.ECP256})
		return errors.Join(err, k.Delete(t.Context(), ukey.KindPublicKey, []byte("somebody's")))
	})
	b.refusesSomebodys(t, ukeytest.FactoryCustomerPIN)
}

// ownersPIN: the customer's PIN is not the factory's, though the administrator's is.
func ownersPIN(t *testing.T) {
	b := setup(t, 1)
	own(t, b, ukey.Customer, ukeytest.FactoryCustomerPIN, func(k ukey.Token) error {
		return k.SetPIN(t.Context(), []byte(ukeytest.FactoryCustomerPIN), []byte("24682468"))
	})
	b.refusesSomebodys(t, "24682468")
}

// refusesSomebodys wants the key told and untouched, and its unit given back.
func (b *bench) refusesSomebodys(t *testing.T, pin string) {
	t.Helper()
	_, err := b.attempt(t.Context(), b.maker(nil))
	if code := codeOf(err); code != ra.CodeKeyNotBlank {
		t.Errorf("got %v, want key_not_blank", err)
	}
	nothing := func(ukey.Token) error { return nil }
	own(t, b, ukey.Customer, pin, nothing)
	own(t, b, ukey.Administrator, ukeytest.FactoryAdminPIN, nothing)
	if s := b.office.Units[0].State; s != ra.UnitWaiting {
		t.Errorf("the unit is %s, want it to wait", s)
	}
	if open, err := b.journal.OpenWrites(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("%d writes are open, %v, want none", len(open), err)
	}
}

// own opens key 0 as somebody.
func own(t *testing.T, b *bench, role ukey.Role, pin string, do func(ukey.Token) error) {
	t.Helper()
	token, err := b.keys.Open(t.Context(), b.hub.Identity(0))
	if err != nil {
		t.Fatal(err)
	}
	defer token.Close()
	if err := token.Login(t.Context(), role, []byte(pin)); err != nil {
		t.Fatal(err)
	}
	if err := do(token); err != nil {
		t.Fatal(err)
	}
}
