package house

import (
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/printer/form"
)

// TestStampedAreThePrintedPapers: the seal is on the last page of the newest print of each paper, whatever was printed beside it.
func TestStampedAreThePrintedPapers(t *testing.T) {
	t.Parallel()
	needs(t, "pdftoppm", "pdfinfo")
	h := &House{Options: Options{Dir: t.TempDir()}}
	if err := os.MkdirAll(h.spool(), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := h.paper(t.Context(), StampedForm); !errors.Is(err, ErrNothingPrinted) {
		t.Errorf("before anything was printed: got %v, want %v", err, ErrNothingPrinted)
	}
	project := ra.Project{Name: ra.Text{ZH: "电子印章"}, Notices: []ra.Notice{{Kind: ra.KindExtend, Version: 1,
		Title: ra.Text{ZH: "告知函"}, Body: ra.Text{ZH: strings.Repeat("请先解密并另存。\n", 60)}}}}
	printed := func(number int, draw func(ra.Order) ([]byte, error)) string {
		o := ra.Order{Number: ra.OrderNumber("XH03", int64(number)), Kind: ra.KindExtend}
		pdf, err := draw(o)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(h.spool(), o.Number+".pdf")
		if err := os.WriteFile(name, pdf, 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 3, 2, 9, number, 0, 0, time.UTC)
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
		return o.Number
	}
	paper := func(paper form.Paper) func(ra.Order) ([]byte, error) {
		return func(o ra.Order) ([]byte, error) { return form.Draw(paper, project, o, ra.Membership{}) }
	}
	printed(1, paper(form.PaperUnlock))
	registration := printed(2, paper(form.PaperRegistration))
	notice := printed(3, paper(form.PaperNotice))
	printed(4, func(o ra.Order) ([]byte, error) { return form.Slip(project, o, nil, time.Time{}) })
	for name, want := range map[string]form.Code{
		StampedForm:   {Paper: form.PaperRegistration, Number: registration},
		StampedNotice: {Paper: form.PaperNotice, Number: notice},
	} {
		page, err := h.paper(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := form.Read(page); got.Paper != want.Paper || got.Number != want.Number {
			t.Errorf("%s: got %s of %s, want %s of %s", name, got.Paper, got.Number, want.Paper, want.Number)
		}
		if !red(page) {
			t.Errorf("%s: there is no seal", name)
		}
	}
	if pages, err := pagesOf(t.Context(), filepath.Join(h.spool(), notice+".pdf")); err != nil || pages < 2 {
		t.Errorf("the notice has %d pages, want several: %v", pages, err)
	}
}

// red tells whether there is red ink around where the seal belongs.
func red(page image.Image) bool {
	size := page.Bounds().Size()
	x, y := int(form.SealX*float64(size.X)), int(form.SealY*float64(size.Y))
	for dx := -20; dx <= 20; dx++ {
		if r, g, _, _ := page.At(x+dx, y).RGBA(); r > g+0x4000 {
			return true
		}
	}
	return false
}
