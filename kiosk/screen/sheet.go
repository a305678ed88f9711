package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/workflow"
)

// sheet is what most pages have: a title, a line about it, and a fault above everything else.
type sheet struct {
	Page  *gtk.Box   `ui:"page"`
	Title *gtk.Label `ui:"title"`
	About *gtk.Label `ui:"about"`
	Top   *gtk.Box   `ui:"top"`
	fault *banner
	kit   *kit
}

// dress prepares the parts after bind.
func (s *sheet) dress(k *kit) {
	s.kit = k
	wrap(s.Title, s.About)
	s.fault = newBanner("banner", "alert")
	addClass(s.fault.Box, "gap")
	s.Top.PackStart(s.fault, true, true, 0)
}

func (s *sheet) root() gtk.IWidget { return s.Page }

// head words the title and the line about it.
func (s *sheet) head(title, about string, f *workflow.Fault) {
	setText(s.Title, title)
	setTextOrHide(s.About, about)
	s.fault.fault(s.kit, f)
}
