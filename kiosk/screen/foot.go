package screen

import (
	"time"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/workflow"
)

// soon is when the time left stops being quiet.
const soon = 45 * time.Second

// foot is the bar at the bottom: the ways out on the left, the time left, and the page's actions on the right.
type foot struct {
	*gtk.Grid
	kit     *kit
	left    *gtk.Box
	right   *gtk.Box
	home    *button
	back    *button
	lefts   *rows[*button]
	rights  *rows[*button]
	main    *button
	time    *button
	note    *gtk.Label
	stacked bool
}

func newFoot(k *kit) *foot {
	f := &foot{Grid: must(gtk.GridNew()), kit: k, left: hbox(16), right: hbox(16)}
	addClass(f.Grid, "foot")
	f.SetColumnSpacing(16)
	f.SetRowSpacing(16)
	f.home, f.back = newButton("quiet", "home"), newButton("outline", "back")
	f.time, f.main = newButton("time", "clock"), newButton("primary", "next").iconAfter("next")
	f.note = must(gtk.LabelNew(""))
	addClass(f.note, "note")
	lefts, rights := hbox(16), hbox(16)
	f.lefts = newRows(lefts, newChoice)
	f.rights = newRows(rights, newChoice)
	for _, part := range []gtk.IWidget{f.home, f.back, lefts} {
		f.left.PackStart(part, false, false, 0)
	}
	f.right.SetHAlign(gtk.ALIGN_END)
	for _, part := range []gtk.IWidget{rights, f.main} {
		f.right.PackStart(part, false, false, 0)
	}
	middle := hbox(0, f.note, f.time)
	middle.SetHExpand(true)
	middle.SetHAlign(gtk.ALIGN_END)
	middle.SetVExpand(true)
	f.SetVExpand(false)
	f.Attach(f.left, 0, 0, 1, 1)
	f.Attach(middle, 1, 0, 1, 1)
	f.Attach(f.right, 2, 0, 1, 1)
	f.ShowAll()
	f.SetNoShowAll(true)
	return f
}

func newChoice() *button { return newButton("outline", "next") }

func (f *foot) show(frame workflow.Frame, b bar) {
	k := f.kit
	f.home.set(k.t("action.home"), true, func() { k.do(workflow.Home{}) })
	f.home.SetVisible(frame.Home)
	f.back.set(k.t("action.back"), true, func() { k.do(workflow.Back{}) })
	f.back.SetVisible(frame.Back)
	f.lefts.sync(len(b.left), func(i int, row *button) { f.fill(row, b.left[i], "outline") })
	f.rights.sync(len(b.right), func(i int, row *button) { f.fill(row, b.right[i], "outline") })
	f.main.SetVisible(b.main != nil)
	if b.main != nil {
		f.fill(f.main, *b.main, "primary")
	}
	f.right.SetVisible(len(b.right) > 0 || b.main != nil)
	setTextOrHide(f.note, b.note)
}

func (f *foot) fill(b *button, c choice, class string) {
	setClass(b.Button, class, !c.quiet)
	setClass(b.Button, "quiet", c.quiet)
	act := c.act
	if act == nil {
		act = func() { f.kit.do(c.do) }
	}
	b.set(c.label, !c.off, act)
	b.icon.SetVisible(c.icon != "")
	b.icon.set(c.icon)
	place := 0
	if c.after {
		place = 1
	}
	must(b.GetChild()).(*gtk.Box).ReorderChild(b.icon, place)
}

// tick shows the time left until everything personal is cleared; one touch prolongs it.
func (f *foot) tick(deadline, now time.Time) {
	if deadline.IsZero() {
		f.time.Hide()
		return
	}
	left := max(deadline.Sub(now), 0).Round(time.Second)
	key := "time.left"
	if left <= soon {
		key = "time.soon"
	}
	setClass(f.time.Button, "soon", left <= soon)
	f.time.set(f.kit.t(key, "time", f.kit.words.countdown(left)), true, func() { f.kit.do(workflow.Touch{}) })
	f.time.Show()
}

// fit puts the page's actions into a line of their own where all do not stand in one.
func (f *foot) fit(width int) {
	const margins = 2*48 + 2*16
	middle := max(naturalWidth(f.time), naturalWidth(f.note))
	stacked := naturalWidth(f.left)+middle+naturalWidth(f.right)+margins > width
	if stacked == f.stacked {
		return
	}
	f.stacked = stacked
	left, top, span := 2, 0, 1
	if stacked {
		left, top, span = 0, 1, 2
	}
	for name, value := range map[string]int{"left-attach": left, "top-attach": top, "width": span} {
		must(struct{}{}, f.ChildSetProperty(f.right, name, value))
	}
}
