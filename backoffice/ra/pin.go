package ra

import (
	"slices"
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
// document's number or the organisation's code, forwards or backwards, or one put together of years, months, days and last digits.
func CheckPINFor(pin string, a Applicant) error {
	if len(pin) < 4 {
		return nil
	}
	pin = strings.ToUpper(pin)
	known := []string{a.Organisation.CreditCode, onlyDigits(a.Organisation.CreditCode)}
	var pieces []string
	for _, p := range []Person{a.Legal, a.Handler} {
		known = append(known, p.IDNumber, strings.TrimPrefix(p.Mobile, "+"))
		pieces = append(pieces, lastFour(p.IDNumber), lastFour(p.Mobile))
		if born, told := p.Document.Born(p.IDNumber); told {
			for _, layout := range []string{"20060102", "060102", "200601", "02012006", "01022006", "020106", "010206"} {
				known = append(known, born.Format(layout))
			}
			known = append(known, born.Format("2006")+strconv.Itoa(int(born.Month()))+strconv.Itoa(born.Day()))
			for _, layout := range []string{"2006", "06", "01", "02"} {
				pieces = append(pieces, born.Format(layout))
			}
		}
	}
	for _, k := range known {
		k = strings.ToUpper(k)
		for _, k := range []string{k, reversed(k)} {
			if strings.Contains(k, pin) || len(k) >= wholePiece && strings.Contains(pin, k) {
				return E(CodePINPersonal)
			}
		}
	}
	if whole(pin, func(piece string) bool { return slices.Contains(pieces, piece) }, 0) {
		return E(CodePINPersonal)
	}
	return nil
}

// CheckPINOn is CodePINSerial for a PIN that stands on the key which it opens: a piece of the serial number that is printed there,
// forwards or backwards, or one that has six characters of it in a row. Whoever finds the key tries it.
func CheckPINOn(pin, serial string) error {
	pin = strings.ToUpper(pin)
	serial = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(serial))
	for _, printed := range []string{serial, reversed(serial)} {
		if len(pin) >= 4 && strings.Contains(printed, pin) {
			return E(CodePINSerial)
		}
		for i := 0; i+wholePiece <= len(printed); i++ {
			if strings.Contains(pin, printed[i:i+wholePiece]) {
				return E(CodePINSerial)
			}
		}
	}
	return nil
}

// wholePiece is from how many characters a piece that is known makes a PIN easy, whatever stands around it.
const wholePiece = 6

// keyPaths are the ways along which fingers run: counting, the alphabet, the rows and columns of keyboards and keypads.
var keyPaths = []string{"01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm",
	"qaz", "wsx", "edc", "rfv", "tgb", "yhn", "ujm", "147", "258", "369", "159", "357", "1470", "2580", "3690"}

// trivialPIN finds what is repeated, runs along keys, or is a word that everybody takes: 000000, 121212, 112233, 123456, 1qaz2wsx, abc123.
// Two characters beside such a run make nothing better.
func trivialPIN(pin string) bool {
	if len(pin) < 2 {
		return true
	}
	for n := 1; n <= len(pin)/2; n++ {
		if pin == strings.Repeat(pin[:n], len(pin)/n) {
			return true
		}
	}
	pin = strings.ToLower(pin)
	spare := 2
	if len(pin) < wholePiece {
		spare = 0
	}
	return evenSteps(pin) || whole(pin, trivialPiece, spare)
}

func trivialPiece(s string) bool {
	switch {
	case len(s) < 2:
		return false
	case strings.Count(s, s[:1]) == len(s):
		return true
	case slices.Contains([]string{"password", "admin", "ukey", "woaini", "iloveyou", "5201314", "520", "1314", "521"}, s):
		return true
	}
	return len(s) >= 3 && slices.ContainsFunc(keyPaths, func(path string) bool { return strings.Contains(path, s) || strings.Contains(path, reversed(s)) })
}

// evenSteps finds digits that go up or down by the same number, over nine: 135791, 852963.
func evenSteps(pin string) bool {
	if !digits(pin) {
		return false
	}
	step := (int(pin[1]) - int(pin[0]) + 10) % 10
	for i := 2; i < len(pin); i++ {
		if (int(pin[i])-int(pin[i-1])+10)%10 != step {
			return false
		}
	}
	return true
}

// whole tells whether a text is nothing but such pieces, but for so many characters.
func whole(s string, piece func(string) bool, spare int) bool {
	least := make([]int, len(s)+1) // characters of the first n that are in no piece
	for n := 1; n <= len(s); n++ {
		least[n] = least[n-1] + 1
		for from := range n {
			if piece(s[from:n]) {
				least[n] = min(least[n], least[from])
			}
		}
	}
	return least[len(s)] <= spare
}

func lastFour(s string) string { return strings.ToUpper(s[max(0, len(s)-4):]) }

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}
