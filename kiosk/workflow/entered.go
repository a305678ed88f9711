package workflow

import "keyhall/backoffice/ra"

// kindOf is the keyboard for each way of writing.
var kindOf = map[ra.Writing]FieldKind{
	ra.WritingChinese:  FieldChinese,
	ra.WritingLatin:    FieldLatin,
	ra.WritingUpper:    FieldUpper,
	ra.WritingDigits:   FieldDigits,
	ra.WritingIDNumber: FieldIDNumber,
	ra.WritingChoice:   FieldChoice,
}

// entriesOf makes a form's fields for what is entered of a T, filled with what is known.
func entriesOf[T any](fields ra.Fields[T], known T) []*entry {
	var all []*entry
	for _, f := range fields {
		e := &entry{Field: Field{ID: f.ID, Kind: kindOf[f.Writing], MaxLen: f.MaxLen, Optional: f.Optional}, check: f.Wrong, full: f.Full, value: f.Value(known)}
		for _, c := range f.Choices {
			e.Choices = append(e.Choices, c.Value)
		}
		if f.Hint != (ra.Text{}) {
			e.Hint = "hint." + f.ID
		}
		if f.When != nil {
			e.when = func(value func(string) string) bool { return f.When(typed(fields, value)) }
		}
		all = append(all, e)
		if f.Again != (ra.Text{}) {
			all = append(all, &entry{Field: Field{ID: f.ID + "_again", Kind: e.Kind, Hint: "hint.again", MaxLen: f.MaxLen}, again: f.ID})
		}
	}
	return all
}

// typed is what was typed, as it was.
func typed[T any](fields ra.Fields[T], value func(id string) string) (v T) {
	for _, f := range fields {
		*f.At(&v) = value(f.ID)
	}
	return v
}

// entered is what was typed into a form, as it is kept.
func entered[T any](fields ra.Fields[T], f *form) T { return fields.Normal(typed(fields, f.value)) }

// rowsOf shows what was entered of a T, without what was left empty.
func rowsOf[T any](fields ra.Fields[T], v T) []Row {
	var rows []Row
	for _, f := range fields.Applying(v) {
		row := Row{ID: f.ID, Value: f.Value(v)}
		switch {
		case row.Value == "":
			continue
		case f.Writing == ra.WritingChoice:
			row = Row{ID: f.ID, Key: "choice." + row.Value}
		case f.Mask != nil:
			row.Value = f.Mask(row.Value)
		}
		rows = append(rows, row)
	}
	return rows
}
