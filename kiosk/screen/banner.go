package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// banner is a message in a box of its own, with an icon: colour alone says nothing.
type banner struct {
	*gtk.Box
	icon  *widget.Icon
	label *gtk.Label
}

// newBanner makes a banner of a style class: "banner" for errors, "hint" for what is worth reading, "calm" for news.
func newBanner(class, iconName string) *banner {
	b := &banner{Box: widget.HBox(16), icon: widget.NewIcon(iconName, "i28"), label: widget.NewLabel()}
	widget.AddClass(b.Box, class)
	widget.SetRole(b.Box, widget.Alert)
	b.icon.SetVAlign(gtk.ALIGN_START)
	b.icon.SetMarginTop(3)
	b.PackStart(b.icon, false, false, 0)
	b.PackStart(b.label, true, true, 0)
	b.ShowAll()
	b.SetNoShowAll(true)
	b.Hide()
	return b
}

// say shows the words, or hides the banner when there are none.
func (b *banner) say(s string) {
	widget.SetText(b.label, s)
	b.SetVisible(s != "")
}

// fault tells of it in red; where several keys only wait for a choice nothing is wrong, and it is amber.
func (b *banner) fault(k *kit, f *workflow.Fault) {
	choose, icon := f != nil && f.Code == ra.CodeKeyChoose, "alert"
	if choose {
		icon = "info"
	}
	widget.SetClass(b.Box, "banner", !choose)
	widget.SetClass(b.Box, "hint", choose)
	b.icon.Change(icon)
	b.say(k.words.fault(f))
}
