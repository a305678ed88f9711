package screen

import (
	"fmt"
	"image"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gotk3/gotk3/gdk"
	"github.com/gotk3/gotk3/glib"
	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/loop"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// stop is a widget that the focus comes to.
type stop struct {
	widget *gtk.Widget
	at     image.Rectangle
}

func (s stop) String() string { return fmt.Sprintf("%q %v", widget.NameOf(s.widget), s.at) }

func (s stop) same(other stop) bool { return s.widget.Native() == other.widget.Native() }

// stopOf tells where a widget is in the window; this and what follows to idle is called on GTK's thread.
func (b *bench) stopOf(w *gtk.Widget) stop {
	x, y, _ := w.TranslateCoordinates(b.w.win, 0, 0)
	return stop{w, image.Rect(x, y, x+w.GetAllocatedWidth(), y+w.GetAllocatedHeight())}
}

// controls are all that takes input on the screen, but the keys of its keyboard and the name of who is logged in.
func (b *bench) controls() (all []stop) {
	b.walk(b.w.win, func(w *gtk.Widget) bool {
		takes := w.IsA(glib.TypeFromName("GtkButton")) || w.IsA(glib.TypeFromName("GtkEntry"))
		if takes && w.GetMapped() && w.IsSensitive() && w.Native() != b.w.header.customer.Native() && !widget.Within(w, b.w.kit.keyboard) {
			all = append(all, b.stopOf(w))
		}
		return true
	})
	return all
}

func (b *bench) focused() (stop, bool) {
	f, err := b.w.win.GetFocus()
	if err != nil || f == nil {
		return stop{}, false
	}
	return b.stopOf(f.ToWidget()), true
}

// tour presses Tab, or Shift and Tab, until the focus is where it was first.
func (b *bench) tour(forward bool) (all []stop) {
	b.w.win.SetFocus(nil)
	for range 200 {
		widget.MoveFocus(b.w.win, forward)
		at, is := b.focused()
		if !is || len(all) > 0 && at.same(all[0]) {
			return all
		}
		all = append(all, at)
	}
	b.t.Errorf("the focus comes to no end: %v", all[190:])
	return all
}

// idle waits until what was done is laid out: until nothing moves any more.
func (b *bench) idle() {
	was := ""
	b.until("a page that stands still", func() bool {
		now := fmt.Sprint(b.controls())
		still := now == was && !strings.Contains(now, "(-1,")
		was = now
		return still
	})
	idle := make(chan struct{})
	b.main(func() { loop.WhenIdle(func() { close(idle) }) })
	<-idle
}

// follows reports whether a stop is read after another: not above it, nor to its left.
func (s stop) follows(before stop) bool {
	above := s.at.Max.Y <= before.at.Min.Y && s.at.Min.X < before.at.Max.X
	left := s.at.Max.X <= before.at.Min.X && s.at.Min.Y < before.at.Max.Y && s.at.Max.Y > before.at.Min.Y
	return !above && !left
}

// TestTabReachesEverything: on every page, upright and lying, Tab comes to each button and entry once, in reading order, and to nothing
// else, and Shift and Tab the same way back. The screen's keyboard, which opens with an entry, holds nobody.
func TestTabReachesEverything(t *testing.T) {
	for _, size := range [][2]int{{1920, 1080}, {1080, 1920}} {
		b := setupSize(t, size[0], size[1])
		for _, s := range scenes() {
			b.show(s.frame, s.page)
			b.idle()
			t.Run(fmt.Sprintf("%dx%d/%s", size[0], size[1], s.name), func(t *testing.T) {
				b.t = t
				b.main(b.wantTour)
			})
		}
	}
}

// onPage tells the page, which may reach below what is seen of it, from the bars.
func (b *bench) onPage(s stop) bool { return widget.Within(s.widget, b.w.stack) }

func (b *bench) wantTour() {
	want, tour := b.controls(), b.tour(true)
	for _, c := range want {
		if !slices.ContainsFunc(tour, c.same) {
			b.t.Errorf("not reached: %v", c)
		}
	}
	for i, s := range tour {
		if !slices.ContainsFunc(want, s.same) {
			b.t.Errorf("reached, and takes nothing: %v", s)
		}
		if i > 0 && b.onPage(s) == b.onPage(tour[i-1]) && !s.follows(tour[i-1]) {
			b.t.Errorf("from %v to %v", tour[i-1], s)
		}
	}
	back := b.tour(false)
	slices.Reverse(back)
	if !slices.EqualFunc(back, tour, stop.same) {
		b.t.Errorf("forward %v, back %v", tour, back)
	}
}

// TestFocusIsSeen: whatever kind of button or entry has the focus, what surrounds it changes by three to one, two pixels around; on
// pages as they are and in high contrast.
func TestFocusIsSeen(t *testing.T) {
	b := setup(t)
	for _, contrast := range []bool{false, true} {
		b.main(func() { b.w.setLook(false, contrast) })
		known := map[string]bool{}
		for _, s := range scenes() {
			b.show(s.frame, s.page)
			b.idle()
			for _, c := range b.kinds(known) {
				if err := b.seenFocus(c); err != nil {
					t.Errorf("%s, contrast %t: %v: %v", s.name, contrast, c, err)
				}
			}
		}
		if len(known) < 12 {
			t.Errorf("only %d kinds of controls", len(known))
		}
	}
}

var looks = []string{"primary", "outline", "quiet", "tool", "small", "round", "time", "tile", "first", "strip", "ready", "wrong", "card", "slim", "current", "option", "on",
	"dot-button", "plain", "soon", "complete", "chosen"}

// kinds are the controls of the page that look like none known.
func (b *bench) kinds(known map[string]bool) (all []stop) {
	b.main(func() {
		for _, c := range b.controls() {
			style := widget.Must(c.widget.GetStyleContext())
			kind := fmt.Sprint(c.widget.IsA(glib.TypeFromName("GtkEntry")))
			for _, class := range looks {
				if style.HasClass(class) {
					kind += " " + class
				}
			}
			if !known[kind] && c.at.In(image.Rect(0, 0, 1920, 900)) {
				known[kind] = true
				all = append(all, c)
			}
		}
	})
	return all
}

func (b *bench) seenFocus(c stop) error {
	b.main(func() { b.w.win.SetFocus(nil) })
	b.settled()
	before := b.around(c)
	b.main(c.widget.GrabFocus)
	b.until("the focus", c.widget.IsFocus)
	b.settled()
	after := b.around(c)
	b.main(func() {
		b.w.win.SetFocus(nil)
		b.w.kit.keyboard.close()
	})
	changed := 0
	for i := range before {
		if ratio(before[i], after[i]) >= 3 {
			changed++
		}
	}
	if want := 2 * 2 * (c.at.Dx() + c.at.Dy()) * 9 / 10; changed < want { // its corners are round
		return fmt.Errorf("%d pixels change, want %d", changed, want)
	}
	return nil
}

// around is the luminance of each pixel where a control stands, with a margin.
func (b *bench) around(c stop) (all []float64) {
	const margin = 10
	b.main(func() {
		from := image.Pt(max(c.at.Min.X-margin, 0), max(c.at.Min.Y-margin, 0))
		window := widget.Must(b.w.win.GetWindow())
		p := widget.Must(window.PixbufGetFromWindow(from.X, from.Y, c.at.Dx()+2*margin, c.at.Dy()+2*margin))
		all = lights(p)
	})
	return all
}

func lights(p *gdk.Pixbuf) (all []float64) {
	pixels, n := p.GetPixels(), p.GetNChannels()
	for y := range p.GetHeight() {
		for x := range p.GetWidth() {
			at := y*p.GetRowstride() + x*n
			all = append(all, .2126*linear(pixels[at])+.7152*linear(pixels[at+1])+.0722*linear(pixels[at+2]))
		}
	}
	return all
}

func linear(v byte) float64 {
	c := float64(v) / 255
	if c <= .04045 {
		return c / 12.92
	}
	return math.Pow((c+.055)/1.055, 2.4)
}

// ratio is WCAG's contrast of two luminances.
func ratio(a, b float64) float64 { return (max(a, b) + .05) / (min(a, b) + .05) }

// TestByKeysAlone: with real keys through a page: where it begins, what Enter, space and Escape do, and that a finger gets no focus.
func TestByKeysAlone(t *testing.T) {
	hand := hands(t)
	b := setup(t)
	b.show(galleryFrame(0), loginForm())
	b.idle()
	b.main(func() {
		if at, is := b.focused(); is {
			t.Errorf("a finger opened the page, and the focus is on %v", at)
		}
	})
	b.until("the window has the keys", func() bool { return b.w.win.HasToplevelFocus() })
	hand("key", "Tab")
	b.until("the first stop", func() bool { _, is := b.focused(); return is })
	b.show(galleryFrame(-1), workflow.NoticePage{ID: "not_offered", Args: map[string]string{"kind": "renew"}})
	b.until("the focus on what goes on", func() bool { return b.w.foot.main.IsFocus() })
	hand("key", "Return")
	b.until("the button acts", func() bool { return slices.Contains(b.peek(), workflow.Action(workflow.Go{})) })
	b.take()
	hand("key", "space")
	b.until("the button acts again", func() bool { return slices.Contains(b.peek(), workflow.Action(workflow.Go{})) })
	b.take()
	hand("key", "Escape")
	b.until("the way back", func() bool { return slices.Contains(b.peek(), workflow.Action(workflow.Back{})) })
	b.show(galleryFrame(0), loginForm())
	login := b.entry("login")
	b.until("the first entry has the focus", func() bool { return login.IsFocus() && b.w.kit.keyboard.open() })
	b.take()
	hand("key", "Escape")
	b.until("the keyboard is folded away", func() bool { return !b.w.kit.keyboard.open() })
	if got := b.take(); slices.Contains(got, workflow.Action(workflow.Back{})) {
		t.Error("Escape went back while it folded the keyboard away")
	}
	refused := loginForm()
	refused.Fields[1].Problem = &workflow.Fault{Code: ra.CodeRequired}
	b.main(func() { b.w.win.SetFocus(nil) })
	b.show(galleryFrame(0), refused)
	b.until("the focus on what is wrong", func() bool { return b.w.current.(*form).fields["password"].entry.IsFocus() })
}

// peek is take that leaves what it returns.
func (b *bench) peek() (all []workflow.Action) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.events {
		all = append(all, e.Do)
	}
	return all
}

// TestPagesAreReadByKeys: Page Down reads on a long page without anything to press on it, and the focus stays in view where there is.
func TestPagesAreReadByKeys(t *testing.T) {
	hand := hands(t)
	b := setup(t)
	b.main(func() { b.w.setLook(true, false) })
	s := sceneNamed(t, "agreement")
	b.show(s.frame, s.page)
	b.until("a page longer than the screen", func() bool { a := b.w.scroll.GetVAdjustment(); return a.GetUpper() > a.GetPageSize() })
	b.until("the window has the keys", func() bool { return b.w.win.HasToplevelFocus() })
	hand("key", "Page_Down")
	b.until("read on", func() bool { return b.w.scroll.GetVAdjustment().GetValue() > 0 })
	for _, s := range scenes() {
		b.show(s.frame, s.page)
		b.idle()
		var all []stop
		b.main(func() { all = b.controls() })
		for _, c := range all {
			b.main(func() { c.widget.GrabFocus() })
			b.idle()
			b.idle()
			b.main(func() { b.wantInView(s.name, c) })
		}
	}
}

func (b *bench) wantInView(scene string, c stop) {
	view := b.w.scroll
	if !c.widget.IsFocus() || !widget.Within(c.widget, b.w.stack) {
		return
	}
	area := b.stopOf(view.ToWidget()).at
	if at := b.stopOf(c.widget).at; !at.In(area) && at.Dy() < area.Dy() {
		b.t.Errorf("%s: %q has the focus at %v, what is seen is %v", scene, widget.NameOf(c.widget), at, area)
	}
}
