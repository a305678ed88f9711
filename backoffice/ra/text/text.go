// Package text brings what people type into one form, the same for comparing and for storing, and tells the characters that nobody
// sees or that belong into no name. It knows no fields and no rules of any.
package text

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Line is the one form of a name, an address or any other line: composed; letters and digits of the usual width; one kind of space,
// dot, hyphen and bracket, the brackets and commas wide where the line is Chinese and narrow else; no space at the ends, twice, or
// between Chinese characters and before or after their digits. Characters that do not belong there stay: see Odd.
func Line(s string) string {
	r := []rune(composed(s))
	chinese := strings.ContainsFunc(string(r), IsHan)
	for i := range r {
		r[i] = plain(r[i], chinese)
	}
	for i := 1; i+1 < len(r); i++ {
		switch {
		case r[i] == '.' && IsHan(r[i-1]) && IsHan(r[i+1]): // typed in place of the dot that keyboards do not have
			r[i] = '·'
		case (r[i] == '’' || r[i] == '‘') && latin(r[i-1]) && latin(r[i+1]): // in a foreign word, no quotation
			r[i] = '\''
		}
	}
	return spaced(r)
}

// Compact is the one form of a number or a code: of the usual width, every dash a hyphen, without spaces and what is in drop.
func Compact(s, drop string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Pd, r) {
			r = '-'
		}
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
	}, composed(s))
}

// shapes are letters that are another way to draw one or several letters: ligatures, digraphs, Hebrew and Arabic as printers set them,
// katakana and Hangul of half the width. NFKC says which; it would also change numbers and signs that mean something by their shape (Ⅲ, ², ℃).
var shapes = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x0132, Hi: 0x0133, Stride: 1}, {Lo: 0x0149, Hi: 0x0149, Stride: 1}, {Lo: 0x01C4, Hi: 0x01CC, Stride: 1}, {Lo: 0x01F1, Hi: 0x01F3, Stride: 1},
	{Lo: 0xFB00, Hi: 0xFDFB, Stride: 1}, {Lo: 0xFE70, Hi: 0xFEFC, Stride: 1}, {Lo: 0xFF66, Hi: 0xFF9F, Stride: 1}, {Lo: 0xFFA1, Hi: 0xFFDC, Stride: 1},
}}

// composed is a text of usual letters, each with its marks one character where there is one.
func composed(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(shapes, r) }) {
		var b strings.Builder
		for _, r := range s {
			if unicode.Is(shapes, r) {
				b.WriteString(norm.NFKC.String(string(r)))
			} else {
				b.WriteRune(r)
			}
		}
		s = b.String()
	}
	return norm.NFC.String(s)
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
	case '•', '‧', '∙', '⋅', '・', '･', '·', '●', '◦', '⸱', '᛫', 'ꞏ', 'ᐧ', 'ㆍ': // dots between the parts of a name
		return '·'
	case 'ʹ', 'ʻ', 'ʼ', 'ʽ', 'ˈ', 'ꞌ': // letters that look like an apostrophe
		return '\''
	case '﹙', '❨', '⸨', '｟', '⦅':
		r = '('
	case '﹚', '❩', '⸩', '｠', '⦆':
		r = ')'
	}
	if chinese { // names of the mainland have round ones alone, and keyboards offer these first
		switch r {
		case '[', '〔', '【', '﹝', '〖':
			r = '（'
		case ']', '〕', '】', '﹞', '〗':
			r = '）'
		}
	}
	switch {
	case unicode.Is(unicode.Zs, r):
		return ' '
	case chinese && wide[r] != 0:
		return wide[r]
	case !chinese && narrow[r] != 0:
		return narrow[r]
	case !chinese && (r == '’' || r == '‘'):
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
	return dots.ReplaceAllString(b.String(), "·")
}

// dots are one that was typed twice.
var dots = regexp.MustCompile(`··+`)

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
// mark on no letter or on a Chinese character, an apostrophe that is within no foreign word, a single quotation mark without the other.
// At is its place, counted from 1; false for none.
func Odd(s string) (r rune, at int, found bool) {
	line := []rune(s)
	base, attached := rune(0), 0
	for i, r := range line {
		mark := unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r)
		if mark {
			attached++
		} else {
			base, attached = r, 0
		}
		_, hidden := Hidden(string(r))
		switch {
		case hidden || mark && (attached > 2 || !unicode.IsLetter(base) || IsHan(base)):
			return r, i + 1, true
		case strings.ContainsRune("'‘’", r) && lone(line, i):
			return r, i + 1, true
		case !mark && !belongs(r):
			return r, i + 1, true
		}
	}
	return 0, 0, false
}

// lone tells whether the apostrophe or single quotation mark at i is none: pinyin's, that was left over, for one.
func lone(line []rune, i int) bool {
	before, behind := string(line[:i]), line[i+1:]
	switch line[i] {
	case '‘':
		return !slices.Contains(behind, '’')
	case '’':
		return strings.Count(before, "‘") <= strings.Count(before, "’")
	}
	// A plural's stands before a space ("Workers' Union").
	return i == 0 || len(behind) == 0 || !latin(line[i-1]) && !unicode.IsMark(line[i-1]) || !latin(behind[0]) && behind[0] != ' '
}

// latin tells letters that are not Chinese.
func latin(r rune) bool { return unicode.IsLetter(r) && !IsHan(r) }

func belongs(r rune) bool {
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
