package ra

import (
	"regexp"
	"slices"
	"strings"

	"keyhall/backoffice/ra/text"
)

// NormalMobile is a mobile number as it is kept and compared: the mainland's as 11 digits, others as "+852" and the number.
func NormalMobile(s string) string {
	s = text.Compact(s, "-.()（）")
	if rest, ok := strings.CutPrefix(s, "00"); ok {
		s = "+" + rest
	}
	if rest, ok := strings.CutPrefix(s, "+86"); ok {
		if within := strings.TrimPrefix(rest, "0"); mainland.MatchString(within) {
			return within // "+86 (0)138…": the 0 is for who dials within the country
		}
		return NormalMobile(rest) // typed behind one that stood there
	}
	if rest, ok := strings.CutPrefix(s, "86"); ok && mainland.MatchString(rest) {
		return rest
	}
	for code, shape := range abroad {
		if rest, ok := strings.CutPrefix(s, "+"+code+"0"); ok && shape.MatchString(rest) {
			return "+" + code + rest
		}
	}
	return s
}

// mainland is the shape of a mobile number of the mainland.
var mainland = regexp.MustCompile(`^1[3-9]\d{9}$`)

// abroad are the shapes of mobile numbers elsewhere, where they are known.
var abroad = map[string]*regexp.Regexp{
	"852": regexp.MustCompile(`^[4-9]\d{7}$`),
	"853": regexp.MustCompile(`^6\d{7}$`),
	"886": regexp.MustCompile(`^9\d{8}$`),
}

// anywhere is the shape of a number with its country's code (E.164).
var anywhere = regexp.MustCompile(`^\+[1-9]\d{6,14}$`)

// CheckMobile accepts a mobile number: of the mainland 11 digits, the second 3 to 9, with or without +86; of other countries with
// theirs. CodeRequired, CodeCharacter or CodeMobile.
func CheckMobile(s string) error {
	s = NormalMobile(s)
	if s == "" {
		return E(CodeRequired)
	}
	if err := checkSeen(s); err != nil {
		return err
	}
	if mainland.MatchString(s) {
		return nil
	}
	if !anywhere.MatchString(s) {
		return E(CodeMobile)
	}
	for code, shape := range abroad {
		if rest, ok := strings.CutPrefix(s, "+"+code); ok && !shape.MatchString(rest) {
			return E(CodeMobile)
		}
	}
	return nil
}

// Takes is CodeMobileCountry for a mobile number of a country whose numbers are not taken here.
func (at Setting) Takes(mobile string) error {
	abroad, other := strings.CutPrefix(NormalMobile(mobile), "+")
	if other && !slices.ContainsFunc(at.Countries, func(code string) bool { return strings.HasPrefix(abroad, code) }) {
		return E(CodeMobileCountry)
	}
	return nil
}

func takesMobile(s string, at Setting) error { return at.Takes(s) }

// NormalPhone is a mobile or a fixed line number as it is kept; the hyphens of a fixed line stay where they were typed.
func NormalPhone(s string) string {
	if CheckMobile(s) == nil {
		return NormalMobile(s)
	}
	return strings.NewReplacer("（", "", "(", "", "）", "-", ")", "-").Replace(text.Compact(s, "."))
}

// CheckPhone accepts a mobile or a fixed line number ("0571-88880000"): CodeRequired, CodeCharacter or CodeMobile.
func CheckPhone(s string) error {
	s = NormalPhone(s)
	if s == "" {
		return E(CodeRequired)
	}
	if err := checkSeen(s); err != nil {
		return err
	}
	n := len(s) - strings.Count(s, "-") - strings.Count(s, "+")
	if CheckMobile(s) == nil || fixedLine.MatchString(s) && n >= 7 && n <= 16 && strings.Trim(s, "0-+") != "" {
		return nil
	}
	return E(CodeMobile)
}

// fixedLine is the shape of a number of a fixed line, with its area, and an extension.
var fixedLine = regexp.MustCompile(`^\+?\d+(-\d+){0,3}$`)
