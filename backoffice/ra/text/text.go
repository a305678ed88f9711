// Package text brings what people type into one form, the same for comparing and for storing, and tells the characters that nobody
// sees or that belong into no name. It knows no fields and no rules of any.
package text

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Line is the one form of a name, an address or any other line: composed; letters and digits of the usual width; one kind of space,
// dot, hyphen and bracket, the brackets and commas wide where the line is Chinese and narrow else; no space at the ends, twice, or
// between Chinese characters and before or after their digits. Characters that do not belong there stay: see Odd.
func Line(s string) string {
	r := []rune(norm.NFC.String(s))
	chinese := strings.ContainsFunc(string(r), IsHan)
	for i := range r {
		r[i] = plain(r[i], chinese)
	}
	return spaced(r)
}

// Compact is the one form of a number or a code: of the usual width, without spaces and what is in drop.
func Compact(s, drop string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || strings.ContainsRune(drop, r) {
			return -1
		}
		return r
	}, Narrow(s))
}

// Narrow is a text of the usual width, with one kind of space and hyphen, and nothing of it gone.
func Narrow(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return hyphen(width(r))
	}, norm.NFC.String(s))
}

// narrow has for each wide mark of Chinese writing the other one.
var narrow = map[rune]rune{'（': '(', '）': ')', '，': ',', '：': ':', '；': ';', '！': '!', '？': '?'}

var wide = func() map[rune]rune {
	m := map[rune]rune{}
	for w, n := range narrow {
		m[n] = w
	}
	return m
}()

func plain(r rune, chinese bool) rune {
	r = hyphen(width(r))
	switch r {
	case '•', '‧', '∙', '⋅', '・', '･', '·': // dots between the parts of a name
		return '·'
	case '﹙':
		r = '('
	case '﹚':
		r = ')'
	}
	switch {
	case unicode.Is(unicode.Zs, r):
		return ' '
	case chinese && wide[r] != 0:
		return wide[r]
	case !chinese && narrow[r] != 0:
		return narrow[r]
	case !chinese && (r == '’' || r == '‘' || r == 'ʼ'):
		return '\''
	}
	return r
}

// width maps what is another shape of a letter, a digit or a mark of ASCII, and radicals that look like a character, to the usual one.
func width(r rune) rune {
	if r < 0x80 || !(unicode.IsLetter(r) || unicode.Is(unicode.Nd, r) || r >= 0xFF01 && r <= 0xFF5E || r >= 0x2E80 && r <= 0x2FDF) {
		return r
	}
	same := []rune(norm.NFKC.String(string(r)))
	if len(same) == 1 && (same[0] < 0x80 || IsHan(same[0]) && !IsHanLetter(r)) {
		return same[0]
	}
	return r
}

func hyphen(r rune) rune {
	if strings.ContainsRune("‐‑‒–−﹣", r) {
		return '-'
	}
	return r
}

// spaced is the line with its spaces as they belong.
func spaced(r []rune) string {
	var b strings.Builder
	words := strings.FieldsFunc(string(r), func(r rune) bool { return r == ' ' })
	for i, w := range words {
		if i > 0 && !closed([]rune(words[i-1]), []rune(w)) {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	return b.String()
}

// closed tells whether no space belongs between two words.
func closed(before, after []rune) bool {
	a, b := before[len(before)-1], after[0]
	if !tight(a) && !tight(b) {
		return false
	}
	return (tight(a) || unicode.IsDigit(a)) && (tight(b) || unicode.IsDigit(b))
}

func tight(r rune) bool { return IsHan(r) || narrow[r] != 0 || r == '·' }

// IsHan tells Chinese characters, the round zero and radicals among them.
func IsHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// IsHanLetter tells Chinese characters that are written, and no radicals.
func IsHanLetter(r rune) bool { return IsHan(r) && (unicode.IsLetter(r) || r == '〇') }

// marks are the signs that names and addresses have beside letters and digits.
const marks = " !#$%&()*+,-./:;=?@[]_~\"'·（）《》〈〉【】〔〕「」『』“”‘’、，。：；！？—…～№℃"

// fillers are letters that nobody sees.
const fillers = "\u115F\u1160\u17B4\u17B5\u3164\uFFA0"

// Odd finds the first character of a line that does not belong there: invisible, a control, of nobody's (private use), a picture, a
// mark on nothing, an apostrophe that no letter is before. At is its place, counted from 1; false for none.
func Odd(s string) (r rune, at int, found bool) {
	before := rune(0)
	attached := 0
	for _, r := range s {
		at++
		mark := unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r)
		if mark {
			attached++
		} else {
			attached = 0
		}
		switch {
		case mark && (before == 0 || attached > 2 || unicode.Is(unicode.Variation_Selector, r) || r == '\u034F'):
			return r, at, true
		case r == '\'' && !(unicode.IsLetter(before) && !IsHan(before)):
			return r, at, true
		case !mark && !belongs(r):
			return r, at, true
		}
		before = r
	}
	return 0, 0, false
}

func belongs(r rune) bool {
	if r == unicode.ReplacementChar || strings.ContainsRune(fillers, r) {
		return false
	}
	return unicode.IsLetter(r) || unicode.Is(unicode.Nd, r) || unicode.Is(unicode.Nl, r) || strings.ContainsRune(marks, r)
}

// Hidden finds the first character of a text that nobody sees, so that it may be another than it looks: a control, one of no width, of
// private use. Anything that is seen is fine, spaces too.
func Hidden(s string) (r rune, found bool) {
	for _, r := range s {
		if r == unicode.ReplacementChar || strings.ContainsRune(fillers, r) || !unicode.IsGraphic(r) || unicode.Is(unicode.Variation_Selector, r) || r == '\u034F' || r == '\u2800' {
			return r, true
		}
	}
	return 0, false
}

// Name is how a character is told of: itself where it is seen, and its number.
func Name(r rune) string {
	number := fmt.Sprintf("U+%04X", r)
	if _, hidden := Hidden(string(r)); hidden || unicode.IsSpace(r) {
		return number
	}
	return string(r) + " (" + number + ")"
}
