package printertest

import (
	"context"
	"sync"

	"keyhall/printer"
)

// Fake is a printer in memory, for those who use one. The zero value is ready.
type Fake struct {
	mu      sync.Mutex
	fault   error
	stalls  bool
	printed []printer.Document
}

var _ printer.Printer = (*Fake)(nil)

// Fail makes every job end with err until Fail(nil).
func (f *Fake) Fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = err
}

// Stall makes every job take until the caller gives up.
func (f *Fake) Stall(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stalls = on
}

// Printed returns what came out, in order.
func (f *Fake) Printed() []printer.Document {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]printer.Document(nil), f.printed...)
}

func (f *Fake) Status(ctx context.Context) (printer.Status, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fault == printer.ErrOffline || ctx.Err() != nil {
		return printer.Status{}, ended(ctx, f.fault)
	}
	return f.status(), nil
}

// status tells the fault as a printer would.
func (f *Fake) status() printer.Status {
	s := printer.Status{Name: "Fake Printer", State: printer.Idle, Accepting: f.fault != printer.ErrRefused}
	keyword := map[error]string{
		printer.ErrNoPaper: "media-empty", printer.ErrJam: "media-jam", printer.ErrCoverOpen: "cover-open",
		printer.ErrTonerEmpty: "toner-empty", printer.ErrStopped: "paused",
	}[f.fault]
	if keyword != "" {
		s.State, s.Reasons = printer.Stopped, []printer.Reason{{Keyword: keyword, Severity: printer.Error}}
	}
	return s
}

func (f *Fake) Print(ctx context.Context, d printer.Document) (printer.Job, error) {
	if err := d.Check(); err != nil {
		return printer.Job{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stalls {
		<-ctx.Done()
	}
	if err := ended(ctx, f.fault); err != nil {
		return printer.Job{}, err
	}
	f.printed = append(f.printed, d)
	return printer.Job{ID: len(f.printed), After: f.status()}, nil
}

func ended(ctx context.Context, fault error) error {
	switch ctx.Err() {
	case nil:
		return fault
	case context.DeadlineExceeded:
		return printer.ErrTimeout
	default:
		return ctx.Err()
	}
}
