package workflow

import (
	"context"
	"errors"

	"keyhall/backoffice/ra"
	"keyhall/device/scanner"
	"keyhall/kiosk/keys"
	"keyhall/printer"
)

// deviceCodes translates the errors of scanner and printer, most telling first; those of keys are in kiosk/keys.
var deviceCodes = []struct {
	err  error
	code ra.Code
}{
	{scanner.ErrJam, ra.CodeScannerJam},
	{scanner.ErrCoverOpen, ra.CodeScannerCover},
	{scanner.ErrNoPaper, ra.CodeScannerNoPaper},
	{scanner.ErrMissing, ra.CodeScannerMissing},
	{scanner.ErrTimeout, ra.CodeScannerTimeout},
	{scanner.ErrEmpty, ra.CodeScanEmpty},
	{scanner.ErrTooLarge, ra.CodeScanTooLarge},
	{scanner.ErrNotImage, ra.CodeScanNotImage},
	{scanner.ErrBusy, ra.CodeScannerError},
	{scanner.ErrIO, ra.CodeScannerError},
	{scanner.ErrNoSource, ra.CodeScannerError},
	{scanner.ErrMisfit, ra.CodeScannerError},

	{printer.ErrNoPaper, ra.CodePrinterNoPaper},
	{printer.ErrJam, ra.CodePrinterJam},
	{printer.ErrCoverOpen, ra.CodePrinterCover},
	{printer.ErrOffline, ra.CodePrinterMissing},
	{printer.ErrCertificate, ra.CodePrinterUnfit},
	{printer.ErrFormat, ra.CodePrinterUnfit},
	{printer.ErrTonerEmpty, ra.CodePrinterStopped},
	{printer.ErrStopped, ra.CodePrinterStopped},
	{printer.ErrRefused, ra.CodePrinterStopped},
	{printer.ErrTimeout, ra.CodePrinterStopped},
	{printer.ErrAnswer, ra.CodePrinterStopped},
}

// FaultOf puts any error of the office, the devices or the journal before the person; nil for nil and for work that
// was given up.
func FaultOf(err error) *Fault {
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	var known *ra.Error
	if errors.As(err, &known) {
		return &Fault{Code: known.Code, Args: known.Args}
	}
	if code := keys.Code(err); code != "" {
		return &Fault{Code: code}
	}
	for _, d := range deviceCodes {
		if errors.Is(err, d.err) {
			return &Fault{Code: d.code}
		}
	}
	return &Fault{Code: ra.CodeInternal}
}

// fieldOf is the field that an error names, "" for none.
func fieldOf(err error) string {
	var e *ra.Error
	if errors.As(err, &e) {
		return e.Field
	}
	return ""
}
