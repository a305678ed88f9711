package ra

import (
	"strconv"
	"strings"
	"time"
)

// idWeights and idChecks are of GB 11643-1999, 4.2 (ISO 7064 MOD 11-2).
var idWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

const idChecks = "10X98765432"

// NormalIDNumber upper-cases, maps full-width characters and drops spaces.
func NormalIDNumber(s string) string {
	return strings.ReplaceAll(strings.ToUpper(halfWidth(s)), " ", "")
}

// CheckIDNumber checks a resident identity number of 18 characters (GB 11643-1999); residence permits of Hong Kong,
// Macau and Taiwan residents and the new permanent residence card follow the same rule. Errors: CodeRequired,
// CodeIDNumberLength (args: have), CodeIDNumberRegion, CodeIDNumberDate, CodeIDNumberCheck.
func CheckIDNumber(s string) error {
	s = NormalIDNumber(s)
	if s == "" {
		return E(CodeRequired)
	}
	if len(s) != 18 || !digits(s[:17]) || !digits(s[17:]) && s[17] != 'X' {
		return E(CodeIDNumberLength, "have", strconv.Itoa(len([]rune(s))))
	}
	if s[0] == '0' {
		return E(CodeIDNumberRegion)
	}
	if !realDate(s[6:14]) {
		return E(CodeIDNumberDate)
	}
	if s[17] != IDCheck(s[:17]) {
		return E(CodeIDNumberCheck)
	}
	return nil
}

// IDCheck returns the check character for the first 17 digits of an identity number.
func IDCheck(first17 string) byte {
	sum := 0
	for i := range 17 {
		sum += int(first17[i]-'0') * idWeights[i]
	}
	return idChecks[sum%11]
}

func realDate(yyyymmdd string) bool {
	t, err := time.Parse("20060102", yyyymmdd)
	return err == nil && t.Year() >= 1900
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
