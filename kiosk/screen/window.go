// Package screen is the kiosk's window: it shows the workflow's pages in the person's language and turns touches and
// keys into the workflow's events. It decides nothing, waits for nothing and keeps no state but its widgets. It is the
// only package that knows GTK.
package screen

import (
	"context"
	"errors"
	"time"

	"github.com/gotk3/gotk3/gdk"
	"github.com/gotk3/gotk3/glib"
	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/loop"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// Options is what a window needs from main.
type Options struct {
	// Events gets everything a person does. It is called on GTK's thread and must not block.
	Events func(workflow.Event)
	// Pinyin turns letters into Chinese; nil leaves the keyboard to Latin.
	Pinyin        Composer
	Voice         Voice // nil: nothing is read aloud
	Fullscreen    bool
	Width, Height int              // px, when not full screen; 0 is 1920×1080
	Now           func() time.Time // for spans of time; nil: time.Now
	Date          func() time.Time // what time is shown: the back office's; nil: Now
	Language      string           // for a new person: "zh_CN" (default) or "en"
}

// Window is the kiosk's window.
type Window struct {
	kit    *kit
	opts   Options
	win    *gtk.Window
	header *header
	steps  *steps
	foot   *foot
	scroll *gtk.ScrolledWindow
	stack  *gtk.Stack
	look   *look
	herald *herald

	views    map[string]view
	current  view
	frame    workflow.Frame
	page     workflow.Page
	incoming loop.Mailbox[shown]
	touched  time.Time
	waits    bool   // a BusyPage was shown last
	due      uint64 // its serial
	chapter  string // what the page is about: another one is read from its top
	returned bool   // the next page comes after a BusyPage: what was typed hidden is gone
	presses  *glib.Object
	byKeys   bool // the last thing that somebody did was a key of a physical keyboard
	width    int
	height   int
	closed   bool
}

var _ workflow.View = (*Window)(nil)

// lingerTime is how long a page stays when a wait begins.
const lingerTime = 250 * time.Millisecond

// shown is one call of Show.
type shown struct {
	frame workflow.Frame
	page  workflow.Page
}

// New builds the window and shows it empty. It must be called on the main goroutine, as Run; it fails when there is no
// display.
func New(opts Options) (*Window, error) {
	if err := startGTK(); err != nil {
		return nil, err
	}
	return newWindow(opts)
}

// startGTK prepares GTK on the calling thread. Finalizers that the garbage collector runs elsewhere are brought back to
// this thread, or they would free widgets while they are drawn.
func startGTK() error {
	glib.FinalizerStrategy = func(f glib.Finalizer) { loop.Post(f) }
	if err := gtk.InitCheck(nil); err != nil {
		return errors.Join(errors.New("no display for GTK"), err)
	}
	widget.RefusePopovers()
	return nil
}

func newWindow(opts Options) (*Window, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Date == nil {
		opts.Date = opts.Now
	}
	if opts.Width == 0 || opts.Height == 0 {
		opts.Width, opts.Height = 1920, 1080
	}
	words, err := newWords(opts.Language)
	if err != nil {
		return nil, err
	}
	w := &Window{opts: opts, views: map[string]view{}}
	w.kit = &kit{words: words, now: opts.Date, do: w.emit}
	w.herald = &herald{w: w, voice: opts.Voice}
	if w.look, err = newLook(); err != nil {
		return nil, err
	}
	w.build()
	return w, nil
}

func (w *Window) build() {
	var ui struct {
		Root   *gtk.Box            `ui:"root"`
		Scroll *gtk.ScrolledWindow `ui:"scroll"`
		Stack  *gtk.Stack          `ui:"stack"`
	}
	bind("window", &ui)
	w.win = widget.Must(gtk.WindowNew(gtk.WINDOW_TOPLEVEL))
	w.win.SetTitle("Keyhall")
	w.scroll, w.stack = ui.Scroll, ui.Stack
	w.header = newHeader(w)
	w.steps = newSteps(w.kit)
	w.kit.keyboard = newKeyboard(w.kit, w.opts.Pinyin, w.keyboardChanged)
	w.foot = newFoot(w.kit)
	ui.Root.PackStart(w.header.Box, false, false, 0)
	ui.Root.PackStart(w.steps.Box, false, false, 0)
	ui.Root.PackStart(w.kit.keyboard.Box, false, false, 0)
	ui.Root.PackStart(w.foot.Grid, false, false, 0)
	ui.Root.ReorderChild(w.scroll, 2)
	w.win.Add(ui.Root)
	w.connect()
	if w.opts.Fullscreen {
		w.fillScreen()
	} else {
		w.win.SetDefaultSize(w.opts.Width, w.opts.Height)
	}
	ui.Root.ShowAll()
	w.steps.Hide()
	w.kit.keyboard.Hide()
	w.win.Show()
	w.win.SetFocus(nil)
}

func (w *Window) connect() {
	w.win.Connect("delete-event", func() bool { return true })
	w.win.Connect("size-allocate", func() { loop.Post(w.reshape) })
	w.win.Connect("key-press-event", func(_ *gtk.Window, e *gdk.Event) bool {
		w.touch()
		return w.pressed(gdk.EventKeyNewFromEvent(e))
	})
	w.presses = widget.OnAnyPress(w.win, func() {
		w.byKeys = false
		w.touch()
	})
	w.follow()
	w.scroll.Connect("scroll-event", func() bool { // who reads a long page with a wheel presses nothing
		w.touch()
		return false
	})
	w.scroll.Connect("size-allocate", func() { loop.WhenIdle(w.keepFocusInView) })
	w.scroll.GetVAdjustment().Connect("changed", func(a *gtk.Adjustment) {
		widget.SetClass(w.scroll, "scrolls", a.GetUpper() > a.GetPageSize())
	})
	loop.Every(time.Second, func() bool {
		if !w.closed {
			w.tick()
		}
		return !w.closed
	})
}

// Show puts a page on the screen, soon. It may be called from any goroutine and does not block; where several calls
// wait, only the last is drawn.
func (w *Window) Show(frame workflow.Frame, page workflow.Page) {
	w.incoming.Put(shown{frame, page}, func(old, next shown) shown {
		next.frame.Fresh = next.frame.Fresh || old.frame.Fresh
		return next
	}, w.take)
}

// Run serves the window until ctx is done or Close is called. It must be called on the main goroutine.
func (w *Window) Run(ctx context.Context) { loop.Run(ctx) }

// Close ends Run. It may be called from any goroutine.
func (w *Window) Close() { loop.Stop() }

// destroy takes the window off the screen for good.
func (w *Window) destroy() {
	if w.closed {
		return
	}
	w.closed = true
	w.win.Destroy()
}

func (w *Window) take(s shown) {
	if w.closed {
		return
	}
	if s.frame.Fresh {
		w.fresh()
	}
	if _, busy := s.page.(workflow.BusyPage); busy && w.page != nil {
		w.linger(s)
		return
	}
	w.frame, w.page, w.waits = s.frame, s.page, false
	w.render()
	w.returned = false
}

// linger leaves a page standing for a moment when a wait begins: most waits are over before one could read of them.
func (w *Window) linger(s shown) {
	w.waits, w.returned = true, true
	serial := s.frame.Serial
	w.due = serial
	loop.After(lingerTime, func() {
		if w.waits && w.due == serial && !w.closed {
			w.frame, w.page = s.frame, s.page
			w.render()
		}
	})
}

// render draws the last page shown, in place where it already stands.
func (w *Window) render() {
	if w.page == nil {
		return
	}
	v := w.view(w.page)
	arriving := v != w.current || w.returned
	if arriving {
		w.kit.keyboard.silently(func() { w.arrive(v) })
	}
	w.current = v
	bar := v.show(w.page)
	w.header.show(w.frame)
	w.steps.show(w.frame, w.kit.keyboard.open())
	w.foot.show(w.frame, bar)
	w.foot.tick(w.frame.Deadline, w.opts.Now())
	if arriving {
		w.stack.SetVisibleChild(v.root())
	}
	if now := chapterOf(v, w.page); arriving || now != w.chapter {
		w.chapter = now
		w.scroll.GetVAdjustment().SetValue(0)
	}
	w.fit()
	w.herald.tell()
	loop.WhenIdle(w.begin)
}

// arrive lets go of the page before.
func (w *Window) arrive(next view) {
	w.kit.keyboard.close()
	w.win.SetFocus(nil)
	if f, ok := next.(forgetter); ok {
		f.forget()
	}
}

func (w *Window) emit(a workflow.Action) {
	if w.kit.keyboard != nil && !w.kit.keyboard.settled(a) {
		return
	}
	if w.opts.Events != nil {
		w.opts.Events(workflow.Event{Serial: w.frame.Serial, Do: a})
	}
}

// touch tells the workflow that somebody is there, once a second at most.
func (w *Window) touch() {
	if now := w.opts.Now(); now.Sub(w.touched) >= time.Second || now.Before(w.touched) {
		w.touched = now
		w.emit(workflow.Touch{})
	}
}

func (w *Window) tick() {
	now := w.opts.Now()
	w.header.tick(w.opts.Date())
	w.foot.tick(w.frame.Deadline, now)
	w.herald.tick(w.frame.Deadline, now)
	if t, ok := w.current.(ticker); ok {
		t.tick()
	}
}
