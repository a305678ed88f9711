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
}

func newFacts(k *kit) *facts {
	f := &facts{Box: widget.VBox(12), kit: k, names: widget.Must(gtk.SizeGroupNew(gtk.SIZE_GROUP_HORIZONTAL))}
	f.all = widget.NewRows(f.Box, f.row)
	return f
}

func (f *facts) row() *fact {
	r := &fact{Box: widget.HBox(32), label: widget.NewLabel("muted"), value: widget.NewLabel()}
	r.label.SetVAlign(gtk.ALIGN_START)
	r.label.SetYAlign(0)
	r.label.SetMaxWidthChars(28)
	r.PackStart(r.label, false, false, 0)
	r.PackStart(r.value, true, true, 0)
	f.names.AddWidget(r.label)
	return widget.ShowAll(r)
}

func (f *facts) show(list []workflow.Row) {
	f.all.Sync(len(list), func(i int, r *fact) {
		widget.SetText(r.label, f.kit.t("field."+list[i].ID))
		widget.SetText(r.value, f.kit.words.row(list[i]))
		widget.SetName(r.value, f.kit.words.row(list[i]))
	})
	f.SetVisible(len(list) > 0)
}
