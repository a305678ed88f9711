package keys

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
)

var (
	errAway  = ra.E(ra.CodeOfficeAway)
	passing  = &ukey.DeviceError{Call: "C_FindObjects", Code: "CKR_GENERAL_ERROR"}
	somebody = Person{Session: "theirs", Membership: "m"}
)

// office is a back office, and a journal, that a test sets. It keeps in whose session it was asked.
type office struct {
	mu     sync.Mutex
	status map[string]ra.KeyStatus // by serial
	err    error
	own    []ra.Write
	asked  []string
}

func (o *office) KeyStatus(_ context.Context, session string, key ra.KeyIdentity) (ra.KeyStatus, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked = append(o.asked, session)
	status := o.status[key.Serial]
	if session == "" {
		status.Operation = nil
	}
	if o.err != nil {
		status = ra.KeyStatus{}
	}
	return status, o.err
}

func (o *office) OpenWrites(context.Context) ([]ra.Write, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.own), nil
}

func (o *office) set(do func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	do()
}

// desk is a bench of keys that carry something, or nothing, before a back office.
type desk struct {
	*bench
	office *office
	news   <-chan Snapshot
	last   Snapshot
}

// key is one that was initialised.
func key(serial string) ukey.Info {
	return ukey.Info{Manufacturer: "Maker", Model: "Key", Serial: serial, Initialized: true}
}

func says(blank bool, err error) func(context.Context) (bool, error) {
	return func(context.Context) (bool, error) { return blank, err }
}

// newDesk is a desk with keys that are blank where their serial says so.
func newDesk(t *testing.T, serials ...string) *desk {
	t.Helper()
	d := &desk{bench: newBench(t), office: &office{status: map[string]ra.KeyStatus{}}}
	d.cfg.Office, d.cfg.Journal = d.office, d.office
	d.port.opens = map[string]func(context.Context) (bool, error){}
	for _, s := range serials {
		d.port.opens[s] = says(s == "blank", nil)
		d.port.infos = append(d.port.infos, key(s))
	}
	d.Catalogue([]ra.Project{{Models: []ra.UKeyModel{{ID: "m", Manufacturer: "Maker"}}}})
	t.Cleanup(d.listen(Person{}))
	return d
}

// listen hears as a person from now on.
func (d *desk) listen(p Person) (leave func()) {
	d.last = Snapshot{}
	d.news, leave = d.Subscribe(p)
	return leave
}

// sees waits until a key is as wanted.
func (d *desk) sees(serial, what string, want func(k Seen) bool) Seen {
	d.t.Helper()
	late := time.After(20 * time.Second)
	for {
		k, there := d.last.Find(key(serial).Identity())
		if there && want(k) {
			return k
		}
		select {
		case d.last = <-d.news:
		case <-late:
			d.t.Fatalf("key %s is never %s: %+v", serial, what, k)
		}
	}
}

// is waits until a key is known with a condition.
func (d *desk) is(serial string, want Condition) Seen {
	d.t.Helper()
	return d.sees(serial, string(want), func(k Seen) bool { return k.Condition == want && !k.Looking() })
}

// opensOf counts how often keys were opened.
func (d *desk) opensOf() (n int) {
	for _, c := range d.fault.Calls() {
		if c == "Open" {
			n++
		}
	}
	return n
}

func TestConditions(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "blank", "foreign", "known", "begun")
	d.port.opens["locked"] = says(false, nil)
	d.office.status["locked"] = ra.KeyStatus{Known: true}
	d.office.status["known"] = ra.KeyStatus{Known: true}
	d.office.own = []ra.Write{{ID: "op", Ticket: "t", Key: ra.KeyIdentity(key("begun").Identity())}}
	locked := key("locked")
	locked.AdminPIN = ukey.PINFinal
	d.port.infos = append(d.port.infos, ukey.Info{Manufacturer: "Maker", Serial: "new"}, locked, ukey.Info{Manufacturer: "Maker"},
		ukey.Info{Manufacturer: "Nobody", Serial: "strange"})
	d.run()
	d.is("blank", Blank)
	d.is("foreign", Foreign)
	d.is("known", Ours)
	if k := d.is("begun", Ours); !k.Waits() || k.Own.ID != "op" || k.Model.ID != "m" {
		t.Errorf("got %+v, want the write of this kiosk", k)
	}
	if k := d.is("locked", Ours); !k.Spent() || k.Fault() != nil {
		t.Errorf("got %+v, fault %v, want a key that only its holder can open", k, k.Fault())
	}
	for i, want := range map[int]ra.Code{6: ra.CodeKeyNoSerial, 7: ra.CodeKeyUnknownModel} {
		if k := d.last.Keys[i]; ra.CodeOf(k.Fault()) != want {
			t.Errorf("without serial, or of no model: got %v, want %s", k.Fault(), want)
		}
	}
	if k := d.last.Keys[4]; k.Condition != Blank {
		t.Errorf("never initialised: got %s, want blank", k.Condition)
	}
	if n := d.opensOf(); n > 5 {
		t.Errorf("keys were opened %d times, want each that was initialised once", n)
	}
}

// TestPassingTroublePassesByItself, and another key is not kept waiting by it.
func TestPassingTroublePassesByItself(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "sick", "blank")
	d.port.opens["sick"] = says(false, passing)
	d.run()
	if k := d.is("sick", Unreadable); !errors.Is(k.Fault(), ukey.ErrDevice) {
		t.Errorf("got %v, want the device's error", k.Fault())
	}
	d.is("blank", Blank)
	d.port.mu.Lock()
	d.port.opens["sick"] = says(true, nil)
	d.port.mu.Unlock()
	d.ticks <- time.Time{}
	d.is("sick", Blank)
}

func TestAttemptsComeEverLessOften(t *testing.T) {
	t.Parallel()
	q := question[shows]{}
	var at []uint64
	for now := range uint64(140) {
		if q.ready(now) {
			at = append(at, now)
			q.take(shows{}, passing, now)
		}
	}
	if want := []uint64{0, 1, 3, 7, 15, 31, 63, 95, 127}; !slices.Equal(at, want) {
		t.Errorf("tried at %v, want %v", at, want)
	}
	q.take(shows{blank: true}, nil, 140)
	if q.ready(1000) || q.err != nil || !q.answer.blank {
		t.Errorf("got %+v, want it answered for ever", q)
	}
}

// TestHungKeyDelaysNobody: it is given up after a while, and the others are known before.
func TestHungKeyDelaysNobody(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "hung", "blank")
	hung := make(chan struct{})
	d.cfg.Patience = 300 * time.Millisecond
	d.port.opens["hung"] = func(ctx context.Context) (bool, error) {
		<-hung
		<-ctx.Done()
		return false, ctx.Err()
	}
	d.run()
	d.is("blank", Blank)
	close(hung)
	if k := d.is("hung", Unreadable); !errors.Is(k.Fault(), ukey.ErrTimeout) {
		t.Errorf("got %v, want a timeout", k.Fault())
	}
}

// TestHungModuleKeepsWhatIsKnown: while the looking around hangs, what is to be found out about the keys that are known is.
func TestHungModuleKeepsWhatIsKnown(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "a")
	over := make(chan struct{})
	d.fault.StrikeAt("List", 2, ukeytest.Before, func() error { <-over; return nil })
	d.port.opens["a"] = says(false, passing)
	d.run()
	d.is("a", Unreadable)
	d.port.mu.Lock()
	d.port.opens["a"] = says(true, nil)
	d.port.mu.Unlock()
	d.ticks <- time.Time{} // the look that hangs begins
	d.ticks <- time.Time{}
	d.is("a", Blank)
	close(over)
}

// TestWhatOneIsToldIsNotToldToTheNext: of what the back office tells in a session only what it tells everybody stays.
func TestWhatOneIsToldIsNotToldToTheNext(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "a")
	d.office.status["a"] = ra.KeyStatus{Known: true, Waiting: true, Operation: &ra.Operation{ID: "op"}}
	d.run()
	if k := d.is("a", Ours); k.Status.Operation != nil || !k.Waits() {
		t.Errorf("nobody is told %+v", k.Status)
	}
	leave := d.listen(somebody)
	if k := d.is("a", Ours); k.Status.Operation == nil {
		t.Error("a person is not told what is theirs")
	}
	leave()
	d.office.set(func() { d.office.err = errAway })
	for _, next := range []Person{{Session: "another's"}, {Session: somebody.Session, Membership: "another"}, somebody} {
		leave := d.listen(next)
		k := d.sees("a", "away", func(k Seen) bool { return k.Away != nil })
		if k.Status.Operation != nil || k.Answered || !k.Waits() || ra.CodeOf(k.Fault()) != ra.CodeOfficeAway {
			t.Errorf("%+v: got %+v, want what everybody may know", next, k)
		}
		leave()
	}
}

// TestEachIsToldTheirOwn: several listen at a time, and who comes last takes no answer away from those who were there.
func TestEachIsToldTheirOwn(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "a")
	d.office.status["a"] = ra.KeyStatus{Known: true, Waiting: true, Operation: &ra.Operation{ID: "op"}}
	d.run()
	d.is("a", Ours)
	nobody := d.news
	first, leave := d.Subscribe(somebody)
	defer leave()
	defer d.listen(Person{Session: "another's", Membership: "another"})()
	d.is("a", Ours)
	for _, c := range []struct {
		who  string
		news <-chan Snapshot
		owns bool
	}{{"the last", d.news, true}, {"the first", first, true}, {"nobody", nobody, false}} {
		for len(c.news) > 0 { // told before the last came
			<-c.news
		}
		d.news, d.last = c.news, Snapshot{}
		d.ticks <- time.Time{}
		k := d.sees("a", "told to "+c.who, func(k Seen) bool { return !k.Looking() && k.Answered })
		if (k.Status.Operation != nil) != c.owns || !k.Waits() {
			t.Errorf("%s is told %+v", c.who, k.Status)
		}
	}
}

// TestOfficeIsAskedAgain until it answers, and what can be seen without it is told meanwhile.
func TestOfficeIsAskedAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "a")
	d.office.err = errAway
	d.run()
	k := d.sees("a", "carrying something", func(k Seen) bool { return k.Condition == Carries && k.Away != nil })
	if ra.CodeOf(k.Fault()) != ra.CodeOfficeAway {
		t.Errorf("got %v, want that the office is away", k.Fault())
	}
	d.office.set(func() { d.office.err, d.office.status["a"] = nil, ra.KeyStatus{Known: true, Lost: true} })
	d.ticks <- time.Time{}
	k = d.sees("a", "known", func(k Seen) bool { return k.Answered })
	if ra.CodeOf(k.Fault()) != ra.CodeKeyLost {
		t.Errorf("got %v, want key_lost", k.Fault())
	}
	d.office.set(func() { d.office.err = errAway })
	for range refreshed + 1 {
		d.ticks <- time.Time{}
	}
	k = d.sees("a", "away again", func(k Seen) bool { return k.Away != nil })
	if !k.Status.Lost || ra.CodeOf(k.Fault()) != ra.CodeKeyLost {
		t.Errorf("got %+v, want what was told before", k.Status)
	}
}

// TestSessionIsNotKeptAliveByAKey: in a person's name the office is asked when they come to a page, not all the time.
func TestSessionIsNotKeptAliveByAKey(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "a")
	d.run()
	d.is("a", Foreign)
	defer d.listen(somebody)()
	d.is("a", Foreign)
	for range 3 * refreshed {
		d.ticks <- time.Time{}
	}
	d.office.set(func() {
		theirs := slices.DeleteFunc(slices.Clone(d.office.asked), func(session string) bool { return session != somebody.Session })
		if n := len(theirs); n == 0 || n > 2 { // twice where the first look of theirs came before the first answer
			t.Errorf("asked %q, want once for who came", d.office.asked)
		}
	})
}

// TestHeldKeyIsLeftAlone: the look at it ends, none begins, and then it is found out anew what it is.
func TestHeldKeyIsLeftAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "a", "blank")
	looking, left := make(chan struct{}), make(chan struct{})
	d.port.opens["a"] = func(ctx context.Context) (bool, error) {
		close(looking)
		<-ctx.Done()
		close(left)
		return true, ctx.Err()
	}
	d.run()
	<-looking
	release := d.Hold(key("a").Identity())
	<-left
	d.port.mu.Lock()
	d.port.opens["a"] = says(false, nil)
	d.port.mu.Unlock()
	d.is("blank", Blank)
	for range 3 {
		d.ticks <- time.Time{}
	}
	if n := d.opensOf(); n != 2 {
		t.Errorf("%d keys were opened, want the held one no more", n)
	}
	release()
	d.is("a", Foreign)
}

// TestKeyPluggedInAgainIsLookedAtAnew: it may have been written to elsewhere.
func TestKeyPluggedInAgainIsLookedAtAnew(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "blank")
	d.run()
	d.is("blank", Blank)
	d.port.plug()
	d.tick(d.news)
	d.tick(d.news)
	d.port.mu.Lock()
	d.port.opens["blank"] = says(false, nil)
	d.port.mu.Unlock()
	d.port.plug(key("blank"))
	d.ticks <- time.Time{}
	d.is("blank", Foreign)
}
