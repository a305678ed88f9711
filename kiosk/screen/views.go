package screen

import (
	"fmt"
	"reflect"

	"keyhall/kiosk/workflow"
)

// pages is the table of what can be shown: for each page of the workflow a method of the page's name, which stands in the file of its
// view. A row is found by the name of what is shown, as its .ui is, so a new page stands in no list.
type pages struct{}

// row is what there is of a page: its view, and made-up pages for the gallery.
type row struct {
	view   func(*kit) view
	scenes func() []scene
}

// of is the row of a page. One without is a mistake in the program, which a test finds.
func (pages) of(p workflow.Page) row {
	m := reflect.ValueOf(pages{}).MethodByName(reflect.TypeOf(p).Name())
	if !m.IsValid() {
		panic(fmt.Sprintf("no view for %T", p))
	}
	return m.Interface().(func() row)()
}

// scenes lists the pictures: every page, its faults, long names, the keyboard.
func scenes() (all []scene) {
	for _, m := range reflect.ValueOf(pages{}).Methods() {
		all = append(all, m.Interface().(func() row)().scenes()...)
	}
	return all
}

// view returns the widgets of a page, built at its first showing.
func (w *Window) view(p workflow.Page) view {
	name := fmt.Sprintf("%T", p)
	v, ok := w.views[name]
	if !ok {
		v = pages{}.of(p).view(w.kit)
		w.views[name] = v
		v.root().ToWidget().ShowAll()
		w.stack.AddNamed(v.root(), name)
	}
	return v
}

// chapterOf tells pages of one view apart, where a view shows several.
func chapterOf(v view, p workflow.Page) string {
	if several, ok := v.(interface{ chapter(workflow.Page) string }); ok {
		return several.chapter(p)
	}
	return ""
}
