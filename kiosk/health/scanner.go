package health

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"keyhall/device/scanner"
)

// scannerFaults are what a scanner's errors are called.
var scannerFaults = []struct {
	err  error
	what string
}{
	{scanner.ErrMissing, "missing"}, {scanner.ErrMisfit, "misfit"}, {scanner.ErrJam, "jam"}, {scanner.ErrCoverOpen, "cover"},
	{scanner.ErrTimeout, "timeout"}, {context.DeadlineExceeded, "timeout"},
}

func scannerFault(err error) Finding {
	if errors.Is(err, scanner.ErrBusy) {
		return bad(Scanner, "busy", err).mildly()
	}
	for _, x := range scannerFaults {
		if errors.Is(err, x.err) {
			return bad(Scanner, x.what, err)
		}
	}
	return bad(Scanner, "fault", err)
}

// sources finds out where the scanner takes paper.
func (c *Checkup) sources(ctx context.Context) ([]scanner.Source, Finding) {
	if c.cfg.Scanner == nil {
		return nil, Finding{Part: Scanner, What: "none", State: Warn}
	}
	sources, err := c.cfg.Scanner.Sources(ctx)
	switch {
	case err != nil:
		return nil, scannerFault(err)
	case len(sources) == 0:
		return nil, bad(Scanner, "no_source", nil)
	}
	return sources, good(Scanner)
}

// scannerAnswers asks the scanner where it takes paper, and scans nothing.
func (c *Checkup) scannerAnswers(ctx context.Context) Finding {
	_, f := c.sources(ctx)
	return f
}

func (c *Checkup) scanner(ctx context.Context) Finding {
	sources, f := c.sources(ctx)
	if f.State != Good {
		return f
	}
	if i, ok := c.cfg.Scanner.(scanner.Inspector); ok {
		f = inspect(ctx, i, sources, c.cfg.DPI, f)
	}
	if f.State == Bad || !slices.Contains(sources, scanner.Flatbed) { // a feeder would take in whatever lies there
		return f
	}
	began := time.Now()
	page, err := c.cfg.Scanner.Scan(ctx, scanner.Request{Source: scanner.Flatbed, DPI: c.cfg.DPI, Color: true})
	if err != nil {
		found := scannerFault(err)
		found.Facts = f.Facts
		return found
	}
	clear(page.JPEG)
	return f.with("delivered", fmt.Sprintf("%d×%d px, %d dpi, %.0f×%.0f mm, %.1f s", page.Width, page.Height, page.DPI, millimetres(page.Width, page.DPI),
		millimetres(page.Height, page.DPI), time.Since(began).Seconds()))
}

func millimetres(pixels, dpi int) float64 { return float64(pixels) * 25.4 / float64(max(dpi, 1)) }

// inspect tells of each source how pages are scanned from it.
func inspect(ctx context.Context, i scanner.Inspector, sources []scanner.Source, dpi int, f Finding) Finding {
	for _, source := range sources {
		a, err := i.Inspect(ctx, scanner.Request{Source: source, DPI: dpi})
		if err != nil {
			found := scannerFault(err)
			found.Facts = f.Facts
			return found
		}
		size := "?"
		if a.Width > 0 {
			size = fmt.Sprintf("%.0f×%.0f mm", a.Width, a.Height)
		}
		f = f.with(string(source), fmt.Sprintf("%q, colour %q, grey %q, %d dpi, %s", a.Name, a.Color, a.Grey, a.DPI, size))
		if a.Color == a.Grey && a.Color != "" {
			f.What, f.State = "one_mode", Warn
		}
	}
	return f
}
