package password

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"keyhall/backoffice/ra"
)

func TestHash(t *testing.T) {
	t.Parallel()
	g := New(Config{})
	hash, err := g.Hash(t.Context(), "hangzhou2026")
	if err != nil {
		t.Fatal(err)
	}
	if !g.fits(hash, "hangzhou2026") || g.fits(hash, "hangzhou2027") {
		t.Errorf("%q fits the wrong passwords", hash)
	}
	for _, bad := range []string{"", "-", "$argon2id$v=19$m=64,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=1,p=1$AAAA$", "$2y$10$abc"} {
		if g.fits(bad, "") {
			t.Errorf("%q fits", bad)
		}
	}
}

// TestFewHashesAtOnce: of three hundred logins at once a few are compared at a time and a few wait; the rest are told to come again, and
// nothing of them is counted. The other audience is not kept waiting.
func TestFewHashesAtOnce(t *testing.T) {
	t.Parallel()
	tries := &counted{}
	flooded, other := New(Config{Audience: Staff, Tries: tries}), New(Config{Audience: Customers, Tries: tries})
	var now, most atomic.Int32
	release, full := make(chan struct{}), make(chan struct{}, 300)
	flooded.derive = func([]byte, []byte, uint32, uint32, uint8, uint32) []byte {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		<-release
		return make([]byte, argonBytes)
	}
	other.derive = func([]byte, []byte, uint32, uint32, uint8, uint32) []byte { return make([]byte, argonBytes) }
	var busy, wrong atomic.Int32
	var all sync.WaitGroup
	for i := range 300 {
		all.Go(func() {
			err := flooded.Check(t.Context(), "wang"+strconv.Itoa(i)+"@hall.example", "", "x", ra.E(ra.CodeNotFound))
			switch ra.CodeOf(err) {
			case ra.CodeOfficeBusy:
				busy.Add(1)
				full <- struct{}{}
			case ra.CodeLoginWrong:
				wrong.Add(1)
			default:
				t.Errorf("login %d: %v", i, err)
			}
		})
	}
	for range 300 - hashesAtOnce - mostWaiting {
		<-full
	}
	if err := other.Check(t.Context(), "13800138000", "", "x", ra.E(ra.CodeNotFound)); ra.CodeOf(err) != ra.CodeLoginWrong {
		t.Errorf("the other audience: %v", err)
	}
	close(release)
	all.Wait()
	if most.Load() != hashesAtOnce || wrong.Load() != hashesAtOnce+mostWaiting || busy.Load() != 300-hashesAtOnce-mostWaiting {
		t.Errorf("%d at once, %d compared, %d busy", most.Load(), wrong.Load(), busy.Load())
	}
	if got := tries.n.Load(); got != hashesAtOnce+mostWaiting+1 {
		t.Errorf("%d tries counted", got)
	}
}

// TestWhoLeavesWaitsNoMore: customers who go away while they wait leave their places to others.
func TestWhoLeavesWaitsNoMore(t *testing.T) {
	t.Parallel()
	turns := newTurns()
	for range hashesAtOnce {
		if _, err := turns.take(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, leave := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range mostWaiting {
		all.Go(func() {
			if _, err := turns.take(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want context.Canceled", err)
			}
		})
	}
	leave()
	all.Wait()
	if n := turns.waiting.Load(); n != 0 {
		t.Errorf("%d wait still", n)
	}
	turns.end()
	if _, err := turns.take(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestInventedNamesShareRows: who invents login names fills no table.
func TestInventedNamesShareRows(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for i := range 200_000 {
		names[Nobody(strconv.Itoa(i))] = true
	}
	if len(names) > 1<<16 {
		t.Errorf("%d rows", len(names))
	}
	if first, again := Nobody("a"), Nobody("a"); first != again {
		t.Errorf("one name has two rows: %s and %s", first, again)
	}
}

// counted counts tries and pauses nobody.
type counted struct{ n atomic.Int32 }

func (c *counted) TakeAttempt(context.Context, string, string, time.Time, time.Time) (int, *time.Time, error) {
	c.n.Add(1)
	return 1, nil, nil
}
func (*counted) PauseLogin(context.Context, string, string, time.Time) error { return nil }
func (*counted) ForgetAttempts(context.Context, string, string) error        { return nil }
