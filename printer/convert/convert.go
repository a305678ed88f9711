// Package convert makes of a PDF what a printer takes that takes none: PWG raster (PWG 5102.4), which every IPP Everywhere printer
// takes, Apple raster (image/urf), which every AirPrint printer takes, or PostScript. It runs poppler's programs through pipes only: the
// papers are full of personal data.
package convert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// The formats, by their MIME types.
const (
	PDF        = "application/pdf"
	PWG        = "image/pwg-raster"
	URF        = "image/urf"
	PostScript = "application/postscript"
)

// Format is how a document is wanted.
type Format struct {
	MIME  string
	DPI   int  // of raster
	Color bool // of raster: 24 bits of sRGB instead of 8 bits of grey
}

func (f Format) String() string {
	if f.MIME != PWG && f.MIME != URF {
		return f.MIME
	}
	if f.Color {
		return fmt.Sprintf("%s, %d dpi, colour", f.MIME, f.DPI)
	}
	return fmt.Sprintf("%s, %d dpi, grey", f.MIME, f.DPI)
}

// ErrFailed means that the document could not be converted: it is no PDF, or poppler is not installed.
var ErrFailed = errors.New("convert: document not converted")

// From makes the format of a PDF. It answers ErrFailed, or the context's own error.
func From(ctx context.Context, pdf []byte, f Format) ([]byte, error) {
	switch f.MIME {
	case PDF:
		return pdf, nil
	case PostScript:
		var out bytes.Buffer
		err := run(ctx, pdf, &out, "pdftops", "-level3", "-paper", "A4", "-", "-")
		return out.Bytes(), err
	case PWG, URF:
		return raster(ctx, pdf, f)
	}
	return nil, fmt.Errorf("%w: no way from PDF to %s", ErrFailed, f.MIME)
}

func raster(ctx context.Context, pdf []byte, f Format) ([]byte, error) {
	args := []string{"-r", fmt.Sprint(f.DPI)}
	if !f.Color {
		args = append(args, "-gray")
	}
	out := &pages{format: f}
	if err := run(ctx, pdf, out, "pdftoppm", append(args, "-")...); err != nil {
		return nil, err
	}
	return out.document()
}

// run pipes a document through a program.
func run(ctx context.Context, document []byte, out interface{ Write([]byte) (int, error) }, name string, args ...string) error {
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(document), out, &said
	err := cmd.Run()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	first, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
	return fmt.Errorf("%w: %s: %w (%.200s)", ErrFailed, name, err, first)
}
