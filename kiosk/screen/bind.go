package screen

import (
	"embed"
	"fmt"
	"reflect"

	"github.com/gotk3/gotk3/gtk"
)

//go:embed *.ui
var layouts embed.FS

// bind builds the widgets of NAME.ui and puts them into the fields of into tagged `ui:"id"`. A missing id or another
// type is a mistake in the program, not of a person, so it panics at the first page shown.
func bind(name string, into any) {
	data, err := layouts.ReadFile(name + ".ui")
	if err != nil {
		panic(err)
	}
	builder, err := gtk.BuilderNewFromString(string(data))
	if err != nil {
		panic(fmt.Errorf("%s.ui: %w", name, err))
	}
	v := reflect.ValueOf(into).Elem()
	for i := range v.NumField() {
		id, ok := v.Type().Field(i).Tag.Lookup("ui")
		if !ok {
			continue
		}
		object, err := builder.GetObject(id)
		if err != nil {
			panic(fmt.Errorf("%s.ui: %q: %w", name, id, err))
		}
		v.Field(i).Set(reflect.ValueOf(object))
	}
}
