package workflow

import (
	"errors"

	"keyhall/backoffice/ra"
	"keyhall/device/scanner"
	papers "keyhall/printer/form"
)

// codeMaterials are the papers whose code tells to which material their scan belongs.
var codeMaterials = map[papers.Paper]ra.MaterialKind{papers.PaperRegistration: ra.MaterialForm}

// sorting gives the pages of one scan to their materials: those whose code names one to that, all others to the one in hand.
type sorting struct {
	number string // of the order
	wanted []ra.Material
	main   ra.MaterialKind
	most   int                     // pages of the one in hand
	had    map[ra.MaterialKind]int // pages
	places map[ra.MaterialKind]int // of the next page
}

// intakeOf is how the pages of a scan are sorted; most is how many of the material in hand there may be.
func intakeOf(v *visit, main ra.MaterialKind, most int) *sorting {
	s := &sorting{number: v.order.Number, wanted: v.order.Papers, main: main, most: most, had: map[ra.MaterialKind]int{}, places: map[ra.MaterialKind]int{}}
	for _, m := range append([]ra.Material{{Kind: main}}, v.order.Papers...) {
		s.had[m.Kind], s.places[m.Kind] = len(v.sheets.of[m.Kind]), v.sheets.next(m.Kind)
	}
	return s
}

var errEnough = errors.New("no more pages are wanted")

// take is the material and the place of a page: errEnough when there is no room for it; CodePaperOther (args: number) for a paper of
// another order, or one that is not handed in.
func (s *sorting) take(p scanner.Page) (kind ra.MaterialKind, place int, err error) {
	if kind, err = s.kind(p); err != nil {
		return "", 0, err
	}
	if s.had[kind] >= s.limit(kind) {
		return "", 0, errEnough
	}
	place = s.places[kind]
	s.had[kind]++
	s.places[kind]++
	return kind, place, nil
}

func (s *sorting) kind(p scanner.Page) (ra.MaterialKind, error) {
	picture, err := scanner.Decode(p.JPEG)
	if err != nil {
		return "", err
	}
	paper, number, coded := papers.Read(picture)
	if !coded {
		return s.main, nil
	}
	kind, ours := codeMaterials[paper]
	if number != s.number || !ours {
		return "", ra.E(ra.CodePaperOther, "number", number)
	}
	for _, m := range s.wanted {
		if m.Kind == kind && m.Verdict != ra.VerdictAccepted {
			return kind, nil
		}
	}
	return s.main, nil // nobody asks for it: a person sees what it is
}

func (s *sorting) limit(kind ra.MaterialKind) int {
	if kind == s.main {
		return s.most
	}
	for _, m := range s.wanted {
		if m.Kind == kind {
			return m.MaxPages
		}
	}
	return 0
}
