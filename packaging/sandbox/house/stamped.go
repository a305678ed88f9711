package house

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"keyhall/packaging/sandbox/document"
	"keyhall/printer/form"
)

// sealed are the papers that the kiosk prints for the customer's seal, as the codes on them name them.
var sealed = []struct {
	Document
	papers []form.Paper
}{
	{Document{StampedForm, "盖章申请表 Stamped form"}, []form.Paper{form.PaperRegistration, form.PaperUnlock}},
	{Document{StampedNotice, "盖章告知函 Stamped notice"}, []form.Paper{form.PaperNotice}},
}

// printDPI is how finely prints are drawn: a scanner's pages are no finer.
const printDPI = 150

// printed finds the newest print that is one of these papers; ErrNothingPrinted where there is none.
func (h *House) printed(ctx context.Context, papers []form.Paper) (pdf string, err error) {
	all := h.Prints()
	slices.Reverse(all)
	for _, pdf := range all {
		if slices.Contains(papers, h.paperOf(ctx, pdf)) {
			return pdf, nil
		}
	}
	return "", ErrNothingPrinted
}

// paperOf reads which paper a print is from the code on its first page; "" for any other. A print stays what it is.
func (h *House) paperOf(ctx context.Context, pdf string) form.Paper {
	if paper, known := h.papers.Load(pdf); known {
		return paper.(form.Paper)
	}
	page, err := pageAt(ctx, pdf, 1)
	if err != nil {
		return "" // it is being written still
	}
	code, _ := form.Read(page)
	h.papers.Store(pdf, code.Paper)
	return code.Paper
}

// stamped is the last page of the newest of these papers, with the customer's seal in its box.
func (h *House) stamped(ctx context.Context, painter *document.Painter, papers []form.Paper) (image.Image, error) {
	pdf, err := h.printed(ctx, papers)
	if err != nil {
		return nil, err
	}
	last, err := pagesOf(ctx, pdf)
	if err != nil {
		return nil, err
	}
	page, err := pageAt(ctx, pdf, last)
	if err != nil {
		return nil, err
	}
	return painter.Stamp(page, h.AtKiosk(), form.SealX, form.SealY), nil
}

var pageCount = regexp.MustCompile(`(?m)^Pages:\s+([0-9]+)$`)

// pagesOf counts the pages of a PDF.
func pagesOf(ctx context.Context, pdf string) (int, error) {
	out, err := exec.CommandContext(ctx, "pdfinfo", pdf).Output()
	if err != nil {
		return 0, fmt.Errorf("pdfinfo %s: %w", filepath.Base(pdf), err)
	}
	count := pageCount.FindSubmatch(out)
	if count == nil {
		return 0, fmt.Errorf("pdfinfo %s tells no number of pages", filepath.Base(pdf))
	}
	return strconv.Atoi(string(count[1]))
}

// pageAt is a page of a PDF as a scanner sees it.
func pageAt(ctx context.Context, pdf string, number int) (image.Image, error) {
	png, err := drawnPage(ctx, pdf, number, printDPI)
	if err != nil {
		return nil, err
	}
	page, _, err := image.Decode(bytes.NewReader(png))
	return page, err
}

// drawnPage draws a page of a PDF as PNG.
func drawnPage(ctx context.Context, pdf string, number, dpi int) ([]byte, error) {
	page := strconv.Itoa(number)
	out, err := exec.CommandContext(ctx, "pdftoppm", "-png", "-f", page, "-l", page, "-r", strconv.Itoa(dpi), pdf).Output()
	if err != nil {
		return nil, fmt.Errorf("pdftoppm %s: %w", filepath.Base(pdf), err)
	}
	return out, nil
}
