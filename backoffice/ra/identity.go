package ra

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"keyhall/backoffice/ra/text"
)

// Document is a kind of identity document.
type Document string

// The kinds of identity document.
const (
	DocumentResident  Document = "resident"
	DocumentResidence Document = "residence"        // of residents of Hong Kong, Macau and Taiwan
	DocumentHKMacau   Document = "hk_macau_permit"  // to and from the mainland
	DocumentTaiwan    Document = "taiwan_permit"    // to and from the mainland
	DocumentForeigner Document = "foreign_resident" // permanent residence, both forms
	DocumentPassport  Document = "passport"
)

// documentRule is all that is to be said of a kind of identity document.
type documentRule struct {
	kind    Document
	name    Text
	hint    Text
	writing Writing
	most    int                 // characters of a number
	full    int                 // characters from which it counts as complete, 0 where that cannot be told
	check   func(string) error  // of a number in its normal form
	mask    func(string) string // at least half of it is hidden
}

// documentRules are the documents that a legal representative or a handler may show, the usual one first.
func documentRules() []documentRule {
	short := func(s string) string { return mask(s, 1, 2) }
	return []documentRule{
		{DocumentResident, Text{ZH: "居民身份证", EN: "Resident identity card"}, Text{ZH: "18 位居民身份证号码", EN: "The 18 characters of the identity card"},
			WritingIDNumber, 18, 18, checkResident, MaskIDNumber},
		{DocumentResidence, Text{ZH: "港澳台居民居住证", EN: "Residence permit of Hong Kong, Macau and Taiwan residents"},
			Text{ZH: "18 位，以 81、82 或 83 开头", EN: "18 characters that begin with 81, 82 or 83"}, WritingIDNumber, 18, 18, checkResidence, MaskIDNumber},
		{DocumentHKMacau, Text{ZH: "港澳居民来往内地通行证", EN: "Mainland travel permit, Hong Kong and Macau"},
			Text{ZH: "H 或 M 加 8 位数字（旧证 10 位）", EN: "H or M and 8 digits (10 on older ones)"}, WritingUpper, 11, 9, shaped(permitHK), short},
		{DocumentTaiwan, Text{ZH: "台湾居民来往大陆通行证", EN: "Mainland travel permit, Taiwan"},
			Text{ZH: "8 位数字（旧证 10 位）", EN: "8 digits (10 on older ones)"}, WritingDigits, 10, 8, shaped(permitTaiwan), short},
		{DocumentForeigner, Text{ZH: "外国人永久居留身份证", EN: "Foreigner's permanent residence card"},
			Text{ZH: "以 9 开头的 18 位号码；旧证为 3 个字母加 12 位数字", EN: "18 characters that begin with 9; on older cards 3 letters and 12 digits"},
			WritingUpper, 18, 0, checkForeigner, MaskIDNumber},
		{DocumentPassport, Text{ZH: "护照", EN: "Passport"}, Text{ZH: "护照号码，字母和数字", EN: "The passport's number, letters and digits"},
			WritingUpper, 20, 0, shaped(passport), short},
	}
}

// Documents are the kinds of identity document with their names, the usual one first.
func Documents() []Choice {
	var all []Choice
	for _, r := range documentRules() {
		all = append(all, Choice{string(r.kind), r.name})
	}
	return all
}

// Name is what the document is called; one that is not known, and none, counts as the usual one.
func (d Document) Name() Text { return d.rule().name }

func (d Document) rule() documentRule {
	rules := documentRules()
	return rules[max(0, slices.IndexFunc(rules, func(r documentRule) bool { return r.kind == d }))]
}

// normalDocument is the usual kind where none is named.
func normalDocument(s string) string {
	if s == "" {
		return string(DocumentResident)
	}
	return s
}

// documentField is the choice of the kind.
func documentField(id string, name Text) Field[Person] {
	return Field[Person]{ID: id, Name: name, At: func(p *Person) *string { return (*string)(&p.Document) }, Writing: WritingChoice,
		Choices: Documents(), Normal: normalDocument}
}

// numberField is the document's number: its keyboard, its rule and its mask are those of the kind that was chosen.
func numberField(id string, name Text) Field[Person] {
	by := func(p Person) Field[Person] {
		r := p.Document.rule()
		return Field[Person]{ID: id, Name: name, Hint: r.hint, HintID: "document." + string(r.kind),
			At: func(p *Person) *string { return &p.IDNumber }, Writing: r.writing, MaxLen: r.most, Full: r.full,
			Check: p.Document.Check, Suits: func(s string, at Setting) error { return p.Document.checkAge(s, at.Now) }, Normal: NormalIDNumber, Mask: r.mask}
	}
	f := by(Person{})
	f.By = by
	return f
}

// documentWords are the hints for each kind of document, see Fields.Words.
func documentWords(language string) map[string]string {
	words := map[string]string{}
	for _, r := range documentRules() {
		words["hint.document."+string(r.kind)] = r.hint.In(language)
	}
	return words
}

// NormalIDNumber is the number of any document as it is kept: capitals and digits, without spaces and hyphens.
func NormalIDNumber(s string) string { return strings.ToUpper(text.Compact(s, "-()（）")) }

// Check checks the number of such a document: CodeRequired, CodeCharacter, CodeIDNumberLength (args: have), CodeIDNumberOld (the 15
// digits of before 1999), CodeIDNumberRegion, CodeIDNumberDate, CodeIDNumberCheck, CodeIDNumberShape, CodeIDNumberOther (it is another
// kind's).
func (d Document) Check(s string) error {
	s = NormalIDNumber(s)
	if s == "" {
		return E(CodeRequired)
	}
	if err := checkSeen(s); err != nil {
		return err
	}
	err := d.rule().check(s)
	if err == nil && (d != DocumentPassport || len(s) < longPassport) {
		return nil
	}
	for _, other := range documentRules() {
		if other.kind != d && other.kind != DocumentPassport && other.check(s) == nil {
			return E(CodeIDNumberOther)
		}
	}
	return err
}

// longPassport is from how many characters a passport's number may be one of an identity card: shorter ones look like those of permits, too.
const longPassport = 15

// Born is the day of birth that a number in its normal form tells, false where it tells none.
func (d Document) Born(s string) (time.Time, bool) {
	if len(s) != 18 || !slices.Contains([]Document{"", DocumentResident, DocumentResidence, DocumentForeigner}, d) {
		return time.Time{}, false
	}
	born, err := time.ParseInLocation("20060102", s[6:14], HallTime)
	return born, err == nil
}

// The ages between which nobody is asked about it, in years.
const (
	youngest = 16
	oldest   = 110
)

// checkAge is CodeIDNumberDate for who is not born yet, CodeAge (args: age), a doubt, for who is a child or older than people get. A
// zero time looks at nothing.
func (d Document) checkAge(s string, now time.Time) error {
	born, told := d.Born(NormalIDNumber(s))
	if !told || now.IsZero() {
		return nil
	}
	now = now.In(HallTime)
	if born.After(now) {
		return E(CodeIDNumberDate)
	}
	age := now.Year() - born.Year()
	if now.Before(born.AddDate(age, 0, 0)) {
		age--
	}
	if age < youngest || age > oldest {
		return E(CodeAge, "age", strconv.Itoa(age))
	}
	return nil
}

// CheckIDNumber checks a resident identity number of 18 characters (GB 11643-1999), see Document.Check.
func CheckIDNumber(s string) error { return DocumentResident.Check(s) }

// provinces are the first two digits of the divisions of the mainland and of Taiwan (GB/T 2260).
const provinces = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71"

func inProvince(s string) bool { return slices.Contains(strings.Fields(provinces), s[:2]) }

func checkResident(s string) error {
	if len(s) == 15 && digits(s) && inProvince(s) {
		return E(CodeIDNumberOld)
	}
	return checkEighteen(s, inProvince(padded(s)))
}

// checkResidence: of the same make, with Hong Kong's, Macau's or Taiwan's region.
func checkResidence(s string) error {
	return checkEighteen(s, slices.Contains([]string{"810000", "820000", "830000"}, padded(s)[:6]))
}

// checkForeigner takes the card of 2023, 18 characters of the same make that begin with 9, and the older one of 15.
func checkForeigner(s string) error {
	if oldForeigner.MatchString(s) {
		return nil
	}
	if len(s) == 15 {
		return E(CodeIDNumberShape)
	}
	return checkEighteen(s, padded(s)[0] == '9')
}

// padded is a number of at least 18 characters.
func padded(s string) string { return s + strings.Repeat(" ", max(0, 18-len(s))) }

// checkEighteen checks a number of 18 characters as GB 11643-1999 makes it.
func checkEighteen(s string, region bool) error {
	if len(s) != 18 || !digits(s[:17]) || !digits(s[17:]) && s[17] != 'X' {
		return E(CodeIDNumberLength, "have", strconv.Itoa(len([]rune(s))))
	}
	if !region {
		return E(CodeIDNumberRegion)
	}
	if born, err := time.Parse("20060102", s[6:14]); err != nil || born.Year() < 1900 {
		return E(CodeIDNumberDate)
	}
	if s[17] != IDCheck(s[:17]) {
		return E(CodeIDNumberCheck)
	}
	return nil
}

// The shapes of numbers without a check character.
var (
	permitHK     = regexp.MustCompile(`^[HM]\d{8}(\d{2})?$`)
	permitTaiwan = regexp.MustCompile(`^\d{8}(\d{2})?$`)
	passport     = regexp.MustCompile(`^[0-9A-Z]{5,20}$`)
	oldForeigner = regexp.MustCompile(`^[A-Z]{3}\d{12}$`)
)

// shaped is the check of such a number; letters alone are none.
func shaped(shape *regexp.Regexp) func(string) error {
	return func(s string) error {
		if !shape.MatchString(s) || !strings.ContainsAny(s, "0123456789") {
			return E(CodeIDNumberShape)
		}
		return nil
	}
}

// idWeights and idChecks are of GB 11643-1999, 4.2 (ISO 7064 MOD 11-2).
var idWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

const idChecks = "10X98765432"

// IDCheck returns the check character for the first 17 digits of an identity number.
func IDCheck(first17 string) byte {
	sum := 0
	for i := range 17 {
		sum += int(first17[i]-'0') * idWeights[i]
	}
	return idChecks[sum%11]
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
