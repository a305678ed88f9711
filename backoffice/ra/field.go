package ra

import (
	"slices"
	"strings"
)

// Field is one value that a customer enters of a T: of an invoice, of a delivery, of who an order is for. A list of them is all
// that is to be said of the values: the forms of the kiosk and their keyboards, the checks and normal forms on both sides, the
// summary, the console's pages and the words follow from it, and a test holds the printed form to it.
type Field[T any] struct {
	ID       string // "invoice.title": of the form's field, of an error, of a row
	Name     Text
	Hint     Text // shown while it is typed, empty for none
	At       func(*T) *string
	Writing  Writing
	Choices  []Choice            // what it can be, for WritingChoice; the first one is the usual one
	MaxLen   int                 // characters that can be typed, 0 for 120
	Full     int                 // characters from which it counts as complete, 0 where that cannot be told
	Check    func(string) error  // nil for a choice
	Normal   func(string) string // as it is kept and compared; nil takes the spaces around it away
	Mask     func(string) string // as a screen that others may see shows it; nil shows it whole
	When     func(T) bool        // it is entered then only, and empty else; nil: always
	Optional bool
	Again    Text // what the field is called in which it is typed once more, empty where once is enough
}

// Writing is what a value is written with: which keyboard opens for it.
type Writing int

// The ways of writing.
const (
	WritingChinese  Writing = iota // any text
	WritingLatin                   // an e-mail address: lower case first
	WritingUpper                   // capitals and digits
	WritingDigits                  // digits
	WritingIDNumber                // digits and X
	WritingChoice                  // one of the choices
)

// Choice is one of the values that a field can have.
type Choice struct {
	Value string
	Name  Text
}

// Fields are what is entered of a T, in the order in which it is entered and shown.
type Fields[T any] []Field[T]

// Applying are the fields that a value has.
func (fs Fields[T]) Applying(v T) Fields[T] {
	return slices.DeleteFunc(slices.Clone(fs), func(f Field[T]) bool { return f.When != nil && !f.When(v) })
}

// Check returns the first thing wrong as an *Error naming the field. Fields that do not apply are not looked at.
func (fs Fields[T]) Check(v T) error {
	for _, f := range fs.Applying(v) {
		if err := f.Wrong(f.Value(v)); err != nil {
			return FieldError(f.ID, err)
		}
	}
	return nil
}

// Normal is the value as it is kept: every field in its normal form, and those that do not apply empty.
func (fs Fields[T]) Normal(v T) T {
	for _, f := range fs {
		at := f.At(&v)
		*at = f.normal(*at)
	}
	for _, f := range fs {
		if f.When != nil && !f.When(v) {
			*f.At(&v) = ""
		}
	}
	return v
}

// Value is the field's in v.
func (f Field[T]) Value(v T) string { return *f.At(&v) }

// Wrong is what is wrong with a value of the field: CodeRequired, CodeInvalid for no choice, what Check says.
func (f Field[T]) Wrong(s string) error {
	switch {
	case strings.TrimSpace(s) == "" && f.Optional:
		return nil
	case strings.TrimSpace(s) == "":
		return E(CodeRequired)
	case f.Check != nil:
		return f.Check(s)
	case !slices.ContainsFunc(f.Choices, func(c Choice) bool { return c.Value == s }):
		return E(CodeInvalid)
	}
	return nil
}

func (f Field[T]) normal(s string) string {
	if f.Normal != nil {
		return f.Normal(s)
	}
	return strings.TrimSpace(s)
}

// Words are the words of the fields in a language ("en", else Chinese) by the keys that screens ask for: "field."+ID,
// "field."+ID+"_again", "hint."+ID, "choice."+value.
func (fs Fields[T]) Words(language string) map[string]string {
	words := map[string]string{}
	for _, f := range fs {
		words["field."+f.ID] = f.Name.In(language)
		if f.Hint != (Text{}) {
			words["hint."+f.ID] = f.Hint.In(language)
		}
		if f.Again != (Text{}) {
			words["field."+f.ID+"_again"] = f.Again.In(language)
		}
		for _, c := range f.Choices {
			words["choice."+c.Value] = c.Name.In(language)
		}
	}
	return words
}
