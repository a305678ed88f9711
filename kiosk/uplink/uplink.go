// Package uplink is the kiosk's line to the back office: it repeats what a broken line lost, carries out what customers left in
// the journal's outbox, hears what changed, and knows whether the back office is there. It decides nothing.
package uplink

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/kiosk/journal"
)

// Journal is what the uplink needs of the kiosk's journal.
type Journal interface {
	SaveMandate(ctx context.Context, m ra.Mandate) error
	Mandates(ctx context.Context, membershipID string) ([]ra.KeptMandate, error)
	ShelveMandate(ctx context.Context, m ra.Mandate, why *ra.Error) error
	DropMandate(ctx context.Context, m ra.Mandate) error
	Recall(ctx context.Context, orderID string) (bool, error)
	Page(ctx context.Context, id string) (ra.KeptPage, bool, error)
	ErasePage(ctx context.Context, id string) error
	DropDraft(ctx context.Context, id string) error
	Cursor(ctx context.Context) (string, error)
	SetCursor(ctx context.Context, cursor string) error
}

var _ Journal = (*journal.Journal)(nil)

// Config is what an Uplink works with; durations of 0 take their defaults.
type Config struct {
	Line    api.Line // to the back office
	Journal Journal
	Log     *slog.Logger
	Clock   *Clock           // which the client sets; nil: one that hears nothing
	Now     func() time.Time // for spans of time
	Wait    time.Duration    // of one question for changes, default 30 s
	Pause   time.Duration    // before something is tried again, default 500 ms; the change feed waits at first four times that
	Retry   time.Duration    // before what a customer left is tried again for the first time, default 10 s
}

// Uplink is the line, and all that can be asked over it, repeated when it broke: what it says of a call of its own is below.
// It is safe for concurrent use.
type Uplink struct {
	api.Calls
	cfg     Config
	up      atomic.Bool
	astray  atomic.Bool // the clock is so wrong that the back office could not be reached
	changes chan ra.Change
	leavers chan leaving
	wake    chan struct{} // the outbox
	orders  queues

	mu       sync.Mutex
	projects []ra.Project    // the last good answer
	paces    map[string]pace // of the outbox, by order
}

// New makes an Uplink; Run keeps it going.
func New(cfg Config) *Uplink {
	cfg.Wait = cmp.Or(cfg.Wait, 30*time.Second)
	cfg.Pause = cmp.Or(cfg.Pause, 500*time.Millisecond)
	cfg.Retry = cmp.Or(cfg.Retry, 10*time.Second)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Clock == nil {
		cfg.Clock = NewClock(cfg.Now)
	}
	u := &Uplink{cfg: cfg, changes: make(chan ra.Change, 64), leavers: make(chan leaving, 64), wake: make(chan struct{}, 1),
		orders: queues{held: map[string]chan struct{}{}}, paces: map[string]pace{}}
	u.Calls = api.Calls{Line: repeating{u}}
	return u
}

// Up tells whether the back office answered last time.
func (u *Uplink) Up() bool { return u.up.Load() }

// Time is the back office's time, UTC; false before it was heard.
func (u *Uplink) Time() (time.Time, bool) { return u.cfg.Clock.Time() }

// ClockWrong tells that this machine's date and time have to be set.
func (u *Uplink) ClockWrong() bool { return u.astray.Load() || u.cfg.Clock.Wrong() }

// Changed tells of every change of an order that this kiosk shows or showed, and that everything is to be looked at again (ra.ChangeAnew).
func (u *Uplink) Changed() <-chan ra.Change { return u.changes }

// Run listens for changes, carries out what customers left and ends their sessions until ctx ends, whose error it returns.
func (u *Uplink) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { u.listen(ctx) })
	wg.Go(func() { u.runOutbox(ctx) })
	wg.Go(func() { u.runLeavers(ctx) })
	wg.Wait()
	return ctx.Err()
}

// listen follows the change feed. The cursor is stored after the changes were handed on, so none is lost.
func (u *Uplink) listen(ctx context.Context) {
	for failed := 0; ctx.Err() == nil; {
		err := u.listenOnce(ctx)
		if err == nil {
			failed = 0
			continue
		}
		if ctx.Err() == nil {
			u.cfg.Log.Warn("no word from the back office", "error", err)
			sleep(ctx, pause(4*u.cfg.Pause, failed, silence))
			failed++
		}
	}
}

func (u *Uplink) listenOnce(ctx context.Context) error {
	after, err := u.cfg.Journal.Cursor(ctx)
	if err != nil {
		return err
	}
	changes, cursor, err := u.Changes(ctx, after, u.cfg.Wait)
	if code := ra.CodeOf(err); (code == ra.CodeFeedAnew || code == ra.CodeInvalid) && after != "" { // of another history: it begins anew
		u.cfg.Log.Warn("the back office knows another history: everything is looked at again", "code", code)
		return u.cfg.Journal.SetCursor(ctx, "")
	}
	if err != nil {
		return err
	}
	if after == "" { // what happened before this cursor is not told any more
		changes = append([]ra.Change{{Kind: ra.ChangeAnew}}, changes...)
	}
	for _, c := range changes {
		select {
		case u.changes <- c:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if cursor == after {
		if len(changes) == 0 {
			sleep(ctx, u.cfg.Pause/10) // a back office that does not wait must not be asked in a tight circle
		}
		return nil
	}
	return u.cfg.Journal.SetCursor(ctx, cursor)
}

// pause is how long to wait after so many failures: it doubles from unit on, up to most times that. Its second half is left to chance, so
// that the kiosks of a hall do not come all at once.
func pause(unit time.Duration, failed, most int) time.Duration {
	d := unit * time.Duration(min(1<<min(failed, 10), most))
	return d/2 + rand.N(d/2+1)
}

// note keeps whether the back office is there; any answer at all says that it is.
func (u *Uplink) note(ctx context.Context, err error) {
	if ctx.Err() == nil {
		u.up.Store(!ra.Away(err))
		u.astray.Store(ra.CodeOf(err) == ra.CodeClockWrong)
	}
}

// tries bounds how often a call is repeated by itself, and quick how long a lost one may have taken for that: a person waits.
const (
	tries = 3
	quick = 3 * time.Second
)

// silence bounds how the pauses of the change feed grow: the back office is heard again within half a minute of its return.
const silence = 8

// repeating is the line, which repeats what it lost. Every call of the back office may be repeated, if it does not say otherwise.
type repeating struct{ u *Uplink }

// Ask is Line's.
func (r repeating) Ask(ctx context.Context, a *api.Asked) error {
	if a.Once {
		err := r.u.cfg.Line.Ask(ctx, a)
		r.u.note(ctx, err)
		return err
	}
	return r.again(ctx, func() error { return r.u.cfg.Line.Ask(ctx, a) })
}

// Upload is Line's.
func (r repeating) Upload(ctx context.Context, sha256 string, data []byte) error {
	return r.again(ctx, func() error { return r.u.cfg.Line.Upload(ctx, sha256, data) })
}

func (r repeating) again(ctx context.Context, f func() error) error {
	u := r.u
	for try := 1; ; try++ {
		start := u.cfg.Now()
		err := f()
		u.note(ctx, err)
		if ra.CodeOf(err) != ra.CodeOfficeAway || try == tries || u.cfg.Now().Sub(start) > quick || ctx.Err() != nil {
			return err
		}
		sleep(ctx, pause(u.cfg.Pause, try-1, tries))
	}
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// Projects lists what this hall offers; while the back office is away it is the last known.
func (u *Uplink) Projects(ctx context.Context) ([]ra.Project, error) {
	all, err := u.Calls.Projects(ctx)
	u.mu.Lock()
	defer u.mu.Unlock()
	if err != nil && u.projects != nil && ra.Away(err) {
		return slices.Clone(u.projects), nil
	}
	if err == nil {
		u.projects = slices.Clone(all)
	}
	return all, err
}
