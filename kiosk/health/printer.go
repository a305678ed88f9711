package health

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"keyhall/printer"
)

// printerFaults are what a printer's errors are called, most telling first.
var printerFaults = []struct {
	err  error
	what string
}{
	{printer.ErrCertificate, "certificate"}, {printer.ErrFormat, "format"}, {printer.ErrJam, "jam"}, {printer.ErrCoverOpen, "cover"},
	{printer.ErrNoPaper, "paper"}, {printer.ErrTonerEmpty, "toner"}, {printer.ErrOffline, "offline"}, {printer.ErrTimeout, "offline"},
	{printer.ErrStopped, "stopped"}, {printer.ErrRefused, "refused"}, {printer.ErrAnswer, "answer"},
}

func (c *Checkup) printer(ctx context.Context) Finding {
	if c.cfg.Printer == nil {
		return Finding{Part: Printer, What: "none", State: Warn}
	}
	s, err := c.cfg.Printer.Status(ctx)
	if err == nil {
		err = s.Problem()
	}
	f := good(Printer)
	switch {
	case err != nil:
		f = bad(Printer, "offline", err)
		for _, x := range printerFaults {
			if errors.Is(err, x.err) {
				f.What = x.what
				break
			}
		}
	case !s.A4:
		f = Finding{Part: Printer, What: "no_a4", State: Warn}
	case len(s.Reasons) > 0:
		f = Finding{Part: Printer, What: "complains", State: Warn}
	}
	return tellPrinter(f, s)
}

func tellPrinter(f Finding, s printer.Status) Finding {
	f = f.with("name", s.Name).with("format", s.Format)
	if s.Format == "" {
		f = f.with("formats", strings.Join(s.Formats, ", "))
	}
	var trays, reasons []string
	for _, t := range s.Trays {
		trays = append(trays, trayWords(t))
	}
	for _, r := range s.Reasons {
		reasons = append(reasons, fmt.Sprintf("%s (%s)", r.Keyword, r.Severity))
	}
	f = f.with("trays", strings.Join(trays, "; ")).with("reasons", strings.Join(reasons, ", "))
	if s.Shown != nil {
		f = f.with("certificate", fmt.Sprintf("SHA-256 %s, %s, %s", s.Shown.SHA256, s.Shown.Trust, s.Shown.Until.Format(time.DateOnly)))
	}
	return f
}

func trayWords(t printer.Tray) string {
	level := fmt.Sprint(t.Level)
	switch t.Level {
	case printer.AnySheets:
		level = "1+"
	case printer.UnknownSheets:
		level = "?"
	}
	if t.Sheet == (printer.Sheet{}) {
		return fmt.Sprintf("%s: %s", t.Name, level)
	}
	return fmt.Sprintf("%s: %s × %d×%d mm", t.Name, level, t.Sheet.Width, t.Sheet.Height)
}
