package workflow

import (
	"errors"
	"unicode/utf8"

	"keyhall/backoffice/ra"
)

// FormPage is any page of fields. Title, fields and action are message keys: "form.<ID>.title", "form.<ID>.about",
// "field.<Field.ID>", "action.<Primary>", "action.<Secondary[i].Name()>".
type FormPage struct {
	ID        string
	Fields    []Field
	Most      int    // how many fields there are when all of them apply: those that come and go move no other
	Fault     *Fault // about the form as a whole (wrong password, name taken)
	Primary   string // "next", "login", "register"; the filled button; event Go{}
	Secondary []Named
	Ready     bool // the primary button may be pressed
	Facts     []Row
	Keys      []KeyCard // to choose from, where several would do
}

func (FormPage) page() {}

// FieldKind is how a field is entered and which keyboard opens.
type FieldKind int

// The kinds of field.
const (
	FieldChinese  FieldKind = iota // any text; pinyin keyboard
	FieldName                      // a person's name; the same, family names first
	FieldLatin                     // e-mail, login: Latin keyboard, lower case
	FieldUpper                     // tax number, passport: Latin upper case with digits first
	FieldCredit                    // the same without the letters that no credit code has
	FieldDigits                    // digits only
	FieldPhone                     // digits, plus and hyphen
	FieldIDNumber                  // digits and X
	FieldPassword                  // hidden, Latin keyboard; never through the input method
	FieldPIN                       // hidden, digits pad with letters at a touch; never through the input method
	FieldChoice                    // one of Choices
)

// Field is one entry of a form.
type Field struct {
	ID       string
	Kind     FieldKind
	Value    string   // "" for hidden kinds; the screen keeps what is typed
	Choices  []string // message keys "choice.<v>"
	Optional bool
	Problem  *Fault            // shown at the field in red
	Doubt    bool              // the problem is a doubt: the person may insist, event Insist{ID}
	Remark   *Fault            // shown at the field in amber; the value is taken all the same
	Insisted bool              // a doubt on which the person insists: amber note "field.insisted"
	Good     bool              // checked and right: green note "field.good"
	Hint     string            // message key shown while nothing is wrong, "" for none
	Args     map[string]string // for Hint
	MaxLen   int               // characters, 0 for 120
	Was      string            // what stands in the record, where it is changed; "" where nothing does
}

// Type is a field's whole new value while it is typed.
type Type struct{ Field, Value string }

// String keeps what was typed (passwords, PINs) out of logs.
func (t Type) String() string { return "typed " + t.Field }

// GoString keeps it out of %#v too.
func (t Type) GoString() string { return t.String() }

func (Type) action() {}

// Leave says that the focus left a field: it may be called wrong from now on.
type Leave struct{ Field string }

func (Leave) action() {}

// Insist says that a value is right though there is a doubt about it: the document says so.
type Insist struct{ Field string }

func (Insist) action() {}

// form is a page of fields with what was typed. It checks while a person types: a mistake shows after the field was
// left or when it is complete, and what is right shows at once.
type form struct {
	id        string
	entries   []*entry
	primary   string
	secondary []Named
	facts     []Row
	fault     *Fault
	typed     bool // somebody entered something
}

func (f *form) entry(id string) *entry {
	for _, e := range f.entries {
		if e.ID == id {
			return e
		}
	}
	return nil
}

// value is what was typed into a field, "" for none.
func (f *form) value(id string) string {
	if e := f.entry(id); e != nil {
		return e.value
	}
	return ""
}

func (f *form) set(id, value string) {
	if e := f.entry(id); e != nil {
		e.value = value
	}
}

// act takes Type and Leave; others are not the form's.
func (f *form) act(a Action) bool {
	switch a := a.(type) {
	case Type:
		if e := f.entry(a.Field); e != nil && utf8.RuneCountInString(a.Value) <= f.now(e).limit() {
			e.value, e.refused, e.sure, f.fault, f.typed = a.Value, e.wrongs[a.Value], false, nil, true
		}
	case Insist:
		if e := f.entry(a.Field); e != nil {
			e.sure, e.refused = true, nil
		}
	case Leave:
		if e := f.entry(a.Field); e != nil {
			e.left = true
		}
	default:
		return false
	}
	return true
}

func (f *form) shown(e *entry) bool { return e.when == nil || e.when(f.value) }

// wrong is the mistake in a field, shown or not.
func (f *form) wrong(e *entry) error {
	if e.value == "" {
		if e.Optional {
			return nil
		}
		return ra.E(ra.CodeRequired)
	}
	if e.again != "" && e.value != f.value(e.again) {
		return ra.E(ra.CodeMismatch)
	}
	if e.check == nil {
		return nil
	}
	if err := e.check(e.value); !e.certain() || !ra.Doubtful(err) {
		return err
	}
	return nil
}

// now is a field with its rule as they are for what was typed into the others.
func (f *form) now(e *entry) *entry {
	if e.by == nil {
		return e
	}
	as := e.by(f.value)
	as.value, as.left, as.sure, as.stands, as.refused, as.when = e.value, e.left, e.sure, e.stands, e.refused, e.when
	return as
}

// complete tells whether a field has all its characters, so that a mistake is one.
func (f *form) complete(e *entry) bool {
	n := utf8.RuneCountInString(e.value)
	if e.again != "" {
		return n > 0 && n >= utf8.RuneCountInString(f.value(e.again))
	}
	return e.full > 0 && n >= e.full
}

// ready tells whether every field shown is right.
func (f *form) ready() bool {
	for _, e := range f.entries {
		if f.shown(e) && (f.wrong(f.now(e)) != nil || e.wrongs[e.value] != nil) {
			return false
		}
	}
	return true
}

// insist shows every mistake; the main button was pressed too early.
func (f *form) insist() {
	for _, e := range f.entries {
		e.left = true
	}
}

func (f *form) page() FormPage {
	p := FormPage{ID: f.id, Fault: f.fault, Primary: f.primary, Secondary: f.secondary, Facts: f.facts, Ready: f.ready(), Most: len(f.entries)}
	for _, e := range f.entries {
		if f.shown(e) {
			p.Fields = append(p.Fields, f.field(f.now(e)))
		}
	}
	return p
}

// refuse puts an error of the back office at the field it names, or over the form. It reports whether the field is here.
func (f *form) refuse(err error) bool {
	var e *ra.Error
	if errors.As(err, &e) && e.Field != "" {
		if at := f.entry(e.Field); at != nil {
			at.refuse(err)
			return true
		}
		return false
	}
	f.fault = FaultOf(err)
	return true
}

// insisted are the fields whose doubts the person insists on, here or where they entered the same before.
func (f *form) insisted() (ids []string) {
	for _, e := range f.entries {
		if f.shown(e) && f.now(e).insisted() {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// wipe forgets everything typed.
func (f *form) wipe() {
	for _, e := range f.entries {
		e.value, e.wrongs = "", nil
	}
}

// wipeHidden forgets passwords and PINs: a screen that comes back to the form shows them empty.
func (f *form) wipeHidden() {
	for _, e := range f.entries {
		if e.hidden() {
			e.value, e.left, e.refused = "", false, nil
		}
	}
}

// formStep is a step that is nothing but a form.
type formStep struct {
	at     stageName
	build  func(w *Workflow) *form
	next   func(w *Workflow, f *form)           // the main button, when everything is right
	choose func(w *Workflow, f *form, a Action) // a secondary button, may be nil
}

// form is the visit's, so that going back finds what was typed.
func (s *formStep) form(w *Workflow) *form {
	f := w.visit.forms[string(s.at)]
	if f == nil {
		f = s.build(w)
		w.visit.forms[string(s.at)] = f
	}
	return f
}

func (s *formStep) enter(w *Workflow) { s.form(w).wipeHidden() }

func (s *formStep) page(w *Workflow) Page { return s.form(w).page() }

func (s *formStep) act(w *Workflow, a Action) {
	f := s.form(w)
	if f.act(a) {
		return
	}
	if _, main := a.(Go); !main {
		if s.choose != nil {
			s.choose(w, f, a)
		}
		return
	}
	if !f.ready() {
		f.insist()
		return
	}
	f.fault = nil
	s.next(w, f)
}

// refuseAt goes back to the form that has the field which an error names; false when none of these has it.
func (w *Workflow) refuseAt(err error, at ...stageName) bool {
	for _, name := range at {
		if f := w.visit.forms[string(name)]; f != nil && fieldOf(err) != "" && f.entry(fieldOf(err)) != nil {
			w.reopen(name)
			f.refuse(err) // after the form came back: that empties what is hidden
			return true
		}
	}
	return false
}
