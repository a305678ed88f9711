package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// facts is a list of labels and values, the values in one column.
type facts struct {
	*gtk.Box
	kit   *kit
	all   *widget.Rows[*fact]
	names *gtk.SizeGroup
}

type fact struct {
	*gtk.Box
	label *gtk.Label
	value *gtk.Label
	was   *gtk.Label // what it was before, below it
}

func newFacts(k *kit) *facts {
	f := &facts{Box: widget.VBox(12), kit: k, names: widget.Must(gtk.SizeGroupNew(gtk.SIZE_GROUP_HORIZONTAL))}
	f.all = widget.NewRows(f.Box, f.row)
	return f
}

func (f *facts) row() *fact {
	r := &fact{Box: widget.HBox(32), label: widget.NewLabel("muted"), value: widget.NewLabel(), was: widget.NewLabel("about")}
	r.label.SetVAlign(gtk.ALIGN_START)
	r.label.SetYAlign(0)
	r.label.SetMaxWidthChars(28)
	r.PackStart(r.label, false, false, 0)
	r.PackStart(widget.VBox(2, r.value, r.was), true, true, 0)
	f.names.AddWidget(r.label)
	return widget.ShowAll(r)
}

func (f *facts) show(list []workflow.Row) {
	f.all.Sync(len(list), func(i int, r *fact) {
		widget.SetText(r.label, f.kit.t("field."+list[i].ID))
		said, was := f.kit.words.row(list[i]), ""
		if before := list[i].Was; before != nil {
			was = f.kit.t("field.was", "value", f.kit.words.row(*before))
		}
		widget.SetText(r.value, said)
		widget.SetTextOrHide(r.was, was)
		widget.SetName(r.value, said)
	})
	f.SetVisible(len(list) > 0)
}
