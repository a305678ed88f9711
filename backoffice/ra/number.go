package ra

import (
	"fmt"
	"regexp"
	"strconv"
)

var numberShape = regexp.MustCompile(`^([A-Z]{2}[0-9]{2})-([0-9]{6,9})-([0-9])$`)

// OrderNumber makes the human number of an order: the kiosk's prefix, its running sequence and a check digit, as
// "XH03-000127-8". A kiosk gives numbers without asking anybody, so a form printed offline keeps its number.
func OrderNumber(prefix string, sequence int64) string {
	body := fmt.Sprintf("%06d", sequence)
	return prefix + "-" + body + "-" + strconv.Itoa(numberCheck(prefix+body))
}

// ParseOrderNumber takes an order number apart; CodeInvalid when its shape or check digit is wrong.
func ParseOrderNumber(s string) (prefix string, sequence int64, err error) {
	m := numberShape.FindStringSubmatch(s)
	if m == nil || strconv.Itoa(numberCheck(m[1]+m[2])) != m[3] {
		return "", 0, E(CodeInvalid).At("number")
	}
	sequence, err = strconv.ParseInt(m[2], 10, 64)
	return m[1], sequence, err
}

// numberCheck is the digit of ISO 7064 MOD 11,10 over the characters, a letter counting as its place in the alphabet
// mod 10: it finds every single wrong digit.
func numberCheck(s string) int {
	p := 10
	for i := range len(s) {
		v := int(s[i] - '0')
		if s[i] >= 'A' {
			v = int(s[i]-'A') % 10
		}
		p = (p + v) % 10
		if p == 0 {
			p = 10
		}
		p = p * 2 % 11
	}
	return (11 - p) % 10
}
