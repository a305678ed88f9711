package widget

import "github.com/gotk3/gotk3/gtk"

// NewCard makes an empty button that looks like a card; it is named by its title.
func NewCard() *Button {
	b := &Button{Button: Must(gtk.ButtonNew())}
	AddClass(b.Button, "card")
	b.SetFocusOnClick(false)
	b.Connect("clicked", func() {
		if b.Act != nil {
			b.Act()
		}
	})
	return b
}

// InWell sets an icon into a tinted square.
func InWell(i *Icon) *gtk.Box {
	well := HBox(0)
	AddClass(well, "well")
	well.SetVAlign(gtk.ALIGN_CENTER)
	i.SetHExpand(true)
	well.PackStart(i, true, true, 0)
	well.SetHExpand(false)
	return well
}

// NewPill is a short state on a tinted ground.
func NewPill() *gtk.Label {
	l := Must(gtk.LabelNew(""))
	AddClass(l, "pill")
	l.SetVAlign(gtk.ALIGN_CENTER)
	return l
}
