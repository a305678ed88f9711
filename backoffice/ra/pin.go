package ra

import (
	"strconv"
	"strings"
)

// CheckPIN checks a customer's new PIN against the key's limits (characters): CodeRequired, CodePINTooShort,
// CodePINTooLong, CodePINCharacters (printable ASCII only, what every token takes), CodePINTrivial.
func CheckPIN(pin string, minimum, maximum int) error {
	switch {
	case pin == "":
		return E(CodeRequired)
	case strings.ContainsFunc(pin, func(r rune) bool { return r < 0x21 || r > 0x7E }):
		return E(CodePINCharacters)
	case len(pin) < minimum:
		return E(CodePINTooShort, "min", strconv.Itoa(minimum))
	case len(pin) > maximum:
		return E(CodePINTooLong, "max", strconv.Itoa(maximum))
	case trivialPIN(pin):
		return E(CodePINTrivial)
	}
	return nil
}

// CheckPINFor is CodePINPersonal for a PIN that anybody who knows the applicant tries first: a piece of a date of birth, a mobile number, a
// document's number or the organisation's code.
func CheckPINFor(pin string, a Applicant) error {
	if len(pin) < 4 {
		return nil
	}
	known := []string{a.Organisation.CreditCode}
	for _, p := range []Person{a.Legal, a.Handler} {
		known = append(known, p.IDNumber, strings.TrimPrefix(p.Mobile, "+"))
		if born, told := p.Document.Born(p.IDNumber); told {
			for _, layout := range []string{"20060102", "060102", "200601", "02012006", "01022006"} {
				known = append(known, born.Format(layout))
			}
			known = append(known, born.Format("2006")+strconv.Itoa(int(born.Month()))+strconv.Itoa(born.Day()))
		}
	}
	for _, k := range known {
		if strings.Contains(strings.ToUpper(k), strings.ToUpper(pin)) {
			return E(CodePINPersonal)
		}
	}
	return nil
}

// trivialPIN finds one repeated character and runs up or down: 000000, 123456, 987654.
func trivialPIN(pin string) bool {
	if len(pin) < 2 {
		return true
	}
	step := int(pin[1]) - int(pin[0])
	if step < -1 || step > 1 {
		return false
	}
	for i := 2; i < len(pin); i++ {
		if int(pin[i])-int(pin[i-1]) != step {
			return false
		}
	}
	return true
}
