package book

import (
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/ra/text"
)

// SearchForms are the forms in which what somebody typed or pasted into a search may be kept: as a line of text, with the marks of Chinese
// and of other writing, as a number or code, as a login name, as what stands in a subject. None for nothing.
func SearchForms(typed string) []string {
	const han = "一"
	typed = seen(typed)
	forms := []string{text.Line(typed), strings.TrimSuffix(text.Line(typed+han), han), ra.NormalCreditCode(typed), ra.NormalLogin(typed), strings.ReplaceAll(text.Line(typed), `"`, `""`)}
	if of := ofSubject.FindStringSubmatch(typed); of != nil {
		forms = append(forms, ra.AttributeName(of[1])+"="+text.Line(of[2]))
	}
	if of := identifier.FindStringSubmatch(typed); of != nil {
		forms = append(forms, ra.NormalCreditCode(of[1]))
	}
	slices.Sort(forms)
	forms = slices.Compact(forms)
	return slices.DeleteFunc(forms, func(s string) bool { return s == "" })
}

var (
	// ofSubject is an attribute as other programs write it: "CN = …", "OID.2.5.4.97=…".
	ofSubject = regexp.MustCompile(`^\s*(?i:OID\.)?([A-Za-z]+|[0-2](?:\.[0-9]+)+)\s*=\s*(.+)$`)
	// identifier is an organisation's number with who keeps it before it: "VATCN-…", "NTRCN-…" (ETSI EN 319 412-1, 5.1.4).
	identifier = regexp.MustCompile(`^(?i)\s*(?:organizationIdentifier\s*=\s*)?[A-Z]{3}CN-\s*(.+)$`)
)

// seen is what a person sees of a text that was pasted: Windows puts a mark that nobody sees before the numbers of certificates.
func seen(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if _, hidden := text.Hidden(string(r)); hidden {
			return -1
		}
		return r
	}, s)
}

// SerialNumberForms are the forms, lower-case hex, of a certificate's serial number or its beginning, as tools show them: with colons,
// spaces or 0x, with zeros before it, in decimal. None for what is no such number.
func SerialNumberForms(typed string) (forms []string) {
	s := strings.ToLower(text.Compact(seen(typed), ":-"))
	digits := strings.TrimLeft(strings.TrimPrefix(s, "0x"), "0")
	if digits == "" || strings.Trim(digits, "0123456789abcdef") != "" {
		return nil
	}
	forms = append(forms, digits)
	if n, ok := new(big.Int).SetString(s, 10); ok && len(s) > 18 { // shorter ones no CA of these times gives
		forms = append(forms, n.Text(16))
	}
	return forms
}
