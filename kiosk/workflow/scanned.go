package workflow

import (
	"cmp"
	"slices"

	"keyhall/backoffice/ra"
)

// sheets are the scanned pages of the order in hand: those the journal keeps, and those the back office has. Each material's stand
// by their places, here as there.
type sheets struct {
	of     map[ra.MaterialKind][]sheet
	loaded bool
}

type sheet struct {
	page      ra.Page
	jpeg      []byte // nil when another visit scanned it
	delivered bool
}

// load takes up what the back office has and what the journal keeps. A page that both have was delivered.
func (s *sheets) load(papers []ra.Material, kept []ra.KeptPage) {
	for _, m := range papers {
		for _, p := range m.Pages {
			s.of[m.Kind] = append(s.of[m.Kind], sheet{page: p, delivered: true})
		}
	}
	for _, k := range kept {
		list := s.of[k.Material]
		if i := slices.IndexFunc(list, func(x sheet) bool { return x.page.ID == k.Page.ID }); i >= 0 {
			list[i].jpeg = k.JPEG
			continue
		}
		s.of[k.Material] = append(list, sheet{page: k.Page, jpeg: k.JPEG})
	}
	for _, list := range s.of {
		slices.SortStableFunc(list, func(a, b sheet) int { return cmp.Compare(a.page.Place, b.page.Place) })
	}
	s.loaded = true
}

// next is the place behind a material's pages.
func (s *sheets) next(kind ra.MaterialKind) int {
	place := 1
	for _, x := range s.of[kind] {
		place = max(place, x.page.Place+1)
	}
	return place
}

// waiting are the pages that the back office does not have, material by material, in the order on the screen.
func (s *sheets) waiting() []ra.MandatePage {
	if s == nil {
		return nil
	}
	var all []ra.MandatePage
	for _, kind := range ra.MaterialKinds() {
		for _, x := range s.of[kind] {
			if !x.delivered {
				all = append(all, ra.MandatePage{Material: kind, Page: x.page})
			}
		}
	}
	return all
}

// changed tells whether a material has pages that the back office has not seen.
func (s *sheets) changed(kind ra.MaterialKind) bool {
	return s != nil && slices.ContainsFunc(s.of[kind], func(x sheet) bool { return !x.delivered })
}

// delivered marks every sheet.
func (s *sheets) delivered() {
	for _, list := range s.of {
		for i := range list {
			list[i].delivered = true
		}
	}
}
