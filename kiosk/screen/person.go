package screen

import (
	"slices"

	"github.com/gotk3/gotk3/gdk"
	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/widget"
)

// Nothing of one person reaches the next: what was copied, marked, typed, scanned or printed, and no panel or menu of GTK through
// which a kiosk would show or take more than its pages do.

// fresh makes the screen that of a new person.
func (w *Window) fresh() {
	w.forget()
	w.setLook(false, false)
	w.setLanguage(w.opts.Language)
}

// forget drops everything of the person before, with the pages that showed it: a page built anew holds no text, picture, selection
// or half-made character, and none to draw while the next person's is still being prepared.
func (w *Window) forget() {
	w.herald.forget()
	w.kit.keyboard.silently(func() {
		w.kit.keyboard.forget()
		w.win.SetFocus(nil)
		for _, v := range w.views {
			if f, ok := v.(forgetter); ok {
				f.forget()
			}
			v.root().ToWidget().Destroy()
		}
	})
	clear(w.views)
	w.current, w.page = nil, nil
	widget.EmptyClipboards()
}

// guard keeps an entry to what its page is for: text goes in and out by the keyboard only, and only out of what may be read.
func guard(e *gtk.Entry, secret bool) {
	widget.OnlyKeys(e)
	e.Connect("insert-emoji", func() { e.StopEmission("insert-emoji") })
	e.Connect("popup-menu", func() bool { return true })
	e.Connect("button-press-event", func(_ *gtk.Entry, event *gdk.Event) bool {
		press := gdk.EventButtonNewFromEvent(event)
		if press.Button() != gdk.BUTTON_PRIMARY { // the others open a menu or paste what is marked
			return true
		}
		if _, _, marked := e.GetSelectionBounds(); marked && press.State()&uint(gdk.SHIFT_MASK) == 0 {
			e.SelectRegion(e.GetPosition(), e.GetPosition()) // or it would be dragged away
		}
		return false
	})
	if secret { // also while it is shown
		for _, signal := range []string{"copy-clipboard", "cut-clipboard"} {
			e.Connect(signal, func() { e.StopEmission(signal) })
		}
	}
}

// editing are the keys that are of use together with Ctrl.
var editing = []uint{'a', 'c', 'v', 'x', gdk.KEY_Left, gdk.KEY_Right, gdk.KEY_Home, gdk.KEY_End, gdk.KEY_BackSpace, gdk.KEY_Delete,
	gdk.KEY_Insert}

// opens reports whether a key of a physical keyboard would open something of GTK's own: a menu, the emoji panel, the entry of
// characters by number, the inspector. There are more of these than one knows, so only what is of use goes through.
func opens(key, state uint) bool {
	switch {
	case key == gdk.KEY_Menu || key == gdk.KEY_F10 || key == gdk.KEY_Multi_key:
		return true
	case modifies(key):
		return false
	case state&uint(gdk.MOD1_MASK|gdk.MOD4_MASK) != 0:
		return true
	case state&uint(gdk.CONTROL_MASK) == 0:
		return false
	}
	if key >= 'A' && key <= 'Z' {
		key += 'a' - 'A'
	}
	return !slices.Contains(editing, key)
}
