package screen

import (
	"github.com/gotk3/gotk3/glib"
	"github.com/gotk3/gotk3/gtk"
	"github.com/gotk3/gotk3/pango"
)

// must unwraps GTK's constructors: they fail only when memory is gone.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func addClass(w gtk.IWidget, classes ...string) {
	context := must(w.ToWidget().GetStyleContext())
	for _, c := range classes {
		context.AddClass(c)
	}
}

func setClass(w gtk.IWidget, class string, on bool) {
	context := must(w.ToWidget().GetStyleContext())
	switch has := context.HasClass(class); {
	case on && !has:
		context.AddClass(class)
	case !on && has:
		context.RemoveClass(class)
	}
}

func newBox(orientation gtk.Orientation, spacing int, children ...gtk.IWidget) *gtk.Box {
	b := must(gtk.BoxNew(orientation, spacing))
	for _, c := range children {
		b.PackStart(c, false, false, 0)
	}
	return b
}

func hbox(spacing int, children ...gtk.IWidget) *gtk.Box {
	return newBox(gtk.ORIENTATION_HORIZONTAL, spacing, children...)
}

func vbox(spacing int, children ...gtk.IWidget) *gtk.Box {
	return newBox(gtk.ORIENTATION_VERTICAL, spacing, children...)
}

// newLabel is a left-aligned label that wraps anywhere: Chinese has no spaces.
func newLabel(classes ...string) *gtk.Label {
	l := must(gtk.LabelNew(""))
	wrap(l)
	addClass(l, classes...)
	return l
}

func wrap(labels ...*gtk.Label) {
	for _, l := range labels {
		l.SetXAlign(0)
		l.SetLineWrap(true)
		l.SetLineWrapMode(pango.WRAP_WORD_CHAR)
	}
}

// ellipsized is a label of one line that gives way.
func ellipsized(classes ...string) *gtk.Label {
	l := must(gtk.LabelNew(""))
	l.SetXAlign(0)
	l.SetEllipsize(pango.ELLIPSIZE_END)
	addClass(l, classes...)
	return l
}

// setText sets a label only when it changes, so that nothing is laid out anew for nothing.
func setText(l *gtk.Label, s string) {
	if old, _ := l.GetText(); old != s {
		l.SetText(s)
	}
}

// setTextOrHide hides the label when there is nothing to say.
func setTextOrHide(l *gtk.Label, s string) {
	setText(l, s)
	l.SetVisible(s != "")
}

// showAll shows a widget built in code with everything in it.
func showAll[W gtk.IWidget](w W) W {
	w.ToWidget().ShowAll()
	return w
}

// button is a touch target of an icon and a label, named by its label.
type button struct {
	*gtk.Button
	icon  *icon
	label *gtk.Label
	act   func()
}

// newButton makes a button of a style class ("primary", "outline", "flat", …); iconName "" leaves the icon out.
func newButton(class, iconName string) *button {
	b := &button{Button: must(gtk.ButtonNew()), label: must(gtk.LabelNew(""))}
	addClass(b.Button, class)
	row := hbox(12)
	row.SetHAlign(gtk.ALIGN_CENTER)
	b.icon = newIcon(iconName, "i28")
	row.PackStart(b.icon, false, false, 0)
	row.PackStart(b.label, false, false, 0)
	b.Add(row)
	b.Connect("clicked", func() {
		if b.act != nil {
			b.act()
		}
	})
	row.ShowAll()
	b.icon.SetNoShowAll(true)
	b.icon.SetVisible(iconName != "")
	b.SetFocusOnClick(false) // or the keyboard would lose its entry
	return b
}

// iconAfter moves the icon behind the label, as an arrow forward stands.
func (b *button) iconAfter(name string) *button {
	b.icon.set(name)
	b.icon.SetVisible(true)
	row := must(b.GetChild()).(*gtk.Box)
	row.ReorderChild(b.icon, 1)
	return b
}

// set words the button, says what it does and whether it may be pressed.
func (b *button) set(label string, enabled bool, act func()) {
	setText(b.label, label)
	b.name(label)
	b.SetSensitive(enabled)
	b.act = act
}

// name gives the accessible name; it differs from the label where the label alone would not tell.
func (b *button) name(s string) {
	if nameOf(b.Button) != s {
		setName(b.Button, s)
	}
}

// rows keeps as many rows in a box as there are things to show and never rebuilds one that stays: what a finger is
// pressing must not vanish under it.
type rows[R gtk.IWidget] struct {
	box   *gtk.Box
	build func() R
	all   []R
}

func newRows[R gtk.IWidget](box *gtk.Box, build func() R) *rows[R] {
	return &rows[R]{box: box, build: build}
}

// sync makes n rows and fills each.
func (r *rows[R]) sync(n int, fill func(i int, row R)) {
	for len(r.all) < n {
		row := r.build()
		r.box.PackStart(row, false, false, 0)
		row.ToWidget().Show()
		r.all = append(r.all, row)
	}
	for i, row := range r.all {
		row.ToWidget().SetVisible(i < n)
		if i < n {
			fill(i, row)
		}
	}
}

// attach moves a child of a grid into another cell without taking it out, which would take the focus away.
func attach(grid *gtk.Grid, child gtk.IWidget, left, top int) {
	for name, value := range map[string]int{"left-attach": left, "top-attach": top} {
		if old, err := grid.ChildGetProperty(child, name, glib.TYPE_INT); err != nil || old != value {
			must(struct{}{}, grid.ChildSetProperty(child, name, value))
		}
	}
}
