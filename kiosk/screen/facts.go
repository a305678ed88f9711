package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/workflow"
)

// facts is a list of labels and values, the values in one column.
type facts struct {
	*gtk.Box
	kit   *kit
	all   *rows[*fact]
	names *gtk.SizeGroup
}

type fact struct {
	*gtk.Box
	label *gtk.Label
	value *gtk.Label
}

func newFacts(k *kit) *facts {
	f := &facts{Box: vbox(12), kit: k, names: must(gtk.SizeGroupNew(gtk.SIZE_GROUP_HORIZONTAL))}
	f.all = newRows(f.Box, f.row)
	return f
}

func (f *facts) row() *fact {
	r := &fact{Box: hbox(32), label: newLabel("muted"), value: newLabel()}
	r.label.SetVAlign(gtk.ALIGN_START)
	r.label.SetYAlign(0)
	r.label.SetMaxWidthChars(28)
	r.PackStart(r.label, false, false, 0)
	r.PackStart(r.value, true, true, 0)
	f.names.AddWidget(r.label)
	return showAll(r)
}

func (f *facts) show(list []workflow.Row) {
	f.all.sync(len(list), func(i int, r *fact) {
		setText(r.label, f.kit.t("field."+list[i].ID))
		setText(r.value, f.kit.words.row(list[i]))
		setName(r.value, f.kit.words.row(list[i]))
	})
	f.SetVisible(len(list) > 0)
}
