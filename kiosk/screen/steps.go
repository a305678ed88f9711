package screen

import (
	"strconv"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// steps is the bar that tells where in the visit one is.
type steps struct {
	*gtk.Box
	kit     *kit
	all     *widget.Rows[*step]
	compact bool
	trail   []string
	current int
}

// step is one stop of the bar with the line that leads to it.
type step struct {
	*gtk.Box
	line   *gtk.Separator
	dot    *gtk.Box
	number *gtk.Label
	check  *widget.Icon
	label  *gtk.Label
}

func newSteps(k *kit) *steps {
	s := &steps{Box: widget.HBox(0), kit: k}
	widget.AddClass(s.Box, "steps")
	s.SetNoShowAll(true)
	s.all = widget.NewRows(s.Box, newStep)
	return s
}

func newStep() *step {
	s := &step{Box: widget.HBox(14), line: widget.Must(gtk.SeparatorNew(gtk.ORIENTATION_HORIZONTAL)), dot: widget.HBox(0)}
	widget.AddClass(s.Box, "step")
	widget.AddClass(s.dot, "dot")
	s.dot.SetVAlign(gtk.ALIGN_CENTER)
	s.number = widget.Must(gtk.LabelNew(""))
	s.number.SetHExpand(true)
	s.check = widget.NewIcon("check", "i24")
	s.check.SetHExpand(true)
	s.dot.PackStart(s.number, true, true, 0)
	s.dot.PackStart(s.check, true, true, 0)
	s.dot.SetHExpand(false)
	s.label = widget.Must(gtk.LabelNew(""))
	s.line.SetVAlign(gtk.ALIGN_CENTER)
	s.line.SetHExpand(true)
	s.PackStart(s.line, true, true, 0)
	s.PackStart(s.dot, false, false, 0)
	s.PackStart(s.label, false, false, 0)
	s.ShowAll()
	return s
}

// show draws the trail; it folds away while somebody types.
func (s *steps) show(f workflow.Frame, typing bool) {
	s.trail, s.current = f.Trail, f.Current
	s.SetVisible(len(f.Trail) > 0 && !typing)
	s.all.Sync(len(f.Trail), func(i int, row *step) {
		s.Box.SetChildPacking(row, i > 0, true, 0, gtk.PACK_START)
		row.line.SetVisible(i > 0)
		row.show(i+1, s.kit.t(f.Trail[i]), i < f.Current, i == f.Current)
		row.label.SetVisible(!s.compact || i == f.Current)
	})
}

func (s *step) show(number int, label string, done, current bool) {
	widget.SetClass(s.Box, "done", done)
	widget.SetClass(s.Box, "current", current)
	widget.SetText(s.number, strconv.Itoa(number))
	s.number.SetVisible(!done)
	s.check.SetVisible(done)
	widget.SetText(s.label, label)
	widget.SetName(s.dot, label)
}

// fit shows the names of all stops, or only of the current one where there is no room.
func (s *steps) fit(width int) {
	if !s.GetVisible() {
		return
	}
	s.compact = false
	s.names()
	const line = 8 // more than the least, between two stops
	if naturalWidth(s.Box)+line*len(s.trail) > width {
		s.compact = true
		s.names()
	}
}

func (s *steps) names() {
	widget.SetClass(s.Box, "compact", s.compact)
	for i, row := range s.all.All {
		row.label.SetVisible(!s.compact || i == s.current)
	}
}
