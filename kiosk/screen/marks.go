package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// marks is progress as steps with their times.
type marks struct {
	*gtk.Box
	kit *kit
	all *widget.Rows[*mark]
}

type mark struct {
	*gtk.Box
	icon  *widget.Icon
	label *gtk.Label
	note  *gtk.Label
	time  *gtk.Label
}

func newMarks(k *kit) *marks {
	m := &marks{Box: widget.VBox(0), kit: k}
	m.all = widget.NewRows(m.Box, newMark)
	return m
}

func newMark() *mark {
	m := &mark{Box: widget.HBox(20), icon: widget.NewIcon("todo", "i32"), label: widget.NewLabel(), note: widget.NewLabel("small-text", "red"), time: widget.NewLabel("time-taken")}
	widget.AddClass(m.Box, "mark-row")
	m.icon.SetVAlign(gtk.ALIGN_START)
	m.icon.SetMarginTop(3)
	m.time.SetLineWrap(false)
	m.time.SetVAlign(gtk.ALIGN_START)
	m.note.SetNoShowAll(true)
	words := widget.VBox(4, m.label, m.note)
	words.SetVAlign(gtk.ALIGN_CENTER)
	m.PackStart(m.icon, false, false, 0)
	m.PackStart(words, true, true, 0)
	m.PackStart(m.time, false, false, 0)
	return widget.ShowAll(m)
}

var markIcons = map[workflow.MarkState]string{workflow.MarkTodo: "todo", workflow.MarkRunning: "running",
	workflow.MarkDone: "done", workflow.MarkFailed: "alert"}

func (m *marks) show(list []workflow.Mark) {
	m.all.Sync(len(list), func(i int, row *mark) { row.show(m.kit, list[i]) })
}

func (m *mark) show(k *kit, w workflow.Mark) {
	for state := range markIcons {
		widget.SetClass(m.Box, string(state), state == w.State)
	}
	m.icon.Change(markIcons[w.State])
	name := k.words.optional("mark."+w.ID, nil)
	if name == "" {
		name = k.t("material." + w.ID)
	}
	widget.SetText(m.label, name)
	widget.SetName(m.label, k.t("mark.named", "name", name, "state", k.t("mark."+string(w.State))))
	widget.SetText(m.time, k.words.lap(w.Duration))
	note := k.words.reasons(w.Reasons)
	if w.Fault != nil {
		note = k.words.fault(w.Fault)
	}
	widget.SetTextOrHide(m.note, note)
}
