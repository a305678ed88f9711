package ra

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"keyhall/backoffice/ra/text"
)

// Field is one value that a customer enters of a T: of an invoice, of a delivery, of who an order is for. A list of them is all
// that is to be said of the values: the forms of the kiosk and their keyboards, the checks and normal forms on both sides, the
// summary, the console's pages and the words follow from it, and a test holds the printed form to it.
type Field[T any] struct {
	ID       string // "invoice.title": of the form's field, of an error, of a row
	Name     Text
	Hint     Text   // shown while it is typed, empty for none
	HintID   string // of the hint, where it is another than ID
	At       func(*T) *string
	Writing  Writing
	Choices  []Choice            // what it can be, for WritingChoice; the first one is the usual one
	MaxLen   int                 // characters that can be typed, 0 for 120
	Full     int                 // characters from which it counts as complete, 0 where that cannot be told
	Check    func(string) error  // nil for a choice
	Normal   func(string) string // as it is kept and compared; nil: as a line of text is
	Mask     func(string) string // as a screen that others may see shows it; nil shows it whole
	When     func(T) bool        // it is entered then only, and empty else; nil: always
	Optional bool
	Again    Text // what the field is called in which it is typed once more, empty where once is enough
	// Suits looks at what depends on when and where the value is entered, once Check is content; nil: nothing does.
	Suits func(s string, at Setting) error
	// Remark is what a person is told of a value that is taken all the same; nil: of none.
	Remark func(string) error
	// By is the field as it is for a value: where its keyboard, rule and mask depend on another field; nil: always the same.
	By func(T) Field[T]
}

// Setting is when and where values are entered: what else their checks look at. The zero Setting looks at the values alone.
type Setting struct {
	Now       time.Time // zero: nobody's age is looked at
	Countries []string  // codes of the countries other than 86 whose mobile numbers are taken: "852"
	Insisted  []string  // ids of the fields whose doubts the customer was told of and insists on
	// Lacks finds a character that the hall's paper cannot carry; nil: not looked at.
	Lacks func(string) (rune, bool)
}

// Doubtful tells a doubt from a mistake: a check that may be wrong where the document is right, so that the customer may insist. What
// was insisted on shows at the review, where the same check is made.
func Doubtful(err error) bool {
	switch CodeOf(err) {
	case CodeCreditCodeCheck, CodeCreditCodeRegion, CodeAge, CodeNameOdd:
		return true
	}
	return false
}

// Taken tells what a value may have and be taken all the same: a doubt that was insisted on, or a remark.
func Taken(err error) bool { return Doubtful(err) || CodeOf(err) == CodeCreditCodeBody }

// Writing is what a value is written with: which keyboard opens for it.
type Writing int

// The ways of writing.
const (
	WritingChinese  Writing = iota // any text
	WritingName                    // a person's name
	WritingLatin                   // an e-mail address: lower case first
	WritingUpper                   // capitals and digits
	WritingCredit                  // the same without the letters that no credit code has
	WritingDigits                  // digits
	WritingPhone                   // digits, plus and hyphen
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

// As is the field as it is for a value.
func (f Field[T]) As(v T) Field[T] {
	if f.By == nil {
		return f
	}
	when := f.When
	f = f.By(v)
	f.When = when
	return f
}

// Applying are the fields that a value has, as they are for it.
func (fs Fields[T]) Applying(v T) Fields[T] {
	var all Fields[T]
	for _, f := range fs {
		if f.When == nil || f.When(v) {
			all = append(all, f.As(v))
		}
	}
	return all
}

// Check returns the first thing wrong as an *Error naming the field. Fields that do not apply are not looked at, and doubts that were
// insisted on are nothing wrong.
func (fs Fields[T]) Check(v T, at Setting) error {
	for _, f := range fs.Applying(v) {
		if err := f.Wrong(f.Value(v), at); err != nil {
			return FieldError(f.ID, err)
		}
	}
	return nil
}

// All is everything that the checks say of a value, insisted on or not, each as an *Error naming its field: mistakes, doubts, remarks.
func (fs Fields[T]) All(v T, at Setting) (all []*Error) {
	at.Insisted = nil
	for _, f := range fs.Applying(v) {
		err := f.Wrong(f.Value(v), at)
		if err == nil && f.Remark != nil {
			err = f.Remark(f.Value(v))
		}
		var e *Error
		if errors.As(err, &e) {
			all = append(all, e.At(f.ID))
		}
	}
	return all
}

// Doubts are the doubts and remarks about a value, see All.
func (fs Fields[T]) Doubts(v T, at Setting) []*Error {
	return slices.DeleteFunc(fs.All(v, at), func(e *Error) bool { return !Taken(e) })
}

// Normal is the value as it is kept: every field in its normal form, and those that do not apply empty.
func (fs Fields[T]) Normal(v T) T {
	for _, f := range fs {
		at := f.At(&v)
		*at = f.As(v).normal(*at)
	}
	for _, f := range fs {
		if f.When != nil && !f.When(v) {
			*f.At(&v) = ""
		}
	}
	return v
}

// shown is a value as a paper has it: a choice by its name.
func (f Field[T]) shown(value string) string {
	for _, c := range f.Choices {
		if c.Value == value {
			return c.Name.ZH
		}
	}
	return value
}

// Value is the field's in v.
func (f Field[T]) Value(v T) string { return *f.At(&v) }

// Wrong is what is wrong with a value of the field: CodeRequired, CodeInvalid for no choice, CodeCharacter for characters that nobody
// sees, what Check and Suits say, CodeUnprintable for what the hall's paper cannot carry (both args: character).
func (f Field[T]) Wrong(s string, at Setting) error {
	if f.Writing == WritingChoice {
		return f.noChoice(f.normal(s))
	}
	switch {
	case strings.TrimSpace(s) == "" && f.Optional:
		return nil
	case strings.TrimSpace(s) == "":
		return E(CodeRequired)
	}
	insisted := slices.Contains(at.Insisted, f.ID)
	checks := []func() error{
		func() error { return checkSeen(s) },
		func() error { return f.Check(s) },
		func() error {
			if f.Suits == nil {
				return nil
			}
			return f.Suits(s, at)
		},
		func() error { return at.checkPrints(f.normal(s)) },
	}
	for _, check := range checks {
		if err := check(); err != nil && !(insisted && Doubtful(err)) {
			return err
		}
	}
	return nil
}

func (f Field[T]) noChoice(s string) error {
	switch {
	case s == "":
		return E(CodeRequired)
	case !slices.ContainsFunc(f.Choices, func(c Choice) bool { return c.Value == s }):
		return E(CodeInvalid)
	}
	return nil
}

// checkPrints is CodeUnprintable (args: character) for what the hall's paper cannot carry.
func (at Setting) checkPrints(s string) error {
	if at.Lacks == nil {
		return nil
	}
	if r, lacks := at.Lacks(s); lacks {
		return E(CodeUnprintable, "character", text.Name(r))
	}
	return nil
}

func (f Field[T]) normal(s string) string {
	if f.Normal != nil {
		return f.Normal(s)
	}
	return text.Line(s)
}

// HintKey is the key of the field's hint in Words, "" where it has none.
func (f Field[T]) HintKey() string {
	if f.Hint == (Text{}) {
		return ""
	}
	return "hint." + cmp.Or(f.HintID, f.ID)
}

// Words are the words of the fields in a language ("en", else Chinese) by the keys that screens ask for: "field."+ID,
// "field."+ID+"_again", "hint."+ID, "choice."+value.
func (fs Fields[T]) Words(language string) map[string]string {
	words := map[string]string{}
	for _, f := range fs {
		words["field."+f.ID] = f.Name.In(language)
		if key := f.HintKey(); key != "" {
			words[key] = f.Hint.In(language)
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
