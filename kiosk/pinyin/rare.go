package pinyin

import (
	_ "embed"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// rareTable has the characters that libpinyin has late or never, by their syllable: a line is the syllable, the characters of the
// General Standard list (通用规范汉字表, 2013) beyond GB 2312, and all others beyond GBK. It is made of kTGHZ2013.txt and pinyin.txt of
// github.com/mozillazg/pinyin-data (MIT, Copyright (c) 2016 mozillazg; of Unihan).
//
//go:embed rare.txt
var rareTable string

// early is how many of the engine's characters come before the standard list's rare ones: those that most people mean.
const early = 24

// rare are the rare characters of a syllable: of the standard list, and all others.
func rare(syllable string) (standard, others []rune) {
	_, line, found := strings.Cut("\n"+rareTable, "\n"+syllable+" ")
	if !found || syllable == "" {
		return nil, nil
	}
	line, _, _ = strings.Cut(line, "\n")
	first, rest, _ := strings.Cut(line, " ")
	return []rune(first), []rune(rest)
}

// withRare adds the rare characters of a single syllable to what the engine found: the standard list's on the first pages, all others
// behind its last.
func withRare(syllable string, c Composition) Composition {
	standard, others := rare(strings.Trim(syllable, "'"))
	add := func(all []Candidate, runes []rune) []Candidate {
		for _, r := range runes {
			if !slices.ContainsFunc(all, func(have Candidate) bool { return have.Text == string(r) }) {
				all = append(all, Candidate{Text: string(r), Letters: len(syllable)})
			}
		}
		return all
	}
	n := min(early, len(c.Candidates))
	all := add(slices.Clone(c.Candidates[:n]), standard)
	for _, found := range c.Candidates[n:] {
		if !slices.Contains(all, found) {
			all = append(all, found)
		}
	}
	c.Candidates = add(all, others)
	return c
}

// codePoint is a character by its number, for who has looked it up: "u" and the hexadecimal digits; no syllable begins with u.
var codePoint = regexp.MustCompile(`^u[0-9a-f]{0,6}$`)

// byNumber is the Chinese character of that number, the only candidate; none while the number is none.
func byNumber(letters string) Composition {
	c := Composition{Preedit: letters}
	n, err := strconv.ParseInt(letters[1:], 16, 32)
	if err == nil && unicode.Is(unicode.Han, rune(n)) && unicode.IsLetter(rune(n)) {
		c.Candidates = []Candidate{{Text: string(rune(n)), Letters: len(letters)}}
	}
	return c
}

// passport is how lü and nü are written in passports, and what the engine calls them.
var passport = map[string]string{"lyu": "lv", "nyu": "nv"}

// spelled is what letters that begin so are for the engine, "" for others.
func spelled(letters string) string {
	if v := passport[letters[:min(3, len(letters))]]; v != "" {
		return v + letters[3:]
	}
	return ""
}

// between puts candidates for other letters, one shorter, behind the first of c.
func between(c, other Composition) Composition {
	n := min(1, len(c.Candidates))
	all := slices.Clone(c.Candidates[:n])
	for _, found := range other.Candidates {
		if found.Letters < 2 {
			continue
		}
		all = append(all, Candidate{Text: found.Text, Letters: found.Letters + 1})
	}
	for _, found := range c.Candidates[n:] {
		if !slices.ContainsFunc(all, func(have Candidate) bool { return have.Text == found.Text }) {
			all = append(all, found)
		}
	}
	c.Candidates = all
	return c
}
