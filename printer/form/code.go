package form

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"regexp"
	"strconv"
)

// Code is what a paper's QR code says. It finds the order and tells what was printed; it proves nothing.
type Code struct {
	Paper   Paper
	Number  string // of the order
	Edition int    // of the paper, 0 where none counts
	Digest  string // of the printed data, "" where none counts
}

// digest is short: it tells other data from the same, for somebody who has no reason to mislead themselves. All of it, and the code that
// carries it, is of the characters that a QR code packs densely.
func digest(data ...any) string {
	text, err := json.Marshal(data)
	if err != nil {
		panic(err) // structs of texts, numbers and times
	}
	sum := sha256.Sum256(text)
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:8])
}

// codePrefix marks the QR codes of these papers, with the version of what follows.
const codePrefix = "KH2:"

// String is the text of the QR code: paper, number, edition and digest.
func (c Code) String() string {
	text := codePrefix + string(c.Paper) + ":" + c.Number
	if c.Digest != "" {
		text += ":" + strconv.Itoa(c.Edition) + ":" + c.Digest
	}
	return text
}

var (
	ourCode  = regexp.MustCompile(`^KH[0-9]+:`)
	codeText = regexp.MustCompile(`^` + codePrefix + `([A-Z]+):([^:]+)(?::([0-9]{1,4}):([A-Z2-7]{13}))?$`)
)

// ParseCode reads the text of a QR code; false where it is not of one of these papers. Of one that is damaged, forged, or of another
// version it gives nothing. Whether there is such a number, paper or edition it leaves to who asks.
func ParseCode(text string) (c Code, ours bool) {
	parts := codeText.FindStringSubmatch(text)
	if parts == nil {
		return Code{}, ourCode.MatchString(text)
	}
	edition, _ := strconv.Atoi(parts[3]) // "" is 0
	return Code{Paper(parts[1]), parts[2], edition, parts[4]}, true
}
