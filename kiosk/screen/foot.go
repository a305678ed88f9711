package screen

import (
	"time"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/widget"
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
	home    *widget.Button
	back    *widget.Button
	staff   *widget.Button
	beside  *gtk.Box // where staff stands
	lefts   *widget.Rows[*widget.Button]
	rights  *widget.Rows[*widget.Button]
	main    *widget.Button
	time    *widget.Button
	stacked bool
}

func newFoot(k *kit) *foot {
	f := &foot{Grid: widget.Must(gtk.GridNew()), kit: k, left: widget.HBox(16), right: widget.HBox(16)}
	widget.AddClass(f.Grid, "foot")
	f.SetColumnSpacing(16)
	f.SetRowSpacing(16)
	f.home, f.back = widget.NewButton("quiet", "home"), widget.NewButton("outline", "back")
	f.staff = widget.NewButton("quiet", "person-call")
	f.time, f.main = widget.NewButton("time", "clock"), widget.NewButton("primary", "next").IconAfter("next")
	lefts, rights := widget.HBox(16), widget.HBox(16)
	f.lefts = widget.NewRows(lefts, newChoice)
	f.rights = widget.NewRows(rights, newChoice)
	for _, part := range []gtk.IWidget{f.home, f.back, lefts} {
		f.left.PackStart(part, false, false, 0)
	}
	f.left.SetVAlign(gtk.ALIGN_CENTER) // beside actions below each other the row is higher than a button
	f.right.SetHAlign(gtk.ALIGN_END)
	rights.SetHAlign(gtk.ALIGN_END)
	f.main.SetHAlign(gtk.ALIGN_END)
	for _, part := range []gtk.IWidget{rights, f.main} {
		f.right.PackStart(part, false, false, 0)
	}
	middle := widget.VBox(0)
	middle.PackStart(f.time, true, true, 0) // all of the height: it is touched
	middle.SetHExpand(true)
	middle.SetHAlign(gtk.ALIGN_END)
	middle.SetVExpand(true)
	f.SetVExpand(false)
	f.Attach(f.left, 0, 0, 1, 1)
	f.Attach(middle, 1, 0, 1, 1)
	f.Attach(f.right, 2, 0, 1, 1)
	f.staffTo(f.right)
	f.ShowAll()
	f.SetNoShowAll(true)
	return f
}

func newChoice() *widget.Button { return widget.NewButton("outline", "next") }

func (f *foot) show(frame workflow.Frame, b bar) {
	k := f.kit
	f.home.Word(k.t("action.home"), true, func() { k.do(workflow.Home{}) })
	f.home.SetVisible(frame.Home)
	f.back.Word(k.t("action.back"), true, func() { k.do(workflow.Back{}) })
	f.back.SetVisible(frame.Back)
	f.staff.Word(k.t("action.staff"), true, func() { k.do(workflow.CallStaff{}) })
	f.staff.SetVisible(frame.Staff)
	f.lefts.Sync(len(b.left), func(i int, row *widget.Button) { f.fill(row, b.left[i], "outline") })
	f.rights.Sync(len(b.right), func(i int, row *widget.Button) { f.fill(row, b.right[i], "outline") })
	f.main.SetVisible(b.main != nil)
	if b.main != nil {
		f.fill(f.main, *b.main, "primary")
	}
	f.right.SetVisible(len(b.right) > 0 || b.main != nil || frame.Staff)
}

// placeStaff finds room, px, for the button that finds staff: beside the page's actions, there by its drawing alone, or so beside the
// ways out. Who hears the screen hears its name in any case. Actions that are too long for one line even so stand in two, or each in its own.
func (f *foot) placeStaff(room int) {
	f.right.SetOrientation(gtk.ORIENTATION_HORIZONTAL)
	f.rights.Box.SetOrientation(gtk.ORIENTATION_HORIZONTAL)
	f.staffTo(f.right)
	f.staff.Label.Show()
	if naturalWidth(f.right) <= room {
		return
	}
	f.staff.Label.Hide()
	if naturalWidth(f.right) > room {
		f.staffTo(f.left)
	}
	if naturalWidth(f.right) > room {
		f.right.SetOrientation(gtk.ORIENTATION_VERTICAL)
	}
	if naturalWidth(f.right) > room {
		f.rights.Box.SetOrientation(gtk.ORIENTATION_VERTICAL)
	}
}

func (f *foot) staffTo(box *gtk.Box) {
	if f.beside == box {
		return
	}
	if f.beside != nil {
		f.beside.Remove(f.staff)
	}
	box.PackStart(f.staff, false, false, 0)
	if f.beside = box; box == f.right {
		box.ReorderChild(f.staff, 0)
	}
}

// begin gives the focus to what goes on from here.
func (f *foot) begin() {
	if f.main.GetVisible() && f.main.GetSensitive() {
		f.main.GrabFocus()
		return
	}
	widget.MoveFocus(f.Grid, true)
}

func (f *foot) fill(b *widget.Button, c choice, class string) {
	widget.SetClass(b.Button, class, !c.quiet)
	widget.SetClass(b.Button, "quiet", c.quiet)
	act := c.act
	if act == nil {
		act = func() { f.kit.do(c.do) }
	}
	b.Word(c.label, !c.off, act)
	b.Icon.SetVisible(c.icon != "")
	b.Icon.Change(c.icon)
	place := 0
	if c.after {
		place = 1
	}
	widget.Must(b.GetChild()).(*gtk.Box).ReorderChild(b.Icon, place)
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
	widget.SetClass(f.time.Button, "soon", left <= soon)
	f.time.Word(f.kit.t(key, "time", f.kit.words.countdown(left)), true, func() { f.kit.do(workflow.Touch{}) })
	f.time.Show()
}

// fit puts the page's actions into a line of their own where all do not stand in one; standing always, so that no page moves the foot.
func (f *foot) fit(width int) {
	const margins = 2*48 + 2*16
	f.placeStaff(width - margins)
	stacked := f.kit.portrait || naturalWidth(f.left)+naturalWidth(f.time)+naturalWidth(f.right)+margins > width
	if stacked == f.stacked {
		return
	}
	f.stacked = stacked
	left, top, span := 2, 0, 1
	if stacked {
		left, top, span = 0, 1, 2
	}
	for name, value := range map[string]int{"left-attach": left, "top-attach": top, "width": span} {
		widget.Must(struct{}{}, f.ChildSetProperty(f.right, name, value))
	}
}
