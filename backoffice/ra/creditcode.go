package ra

import (
	"strconv"
	"strings"

	"keyhall/backoffice/ra/text"
)

// creditAlphabet holds the 31 characters of a unified social credit code; a character's value is its index
// (GB 32100-2015, 4).
const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// creditWeights are 3^(i-1) mod 31 (GB 32100-2015, 5).
var creditWeights = [17]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}

// creditDepartments are the first characters that a code has: who registers its kind of organisation (GB 32100-2015, 4).
const creditDepartments = "123456789ANY"

// bodyWeights are of GB 11714-1997, 4.
var bodyWeights = [8]int{3, 7, 9, 10, 5, 8, 4, 2}

// NormalCreditCode upper-cases, maps full-width characters and drops spaces and hyphens.
func NormalCreditCode(s string) string { return strings.ToUpper(text.Compact(s, "-")) }

// CheckCreditCode checks a unified social credit code (GB 32100-2015): CodeRequired, CodeCharacter, CodeCreditCodeLength (args: have),
// CodeCreditCodeOld (15 digits: a registration number of before 2015), CodeCreditCodeLetter (args: position, letter),
// CodeCreditCodePerson (it is an identity number), CodeCreditCodeDepartment; and as doubts, since older licences have others,
// CodeCreditCodeCheck and CodeCreditCodeRegion.
func CheckCreditCode(s string) error {
	s = NormalCreditCode(s)
	if s == "" {
		return E(CodeRequired)
	}
	if err := checkSeen(s); err != nil {
		return err
	}
	if err := checkCreditLetters(s); err != nil {
		return err
	}
	switch {
	case len(s) == 15 && digits(s):
		return E(CodeCreditCodeOld)
	case len(s) != 18:
		return E(CodeCreditCodeLength, "have", strconv.Itoa(len(s)))
	case !strings.Contains(creditDepartments, s[:1]):
		return E(CodeCreditCodeDepartment)
	}
	return checkCreditMake(s)
}

// checkCreditMake looks at how the parts of a code belong together.
func checkCreditMake(s string) error {
	check, registered := s[17] == CreditCheck(s[:17]), inRegister(s)
	person := DocumentResident.Check(s) == nil || DocumentResidence.Check(s) == nil || DocumentForeigner.Check(s) == nil
	switch {
	case person && !(check && registered && RemarkCreditCode(s) == nil): // else it happens to be both
		return E(CodeCreditCodePerson)
	case !check && mistypedPerson(s):
		return E(CodeCreditCodePerson)
	case !check:
		return E(CodeCreditCodeCheck)
	case !registered:
		return E(CodeCreditCodeRegion)
	}
	return nil
}

// inRegister reports whether the second character is a kind of organisation and the next six a region: of the country as a whole, of a
// province, or 66, which the Xinjiang corps gives.
func inRegister(s string) bool {
	region := s[2:8]
	return s[1] >= '1' && s[1] <= '9' && digits(region) && (region == "100000" || region[:2] == "66" || inProvince(region))
}

// mistypedPerson reports whether this is an identity number but for its check character.
func mistypedPerson(s string) bool {
	return digits(s[:17]) && DocumentResident.Check(s[:17]+string(IDCheck(s[:17]))) == nil
}

// RemarkCreditCode is CodeCreditCodeBody where the organisation code inside a credit code ends wrong: some that were given do.
func RemarkCreditCode(s string) error {
	if s = NormalCreditCode(s); len(s) == 18 && checkCreditLetters(s) == nil && s[16] != bodyCheck(s[8:16]) {
		return E(CodeCreditCodeBody)
	}
	return nil
}

func checkCreditLetters(s string) error {
	position := 0
	for _, r := range s {
		position++
		if !strings.ContainsRune(creditAlphabet, r) {
			return E(CodeCreditCodeLetter, "position", strconv.Itoa(position), "letter", string(r))
		}
	}
	return nil
}

// CreditCheck returns the check character for the first 17 characters of a credit code, 0 for characters outside
// its alphabet.
func CreditCheck(first17 string) byte {
	sum := 0
	for i := range 17 {
		v := strings.IndexByte(creditAlphabet, first17[i])
		if v < 0 {
			return 0
		}
		sum += v * creditWeights[i]
	}
	return creditAlphabet[(31-sum%31)%31]
}

// bodyCheck is the check character of the organisation code inside a credit code (GB 11714-1997, 4): its letters count from A = 10.
func bodyCheck(first8 string) byte {
	sum := 0
	for i := range 8 {
		v := int(first8[i] - '0')
		if first8[i] >= 'A' {
			v = int(first8[i]-'A') + 10
		}
		sum += v * bodyWeights[i]
	}
	return "0X987654321"[sum%11]
}
