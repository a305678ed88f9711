package workflow

import (
	"context"
	"errors"

	"keyhall/backoffice/ra"
	"keyhall/device/scanner"
	"keyhall/device/ukey"
	"keyhall/printer"
)

// deviceCodes translates the devices' errors, most telling first.
var deviceCodes = []struct {
	err  error
	code ra.Code
}{
	{ukey.ErrTwin, ra.CodeKeyTwin},
	{ukey.ErrRemoved, ra.CodeKeyPulled},
	{ukey.ErrTimeout, ra.CodeKeyTimeout},
	{ukey.ErrWorker, ra.CodeKeyDevice},
	{ukey.ErrFull, ra.CodeKeyFull},
	{ukey.ErrReadable, ra.CodeKeyReadable},
	{ukey.ErrNotBlank, ra.CodeKeyNotBlank},
	{ukey.ErrExists, ra.CodeKeyNotBlank},
	{ukey.ErrPINLocked, ra.CodePINLocked},
	{ukey.ErrPINWrong, ra.CodePINWrong},
	{ukey.ErrPINInvalid, ra.CodePINCharacters},
	{ukey.ErrReadOnly, ra.CodeKeyDevice},
	{ukey.ErrUnsupported, ra.CodeKeyDevice},
	{ukey.ErrNotFound, ra.CodeKeyDevice},
	{ukey.ErrLogin, ra.CodeKeyDevice},
	{ukey.ErrPINLength, ra.CodeKeyDevice},
	{ukey.ErrPINUnset, ra.CodeKeyDevice},
	{ukey.ErrPINChange, ra.CodeKeyDevice},
	{ukey.ErrRefused, ra.CodeKeyDevice},
	{ukey.ErrDeviceKey, ra.CodeKeyDevice},
	{ukey.ErrEnvelope, ra.CodeKeyDevice},
	{ukey.ErrDevice, ra.CodeKeyDevice},

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

	{printer.ErrNoPaper, ra.CodePrinterNoPaper},
	{printer.ErrJam, ra.CodePrinterJam},
	{printer.ErrCoverOpen, ra.CodePrinterCover},
	{printer.ErrOffline, ra.CodePrinterMissing},
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
