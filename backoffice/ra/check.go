package ra

import (
	"errors"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"keyhall/backoffice/ra/text"
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
	_, hidden := text.Hidden(s)
	return !hidden && utf8.ValidString(s)
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

// checkSeen is CodeCharacter (args: character) for what nobody sees.
func checkSeen(s string) error {
	if r, hidden := text.Hidden(s); hidden {
		return E(CodeCharacter, "character", text.Name(r))
	}
	return nil
}

// CheckLogin accepts a mobile number of any country or an e-mail address: CodeRequired, CodeCharacter or CodeLoginName.
func CheckLogin(s string) error {
	s = strings.TrimSpace(s)
	if s == "" {
		return E(CodeRequired)
	}
	if err := checkSeen(s); err != nil {
		return err
	}
	if CheckMobile(s) == nil || CheckEmail(s) == nil {
		return nil
	}
	return E(CodeLoginName)
}

// NormalLogin is the form in which a login name is stored and compared.
func NormalLogin(s string) string {
	s = strings.TrimSpace(s)
	if CheckMobile(s) == nil {
		return NormalMobile(s)
	}
	return NormalEmail(s)
}

// NormalEmail is an address as it is stored and compared: of the usual width, in small letters, without spaces around it.
func NormalEmail(s string) string { return strings.ToLower(strings.TrimSpace(text.Narrow(s))) }

// CheckEmail accepts an address of ASCII with a dotted domain: CodeRequired, CodeCharacter or CodeEmail.
func CheckEmail(s string) error {
	if strings.TrimSpace(s) == "" {
		return E(CodeRequired)
	}
	if err := checkSeen(s); err != nil {
		return err
	}
	s = NormalEmail(s)
	a, err := mail.ParseAddress(s)
	ascii := !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
	if err != nil || a.Address != s || !ascii || len(s) > 120 || !emailParts.MatchString(s) {
		return E(CodeEmail)
	}
	return nil
}

// emailParts are a mailbox and the name of a host, which is no number (RFC 5321, 4.5.3.1; RFC 1123, 2.1).
var emailParts = regexp.MustCompile(`^[^@]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{1,59})$`)

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

// MaxName bounds what a certificate carries as a name, in characters (ub-organization-name and ub-common-name, RFC 5280, A.1).
const MaxName = 64

// CheckName accepts a name or an address of 2 to 120 characters that can be read and written on paper: CodeRequired, CodeInvalid,
// CodeTooLong, CodeCharacter (args: character).
func CheckName(s string) error { return checkLine(s, 2, 120) }

func checkLine(s string, least, most int) error {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return E(CodeInvalid)
	}
	s = text.Line(s)
	if r, _, odd := text.Odd(s); odd {
		return E(CodeCharacter, "character", text.Name(r))
	}
	n := utf8.RuneCountInString(s)
	switch {
	case n == 0:
		return E(CodeRequired)
	case n > most:
		return E(CodeTooLong, "max", strconv.Itoa(most))
	case n < least || !strings.ContainsFunc(s, unicode.IsLetter):
		return E(CodeInvalid)
	}
	return nil
}

// CheckCertificateName is CheckName for what stands in a certificate: at most MaxName characters.
func CheckCertificateName(s string) error { return checkLine(s, 2, MaxName) }

// CheckPersonName accepts a person's name that a certificate can carry: CheckName's errors, and the doubt CodeNameOdd where it has one
// character, figures, Chinese and other letters at once, or signs that names seldom have.
func CheckPersonName(s string) error {
	if err := checkLine(s, 1, MaxName); err != nil {
		return err
	}
	s = text.Line(s)
	han := strings.ContainsFunc(s, text.IsHan)
	other := strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) && !text.IsHan(r) })
	strange := strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune("·-' .,，", r) && r != '〇'
	})
	if utf8.RuneCountInString(s) == 1 || han && other || strange || strings.Trim(s, "·-") != s {
		return E(CodeNameOdd)
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
	if err := checkSeen(s); err != nil {
		return err
	}
	if len(s) == 18 {
		return CheckCreditCode(s)
	}
	plain := !strings.ContainsFunc(s, func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') })
	if len(s) < 15 || len(s) > 20 || !plain || strings.Trim(s, "0") == "" {
		return E(CodeTaxNumber)
	}
	return nil
}

// NormalBankAccount is an account's number as it is kept: digits without spaces and hyphens.
func NormalBankAccount(s string) string { return text.Compact(s, "-") }

// CheckBankAccount accepts 8 to 32 digits: CodeRequired or CodeBankAccount.
func CheckBankAccount(s string) error {
	s = NormalBankAccount(s)
	if s == "" {
		return E(CodeRequired)
	}
	if err := checkSeen(s); err != nil {
		return err
	}
	if !digits(s) || len(s) < 8 || len(s) > 32 || strings.Trim(s, "0") == "" {
		return E(CodeBankAccount)
	}
	return nil
}

// NormalReference is what a bank calls a transfer, as it is kept and compared: of the usual width, in capitals, without spaces.
func NormalReference(s string) string {
	return strings.ToUpper(text.Compact(strings.TrimSpace(s), ""))
}

// CheckReference accepts at most 64 characters that are seen: CodeRequired, CodeCharacter or CodeTooLong.
func CheckReference(s string) error {
	s = NormalReference(s)
	if s == "" {
		return E(CodeRequired)
	}
	if err := checkSeen(s); err != nil {
		return err
	}
	if utf8.RuneCountInString(s) > 64 {
		return E(CodeTooLong, "max", "64")
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
