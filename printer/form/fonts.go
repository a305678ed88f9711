package form

// #cgo pkg-config: pango
// #include <pango/pango.h>
import "C"

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"github.com/gotk3/gotk3/cairo"
	"github.com/gotk3/gotk3/pango"
)

// Family is the font of all papers; where it lacks a character, pango takes another one's that is installed.
const Family = "Noto Sans CJK SC"

// Fonts knows which characters the fonts of this machine have, by asking them. It is safe for concurrent use.
type Fonts struct {
	mu  sync.Mutex
	has map[rune]bool // what was asked for before; fonts are not installed while a kiosk runs
}

// NewFonts makes a Fonts.
func NewFonts() *Fonts { return &Fonts{has: map[rune]bool{}} }

// Lacks finds the first character of a text that no font has, so that a box would stand on the paper; false when there is none.
func (f *Fonts) Lacks(text string) (rune, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range text {
		has, asked := f.has[r]
		if !asked {
			has = r < 0x80 || printable(r)
			f.has[r] = has
		}
		if !has {
			return r, true
		}
	}
	return 0, false
}

// printable lays one character out as the papers are.
func printable(r rune) bool {
	runtime.LockOSThread() // see renderTo
	defer runtime.UnlockOSThread()
	surface := cairo.CreateImageSurface(cairo.FORMAT_A8, 1, 1)
	defer surface.Close()
	cr := cairo.Create(surface)
	defer cr.Close()
	layout := pango.CairoCreateLayout(cr)
	defer release(layout)
	font := pango.FontDescriptionNew()
	defer font.Free()
	font.SetFamily(Family)
	layout.SetFontDescription(font)
	layout.SetText(string(r), len(string(r)))
	return unknown(layout) == 0
}

// unknown counts the characters of a layout for which no font has a glyph; gotk3 does not bind it.
func unknown(l *pango.Layout) int {
	address := l.Native()
	return int(C.pango_layout_get_unknown_glyphs_count(*(**C.PangoLayout)(unsafe.Pointer(&address))))
}

// numbered writes the numbers of the characters that no font has in their place: a box on a stamped paper tells nobody anything.
func numbered(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r >= 0x80 && !printable(r) {
			fmt.Fprintf(&b, "〔U+%04X〕", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
