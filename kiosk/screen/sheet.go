package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// sheet is what most pages have: a title, a line about it, and a fault above everything else.
type sheet struct {
	Page  *gtk.Box   `ui:"page"`
	Title *gtk.Label `ui:"title"`
	About *gtk.Label `ui:"about"`
	Top   *gtk.Box   `ui:"top"`
	fault *banner
	kept  *banner // in place of fault
	kit   *kit
}

// dress prepares the parts after bind.
func (s *sheet) dress(k *kit) {
	s.kit = k
	widget.Wrap(s.Title, s.About)
	s.fault, s.kept = newBanner("banner", "alert"), newBanner("hint", "clock")
	for _, b := range []*banner{s.fault, s.kept} {
		widget.AddClass(b.Box, "gap")
		s.Top.PackStart(b, true, true, 0)
	}
}

func (s *sheet) root() gtk.IWidget { return s.Page }

// head words the title, the line about it, and what went wrong; that what was confirmed is kept is nothing wrong.
func (s *sheet) head(title, about string, f *workflow.Fault) {
	widget.SetText(s.Title, title)
	widget.SetTextOrHide(s.About, about)
	if f != nil && f.Kept != "" {
		s.fault.say("")
		s.kept.say(s.kit.t("kept." + f.Kept))
		return
	}
	s.fault.fault(s.kit, f)
	s.kept.say("")
}
