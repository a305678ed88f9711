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
