package keys

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/usb"
)

// DefaultTick is how often a Watcher looks when it is not told.
const DefaultTick = time.Second

// Office is what a Watcher asks the back office.
type Office interface {
	// KeyStatus tells more in a session, "" for none.
	KeyStatus(ctx context.Context, session string, key ra.KeyIdentity) (ra.KeyStatus, error)
}

// Journal is what a Watcher asks the kiosk's memory.
type Journal interface {
	OpenWrites(ctx context.Context) ([]ra.Write, error)
}

// Config is what a Watcher works with.
type Config struct {
	Reader  ukey.Reader
	Office  Office
	Journal Journal
	Tick    time.Duration                          // from one look to the next, default DefaultTick
	After   func(d time.Duration) <-chan time.Time // default time.After
	// Patience is how long one attempt to find something out about a key may take, default 30 s. A call to a key has its own deadline.
	Patience time.Duration
	// USB tells which UKeys come and go on the USB, until its context ends; nil: nobody looks there.
	USB func(ctx context.Context) <-chan usb.Event
	Log *slog.Logger
}

// Watcher looks at the keys that are plugged in, all the time, for everybody who wants to know, and finds out about each what it is
// and what waits for it. It belongs to nobody on the screen: a page that is left ends no look. One look that misses a key or fails
// takes no key away, since modules and hubs stumble. What hangs or fails with one key delays no other.
type Watcher struct {
	cfg  Config
	wake chan struct{} // holds a word when a look is wanted before the next tick
	stir chan struct{} // holds a word when something is to be found out, and no look is wanted
	wg   sync.WaitGroup

	mu        sync.Mutex
	begun     uint64 // looks
	done      uint64 // the last that is over
	ticks     uint64
	held      map[ukey.Identity]int // keys that are written to
	seen      []Seen
	known     map[ukey.Identity]*plugging
	own       []ra.Write // that were interrupted
	projects  []ra.Project
	bus       bus
	unseen    []usb.Device
	trouble   error                    // of the last look
	removed   map[ukey.Identity]uint64 // what a driver said is gone, and which look was the last begun then
	listeners map[*listener]struct{}
}

// NewWatcher makes a Watcher; Run runs it.
func NewWatcher(cfg Config) *Watcher {
	cfg.Tick = cmp.Or(cfg.Tick, DefaultTick)
	cfg.Patience = cmp.Or(cfg.Patience, 30*time.Second)
	if cfg.After == nil {
		cfg.After = time.After
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Watcher{
		cfg: cfg, wake: make(chan struct{}, 1), stir: make(chan struct{}, 1), held: map[ukey.Identity]int{},
		known: map[ukey.Identity]*plugging{}, removed: map[ukey.Identity]uint64{}, listeners: map[*listener]struct{}{},
	}
}

// Run looks until ctx ends. What it began has ended when it returns.
func (w *Watcher) Run(ctx context.Context) {
	defer w.wg.Wait()
	var events <-chan usb.Event
	if w.cfg.USB != nil {
		events = w.cfg.USB(ctx)
	}
	looks := make(chan look, 1)
	tick := w.cfg.After(w.cfg.Tick)
	looking, wanted, ticked := false, true, false
	for ctx.Err() == nil {
		if wanted && !looking {
			w.look(ctx, looks, ticked)
			looking, wanted, ticked = true, false, false
		}
		w.ask(ctx)
		wake := w.wake
		if looking {
			wake = nil
		}
		select {
		case <-ctx.Done():
		case l := <-looks:
			looking = false
			if ctx.Err() == nil {
				w.saw(l)
			}
		case <-wake:
			wanted = true
		case <-w.stir:
		case e, open := <-events:
			if !open {
				events = nil
				break
			}
			w.heard(e)
			wanted = true
		case <-tick: // however much happens meanwhile
			tick = w.cfg.After(w.cfg.Tick)
			ticked = !looking
			wanted = wanted || w.tick() && ticked
		}
	}
}

// look looks on a goroutine of its own: a module that hangs keeps nobody from finding out about the keys that are known.
func (w *Watcher) look(ctx context.Context, looks chan<- look, ticked bool) {
	l := look{n: w.begin(), ticked: ticked}
	w.wg.Go(func() {
		l.infos, l.err = w.cfg.Reader.List(ctx)
		if h, ok := w.cfg.Reader.(ukey.Hiding); ok {
			l.hidden = h.Hidden()
		}
		if w.cfg.Journal != nil {
			l.own, l.journal = w.cfg.Journal.OpenWrites(ctx)
		}
		looks <- l
	})
}

// tick counts, and tells whether it is time for a look: while a key is written to, modules are asked only when there is a reason.
func (w *Watcher) tick() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ticks++
	return len(w.held) == 0
}

// heard takes in what the USB tells; a look follows. While the bus cannot be read it is taken to be as it was.
func (w *Watcher) heard(e usb.Event) {
	if e.Err != nil {
		w.cfg.Log.Warn("USB not read", "error", e.Err)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bus = w.bus.change(e)
}

// Catalogue tells which models of keys the hall's projects use.
func (w *Watcher) Catalogue(projects []ra.Project) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.projects = projects
	w.tell(false)
}

// Removed takes a driver's word that a key is gone: it counts as pulled until a look that begins from now on sees it.
func (w *Watcher) Removed(key ukey.Identity) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.removed[key] = w.begun
	w.seen = without(w.seen, key)
	w.forget(key)
	word(w.wake)
}

// Hold keeps everybody else from a key while it is written to, until release is called, as often as one likes; several may hold it.
// A look at it ends, none begins, and modules are not asked for their keys at every tick. What was known of it is found out anew when
// the last one releases.
func (w *Watcher) Hold(key ukey.Identity) (release func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held[key]++
	if p := w.known[key]; p != nil {
		p.leave()
	}
	return sync.OnceFunc(func() { w.release(key) })
}

func (w *Watcher) release(key ukey.Identity) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held[key]--; w.held[key] > 0 {
		return
	}
	delete(w.held, key)
	w.forget(key)
	if word(w.stir); len(w.held) == 0 {
		word(w.wake)
	}
}

// forget lets go of what is known of a key; w.mu is held.
func (w *Watcher) forget(key ukey.Identity) {
	if p := w.known[key]; p != nil {
		p.leave()
		delete(w.known, key)
	}
}

// word leaves a word in a channel that holds one.
func word(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// begin numbers a look. It is the one that was asked for before.
func (w *Watcher) begin() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.wake:
	default:
	}
	w.begun++
	return w.begun
}

// look is what one look found.
type look struct {
	n       uint64
	ticked  bool // it comes a whole tick after the one before
	infos   []ukey.Info
	hidden  []ukey.Info // left out of infos
	err     error
	own     []ra.Write
	journal error
}

// saw takes in a look and tells it.
func (w *Watcher) saw(l look) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done, w.trouble = l.n, l.err
	if l.err == nil {
		w.seen = next(w.seen, w.believed(l), l.ticked)
		w.unseen = w.bus.compare(Snapshot{Keys: w.seen}.Infos(), l.hidden, l.ticked)
	}
	if l.journal == nil {
		w.own = l.own
	} else {
		w.cfg.Log.Error("interrupted writes not read", "error", l.journal)
	}
	for key := range w.known {
		if k, there := (Snapshot{Keys: w.seen}).Find(key); !there || k.Twin { // what is known of one of two is not known of the one that is left
			w.forget(key)
		}
	}
	w.tell(true)
}

// believed are the keys of a look but those that a driver said are gone after it began; w.mu is held.
func (w *Watcher) believed(l look) []ukey.Info {
	var infos []ukey.Info
	for _, i := range l.infos {
		if at, ok := w.removed[i.Identity()]; !ok || l.n > at {
			infos = append(infos, i)
		}
	}
	for key, at := range w.removed {
		if l.n > at {
			delete(w.removed, key)
		}
	}
	return infos
}
