package screen

import "github.com/gotk3/gotk3/gtk"

// newCard makes an empty button that looks like a card; it is named by its title.
func newCard() *button {
	b := &button{Button: must(gtk.ButtonNew())}
	addClass(b.Button, "card")
	b.SetFocusOnClick(false)
	b.Connect("clicked", func() {
		if b.act != nil {
			b.act()
		}
	})
	return b
}

// inWell sets an icon into a tinted square.
func inWell(i *icon) *gtk.Box {
	well := hbox(0)
	addClass(well, "well")
	well.SetVAlign(gtk.ALIGN_CENTER)
	i.SetHExpand(true)
	well.PackStart(i, true, true, 0)
	well.SetHExpand(false)
	return well
}

// newPill is a short state on a tinted ground.
func newPill() *gtk.Label {
	l := must(gtk.LabelNew(""))
	addClass(l, "pill")
	l.SetVAlign(gtk.ALIGN_CENTER)
	return l
}
