package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/workflow"
)

// marks is progress as steps with their times.
type marks struct {
	*gtk.Box
	kit *kit
	all *rows[*mark]
}

type mark struct {
	*gtk.Box
	icon  *icon
	label *gtk.Label
	note  *gtk.Label
	time  *gtk.Label
}

func newMarks(k *kit) *marks {
	m := &marks{Box: vbox(0), kit: k}
	m.all = newRows(m.Box, newMark)
	return m
}

func newMark() *mark {
	m := &mark{Box: hbox(20), icon: newIcon("todo", "i32"), label: newLabel(), note: newLabel("small-text", "red"), time: newLabel("time-taken")}
	addClass(m.Box, "mark-row")
	m.icon.SetVAlign(gtk.ALIGN_START)
	m.icon.SetMarginTop(3)
	m.time.SetLineWrap(false)
	m.time.SetVAlign(gtk.ALIGN_START)
	m.note.SetNoShowAll(true)
	words := vbox(4, m.label, m.note)
	words.SetVAlign(gtk.ALIGN_CENTER)
	m.PackStart(m.icon, false, false, 0)
	m.PackStart(words, true, true, 0)
	m.PackStart(m.time, false, false, 0)
	return showAll(m)
}

var markIcons = map[workflow.MarkState]string{workflow.MarkTodo: "todo", workflow.MarkRunning: "running",
	workflow.MarkDone: "done", workflow.MarkFailed: "alert"}

func (m *marks) show(list []workflow.Mark) {
	m.all.sync(len(list), func(i int, row *mark) { row.show(m.kit, list[i]) })
}

func (m *mark) show(k *kit, w workflow.Mark) {
	for state := range markIcons {
		setClass(m.Box, string(state), state == w.State)
	}
	m.icon.set(markIcons[w.State])
	name := k.words.optional("mark."+w.ID, nil)
	if name == "" {
		name = k.t("material." + w.ID)
	}
	setText(m.label, name)
	setName(m.label, k.t("mark.named", "name", name, "state", k.t("mark."+string(w.State))))
	setText(m.time, k.words.lap(w.Duration))
	note := k.words.reasons(w.Reasons)
	if w.Fault != nil {
		note = k.words.fault(w.Fault)
	}
	setTextOrHide(m.note, note)
}
