package ra

import (
	"strconv"
	"strings"
)

// creditAlphabet holds the 31 characters of a unified social credit code; a character's value is its index
// (GB 32100-2015, 4).
const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// creditWeights are 3^(i-1) mod 31 (GB 32100-2015, 5).
var creditWeights = [17]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}

// NormalCreditCode upper-cases, maps full-width characters and drops spaces and hyphens.
func NormalCreditCode(s string) string {
	return strings.NewReplacer(" ", "", "-", "").Replace(strings.ToUpper(halfWidth(s)))
}

// CheckCreditCode checks a unified social credit code (GB 32100-2015): CodeRequired, CodeCreditCodeLength (args: have),
// CodeCreditCodeLetter (args: position, letter) or CodeCreditCodeCheck.
func CheckCreditCode(s string) error {
	s = NormalCreditCode(s)
	if s == "" {
		return E(CodeRequired)
	}
	if err := checkCreditLetters(s); err != nil {
		return err
	}
	if len(s) != 18 {
		return E(CodeCreditCodeLength, "have", strconv.Itoa(len(s)))
	}
	if s[17] != CreditCheck(s[:17]) {
		return E(CodeCreditCodeCheck)
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

// halfWidth maps the full-width forms U+FF01–U+FF5E and the ideographic space to ASCII.
func halfWidth(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0xFF01 && r <= 0xFF5E:
			return r - 0xFEE0
		case r == 0x3000:
			return ' '
		}
		return r
	}, s)
}
