package server

import (
	"fmt"
	"reflect"
	"strings"

	"keyhall/backoffice/ra"
)

// checkTexts goes through all that a call brings, a pointer to its input, and refuses the first text that the database cannot hold or
// nobody writes (ra.CheckText), with its field as huma names it.
func checkTexts(in any) error { return textsIn("", reflect.ValueOf(in)) }

func textsIn(at string, v reflect.Value) error {
	switch v.Kind() {
	case reflect.String:
		return ra.FieldError(at, ra.CheckText(v.String()))
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return textsIn(at, v.Elem())
		}
	case reflect.Struct:
		return textsOf(at, v)
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return nil
		}
		for i := range v.Len() {
			if err := textsIn(fmt.Sprintf("%s[%d]", at, i), v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		for entry := v.MapRange(); entry.Next(); {
			if err := textsIn(at, entry.Key()); err != nil {
				return err
			}
			if err := textsIn(at, entry.Value()); err != nil {
				return err
			}
		}
	}
	return nil
}

// textsOf goes through the fields of a struct.
func textsOf(at string, v reflect.Value) error {
	for _, f := range reflect.VisibleFields(v.Type()) {
		if !f.IsExported() || len(f.Index) > 1 { // what is embedded is gone through as one
			continue
		}
		if err := textsIn(join(at, fieldName(f)), v.FieldByIndex(f.Index)); err != nil {
			return err
		}
	}
	return nil
}

// fieldName is what a field is called on the wire, "" for what only holds others.
func fieldName(f reflect.StructField) string {
	for _, from := range []string{"path", "query"} {
		if name := f.Tag.Get(from); name != "" {
			return from + "." + name
		}
	}
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func join(at, name string) string { return strings.Trim(at+"."+name, ".") }
