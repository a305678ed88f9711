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
		if _, err = b.attempt(t.Context(), b.executor(nil)); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatalf("going on: %v", err)
	}
	b.check(t)
}

// TestStruckAtEveryCall strikes a write by every plan at both sides of every call to the key and to the back office, throws the
// executor away, and lets a new one finish from the journal.
func TestStruckAtEveryCall(t *testing.T) {
	t.Parallel()
	for _, x := range trials() {
		t.Run(string(x.plan), func(t *testing.T) {
			t.Parallel()
			struckAtEveryCall(t, x)
		})
	}
}

func struckAtEveryCall(t *testing.T, x trial) {
	plain := setupFor(t, x, 1)
	if _, err := plain.attempt(t.Context(), plain.executor(nil)); err != nil {
		t.Fatal(err)
	}
	device, office := points(plain.keys.Calls()), points(plain.office.Calls)
	if len(device) < 16 || len(office) < 6 {
		t.Fatalf("only %d and %d points", len(device), len(office))
	}
	for _, p := range device {
		t.Run("pulled "+p.String(), func(t *testing.T) {
			t.Parallel()
			b := setupFor(t, x, 1)
			struckByPull(t, b, p)
			b.checkBroken(t)
			finish(t, b)
		})
	}
	for _, p := range office {
		t.Run("office away "+p.String(), func(t *testing.T) {
			t.Parallel()
			b := setupFor(t, x, 1)
			b.office.StrikeAt(p.method, p.n, p.after, ra.E(ra.CodeOfficeAway))
			if _, err := b.attempt(t.Context(), b.executor(nil)); ra.CodeOf(err) != ra.CodeOfficeAway {
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
	_, err := b.attempt(t.Context(), b.executor(nil))
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
	for _, x := range trials() {
		t.Run(string(x.plan), func(t *testing.T) {
			t.Parallel()
			thrownAway(t, setupFor(t, x, 1))
		})
	}
}

func thrownAway(t *testing.T, b *bench) {
	struck := 0
	for {
		seen := 0
		_, err := b.attempt(t.Context(), b.executor(func(string) error {
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
	if least := b.boundaries() - 6; struck < least {
		t.Errorf("stopped at %d boundaries only, want %d", struck, least)
	}
	b.check(t)
}

func TestDriverThatDiesIsTriedOnceMore(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	b.keys.FailAt("GenerateKey", ukeytest.After, ukey.ErrWorker)
	if _, err := b.attempt(t.Context(), b.executor(nil)); err != nil {
		t.Fatal(err)
	}
	b.check(t)
}

func TestStaleChallengeIsSignedAnew(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	m := b.executor(nil)
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
		if _, err := b.attempt(t.Context(), b.executor(nil)); ra.CodeOf(err) != ra.CodeOfficeAway {
			t.Fatalf("got %v", err)
		}
		b.hub.Pull(t, 0)
		waiting, err := b.executor(nil).Settle(t.Context())
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
	if _, err := b.attempt(t.Context(), b.executor(nil)); !errors.Is(err, ukey.ErrRemoved) {
		t.Fatalf("got %v", err)
	}
	waiting, err := b.executor(nil).Settle(t.Context())
	if err != nil || len(waiting) != 1 {
		t.Fatalf("got %d waiting, %v, want the one", len(waiting), err)
	}
	b.office.Operations[b.write.ID].Op.State = ra.OperationReleased
	if waiting, err = b.executor(nil).Settle(t.Context()); err != nil || len(waiting) != 0 {
		t.Errorf("got %d waiting, %v, want none", len(waiting), err)
	}
}

// TestAnotherKioskFinishes: with login and code, and only then; what the first kiosk knows is of no use from then on. Where the kind has
// no code of its own, the office takes one that it sent for just that.
func TestAnotherKioskFinishes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		trial
		methods []string
	}{
		{making, []string{"InitPIN", "SetPIN", "GenerateKey", "Sign", "WriteCertificate"}},
		{extending, []string{"GenerateKey", "WriteCertificate", "Relabel"}},
		{unlocking, []string{"SetPIN", "InitPIN"}},
	} {
		for _, method := range c.methods {
			t.Run(string(c.plan)+" "+method, func(t *testing.T) {
				t.Parallel()
				b := setupFor(t, c.trial, 1)
				b.keys.FailAt(method, ukeytest.After, ukey.ErrRemoved)
				if _, err := b.attempt(t.Context(), b.executor(nil)); err == nil {
					t.Fatal("no fault")
				}
				finishElsewhere(t, b)
			})
		}
	}
}

func finishElsewhere(t *testing.T, b *bench) {
	t.Helper()
	other := *b
	other.journal = writetest.Journal(t, b.path+".other")
	m, op := other.executor(nil), b.office.Operations[b.write.ID].Op
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
	must(t, err)
	if waiting, err := b.executor(nil).Settle(t.Context()); err != nil || len(waiting) != 0 {
		t.Errorf("first kiosk: %d waiting, %v, want none", len(waiting), err)
	}
	succeeds(t)(m.Run(t.Context(), job, b.pin, nil))
	other.check(t)
}

// TestDeadTicketIsForgotten: whatever the first kiosk was about to do, it clears its record, also with a proof in it.
func TestDeadTicketIsForgotten(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"Certify", "Challenge", "Confirm"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 1)
			b.office.StrikeAt(method, 1, false, ra.E(ra.CodeTicketDead))
			if _, err := b.attempt(t.Context(), b.executor(nil)); ra.CodeOf(err) != ra.CodeTicketDead {
				t.Fatalf("got %v, want ticket_dead", err)
			}
			if open, err := b.journal.OpenWrites(t.Context()); err != nil || len(open) != 0 {
				t.Errorf("%d writes are open, %v, want none", len(open), err)
			}
		})
	}
}
