// Package printer is the paper printer of a kiosk: PDF in, a finished job or a named condition out. It knows nothing
// of what the papers say; drivers live in the packages below it.
package printer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
)

// Printer prints documents one after the other.
//
// Every method answers ErrOffline when the printer cannot be reached, ErrTimeout when it does not come to an end in
// its time, ErrAnswer when it does not make sense, and the context's own error when the caller gave up.
type Printer interface {
	// Status asks for the state now. A printer that is out of paper has a status, not an error.
	Status(ctx context.Context) (Status, error)

	// Print reads the status, sends the document if nothing is in the way, and follows the job to its end.
	// It answers ErrNoPaper, ErrJam, ErrCoverOpen, ErrTonerEmpty, ErrStopped or ErrRefused. A job that did not come
	// to its end has been taken back, so printing the document again gives it once.
	Print(ctx context.Context, d Document) (Job, error)
}

// Document is what to print. Zero copies are one.
type Document struct {
	Name   string // shown on the printer's own display: no personal data
	PDF    []byte
	Copies int
}

// Check answers ErrRefused for what no printer could print.
func (d Document) Check() error {
	switch {
	case !bytes.HasPrefix(d.PDF, []byte("%PDF-")):
		return fmt.Errorf("%w: not a PDF document", ErrRefused)
	case d.Copies < 0 || d.Copies > MaxCopies:
		return fmt.Errorf("%w: %d copies", ErrRefused, d.Copies)
	}
	return nil
}

// MaxCopies keeps a slip of the finger from emptying the tray.
const MaxCopies = 20

// State is what the printer does.
type State string

const (
	Idle       State = "idle"
	Processing State = "processing"
	Stopped    State = "stopped"
)

// Severity says how much a reason matters.
type Severity string

const (
	Report  Severity = "report"
	Warning Severity = "warning"
	Error   Severity = "error" // nothing is printed until somebody has seen to it
)

// Reason is why a printer is in its state. Keyword is IPP's (RFC 8011, 5.4.12) without the severity.
type Reason struct {
	Keyword  string
	Severity Severity
}

// Status is the printer at one moment.
type Status struct {
	Name      string
	State     State
	Reasons   []Reason
	Accepting bool // takes jobs at all
}

// Job is a document that was printed.
type Job struct {
	ID    int
	After Status // the printer when the job had ended: paper may be low now
}

var (
	ErrNoPaper    = errors.New("printer: no paper")
	ErrJam        = errors.New("printer: paper jam")
	ErrCoverOpen  = errors.New("printer: cover open")
	ErrTonerEmpty = errors.New("printer: toner or ink empty")
	ErrStopped    = errors.New("printer: stopped")
	ErrRefused    = errors.New("printer: job refused")
	ErrOffline    = errors.New("printer: cannot be reached")
	ErrTimeout    = errors.New("printer: no end in time")
	ErrAnswer     = errors.New("printer: answer not understood")
)

// conditions are IPP's keywords for what a person can see and mend, most telling first: an open cover often comes
// with a missing tray, a jam with an open cover. A printer at work calls even a jam a warning, so what always holds
// up the paper counts whatever its severity; the others may be about a tray or a colour that nobody needs.
var conditions = []struct {
	err     error
	always  []string
	asError []string
}{
	{ErrJam, []string{"media-jam"}, nil},
	{ErrCoverOpen, []string{"cover-open", "door-open", "interlock-open"}, []string{"input-tray-missing", "output-tray-missing"}},
	{ErrNoPaper, []string{"media-needed", "input-cannot-feed-size-selected"}, []string{"media-empty"}},
	{ErrTonerEmpty, []string{"toner-empty"}, []string{"marker-supply-empty", "marker-supply-missing", "cleaner-life-over", "opc-life-over"}},
	{ErrOffline, nil, []string{"offline", "timed-out", "connecting-to-device"}},
	{ErrStopped, nil, []string{"paused", "moving-to-paused", "stopped-partly", "shutdown", "stopping"}},
}

// Problem answers why nothing can be printed now: one of the typed errors, or nil. Warnings are no problem.
func (s Status) Problem() error {
	for _, c := range conditions {
		hit := func(r Reason) bool {
			return slices.Contains(c.always, r.Keyword) || r.Severity == Error && slices.Contains(c.asError, r.Keyword)
		}
		if slices.ContainsFunc(s.Reasons, hit) {
			return c.err
		}
	}
	switch {
	case s.State == Stopped:
		return ErrStopped
	case !s.Accepting:
		return fmt.Errorf("%w: takes no jobs", ErrRefused)
	}
	return nil
}
