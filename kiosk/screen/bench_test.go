package screen

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gotk3/gotk3/glib"
	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/loop"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// bench is a window with what it told. The tests share one screen and one focus, so they run one after another.
type bench struct {
	t        *testing.T
	w        *Window
	composer *composer
	mu       sync.Mutex
	events   []workflow.Event
	serial   uint64
	clock    time.Time
}

func setup(t *testing.T) *bench { return setupSize(t, 1920, 1080) }

func setupSize(t *testing.T, width, height int) *bench {
	t.Helper()
	b := &bench{t: t, composer: &composer{}, clock: galleryNow()}
	b.main(func() {
		w, err := newWindow(Options{Events: b.told, Pinyin: b.composer, Width: width, Height: height,
			Now: func() time.Time { return b.clock }})
		if err != nil {
			t.Error(err)
			return
		}
		b.w = w
	})
	if b.w == nil {
		t.FailNow()
	}
	t.Cleanup(func() { b.main(b.w.destroy) })
	b.until("the window has its size", func() bool { return b.w.width == width && b.w.height == height })
	return b
}

func (b *bench) told(e workflow.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, e)
}

// main runs f on GTK's thread and waits for it.
func (b *bench) main(f func()) {
	done := make(chan struct{})
	loop.Post(func() {
		defer close(done)
		f()
	})
	<-done
}

// until waits for something on GTK's thread to become true.
func (b *bench) until(what string, holds func() bool) {
	b.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		ok := false
		b.main(func() { ok = holds() })
		if ok {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	b.t.Fatalf("did not come: %s", what)
}

// show shows a page as the workflow does and waits until it stands.
func (b *bench) show(frame workflow.Frame, page workflow.Page) {
	b.t.Helper()
	b.serial++
	serial := b.serial
	frame.Serial = serial
	b.w.Show(frame, page)
	b.until("the page", func() bool { return b.w.frame.Serial == serial })
}

// take returns what was told since the last call, without touches.
func (b *bench) take() []workflow.Action {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []workflow.Action
	for _, e := range b.events {
		if _, touch := e.Do.(workflow.Touch); !touch {
			all = append(all, e.Do)
		}
	}
	b.events = nil
	return all
}

func (b *bench) want(want ...workflow.Action) {
	b.t.Helper()
	if got := b.take(); !slices.Equal(got, want) {
		b.t.Errorf("told %#v, want %#v", got, want)
	}
}

// press presses the button of that accessible name.
func (b *bench) press(name string) {
	b.t.Helper()
	found, sensitive := false, false
	b.main(func() {
		b.walk(b.w.win, func(w *gtk.Widget) bool {
			if widget.NameOf(w) != name || !w.GetMapped() || !w.IsA(glib.TypeFromName("GtkButton")) {
				return true
			}
			found, sensitive = true, w.IsSensitive()
			if sensitive {
				w.Emit("clicked", glib.TYPE_NONE) // its error says only that nothing comes back
			}
			return false
		})
	})
	switch {
	case !found:
		b.t.Fatalf("no button %q", name)
	case !sensitive:
		b.t.Fatalf("button %q may not be pressed", name)
	}
}

// words are all words that stand on the screen.
func (b *bench) words() (all []string) {
	b.main(func() { all = b.wordsNow() })
	return all
}

// wordsNow is words, on GTK's thread.
func (b *bench) wordsNow() (all []string) {
	b.walk(b.w.win, func(w *gtk.Widget) bool {
		if text, err := w.GetProperty("label"); err == nil && w.GetMapped() {
			all = append(all, fmt.Sprint(text))
		}
		return true
	})
	return all
}

// seen tells whether words stand on the screen.
func (b *bench) seen(words string) bool {
	found := false
	b.main(func() {
		b.walk(b.w.win, func(w *gtk.Widget) bool {
			if text, err := w.GetProperty("label"); err == nil && text == words && w.GetMapped() {
				found = true
			}
			return !found
		})
	})
	return found
}

// said is an error in the words of the catalogue.
func said(t *testing.T, code ra.Code, args ...string) string {
	t.Helper()
	return mustWords(t, "zh_CN").fault(&workflow.Fault{Code: code, Args: ra.E(code, args...).Args})
}

// word is a key's words in Chinese.
func word(t *testing.T, key string, pairs ...string) string {
	t.Helper()
	return mustWords(t, "zh_CN").t(key, pairs...)
}

func (b *bench) mustSee(words ...string) {
	b.t.Helper()
	for _, s := range words {
		if !b.seen(s) {
			b.t.Errorf("%q is not on the screen", s)
		}
	}
}

// walk visits a widget and all inside it while see returns true.
func (b *bench) walk(w gtk.IWidget, see func(*gtk.Widget) bool) bool {
	widget := w.ToWidget()
	if !see(widget) {
		return false
	}
	if !widget.IsA(glib.TypeFromName("GtkContainer")) {
		return true
	}
	container := &gtk.Container{Widget: *widget}
	children := container.GetChildren()
	for l := children; l != nil; l = l.Next() {
		child, ok := l.Data().(*gtk.Widget)
		if ok && !b.walk(child, see) {
			return false
		}
	}
	return true
}

// entry is the entry of a form's field.
func (b *bench) entry(id string) *gtk.Entry {
	b.t.Helper()
	f, ok := b.w.current.(*form)
	if !ok || f.fields[id] == nil {
		b.t.Fatalf("no field %q on the page", id)
	}
	return f.fields[id].entry
}

func (b *bench) focus(id string) {
	b.t.Helper()
	e := b.entry(id)
	b.main(func() {
		e.GrabFocusWithoutSelecting()
		e.SetPosition(-1)
	})
}

func (b *bench) text(id string) string {
	e, s := b.entry(id), ""
	b.main(func() { s, _ = e.GetText() })
	return s
}

// keys presses keys of the screen's keyboard by their accessible names.
func (b *bench) keys(names ...string) {
	b.t.Helper()
	for _, n := range names {
		b.press(n)
	}
}

// composer answers "shu" and everything else with the candidates it has.
type composer struct {
	mu    sync.Mutex
	fail  bool
	wiped int
	many  int // further candidates
}

var errAway = errors.New("engine away")

func (c *composer) Compose(_ context.Context, letters string, _ int) (Composition, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail {
		return Composition{}, errAway
	}
	first := min(len(letters), 3)
	all := []Candidate{{Text: "证书", Letters: len(letters)}, {Text: "书", Letters: first}, {Text: "树", Letters: first}}
	for i := range c.many {
		all = append(all, Candidate{Text: string(rune('一' + i)), Letters: first})
	}
	return Composition{Preedit: letters, Candidates: all}, nil
}

// finds has it find further candidates.
func (c *composer) finds(many int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.many = many
}

func (c *composer) Wipe(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wiped++
	return nil
}

func (c *composer) breaks(fail bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail = fail
}
