// Package printer is the paper printer of a kiosk: PDF in, a finished job or a named condition out. It knows nothing
// of what the papers say; drivers live in the packages below it.
package printer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Printer prints documents one after the other.
//
// Every method answers ErrOffline when the printer cannot be reached, ErrCertificate when it cannot prove who it is, ErrTimeout when it does not come to an end in
// its time, ErrAnswer when it does not make sense, and the context's own error when the caller gave up.
type Printer interface {
	// Status asks for the state now. A printer that is out of paper has a status, not an error.
	Status(ctx context.Context) (Status, error)

	// Print reads the status, sends the document if nothing is in the way, and follows the job to its end.
	// It answers ErrNoPaper, ErrJam, ErrCoverOpen, ErrTonerEmpty, ErrStopped, ErrFormat or ErrRefused. A job that did not come
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
	Trays     []Tray
	Formats   []string     // MIME types of the documents that it takes; empty when it does not say
	Format    string       // in what documents are sent to it, in words; "" when nothing can be made for it
	A4        bool         // can be asked for
	Shown     *Certificate // on the line, nil without TLS
}

// Tray is a source of paper.
type Tray struct {
	Name  string
	Sheet Sheet
	Level int // sheets; AnySheets, or UnknownSheets
}

// What a tray tells of its sheets when it does not count them.
const (
	AnySheets     = -3 // at least one
	UnknownSheets = -2
)

// Sheet is a size of paper in millimetres, either side first; zero when it is not known.
type Sheet struct{ Width, Height int }

// holdsA4 tells whether A4 may lie there: a tray that does not know its paper may hold any.
func (t Tray) holdsA4() bool {
	return t.Sheet == Sheet{} || t.Sheet == Sheet{210, 297} || t.Sheet == Sheet{297, 210}
}

// Certificate is what a printer shows on an encrypted line. Printers make their own.
type Certificate struct {
	SHA256 string // of its DER, lower-case hexadecimal
	Trust  string // why it is trusted: "pinned", "named", "system"
	Until  time.Time
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

	ErrCertificate = errors.New("printer: its certificate is not trusted")
	ErrFormat      = errors.New("printer: takes no document that can be made here")
)

// conditions are IPP's keywords for what a person can see and mend, most telling first: an open cover often comes
// with a missing tray, a jam with an open cover. A printer at work calls even a jam a warning, so what always holds
// up the paper counts whatever its severity. Others may be about a tray or a colour that nobody needs, though printers call them errors:
// they count once the printer has stopped.
var conditions = []struct {
	err     error
	always  []string
	asError []string
	stopped []string // as an error of a printer that stands still
}{
	{ErrJam, []string{"media-jam"}, nil, nil},
	{ErrCoverOpen, []string{"cover-open", "door-open", "interlock-open"}, nil, []string{"input-tray-missing", "output-tray-missing"}},
	{ErrNoPaper, []string{"media-needed", "input-cannot-feed-size-selected"}, nil, []string{"media-empty"}},
	{ErrTonerEmpty, []string{"toner-empty"}, nil, []string{"marker-supply-empty", "marker-supply-missing", "cleaner-life-over", "opc-life-over"}},
	{ErrOffline, nil, []string{"offline", "timed-out", "connecting-to-device"}, nil},
	{ErrStopped, nil, []string{"paused", "moving-to-paused", "stopped-partly", "shutdown", "stopping"}, nil},
}

// Problem answers why nothing can be printed now: one of the typed errors, or nil. Warnings are no problem.
func (s Status) Problem() error { return s.problem(s.State == Stopped) }

// Stalled is Problem for a printer that has a document in hand and gets no further with it.
func (s Status) Stalled() error { return s.problem(true) }

func (s Status) problem(stopped bool) error {
	for _, c := range conditions {
		hit := func(r Reason) bool {
			return slices.Contains(c.always, r.Keyword) || r.Severity == Error && (slices.Contains(c.asError, r.Keyword) ||
				(stopped || c.err == ErrNoPaper && s.empty()) && slices.Contains(c.stopped, r.Keyword))
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
	case len(s.Formats) > 0 && s.Format == "":
		return fmt.Errorf("%w: it takes %q", ErrFormat, s.Formats)
	}
	return nil
}

// empty tells that no tray with A4 has a sheet, as far as trays count them. One that is empty beside another does not matter.
func (s Status) empty() bool {
	counted := 0
	for _, t := range s.Trays {
		switch {
		case !t.holdsA4(), t.Level != AnySheets && t.Level < 0:
		case t.Level != 0:
			return false
		default:
			counted++
		}
	}
	return counted > 0
}
