package screen

import (
	"github.com/gotk3/gotk3/gdk"
	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/loop"
	"keyhall/kiosk/screen/widget"
)

// largeFactor is how much larger the large text is.
const largeFactor = 1.35

// reshape follows the window's size: landscape or portrait, same parts beside each other or stacked.
func (w *Window) reshape() {
	if w.closed {
		return
	}
	width, height := w.win.GetAllocatedWidth(), w.win.GetAllocatedHeight()
	if width == w.width && height == w.height {
		return
	}
	w.width, w.height = width, height
	w.kit.portrait = width < height
	w.kit.width = w.room()
	widget.SetClass(w.win, "portrait", w.kit.portrait)
	w.kit.keyboard.reshape()
	w.render()
	w.fit()
	if w.kit.width < width { // it grew for a moment: no window manager makes it smaller again
		loop.WhenIdle(w.shrink)
	}
}

// shrink gives back what the window has beyond the room there is, now that its bars fit.
func (w *Window) shrink() {
	if !w.closed {
		w.win.Resize(w.kit.width, w.height)
	}
}

// fit stacks the bars whose parts do not stand beside each other any more.
func (w *Window) fit() {
	if w.width == 0 || w.closed {
		return
	}
	width := w.room()
	w.header.fit(width)
	w.steps.fit(width)
	w.foot.fit(width)
}

// room is the width there is: a window that had to grow because its bars did not fit is wider than that.
func (w *Window) room() int {
	if !w.opts.Fullscreen {
		return min(w.width, w.opts.Width)
	}
	window, err := w.win.GetWindow()
	if err != nil {
		return w.width
	}
	display, err := gdk.DisplayGetDefault()
	if err != nil {
		return w.width
	}
	monitor, err := display.GetMonitorAtWindow(window)
	if err != nil {
		return w.width
	}
	return min(w.width, monitor.GetGeometry().GetWidth())
}

// setLook changes text size and contrast.
func (w *Window) setLook(large, contrast bool) {
	w.kit.large = large
	w.header.brief()
	w.look.set(large, contrast)
	widget.SetClass(w.win, "large", large)
	widget.SetClass(w.win, "contrast", contrast)
	w.kit.keyboard.reshape()
	loop.WhenIdle(w.fit) // the new sizes are known after the next drawing
}

// setLanguage puts every word into another language; what is typed stays.
func (w *Window) setLanguage(language string) {
	words, err := newWords(language)
	if err != nil {
		return // the catalogues are part of the program and were read at the start
	}
	w.kit.words = words
	w.kit.keyboard.reword()
	w.header.brief()
	w.header.reword()
	w.render()
}

// keyboardChanged makes room for the on-screen keyboard, or gives it back.
func (w *Window) keyboardChanged() {
	w.steps.show(w.frame, w.kit.keyboard.open())
	widget.SetClass(w.win, "typing", w.kit.keyboard.open())
	loop.WhenIdle(w.keepFocusInView)
}

// naturalWidth is the width a widget would like to have, px.
func naturalWidth(w gtk.IWidget) int {
	_, natural := w.ToWidget().GetPreferredWidth()
	return natural
}

// fillScreen asks for the whole screen, and takes its size by itself where nobody manages windows: a kiosk's session has
// no window manager.
func (w *Window) fillScreen() {
	w.win.Fullscreen()
	w.win.Maximize() // what a browser understands (Broadway)
	display, err := gdk.DisplayGetDefault()
	if err != nil {
		return
	}
	monitor, err := display.GetPrimaryMonitor()
	if err != nil {
		if monitor, err = display.GetMonitor(0); err != nil {
			return
		}
	}
	area := monitor.GetGeometry()
	w.win.SetDecorated(false)
	w.win.SetDefaultSize(area.GetWidth(), area.GetHeight())
}
