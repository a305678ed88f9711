package keys

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"keyhall/device/ukey"
	"keyhall/device/usb"
)

// DefaultTick is how often a Watcher looks when it is not told.
const DefaultTick = time.Second

// Config is what a Watcher works with.
type Config struct {
	Reader ukey.Reader
	Tick   time.Duration                          // from one look to the next, default DefaultTick
	After  func(d time.Duration) <-chan time.Time // default time.After
	// USB tells which UKeys come and go on the USB, until its context ends; nil: nobody looks there.
	USB func(ctx context.Context) <-chan usb.Event
	Log *slog.Logger
}

// Watcher looks at the keys that are plugged in, all the time, for everybody who wants to know. It belongs to nobody on the
// screen: a page that is left ends no look. One look that misses a key or fails takes no key away, since modules and hubs stumble.
type Watcher struct {
	cfg  Config
	wake chan struct{} // holds a word when a look is wanted before the next tick

	mu        sync.Mutex
	begun     uint64 // looks
	held      int    // how many want no look now
	seen      []Seen
	bus       bus
	unseen    []usb.Device
	removed   map[ukey.Identity]uint64 // what a driver said is gone, and which look was the last begun then
	listeners map[*listener]struct{}
}

// listener is one who subscribed.
type listener struct {
	since uint64 // looks begun before they came tell them nothing
	news  chan Snapshot
}

// NewWatcher makes a Watcher; Run runs it.
func NewWatcher(cfg Config) *Watcher {
	cfg.Tick = cmp.Or(cfg.Tick, DefaultTick)
	if cfg.After == nil {
		cfg.After = time.After
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Watcher{cfg: cfg, wake: make(chan struct{}, 1), removed: map[ukey.Identity]uint64{}, listeners: map[*listener]struct{}{}}
}

// Run looks until ctx ends.
func (w *Watcher) Run(ctx context.Context) {
	ticked := false
	var events <-chan usb.Event
	if w.cfg.USB != nil {
		events = w.cfg.USB(ctx)
	}
	for ctx.Err() == nil {
		if n, ok := w.begin(); ok {
			infos, err := w.cfg.Reader.List(ctx)
			if ctx.Err() != nil {
				return
			}
			w.saw(look{n: n, ticked: ticked, infos: infos, hidden: w.hidden(), err: err})
		}
		ticked = false
		select {
		case <-ctx.Done():
		case <-w.wake:
		case e, open := <-events:
			if !open {
				events = nil
				break
			}
			w.heard(e)
		case <-w.cfg.After(w.cfg.Tick):
			ticked = true
		}
	}
}

// hidden are the keys that the last look left out.
func (w *Watcher) hidden() []ukey.Info {
	if h, ok := w.cfg.Reader.(ukey.Hiding); ok {
		return h.Hidden()
	}
	return nil
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

// Subscribe returns a channel that holds the newest snapshot until it is taken; what nobody took is replaced. Only looks that
// began after the call are told of, so that nothing from before is taken for what is there now, and one begins at once. After
// leave nothing comes any more.
func (w *Watcher) Subscribe() (news <-chan Snapshot, leave func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := &listener{since: w.begun, news: make(chan Snapshot, 1)}
	w.listeners[l] = struct{}{}
	w.lookSoon()
	return l.news, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.listeners, l)
	}
}

// Removed takes a driver's word that a key is gone: it counts as pulled until a look that begins from now on sees it.
func (w *Watcher) Removed(key ukey.Identity) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.removed[key] = w.begun
	w.seen = without(w.seen, key)
	w.lookSoon()
}

// Hold lets no look begin until release is called, as often as one likes: while a key is written to, its module is not asked for
// others. Nothing is told meanwhile; a look begins when the last one releases.
func (w *Watcher) Hold() (release func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held++
	return sync.OnceFunc(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.held--
		w.lookSoon()
	})
}

// lookSoon asks for a look; w.mu is held.
func (w *Watcher) lookSoon() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// begin numbers a look, unless none is wanted now. It is the one that was asked for before.
func (w *Watcher) begin() (n uint64, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held > 0 {
		return 0, false
	}
	select {
	case <-w.wake:
	default:
	}
	w.begun++
	return w.begun, true
}

// look is what one look found.
type look struct {
	n      uint64
	ticked bool // it comes a whole tick after the one before
	infos  []ukey.Info
	hidden []ukey.Info // left out of infos
	err    error
}

// saw takes in a look and tells it.
func (w *Watcher) saw(l look) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if l.err == nil {
		w.seen = next(w.seen, w.believed(l), l.ticked)
		w.unseen = w.bus.compare(Snapshot{Keys: w.seen}.Infos(), l.hidden, l.ticked)
	}
	s := Snapshot{Keys: w.seen, NoDriver: w.unseen, Trouble: l.err}
	for who := range w.listeners {
		if l.n > who.since {
			who.tell(s)
		}
	}
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

// tell never waits: only the Watcher sends, and what is in the channel is older.
func (l *listener) tell(s Snapshot) {
	select {
	case <-l.news:
	default:
	}
	l.news <- s
}
