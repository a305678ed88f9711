package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"reflect"
	"strings"

	"keyhall/backoffice/ra"
)

// encode puts the input of a call on the wire, as huma takes it from there: the path with its braces filled, the query, and the
// body, nil for none.
func encode(path string, input any) (filled string, query url.Values, body io.Reader, err error) {
	e := encoding{path: path, query: url.Values{}}
	if err := e.add(reflect.ValueOf(input)); err != nil {
		return "", nil, nil, ra.E(ra.CodeInternal).Because(err)
	}
	if e.body == nil {
		return e.path, e.query, nil, nil
	}
	return e.path, e.query, bytes.NewReader(e.body), nil
}

type encoding struct {
	path  string
	query url.Values
	body  []byte
}

func (e *encoding) add(input reflect.Value) (err error) {
	for i := range input.NumField() {
		field, value := input.Type().Field(i), input.Field(i)
		name, inPath := field.Tag.Lookup("path")
		query, inQuery := field.Tag.Lookup("query")
		switch {
		case field.Anonymous:
			err = e.add(value)
		case inPath:
			e.path = strings.Replace(e.path, "{"+name+"}", url.PathEscape(fmt.Sprint(value)), 1)
		case inQuery && !value.IsZero():
			e.query.Set(query, fmt.Sprint(value))
		case field.Name == "Body":
			e.body, err = json.Marshal(value.Interface())
		}
		if err != nil {
			return err
		}
	}
	return nil
}
