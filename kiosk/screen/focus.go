package screen

import (
	"github.com/gotk3/gotk3/gdk"
	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/loop"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// Everything is done without a finger too: Tab goes through what can be pressed, in reading order, Enter and space press it, Escape folds
// the keyboard away or goes back, Page Up and Page Down read on. The keys of the screen's keyboard are left out: who has Tab has letters.

// starter is a view that knows where to begin better than its first button.
type starter interface{ start() bool }

// pressed takes a key of a physical keyboard before GTK does.
func (w *Window) pressed(key *gdk.EventKey) bool {
	w.byKeys = true
	if w.kit.keyboard.switches(key) || opens(key.KeyVal(), key.State()) || w.kit.keyboard.physical(key) {
		return true
	}
	switch key.KeyVal() {
	case gdk.KEY_Escape:
		w.escape()
	case gdk.KEY_Page_Down, gdk.KEY_Page_Up:
		w.readOn(key.KeyVal() == gdk.KEY_Page_Down)
	default:
		return false
	}
	return true
}

// escape does what the person sees as the nearest way out.
func (w *Window) escape() {
	switch {
	case w.kit.keyboard.open():
		w.kit.keyboard.close()
	case w.frame.Back:
		w.emit(workflow.Back{})
	}
}

// readOn scrolls by a little less than what stands on the screen.
func (w *Window) readOn(down bool) {
	a := w.scroll.GetVAdjustment()
	by := a.GetPageSize() * 0.9
	if !down {
		by = -by
	}
	a.SetValue(a.GetValue() + by)
}

// begin gives the focus to the first thing of use on the page, for who came here by keys; a finger needs none.
func (w *Window) begin() {
	if _, wait := w.page.(workflow.BusyPage); w.closed || w.current == nil || !w.byKeys || wait || w.hasFocus() {
		return
	}
	if s, ok := w.current.(starter); ok && s.start() {
		return
	}
	if !widget.MoveFocus(w.current.root(), true) {
		w.foot.begin()
	}
}

func (w *Window) hasFocus() bool {
	focus, err := w.win.GetFocus()
	return err == nil && focus != nil
}

// inView is what must be seen: the field that is typed into with its message, or what has the focus on the page.
func (w *Window) inView() *gtk.Widget {
	if f := w.kit.keyboard.field; f != nil && w.kit.keyboard.open() && f.entry.IsFocus() {
		return f.around
	}
	focus, err := w.win.GetFocus()
	if err != nil || focus == nil || !widget.Within(focus, w.stack) {
		return nil
	}
	return focus.ToWidget()
}

// keepFocusInView scrolls so that it stands on the screen, above the keyboard.
func (w *Window) keepFocusInView() {
	if w.closed {
		return
	}
	at := w.inView()
	content, err := w.stack.GetVisibleChild()
	if at == nil || err != nil || content == nil {
		return
	}
	_, top, err := at.TranslateCoordinates(content, 0, 0)
	if err != nil {
		return
	}
	bottom := top + at.GetAllocatedHeight()
	adj := w.scroll.GetVAdjustment()
	const air = 12
	switch from, to := adj.GetValue(), adj.GetValue()+adj.GetPageSize(); {
	case float64(top-air) < from:
		adj.SetValue(float64(top - air))
	case float64(bottom+air) > to:
		adj.SetValue(float64(bottom+air) - adj.GetPageSize())
	}
}

// follow keeps the focus in view wherever it goes.
func (w *Window) follow() {
	w.scroll.SetCanFocus(false) // nothing can be pressed there, and Page Down reads on from everywhere
	w.win.Connect("set-focus", func() { loop.WhenIdle(w.keepFocusInView) })
}
