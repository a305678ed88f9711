package pinyin

import (
	_ "embed"
	"regexp"
	"sort"
	"strings"
	"sync"
)

// partsTable has the characters beyond GB 2312 by what they are made of: a line is the readings of the parts, one after the other, and the
// characters, those of the standard list first. genparts.go makes it.
//
//go:embed parts.txt
var partsTable string

var partsLines = sync.OnceValue(func() []string { return strings.Split(strings.TrimSuffix(partsTable, "\n"), "\n") })

// ofParts is a character by what it is made of, for who cannot read it: "v" and the pinyin of its parts; no syllable begins with v.
var ofParts = regexp.MustCompile(`^v[a-z']*$`)

// fewestParts is from how many letters on those are found that go on: with less almost everything does.
const fewestParts = 3

// byParts finds at most limit characters whose parts are read so, and behind them those whose reading begins so.
func byParts(letters string, limit int) Composition {
	c := Composition{Preedit: letters}
	wanted := strings.ReplaceAll(letters[1:], "'", "")
	if wanted == "" {
		return c
	}
	all := partsLines()
	for i := sort.SearchStrings(all, wanted+" "); i < len(all) && strings.HasPrefix(all[i], wanted); i++ {
		reading, characters, _ := strings.Cut(all[i], " ")
		if reading != wanted && len(wanted) < fewestParts {
			break
		}
		for _, r := range characters {
			if len(c.Candidates) == limit {
				return c
			}
			c.Candidates = append(c.Candidates, Candidate{Text: string(r), Letters: len(letters)})
		}
	}
	return c
}
