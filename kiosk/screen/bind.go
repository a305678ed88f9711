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
	fill(name, builder, reflect.ValueOf(into).Elem())
}

// fill sets the tagged fields of a struct and of the structs embedded in it.
func fill(name string, builder *gtk.Builder, v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		id, ok := field.Tag.Lookup("ui")
		if !ok {
			if field.Anonymous && field.Type.Kind() == reflect.Struct && field.Type.Name() == "sheet" {
				fill(name, builder, v.Field(i))
			}
			continue
		}
		object, err := builder.GetObject(id)
		if err != nil {
			panic(fmt.Errorf("%s.ui: %q: %w", name, id, err))
		}
		v.Field(i).Set(reflect.ValueOf(object))
	}
}
