package ra

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Error is an error a person can meet: a code, the field it concerns (may be empty), facts for the sentence, and the
// cause for the log. Args never hold PINs, codes or personal data.
type Error struct {
	Code  Code              `json:"code"`
	Field string            `json:"field,omitempty"`
	Args  map[string]string `json:"args,omitempty"`
	Err   error             `json:"-"`
}

// Answered tells an answer of the back office from trouble on the way to it, after which nobody knows what became of a request.
func Answered(err error) bool {
	switch CodeOf(err) {
	case "", CodeOfficeAway, CodeClockWrong, CodeOfficeError, CodeInternal:
		return false
	}
	return true
}

// Away reports that the back office was not reached: nothing answered, or the machine's clock is so wrong that nobody's certificate
// is good.
func Away(err error) bool {
	code := CodeOf(err)
	return code == CodeOfficeAway || code == CodeClockWrong
}

// Passing reports errors that say nothing about what was asked for: nothing answered, there is no room, or the back office does not
// know this kiosk or this session now. The same request may succeed later. Every other error would be met again.
func Passing(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return err != nil
	}
	switch e.Code {
	case CodeOfficeAway, CodeClockWrong, CodeOfficeError, CodeOfficeBusy, CodeInternal, CodeStoreFull, CodeUploadsFull, CodeIssuerAway, CodeTrailAway, CodeKioskUnknown, CodeKioskBlocked, CodeSessionOver:
		return true
	}
	return false
}

// Error implements error, in one line for logs.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Code))
	if e.Field != "" {
		b.WriteString(" (" + e.Field + ")")
	}
	for _, k := range slices.Sorted(maps.Keys(e.Args)) {
		fmt.Fprintf(&b, " %s=%s", k, e.Args[k])
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, &Error{Code: c}) and errors.Is(err, E(c)) compare by code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// E makes an Error of a code and pairs of argument name and value.
func E(code Code, args ...string) *Error {
	e := &Error{Code: code}
	for i := 0; i+1 < len(args); i += 2 {
		if e.Args == nil {
			e.Args = map[string]string{}
		}
		e.Args[args[i]] = args[i+1]
	}
	return e
}

// At returns a copy of the error that names the field.
func (e *Error) At(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// Because returns a copy of the error with its cause.
func (e *Error) Because(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// Retold is an error by another code and field, for what it means elsewhere: with the arguments of the one that is its cause.
func Retold(code Code, field string, err error) *Error {
	e := E(code).At(field).Because(err)
	var had *Error
	if errors.As(err, &had) {
		e.Args = had.Args
	}
	return e
}

// CodeOf returns the code of the first *Error in the chain, CodeInternal for any other error, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}
