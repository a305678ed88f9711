// Package widget is what the kiosk's pages are built of: labels, buttons, lists, icons and pictures in the style of its stylesheet, and what
// gotk3 does not bind. It knows nothing of what the pages say.
package widget

import (
	"github.com/gotk3/gotk3/glib"
	"github.com/gotk3/gotk3/gtk"
	"github.com/gotk3/gotk3/pango"
)

// Must unwraps GTK's constructors: they fail only when memory is gone.
func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// AddClass gives a widget classes of the stylesheet.
func AddClass(w gtk.IWidget, classes ...string) {
	context := Must(w.ToWidget().GetStyleContext())
	for _, c := range classes {
		context.AddClass(c)
	}
}

// SetClass gives a widget a class of the stylesheet, or takes it away.
func SetClass(w gtk.IWidget, class string, on bool) {
	context := Must(w.ToWidget().GetStyleContext())
	switch has := context.HasClass(class); {
	case on && !has:
		context.AddClass(class)
	case !on && has:
		context.RemoveClass(class)
	}
}

func newBox(orientation gtk.Orientation, spacing int, children ...gtk.IWidget) *gtk.Box {
	b := Must(gtk.BoxNew(orientation, spacing))
	for _, c := range children {
		b.PackStart(c, false, false, 0)
	}
	return b
}

// HBox lays its children side by side, px apart.
func HBox(spacing int, children ...gtk.IWidget) *gtk.Box {
	return newBox(gtk.ORIENTATION_HORIZONTAL, spacing, children...)
}

// VBox lays its children one below the other, px apart.
func VBox(spacing int, children ...gtk.IWidget) *gtk.Box {
	return newBox(gtk.ORIENTATION_VERTICAL, spacing, children...)
}

// NewLabel is a left-aligned label that wraps anywhere: Chinese has no spaces.
func NewLabel(classes ...string) *gtk.Label {
	l := Must(gtk.LabelNew(""))
	Wrap(l)
	AddClass(l, classes...)
	return l
}

// Wrap aligns labels to the left and lets them wrap anywhere.
func Wrap(labels ...*gtk.Label) {
	for _, l := range labels {
		l.SetXAlign(0)
		l.SetLineWrap(true)
		l.SetLineWrapMode(pango.WRAP_WORD_CHAR)
	}
}

// Ellipsized is a label of one line that gives way.
func Ellipsized(classes ...string) *gtk.Label {
	l := Must(gtk.LabelNew(""))
	l.SetXAlign(0)
	l.SetEllipsize(pango.ELLIPSIZE_END)
	AddClass(l, classes...)
	return l
}

// SetText sets a label only when it changes, so that nothing is laid out anew for nothing.
func SetText(l *gtk.Label, s string) {
	if old, _ := l.GetText(); old != s {
		l.SetText(s)
	}
}

// SetTextOrHide hides the label when there is nothing to say.
func SetTextOrHide(l *gtk.Label, s string) {
	SetText(l, s)
	l.SetVisible(s != "")
}

// ShowAll shows a widget built in code with everything in it.
func ShowAll[W gtk.IWidget](w W) W {
	w.ToWidget().ShowAll()
	return w
}

// Button is a touch target of an icon and a label, named by its label.
type Button struct {
	*gtk.Button
	Icon  *Icon
	Label *gtk.Label
	Act   func() // nil for nothing
}

// NewButton makes a button of a style class ("primary", "outline", "flat", …); iconName "" leaves the icon out.
func NewButton(class, iconName string) *Button {
	b := &Button{Button: Must(gtk.ButtonNew()), Label: Must(gtk.LabelNew(""))}
	AddClass(b.Button, class)
	row := HBox(12)
	row.SetHAlign(gtk.ALIGN_CENTER)
	b.Icon = NewIcon(iconName, "i28")
	row.PackStart(b.Icon, false, false, 0)
	row.PackStart(b.Label, false, false, 0)
	b.Add(row)
	b.Connect("clicked", func() {
		if b.Act != nil {
			b.Act()
		}
	})
	row.ShowAll()
	b.Icon.SetNoShowAll(true)
	b.Icon.SetVisible(iconName != "")
	b.SetFocusOnClick(false) // or the keyboard would lose its entry
	return b
}

// IconAfter moves the icon behind the label, as an arrow forward stands.
func (b *Button) IconAfter(name string) *Button {
	b.Icon.Change(name)
	b.Icon.SetVisible(true)
	row := Must(b.GetChild()).(*gtk.Box)
	row.ReorderChild(b.Icon, 1)
	return b
}

// Word words the button, says what it does and whether it may be pressed.
func (b *Button) Word(label string, enabled bool, act func()) {
	SetText(b.Label, label)
	b.Name(label)
	b.SetSensitive(enabled)
	b.Act = act
}

// Name gives the accessible name; it differs from the label where the label alone would not tell.
func (b *Button) Name(s string) {
	if NameOf(b.Button) != s {
		SetName(b.Button, s)
	}
}

// Rows keeps as many rows in a box as there are things to show and never rebuilds one that stays: what a finger is
// pressing must not vanish under it.
type Rows[R gtk.IWidget] struct {
	Box   *gtk.Box
	build func() R
	All   []R
}

// NewRows keeps what build makes in the box.
func NewRows[R gtk.IWidget](box *gtk.Box, build func() R) *Rows[R] {
	return &Rows[R]{Box: box, build: build}
}

// Sync makes n rows and fills each.
func (r *Rows[R]) Sync(n int, fill func(i int, row R)) {
	for len(r.All) < n {
		row := r.build()
		r.Box.PackStart(row, false, false, 0)
		row.ToWidget().Show()
		r.All = append(r.All, row)
	}
	for i, row := range r.All {
		row.ToWidget().SetVisible(i < n)
		if i < n {
			fill(i, row)
		}
	}
}

// Attach moves a child of a grid into another cell without taking it out, which would take the focus away.
func Attach(grid *gtk.Grid, child gtk.IWidget, left, top int) {
	for name, value := range map[string]int{"left-attach": left, "top-attach": top} {
		if old, err := grid.ChildGetProperty(child, name, glib.TYPE_INT); err != nil || old != value {
			Must(struct{}{}, grid.ChildSetProperty(child, name, value))
		}
	}
}
