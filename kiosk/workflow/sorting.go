package workflow

import (
	"context"
	"errors"

	"keyhall/backoffice/ra"
	"keyhall/device/scanner"
	papers "keyhall/printer/form"
)

// sorting gives the pages of one scan to their materials: those whose code names one to that, all others to the one in hand.
type sorting struct {
	order   ra.Order
	project ra.Project
	newest  func(context.Context) ra.Order // the order as the back office has it now: its data may have changed elsewhere
	wanted  []ra.Material
	main    ra.MaterialKind
	most    int                     // pages of the one in hand
	had     map[ra.MaterialKind]int // pages
	places  map[ra.MaterialKind]int // of the next page
}

// intakeOf is how the pages of a scan are sorted; most is how many of the material in hand there may be.
func intakeOf(v *visit, project ra.Project, main ra.MaterialKind, most int) *sorting {
	order := *v.order
	s := &sorting{order: order, project: project, newest: func(context.Context) ra.Order { return order }, wanted: v.order.Papers, main: main, most: most,
		had: map[ra.MaterialKind]int{}, places: map[ra.MaterialKind]int{}}
	for _, m := range append([]ra.Material{{Kind: main}}, v.order.Papers...) {
		s.had[m.Kind], s.places[m.Kind] = len(v.sheets.of[m.Kind]), v.sheets.next(m.Kind)
	}
	return s
}

var errEnough = errors.New("no more pages are wanted")

// take is the material and the place of a page: errEnough when there is no room for it; CodePaperUnread for a code that is damaged or
// forged, CodePaperOther (args: number) for a paper of another order, or one that is not handed in, CodePaperVersion for one whose words
// are others now, CodePaperOld for one that was printed before the order's data changed.
func (s *sorting) take(ctx context.Context, p scanner.Page) (kind ra.MaterialKind, place int, err error) {
	if kind, err = s.kind(ctx, p); err != nil {
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

func (s *sorting) kind(ctx context.Context, p scanner.Page) (ra.MaterialKind, error) {
	picture, err := scanner.Decode(p.JPEG)
	if err != nil {
		return "", err
	}
	code, coded := papers.Read(picture)
	if !coded {
		return s.main, nil
	}
	order := s.order
	if code.Paper.Material() != "" {
		order = s.newest(ctx)
	}
	kind, err := papers.Accept(code, s.project, order)
	if err != nil {
		return "", err
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

// newest asks for an order once more, for a paper that tells what it was printed from, and takes up what came: it is what is printed
// again. While the back office is away the order is as it was.
func (w *Workflow) newest(known ra.Order) func(context.Context) ra.Order {
	v, session, turn := w.visit, w.visit.session, w.turn
	return func(ctx context.Context) ra.Order {
		o, err := w.cfg.Office.Order(ctx, session, known.ID)
		if err != nil {
			return known
		}
		w.post(turn, func() { v.setOrder(o) })
		return o
	}
}
