package workflow

import (
	"slices"

	"keyhall/backoffice/ra"
)

// kindOf is the keyboard for each way of writing.
var kindOf = map[ra.Writing]FieldKind{
	ra.WritingChinese:  FieldChinese,
	ra.WritingName:     FieldName,
	ra.WritingLatin:    FieldLatin,
	ra.WritingUpper:    FieldUpper,
	ra.WritingCredit:   FieldCredit,
	ra.WritingPhone:    FieldPhone,
	ra.WritingDigits:   FieldDigits,
	ra.WritingIDNumber: FieldIDNumber,
	ra.WritingChoice:   FieldChoice,
}

// entry is a field with its rule and what was typed.
type entry struct {
	Field
	check func(value string) error                  // nil: anything
	again string                                    // id of the field that this one repeats
	full  int                                       // characters from which it counts as complete; 0: only when left
	when  func(value func(id string) string) bool   // nil: always shown
	by    func(value func(id string) string) *entry // the field and its rule as they are for what else was typed; nil: always the same
	// remark is what a person is told of a value that is taken all the same; nil: of none.
	remark func(value string) error

	// elsewhere: whether it is right only the back office knows, or the key, as of a code; check looks at its shape alone.
	elsewhere bool

	value   string
	left    bool
	sure    bool     // insisted on, until typed again
	stands  []string // values that were insisted on where they were entered before
	refused *Fault   // by the back office, until typed again
	// wrongs are values that the back office found wrong, with what it said: none is sent twice.
	wrongs map[string]*Fault
}

// refuse keeps what the back office said of the value. A wrong code stays one.
func (e *entry) refuse(err error) {
	e.refused = FaultOf(err)
	if code := ra.CodeOf(err); code != ra.CodeAuthCodeWrong && code != ra.CodeSMSCodeWrong {
		return
	}
	if e.wrongs == nil {
		e.wrongs = map[string]*Fault{}
	}
	e.wrongs[e.value] = e.refused
}

// certain: there is no doubt for the person, who insists on the value here, or did where it was entered before.
func (e *entry) certain() bool { return e.sure || slices.Contains(e.stands, e.value) }

// insisted: there is a doubt, and the person is certain.
func (e *entry) insisted() bool {
	return e.sure || e.certain() && e.check != nil && ra.Doubtful(e.check(e.value))
}

// insistsOn brings the fields whose doubts a person insists on up to date with what this form says.
func (f *form) insistsOn(ids []string) []string {
	ids = slices.DeleteFunc(ids, func(id string) bool { return f.entry(id) != nil })
	return append(ids, f.insisted()...)
}

func (e *entry) limit() int {
	if e.MaxLen > 0 {
		return e.MaxLen
	}
	return 120
}

// judged tells whether what is typed can be called right here.
func (e *entry) judged() bool {
	return (e.check != nil || e.again != "") && !e.elsewhere && e.Kind != FieldChoice
}

func (e *entry) hidden() bool { return e.Kind == FieldPassword || e.Kind == FieldPIN }

func (f *form) field(e *entry) Field {
	field := e.Field
	if !e.hidden() {
		field.Value = e.value
	}
	err := f.wrong(e)
	switch {
	case e.refused != nil:
		field.Problem = e.refused
	case err != nil && (e.left || f.complete(e)):
		field.Problem, field.Doubt = FaultOf(err), ra.Doubtful(err)
	case err == nil && e.insisted(): // it stands on the document, but nothing here found it right
		field.Insisted = true
	case err == nil && e.remark != nil && e.remark(e.value) != nil:
		field.Remark = FaultOf(e.remark(e.value))
	case err == nil && e.judged() && e.value != "" && f.fault == nil: // nothing is called right beside what was refused
		field.Good = true
	}
	return field
}

// entriesOf makes a form's fields for what is entered of a T, filled with what is known.
func entriesOf[T any](fields ra.Fields[T], known T, at ra.Setting) []*entry {
	var all []*entry
	for _, f := range fields {
		e := entryOf(f.As(known), at)
		e.value = f.Value(known)
		if e.value == "" && len(f.Choices) > 0 && f.Normal != nil { // the usual one is chosen already
			e.value = f.Normal("")
		}
		if f.By != nil {
			e.by = func(value func(string) string) *entry { return entryOf(f.As(typed(fields, value)), at) }
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

// entryOf is a form's field for one of a T, as it is for what is known of it.
func entryOf[T any](f ra.Field[T], at ra.Setting) *entry {
	e := &entry{Field: Field{ID: f.ID, Kind: kindOf[f.Writing], MaxLen: f.MaxLen, Optional: f.Optional, Hint: f.HintKey()}, full: f.Full, remark: f.Remark,
		check: func(s string) error { return f.Wrong(s, at) }}
	for _, c := range f.Choices {
		e.Choices = append(e.Choices, c.Value)
	}
	return e
}

// setting is when and where something is entered now: what its checks look at.
func (w *Workflow) setting() ra.Setting {
	at := ra.Setting{Now: w.date(), Lacks: w.cfg.Lacks}
	if p := w.visit.project; p != nil {
		at.Countries = p.MobileCountries
	}
	return at
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

// wholeRows shows what was entered of a T to who compares it with the documents, without what was left empty.
func wholeRows[T any](fields ra.Fields[T], v T) []Row { return rowsAs(fields, v, false) }

// rowsOf shows it to who looks it over once more: what is nobody else's business is masked.
func rowsOf[T any](fields ra.Fields[T], v T) []Row { return rowsAs(fields, v, true) }

func rowsAs[T any](fields ra.Fields[T], v T, masked bool) []Row {
	var rows []Row
	for _, f := range fields.Applying(v) {
		row := Row{ID: f.ID, Value: f.Value(v)}
		switch {
		case row.Value == "":
			continue
		case f.Writing == ra.WritingChoice:
			row = Row{ID: f.ID, Key: "choice." + row.Value}
		case masked && f.Mask != nil:
			row.Value = f.Mask(row.Value)
		}
		rows = append(rows, row)
	}
	return rows
}
