package house

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"keyhall/packaging/sandbox/document"
	"keyhall/printer/form"
)

// sealed are the papers that the kiosk prints for the customer's seal, with the words by which each is known.
var sealed = []struct {
	Document
	words []string
}{
	{Document{StampedForm, "盖章登记表 Stamped form"}, []string{"数字证书业务登记表", "UKey解锁申请表"}},
	{Document{StampedNotice, "盖章告知函 Stamped notice"}, []string{"证书业务风险告知函"}},
}

// printed finds the newest page with one of these words; an empty path where there is none.
func (h *House) printed(ctx context.Context, words []string) (pdf string, page int) {
	all := h.Prints()
	slices.Reverse(all)
	for _, pdf := range all {
		out, err := exec.CommandContext(ctx, "pdftotext", pdf, "-").Output()
		if err != nil {
			continue
		}
		for i, text := range strings.Split(string(out), "\f") {
			text = strings.Join(strings.Fields(text), "")
			if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) }) {
				return pdf, i + 1
			}
		}
	}
	return "", 0
}

// stamped is the newest of a paper that the printer printed, with the customer's seal in its box.
func (h *House) stamped(ctx context.Context, painter *document.Painter, words []string) (image.Image, error) {
	pdf, number := h.printed(ctx, words)
	if pdf == "" {
		return nil, ErrNothingPrinted
	}
	png, err := drawnPage(ctx, pdf, number, 150)
	if err != nil {
		return nil, err
	}
	page, _, err := image.Decode(bytes.NewReader(png))
	if err != nil {
		return nil, err
	}
	return painter.Stamp(page, h.AtKiosk(), form.SealX, form.SealY), nil
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
