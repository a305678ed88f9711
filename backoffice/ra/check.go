package ra

import (
	"errors"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// FieldError names the field in err; nil stays nil.
func FieldError(field string, err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e.At(field)
	}
	return err
}

// Readable tells whether a person sees every character of a text: it is UTF-8, and none is a control or of no width.
func Readable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) })
}

// mostText bounds every text from outside, in characters. Most have a narrower bound of their own.
const mostText = 1000

// CheckText is the border that every text from outside passes, in whatever call or form it comes: CodeInvalid for what the database cannot
// hold (a NUL, or no UTF-8), CodeTooLong (args: max) for what nobody writes.
func CheckText(s string) error {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return E(CodeInvalid)
	}
	if utf8.RuneCountInString(s) > mostText {
		return E(CodeTooLong, "max", strconv.Itoa(mostText))
	}
	return nil
}

// CheckLogin accepts a mobile number or an e-mail address: CodeRequired or CodeLoginName.
func CheckLogin(s string) error {
	s = strings.TrimSpace(s)
	if s == "" {
		return E(CodeRequired)
	}
	if CheckMobile(s) == nil || CheckEmail(s) == nil {
		return nil
	}
	return E(CodeLoginName)
}

// NormalLogin is the form in which a login name is stored and compared.
func NormalLogin(s string) string { return strings.ToLower(strings.TrimSpace(halfWidth(s))) }

// NormalMobile maps full-width characters and drops spaces.
func NormalMobile(s string) string { return strings.ReplaceAll(halfWidth(s), " ", "") }

// CheckMobile accepts a mobile number of mainland China: 11 digits, the second 3 to 9. CodeRequired or CodeMobile.
func CheckMobile(s string) error {
	s = strings.ReplaceAll(halfWidth(s), " ", "")
	if s == "" {
		return E(CodeRequired)
	}
	if len(s) != 11 || !digits(s) || s[0] != '1' || s[1] < '3' {
		return E(CodeMobile)
	}
	return nil
}

// CheckPhone accepts a mobile or a fixed line number ("0571-88880000"): CodeRequired or CodeMobile.
func CheckPhone(s string) error {
	s = strings.ReplaceAll(halfWidth(s), " ", "")
	if s == "" {
		return E(CodeRequired)
	}
	plain := strings.ReplaceAll(s, "-", "")
	if !digits(plain) || len(plain) < 7 || len(plain) > 16 {
		return E(CodeMobile)
	}
	return nil
}

// CheckEmail accepts an address with a dotted domain: CodeRequired or CodeEmail.
func CheckEmail(s string) error {
	if strings.TrimSpace(s) == "" {
		return E(CodeRequired)
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 120 || !strings.Contains(s[strings.LastIndexByte(s, '@'):], ".") {
		return E(CodeEmail)
	}
	return nil
}

// CheckPassword wants 8 to 64 characters with letters and digits: CodeRequired, CodePasswordWeak, CodeTooLong.
func CheckPassword(s string) error {
	n := utf8.RuneCountInString(s)
	if n == 0 {
		return E(CodeRequired)
	}
	if n > 64 {
		return E(CodeTooLong, "max", "64")
	}
	letter := strings.ContainsFunc(s, unicode.IsLetter)
	digit := strings.ContainsFunc(s, unicode.IsDigit)
	if n < 8 || !letter || !digit {
		return E(CodePasswordWeak)
	}
	return nil
}

// CheckName accepts a name or an address of 2 to 120 characters without control characters: CodeRequired,
// CodeInvalid, CodeTooLong.
func CheckName(s string) error {
	s = strings.TrimSpace(s)
	n := utf8.RuneCountInString(s)
	switch {
	case n == 0:
		return E(CodeRequired)
	case n > 120:
		return E(CodeTooLong, "max", "120")
	case n < 2 || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return E(CodeInvalid)
	}
	return nil
}

// CheckTaxNumber accepts 15 to 20 letters and digits; 18 characters must be a credit code. CodeRequired, CodeTaxNumber
// or a credit code's errors.
func CheckTaxNumber(s string) error {
	s = NormalCreditCode(s)
	if s == "" {
		return E(CodeRequired)
	}
	if len(s) == 18 {
		return CheckCreditCode(s)
	}
	plain := !strings.ContainsFunc(s, func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') })
	if len(s) < 15 || len(s) > 20 || !plain {
		return E(CodeTaxNumber)
	}
	return nil
}

// CheckBankAccount accepts 8 to 32 digits: CodeRequired or CodeBankAccount.
func CheckBankAccount(s string) error {
	s = strings.NewReplacer(" ", "", "-", "").Replace(halfWidth(s))
	if s == "" {
		return E(CodeRequired)
	}
	if !digits(s) || len(s) < 8 || len(s) > 32 {
		return E(CodeBankAccount)
	}
	return nil
}

var idShape = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// CheckID accepts canonical UUID text: CodeInvalid.
func CheckID(s string) error {
	if !idShape.MatchString(s) {
		return E(CodeInvalid)
	}
	return nil
}
