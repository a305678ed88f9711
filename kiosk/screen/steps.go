package screen

import (
	"strconv"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/workflow"
)

// steps is the bar that tells where in the visit one is.
type steps struct {
	*gtk.Box
	kit     *kit
	all     *rows[*step]
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
	check  *icon
	label  *gtk.Label
}

func newSteps(k *kit) *steps {
	s := &steps{Box: hbox(0), kit: k}
	addClass(s.Box, "steps")
	s.SetNoShowAll(true)
	s.all = newRows(s.Box, newStep)
	return s
}

func newStep() *step {
	s := &step{Box: hbox(14), line: must(gtk.SeparatorNew(gtk.ORIENTATION_HORIZONTAL)), dot: hbox(0)}
	addClass(s.Box, "step")
	addClass(s.dot, "dot")
	s.dot.SetVAlign(gtk.ALIGN_CENTER)
	s.number = must(gtk.LabelNew(""))
	s.number.SetHExpand(true)
	s.check = newIcon("check", "i24")
	s.check.SetHExpand(true)
	s.dot.PackStart(s.number, true, true, 0)
	s.dot.PackStart(s.check, true, true, 0)
	s.dot.SetHExpand(false)
	s.label = must(gtk.LabelNew(""))
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
	s.all.sync(len(f.Trail), func(i int, row *step) {
		s.Box.SetChildPacking(row, i > 0, true, 0, gtk.PACK_START)
		row.line.SetVisible(i > 0)
		row.show(i+1, s.kit.t(f.Trail[i]), i < f.Current, i == f.Current)
		row.label.SetVisible(!s.compact || i == f.Current)
	})
}

func (s *step) show(number int, label string, done, current bool) {
	setClass(s.Box, "done", done)
	setClass(s.Box, "current", current)
	setText(s.number, strconv.Itoa(number))
	s.number.SetVisible(!done)
	s.check.SetVisible(done)
	setText(s.label, label)
	setName(s.dot, label)
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
	setClass(s.Box, "compact", s.compact)
	for i, row := range s.all.all {
		row.label.SetVisible(!s.compact || i == s.current)
	}
}
