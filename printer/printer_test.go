package printer_test

import (
	"errors"
	"testing"

	"keyhall/printer"
)

func TestProblem(t *testing.T) {
	t.Parallel()
	reason := func(severity printer.Severity, keywords ...string) []printer.Reason {
		var reasons []printer.Reason
		for _, k := range keywords {
			reasons = append(reasons, printer.Reason{Keyword: k, Severity: severity})
		}
		return reasons
	}
	tests := []struct {
		name   string
		status printer.Status
		want   error
	}{
		{"ready", printer.Status{State: printer.Idle, Accepting: true}, nil},
		{"toner low", printer.Status{State: printer.Idle, Accepting: true, Reasons: reason(printer.Warning, "toner-low")}, nil},
		{"the other tray is empty", printer.Status{State: printer.Idle, Accepting: true, Reasons: reason(printer.Report, "media-empty")}, nil},
		{"jam at work", printer.Status{State: printer.Processing, Accepting: true, Reasons: reason(printer.Warning, "media-jam")}, printer.ErrJam},
		{"waiting for paper", printer.Status{State: printer.Processing, Accepting: true, Reasons: reason(printer.Warning, "media-empty", "media-needed")}, printer.ErrNoPaper},
		{"no paper", printer.Status{State: printer.Stopped, Accepting: true, Reasons: reason(printer.Error, "media-empty")}, printer.ErrNoPaper},
		{"jam behind an open cover", printer.Status{State: printer.Stopped, Accepting: true, Reasons: reason(printer.Error, "cover-open", "media-jam")}, printer.ErrJam},
		{"stopped, nobody knows why", printer.Status{State: printer.Stopped, Accepting: true}, printer.ErrStopped},
		{"offline for a moment, says a warning", printer.Status{State: printer.Idle, Accepting: true, Reasons: reason(printer.Warning, "offline", "marker-supply-empty")}, nil},
		{"paused", printer.Status{State: printer.Stopped, Accepting: true, Reasons: reason(printer.Error, "paused")}, printer.ErrStopped},
		{"a maker's own reason", printer.Status{State: printer.Idle, Accepting: true, Reasons: reason(printer.Error, "com.maker.fuser")}, nil},
		{"a maker's own reason, stopped", printer.Status{State: printer.Stopped, Accepting: true, Reasons: reason(printer.Error, "com.maker.fuser")}, printer.ErrStopped},
		{"several at once", printer.Status{State: printer.Stopped, Accepting: true, Reasons: reason(printer.Error, "toner-empty", "media-empty", "door-open")}, printer.ErrCoverOpen},
		{"not accepting", printer.Status{State: printer.Idle}, printer.ErrRefused},
	}
	for _, tt := range tests {
		if got := tt.status.Problem(); !errors.Is(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestDocumentCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		document printer.Document
		want     error
	}{
		{printer.Document{PDF: []byte("%PDF-1.7\n")}, nil},
		{printer.Document{PDF: []byte("%PDF-1.7\n"), Copies: 2}, nil},
		{printer.Document{}, printer.ErrRefused},
		{printer.Document{PDF: []byte("<html>")}, printer.ErrRefused},
		{printer.Document{PDF: []byte("%PDF-1.7\n"), Copies: 1000}, printer.ErrRefused},
		{printer.Document{PDF: []byte("%PDF-1.7\n"), Copies: -1}, printer.ErrRefused},
	}
	for _, tt := range tests {
		if got := tt.document.Check(); !errors.Is(got, tt.want) {
			t.Errorf("%.8q × %d: got %v, want %v", tt.document.PDF, tt.document.Copies, got, tt.want)
		}
	}
}
