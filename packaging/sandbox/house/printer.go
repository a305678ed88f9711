package house

import (
	"context"
	"errors"
	"fmt"

	"keyhall/packaging/sandbox/ippeve"
)

var errPrinterOff = errors.New("the printer is off")

// SwitchPrinterOn starts the printer; one that is on stays on.
func (h *House) SwitchPrinterOn(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.printer != nil {
		return nil
	}
	p, err := ippeve.Start(ctx, h.path("printer"), h.Ports.Printer)
	if err != nil {
		return err
	}
	h.printer = p
	return nil
}

// SwitchPrinterOff ends the printer: whoever prints finds it away.
func (h *House) SwitchPrinterOff() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.printer != nil {
		h.printer.Stop()
		h.printer = nil
	}
}

// TurnPrinter does to the printer what a person can do: "on", "off", "empty" (no paper), "fill", "jam", "mend".
func (h *House) TurnPrinter(ctx context.Context, to string) error {
	switch to {
	case "on":
		return h.SwitchPrinterOn(ctx)
	case "off":
		h.SwitchPrinterOff()
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.printer == nil {
		return errPrinterOff
	}
	switch to {
	case "empty":
		return h.printer.SetPaper(ctx, 0)
	case "fill":
		return h.printer.SetPaper(ctx, 250)
	case "jam":
		return h.printer.Break("media-jam")
	case "mend":
		return h.printer.Mend()
	}
	return fmt.Errorf("a printer cannot be turned %q", to)
}

func (h *House) printerOn() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.printer != nil
}

func (h *House) spool() string { return h.path("printer", "printed") }
