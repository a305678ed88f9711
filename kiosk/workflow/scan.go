package workflow

import (
	"slices"

	"keyhall/backoffice/ra"
	forms "keyhall/printer/form"
)

// ScanPage scans the materials page by page.
type ScanPage struct {
	Number    string
	Materials []ScanMaterial
	Current   int      // index into Materials: what is scanned next belongs to it
	Showing   int      // index into Materials, of the material whose page is shown
	Shown     int      // index of that page, -1 for none
	Side      CardSide // which side of a card comes next
	Amend     bool     // what was entered differs from a paper: event Amend{} corrects it
	Form      bool     // papers that are printed here are asked for: event Reprint{} prints them
	Image     []byte   // JPEG of the page shown, turned as the customer turned it
	Sample    []byte   // PNG of a good page of the material that has none yet, nil where one is shown
	Sources   []string // "flatbed", "feeder": event Scan{Source}
	Busy      bool
	Ready     bool // all required materials have their pages: event Go{} hands them in
	Fault     *Fault
}

func (ScanPage) page() {}

// ScanMaterial is one material of the list.
type ScanMaterial struct {
	Kind     ra.MaterialKind
	Name     string // "paper.<paper>" for one that is printed here, else "material.<Kind>"
	Pages    int
	MinPages int
	MaxPages int
	Verdict  ra.Verdict
	Reasons  []ra.Reason // why it was sent back
}

// CardSide is a side of a card: "scan.side.<side>".
type CardSide string

// The sides of a card, "" where it is none.
const (
	SideFront CardSide = "front"
	SideBack  CardSide = "back"
)

// sideOf is the side of a card that is scanned next.
func sideOf(o ra.Order, m ScanMaterial) CardSide {
	if m.Kind != ra.MaterialIdentity || m.MinPages != 2 || o.Applicant.Handler.Document == ra.DocumentPassport {
		return ""
	}
	switch m.Pages {
	case 0:
		return SideFront
	case 1:
		return SideBack
	}
	return ""
}

// ChooseMaterial turns to a material.
type ChooseMaterial struct{ Kind ra.MaterialKind }

func (ChooseMaterial) action() {}

// ShowPage turns to a page of the material in hand.
type ShowPage struct{ Index int }

func (ShowPage) action() {}

// Scan scans one page from the glass, or all pages from the feeder, into the current material.
type Scan struct{ Source string }

func (Scan) action() {}

// Turn rotates the page shown by a quarter clockwise.
type Turn struct{}

func (Turn) action() {}

// Retake scans the page shown again.
type Retake struct{ Source string }

func (Retake) action() {}

// Drop removes the page shown.
type Drop struct{}

func (Drop) action() {}

// scanStep scans the materials of the order, all but the remittance slip, and hands them in.
type scanStep struct {
	scanning
	index   int
	samples map[ra.MaterialKind][]byte // pictures of good pages
}

func newScan(w *Workflow) step {
	w.visit.amending = false // who went back to here changes nothing
	s := &scanStep{samples: map[ra.MaterialKind][]byte{}}
	s.scanned = s.moveOn
	return s
}

func (s *scanStep) stays(*Workflow) bool { return s.busy }

func (s *scanStep) enter(w *Workflow) {
	s.index = s.firstToDo(w)
	s.turnTo(w, s.index)
	s.begin(w)
	s.shown = s.last(w.visit)
	s.index = s.firstToDo(w)
	s.turnTo(w, s.index)
	for _, m := range s.papers(w) {
		s.draw(w, m.Kind)
	}
}

// draw draws what a good page of a material looks like. Without the picture one scans as well.
func (s *scanStep) draw(w *Workflow, m ra.MaterialKind) {
	w.drawSample(w.visit.order.Kind, m, func(png []byte, err error) {
		if err != nil && !gone(err) {
			w.cfg.Log.Warn("sample not drawn", "material", string(m), "error", err)
		}
		s.samples[m] = png
	})
}

// papers are the materials to scan.
func (s *scanStep) papers(w *Workflow) []ra.Material {
	return slices.DeleteFunc(slices.Clone(w.visit.order.Papers), func(m ra.Material) bool { return m.Kind == ra.MaterialRemittance })
}

// firstToDo is the first material that was sent back or lacks pages.
func (s *scanStep) firstToDo(w *Workflow) int {
	v := w.visit
	todo := func(returned bool) int {
		return slices.IndexFunc(s.papers(w), func(m ra.Material) bool {
			if returned {
				return m.Verdict == ra.VerdictReturned
			}
			return v.sheets != nil && len(v.sheets.of[m.Kind]) < m.MinPages
		})
	}
	return max(0, slices.Max([]int{todo(false), todo(true)}))
}

func (s *scanStep) turnTo(w *Workflow, index int) {
	papers := s.papers(w)
	if index < 0 || index >= len(papers) {
		return
	}
	s.index, s.current, s.showing = index, papers[index].Kind, papers[index].Kind
	s.shown = s.last(w.visit)
}

// moveOn goes to the next material that lacks something once the one in hand is complete; what was scanned last stays in view.
func (s *scanStep) moveOn(w *Workflow) {
	papers := s.papers(w)
	lacks := func(m ra.Material) bool {
		return m.Verdict != ra.VerdictAccepted && !s.enough(w.visit, materialOf(w.visit, m))
	}
	if s.index >= len(papers) || lacks(papers[s.index]) {
		return
	}
	for n := range papers {
		if i := (s.index + 1 + n) % len(papers); lacks(papers[i]) {
			s.index, s.current = i, papers[i].Kind
			return
		}
	}
}

func (s *scanStep) page(w *Workflow) Page {
	v := w.visit
	p := ScanPage{
		Number: v.order.Number, Current: s.index, Showing: s.index, Shown: s.shown, Image: s.image(v), Sources: s.sources, Busy: s.busy, Fault: s.fault, Ready: true,
		Amend: v.mayAmend() && differs(*v.order),
	}
	if s.shown < 0 {
		p.Sample = s.samples[s.showing]
	}
	for i, paper := range s.papers(w) {
		m := materialOf(v, paper)
		if i == s.index {
			p.Side = sideOf(*v.order, m)
		}
		if m.Kind == s.showing {
			p.Showing = i
		}
		p.Form = p.Form || printedHere(v.order.Kind, m.Kind) && m.Verdict != ra.VerdictAccepted
		p.Ready = p.Ready && s.enough(v, m)
		p.Materials = append(p.Materials, m)
	}
	return p
}

// enough: the pages are there, and what was sent back is not the same as before.
func (s *scanStep) enough(v *visit, m ScanMaterial) bool {
	return m.Pages >= m.MinPages && m.Pages <= m.MaxPages && (m.Verdict != ra.VerdictReturned || v.sheets.changed(m.Kind))
}

func materialOf(v *visit, paper ra.Material) ScanMaterial {
	n := len(paper.Pages)
	if v.sheets != nil && v.sheets.loaded {
		n = len(v.sheets.of[paper.Kind])
	}
	return ScanMaterial{
		Kind: paper.Kind, Name: materialName(v.order.Kind, paper.Kind), Pages: n, MinPages: paper.MinPages, MaxPages: paper.MaxPages, Verdict: paper.Verdict, Reasons: paper.Reasons,
	}
}

// materialName is the key of a material's name in an order of that kind.
func materialName(k ra.Kind, m ra.MaterialKind) string {
	if paper := forms.For(k, m); paper != "" {
		return "paper." + string(paper)
	}
	return "material." + string(m)
}

func (s *scanStep) act(w *Workflow, a Action) {
	papers := s.papers(w)
	if s.busy || len(papers) == 0 {
		return
	}
	switch a := a.(type) {
	case ChooseMaterial:
		if s.fault != nil && s.fault.Kept == "" { // looking at another material takes nothing back
			s.fault = nil
		}
		s.turnTo(w, slices.IndexFunc(papers, func(m ra.Material) bool { return m.Kind == a.Kind }))
		return
	case Go:
		s.submit(w)
		return
	case Reprint:
		w.reopen(stagePrint)
		return
	case Amend:
		w.amend()
		return
	}
	of := s.showing
	if _, more := a.(Scan); more {
		of = s.current
	}
	if w.visit.order.Paper(of).Verdict == ra.VerdictAccepted { // what a reviewer accepted is not changed any more
		if show, ok := a.(ShowPage); ok {
			s.scanning.act(w, show, 0)
		}
		return
	}
	s.scanning.act(w, a, papers[s.index].MaxPages)
}

// tick goes on for a customer who waited for the back office.
func (s *scanStep) tick(w *Workflow) {
	if !s.busy && w.backAgain(s.fault, s.tried) {
		s.submit(w)
	}
}

func (s *scanStep) submit(w *Workflow) {
	for i, m := range s.page(w).(ScanPage).Materials {
		if !s.enough(w.visit, m) {
			s.turnTo(w, i)
			s.fault = &Fault{Code: ra.CodeMaterialMissing, Args: map[string]string{"material": string(m.Kind)}}
			return
		}
	}
	s.handIn(w, keptPapers)
}
