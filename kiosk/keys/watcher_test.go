package keys

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
)

var (
	one = ukey.Info{Serial: "1"}
	two = ukey.Info{Serial: "2"}
)

// scripted is a reader whose keys the test sets.
type scripted struct {
	mu     sync.Mutex
	infos  []ukey.Info
	hidden []ukey.Info
	opens  map[string]func(ctx context.Context) (blank bool, err error) // by serial; another is not there
}

func (s *scripted) Hidden() []ukey.Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.hidden)
}

func (s *scripted) List(context.Context) ([]ukey.Info, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.infos), nil
}

func (s *scripted) Open(_ context.Context, key ukey.Identity) (ukey.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if blank, ok := s.opens[key.Serial]; ok {
		return opened{blank: blank}, nil
	}
	return nil, ukey.ErrRemoved
}

// opened is a key of which only what is on it is asked.
type opened struct {
	ukey.Token
	blank func(ctx context.Context) (bool, error)
}

func (o opened) Blank(ctx context.Context) (bool, []ukey.Object, error) {
	blank, err := o.blank(ctx)
	return blank, nil, err
}

func (opened) Close() error { return nil }

func (s *scripted) plug(infos ...ukey.Info) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.infos = infos
}

// bench is a Watcher that looks when the test says so.
type bench struct {
	*Watcher
	t     *testing.T
	port  *scripted
	fault *ukeytest.Faults
	ticks chan time.Time
}

func newBench(t *testing.T, infos ...ukey.Info) *bench {
	t.Helper()
	b := &bench{t: t, port: &scripted{infos: infos}, ticks: make(chan time.Time)}
	b.fault = ukeytest.NewFaults(b.port)
	b.Watcher = NewWatcher(Config{Reader: b.fault, After: func(time.Duration) <-chan time.Time { return b.ticks }})
	return b
}

// run runs the Watcher until the test ends.
func (b *bench) run() {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { b.Run(ctx) })
	b.t.Cleanup(func() { cancel(); wg.Wait() })
}

// tick lets a whole tick pass and returns what the look after it tells.
func (b *bench) tick(news <-chan Snapshot) Snapshot {
	b.ticks <- time.Time{}
	return <-news
}

// serials marks keys: - missed by the last look, = a twin, ? left of twins.
func serials(s Snapshot) (all []string) {
	for _, k := range s.Keys {
		text := k.Info.Serial
		if k.Missing {
			text += "-"
		}
		switch {
		case k.Twin:
			text += "="
		case k.Uncertain:
			text += "?"
		}
		all = append(all, text)
	}
	return all
}

func (b *bench) want(s Snapshot, want ...string) {
	b.t.Helper()
	if got := serials(s); !slices.Equal(got, want) {
		b.t.Errorf("got %q, want %q", got, want)
	}
}

func TestKeyIsPulledAfterTwoLooksWithoutIt(t *testing.T) {
	t.Parallel()
	b := newBench(t, one, two)
	news, leave := b.Subscribe(Person{})
	defer leave()
	b.run()
	b.want(<-news, "1", "2")
	b.port.plug(two)
	b.want(b.tick(news), "1-", "2")
	b.port.plug(one, two)
	b.want(b.tick(news), "1", "2")
	b.port.plug(two)
	b.want(b.tick(news), "1-", "2")
	s := b.tick(news)
	b.want(s, "2")
	if !s.Pulled(one.Identity()) || s.Pulled(two.Identity()) {
		t.Error("the wrong key counts as pulled")
	}
}

// TestLooksInHastePullNoKey: two looks at one moment are no more than one.
func TestLooksInHastePullNoKey(t *testing.T) {
	t.Parallel()
	b := newBench(t, one)
	news, leave := b.Subscribe(Person{})
	defer leave()
	b.run()
	<-news
	b.port.plug()
	b.want(b.tick(news), "1-")
	hasty, leaveHasty := b.Subscribe(Person{})
	defer leaveHasty()
	b.want(<-hasty, "1-")
	<-news
	b.want(b.tick(news))
}

func TestFailedLookPassesByItself(t *testing.T) {
	t.Parallel()
	b := newBench(t, one)
	news, leave := b.Subscribe(Person{})
	defer leave()
	b.run()
	<-news
	for range 3 {
		b.fault.FailAt("List", ukeytest.Before, ukey.ErrTimeout)
		s := b.tick(news)
		if b.want(s, "1"); !errors.Is(s.Trouble, ukey.ErrTimeout) {
			t.Errorf("trouble %v, want the timeout", s.Trouble)
		}
	}
	s := b.tick(news)
	if b.want(s, "1"); s.Trouble != nil {
		t.Errorf("trouble %v stays", s.Trouble)
	}
}

func TestTwinsAreTold(t *testing.T) {
	t.Parallel()
	twin := ukey.Info{Serial: "1", Twin: true}
	b := newBench(t, twin, twin, two)
	news, leave := b.Subscribe(Person{})
	defer leave()
	b.run()
	b.want(<-news, "1=", "1=", "2")
	b.port.plug(twin, two)
	b.want(b.tick(news), "1?", "2")
	b.port.plug(two)
	b.tick(news)
	b.want(b.tick(news), "2")
}

// TestDriversWordThatAKeyIsGone counts at once, and more than a look that began before.
func TestDriversWordThatAKeyIsGone(t *testing.T) {
	t.Parallel()
	b := newBench(t, one, two)
	news, leave := b.Subscribe(Person{})
	defer leave()
	b.fault.StrikeAt("List", 2, ukeytest.After, func() error {
		b.Removed(one.Identity())
		return nil
	})
	checked := make(chan struct{})
	b.fault.StrikeAt("List", 3, ukeytest.Before, func() error {
		b.want(<-news, "2")
		close(checked)
		return nil
	})
	b.run()
	b.want(<-news, "1", "2")
	b.ticks <- time.Time{}
	<-checked
	b.want(<-news, "1", "2") // the look that the word asked for sees it again
}

// TestNobodyHearsOfWhatWasBefore: a look that was under way when somebody came tells nothing to them.
func TestNobodyHearsOfWhatWasBefore(t *testing.T) {
	t.Parallel()
	b := newBench(t, one)
	coming := make(chan (<-chan Snapshot), 1)
	b.fault.StrikeAt("List", 1, ukeytest.After, func() error {
		news, leave := b.Subscribe(Person{})
		coming <- news
		b.port.plug(two)
		b.fault.StrikeAt("List", 1, ukeytest.Before, func() error {
			if len(news) > 0 {
				t.Error("told of a look that began before they came")
			}
			return nil
		})
		b.fault.StrikeAt("List", 2, ukeytest.Before, func() error { leave(); return nil })
		return nil
	})
	all, leave := b.Subscribe(Person{})
	defer leave()
	b.run()
	news := <-coming
	b.want(<-news, "1-", "2")
	b.ticks <- time.Time{}
	b.ticks <- time.Time{}
	<-all
	if len(news) > 0 {
		t.Error("who left is told still")
	}
}

// TestSlowReaderHoldsTheNewestSnapshot, and nobody waits for them.
func TestSlowReaderHoldsTheNewestSnapshot(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	slow, leaveSlow := b.Subscribe(Person{})
	defer leaveSlow()
	news, leave := b.Subscribe(Person{})
	defer leave()
	b.run()
	<-news
	b.port.plug(one)
	b.tick(news)
	b.port.plug(one, two)
	b.tick(news)
	b.ticks <- time.Time{} // everybody was told of the look before
	b.want(<-slow, "1", "2")
}

func TestNoLookWhileItIsHeld(t *testing.T) {
	t.Parallel()
	b := newBench(t, one)
	news, leave := b.Subscribe(Person{})
	defer leave()
	b.run()
	<-news
	release, other := b.Hold(one.Identity()), b.Hold(two.Identity())
	b.ticks <- time.Time{}
	release()
	release()
	b.ticks <- time.Time{} // the one before went by without a look
	if n := len(b.fault.Calls()); n != 1 || len(news) > 0 {
		t.Errorf("%d looks, want none while held", n-1)
	}
	other()
	b.want(<-news, "1")
}

// TestEventsKeepNoTickWaiting: a second is over after a second, however much was told meanwhile.
func TestEventsKeepNoTickWaiting(t *testing.T) {
	t.Parallel()
	b, first := newBench(t, one), make(chan time.Time)
	begun := 0
	b.cfg.After = func(time.Duration) <-chan time.Time {
		if begun++; begun == 1 {
			return first
		}
		return nil
	}
	news, leave := b.Subscribe(Person{})
	defer leave()
	b.run()
	<-news
	for range 3 {
		word(b.wake)
		<-news
	}
	b.port.plug()
	select {
	case first <- time.Time{}:
		b.want(<-news, "1-")
	case <-time.After(20 * time.Second):
		t.Fatal("the tick began anew with each event")
	}
}

func TestWatcherLooksEverySecond(t *testing.T) {
	t.Parallel()
	var asked []time.Duration
	ctx, cancel := context.WithCancel(t.Context())
	w := NewWatcher(Config{Reader: &scripted{}, After: func(d time.Duration) <-chan time.Time {
		asked = append(asked, d)
		cancel()
		return nil
	}})
	w.Run(ctx)
	if !slices.Equal(asked, []time.Duration{time.Second}) {
		t.Errorf("waits %v, want a second", asked)
	}
}
