package screen

import (
	"fmt"

	"keyhall/kiosk/workflow"
)

// view returns the widgets of a page, built at its first showing.
func (w *Window) view(p workflow.Page) view {
	name := fmt.Sprintf("%T", p)
	v, ok := w.views[name]
	if !ok {
		v = build(w.kit, p)
		w.views[name] = v
		v.root().ToWidget().ShowAll()
		w.stack.AddNamed(v.root(), name)
	}
	return v
}

// build is the table of the pages.
func build(k *kit, p workflow.Page) view {
	switch p.(type) {
	case workflow.HomePage:
		return newHome(k)
	case workflow.FormPage:
		return newForm(k)
	}
	panic(fmt.Sprintf("no view for %T", p))
}
