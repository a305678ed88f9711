package screen

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gotk3/gotk3/gdk"
	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/loop"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

const idNumber = "110105194912310021"

// hands are a physical keyboard and a pointer.
func hands(t *testing.T) func(args ...string) {
	t.Helper()
	if _, err := exec.LookPath("xdotool"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return func(args ...string) {
		t.Helper()
		if out, err := exec.Command("xdotool", args...).CombinedOutput(); err != nil {
			t.Fatalf("xdotool: %v: %s", err, out)
		}
	}
}

// clipboards are the texts of all selections.
func (b *bench) clipboards() (all []string) {
	b.main(func() {
		for _, s := range []gdk.Atom{gdk.SELECTION_CLIPBOARD, gdk.SELECTION_PRIMARY, gdk.SELECTION_SECONDARY} {
			text, _ := widget.Must(gtk.ClipboardGet(s)).WaitForText()
			all = append(all, text)
		}
	})
	return all
}

// freshen has the next person stand there.
func (b *bench) freshen() {
	b.t.Helper()
	frame := galleryFrame(-1)
	frame.Fresh = true
	b.show(frame, homePage())
}

// settled waits until everything a hand did was drawn.
func (b *bench) settled() {
	idle := make(chan struct{})
	b.main(func() { loop.After(lingerTime, func() { loop.WhenIdle(func() { close(idle) }) }) })
	<-idle
}

// withNumber shows a form with an identity number typed.
func (b *bench) withNumber() *gtk.Entry {
	b.t.Helper()
	b.show(galleryFrame(2), organisationForm())
	b.focus("handler.id_number")
	e := b.entry("handler.id_number")
	b.until("the window has the keys", func() bool { return b.w.win.HasToplevelFocus() })
	b.main(func() { e.SetText(idNumber) })
	return e
}

func TestNextPersonPastesNothing(t *testing.T) {
	hand := hands(t)
	b := setup(t)
	b.withNumber()
	hand("key", "--delay", "30", "ctrl+a", "ctrl+c")
	b.until("the copy", func() bool {
		text, _ := widget.Must(gtk.ClipboardGet(gdk.SELECTION_CLIPBOARD)).WaitForText()
		return text == idNumber
	})
	if got := b.clipboards()[1]; got != idNumber {
		t.Errorf("marked %q, want %q", got, idNumber)
	}
	b.freshen()
	if got := b.clipboards(); !slices.Equal(got, []string{"", "", ""}) {
		t.Errorf("the next person finds %q", got)
	}
	b.show(galleryFrame(2), organisationForm())
	b.focus("handler.id_number")
	hand("key", "--delay", "30", "ctrl+v", "shift+Insert", "1")
	b.until("the key after", func() bool { s, _ := b.entry("handler.id_number").GetText(); return s == "1" })
}

func TestSecretsAreNotCopied(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(0), loginForm())
	b.focus("password")
	b.keys("x", "y")
	e := b.entry("password")
	b.main(func() {
		widget.EmptyClipboards()
		e.SetVisibility(true)
		e.SelectRegion(0, -1)
		e.CopyClipboard()
		e.CutClipboard()
	})
	if got := b.clipboards()[0]; got != "" || b.text("password") != "xy" {
		t.Errorf("copied %q, left %q", got, b.text("password"))
	}
}

// opened are the menus, popovers and other windows that stand there beside the kiosk's.
func (b *bench) opened(e *gtk.Entry) (all []string) {
	b.main(func() {
		for l := gtk.WindowListToplevels(); l != nil; l = l.Next() {
			if w := l.Data().(*gtk.Window); w.GetMapped() && w.ToWidget().Native() != b.w.win.ToWidget().Native() {
				all = append(all, "window")
			}
		}
		if focus, err := b.w.win.GetFocus(); err != nil || focus.ToWidget().Native() != e.ToWidget().Native() {
			all = append(all, "something with the focus")
		}
	})
	return all
}

func TestNothingOpens(t *testing.T) {
	hand := hands(t)
	b := setup(t)
	e := b.withNumber()
	var x, y int
	b.main(func() { x, y, _ = e.TranslateCoordinates(b.w.win, 40, e.GetAllocatedHeight()/2) })
	hand("mousemove", strconv.Itoa(x), strconv.Itoa(y))
	for name, do := range map[string][]string{
		"right click":  {"click", "3"},
		"middle click": {"click", "2"},
		"two taps":     {"click", "1", "sleep", "0.8", "click", "1"},
		"double tap":   {"click", "--repeat", "2", "--delay", "60", "1"},
		"long press":   {"mousedown", "1", "sleep", "0.8", "mouseup", "1"},
		"drag": {"mousedown", "1", "mousemove_relative", "60", "0", "mousemove_relative", "60", "300", "mouseup", "1",
			"mousemove", strconv.Itoa(x), strconv.Itoa(y)},
		"menu key":  {"key", "Menu"},
		"shift F10": {"key", "shift+F10"},
		"inspector": {"key", "ctrl+shift+i"},
		"emoji":     {"key", "ctrl+period"},
		"emoji too": {"key", "ctrl+semicolon"},
		"unicode":   {"key", "--delay", "30", "ctrl+shift+u", "3", "1", "space"},
	} {
		b.main(func() {
			e.SetText(idNumber)
			e.SelectRegion(0, 6)
			if name == "unicode" {
				e.SetText("")
			}
		})
		hand(do...)
		b.settled()
		if open := b.opened(e); len(open) > 0 {
			t.Errorf("%s opens %v", name, open)
		}
		if text := b.text("handler.id_number"); text != idNumber && name != "unicode" || name == "unicode" && text != "31" {
			t.Errorf("%s leaves %q", name, text)
		}
	}
}

// A finger has an entry show a popover with cut, copy and paste; no hand of a test is a finger, so one is asked for here.
func TestNoPopoverStands(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(0), loginForm())
	e := b.entry("login")
	b.main(func() {
		p := widget.Must(gtk.PopoverNew(e))
		p.Popup()
		if p.GetVisible() || p.GetMapped() {
			t.Error("a popover stands")
		}
		p.Destroy()
	})
}

func blackPNG(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 60))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestNextPersonSeesNoPicture(t *testing.T) {
	b := setup(t)
	scanned := sceneNamed(t, "scan")
	page := scanned.page.(workflow.ScanPage)
	b.show(scanned.frame, page)
	first := b.w.current.(*scan)
	b.until("the picture", func() bool { return first.picture.Pixbuf != nil })
	next := page
	next.Image = blackPNG(t)
	b.main(func() {
		b.w.take(shown{workflow.Frame{Fresh: true}, homePage()})
		if first.picture.Pixbuf != nil || first.picture.Scaled != nil || first.picture.Data != nil {
			t.Error("the last person's scan is still there")
		}
		b.w.take(shown{scanned.frame, next})
		if p := b.w.current.(*scan).picture; p == first.picture || p.Pixbuf != nil {
			t.Error("the next person's page begins with a picture")
		}
	})
	second := b.w.current.(*scan)
	b.until("their own picture", func() bool { p := second.picture.Pixbuf; return p != nil && p.GetWidth() == 40 })
}

// A wait leaves the page before standing for a moment, but not that of another person.
func TestNextPersonWaitsOnAnEmptyScreen(t *testing.T) {
	b := setup(t)
	b.withNumber()
	b.main(func() {
		b.w.take(shown{workflow.Frame{Fresh: true}, workflow.BusyPage{ID: "projects"}})
		if _, ok := b.w.current.(*busy); !ok {
			t.Errorf("the next person sees %T", b.w.current)
		}
	})
}

// Another order of the same person does not begin with this one's picture either.
func TestArrivingSeesNoPicture(t *testing.T) {
	b := setup(t)
	scanned := sceneNamed(t, "scan")
	b.show(scanned.frame, scanned.page)
	s := b.w.current.(*scan)
	b.until("the picture", func() bool { return s.picture.Pixbuf != nil })
	b.show(scanned.frame, workflow.NoticePage{ID: "staff"})
	next := scanned.page.(workflow.ScanPage)
	next.Image = blackPNG(t)
	b.main(func() {
		b.w.take(shown{scanned.frame, next})
		if s.picture.Pixbuf != nil {
			t.Error("the page begins with the picture before")
		}
	})
}

func TestWheelIsSomebody(t *testing.T) {
	hand := hands(t)
	b := setup(t)
	read := sceneNamed(t, "agreement")
	b.show(read.frame, read.page)
	hand("mousemove", "960", "540", "click", "5")
	b.until("the touch", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return slices.ContainsFunc(b.events, func(e workflow.Event) bool { return e.Do == workflow.Touch{} })
	})
}

// personal finds what belongs to somebody among the made-up data of the scenes, whoever they are: names, numbers, addresses, what they typed.
var personal = regexp.MustCompile(`138\*{4}|1380000|李四|张三|𠮷䶮|示例科技|样本建设|文三路 ?478|33010619|110101202|9133010|XH03-0001|2104 0091|3f8a21c0|lisi@|¥[1-9]|树`)

// everywhere are all words in the window, shown or not: on labels, in entries, as names for who hears the screen, as hints, and its title.
func (b *bench) everywhere() (all []string) {
	b.main(func() {
		title, _ := b.w.win.GetTitle()
		all = append(all, title)
		b.walk(b.w.win, func(w *gtk.Widget) bool {
			all = append(all, widget.NameOf(w))
			for _, property := range []string{"label", "text", "tooltip-text", "placeholder-text"} {
				if text, err := w.GetProperty(property); err == nil && text != nil {
					all = append(all, fmt.Sprint(text))
				}
			}
			return true
		})
	})
	return all
}

// Whatever page the last person left, nothing of them stands anywhere in the window afterwards, not even where nobody sees it, and the
// next one reads from the top.
func TestNothingOfThePersonIsLeft(t *testing.T) {
	b := setupSize(t, 1280, 720)
	told := 0
	for _, s := range scenes() {
		b.show(s.frame, s.page)
		if s.then != nil {
			b.main(func() { s.then(b.w) })
		}
		b.main(func() { b.w.scroll.GetVAdjustment().SetValue(60) })
		for _, words := range b.everywhere() {
			if personal.MatchString(words) {
				told++
			}
		}
		b.freshen()
		for _, words := range b.everywhere() {
			if personal.MatchString(words) {
				t.Errorf("%s leaves %q to the next person", s.name, words)
			}
		}
		b.main(func() {
			if at := b.w.scroll.GetVAdjustment().GetValue(); at != 0 {
				t.Errorf("%s: the next person begins at %g", s.name, at)
			}
		})
	}
	if told < 100 {
		t.Errorf("only %d words of persons were on the pages: the test tells nothing", told)
	}
}

// The keyboard is as new for the next person: no letters, no candidates, no capitals, pinyin where one writes Chinese.
func TestNextPersonsKeyboardIsAsNew(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(2), organisationForm())
	b.focus("organisation.name")
	b.keys("s", "h", "u")
	b.until("candidates", func() bool { return slices.Contains(b.wordsNow(), "3 树") })
	b.freshen()
	if slices.ContainsFunc(b.everywhere(), func(s string) bool { return strings.Contains(s, "树") || s == "shu" }) {
		t.Error("what was being written is left")
	}
	b.show(galleryFrame(2), organisationForm())
	b.focus("organisation.name")
	b.keys("中 / 英", word(t, "key.shift"))
	b.freshen()
	b.show(galleryFrame(2), organisationForm())
	b.focus("organisation.name")
	b.main(func() {
		if kb := b.w.kit.keyboard; !kb.pinyin.chinese || kb.shift {
			t.Errorf("Chinese %v, capitals %v", kb.pinyin.chinese, kb.shift)
		}
	})
	if got := b.text("organisation.name"); got != "" {
		t.Errorf("the field has %q", got)
	}
}
