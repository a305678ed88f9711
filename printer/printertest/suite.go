package printertest

import (
	"context"
	"errors"
	"testing"
	"time"

	"keyhall/printer"
)

// Condition is the state that a printer is opened in.
type Condition string

const (
	Ready      Condition = "ready"
	LowToner   Condition = "low toner" // a warning, no hindrance
	Busy       Condition = "busy with somebody else's document, for a moment"
	NoPaper    Condition = "no paper"
	Jammed     Condition = "jammed"
	CoverOpen  Condition = "cover open"
	TonerEmpty Condition = "toner empty"
	Paused     Condition = "paused"
	Refusing   Condition = "refusing"
	Offline    Condition = "offline"

	RunsOut Condition = "runs out of paper while printing"
	Jams    Condition = "jams while printing"
	Aborts  Condition = "cannot print what it is given"
	Slow    Condition = "never done with a job"
	Silent  Condition = "never answers"
	HangsUp Condition = "takes a document and hangs up"
	Dies    Condition = "takes a document and cannot be reached from then on"

	gone Condition = "cannot be reached"
)

// A4 is the smallest document that a printer takes for one: an empty sheet.
const A4 = `%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>> endobj
trailer <</Root 1 0 R>>
%%EOF
`

// Run checks what every printer owes its users. open returns a printer in a condition, or skips.
func Run(t *testing.T, open func(t *testing.T, c Condition) printer.Printer) {
	for _, c := range []Condition{Ready, LowToner, Busy, HangsUp} {
		t.Run(string(c), func(t *testing.T) {
			t.Parallel()
			prints(t, open(t, c))
		})
	}
	t.Run("not a document", func(t *testing.T) {
		t.Parallel()
		_, err := open(t, Ready).Print(t.Context(), printer.Document{Name: "x", PDF: []byte("<html>")})
		if !errors.Is(err, printer.ErrRefused) {
			t.Errorf("got %v, want ErrRefused", err)
		}
	})
	faults(t, open)
	giveUp(t, open)
}

func prints(t *testing.T, p printer.Printer) {
	before, err := p.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if before.Name == "" || before.Problem() != nil {
		t.Errorf("before: got %+v, want a name and no problem", before)
	}
	first, err := p.Print(t.Context(), printer.Document{Name: "first", PDF: []byte(A4)})
	if err != nil {
		t.Fatal(err)
	}
	second, err := p.Print(t.Context(), printer.Document{Name: "second", PDF: []byte(A4), Copies: 2})
	if err != nil {
		t.Fatal(err)
	}
	if first.ID == second.ID {
		t.Errorf("two jobs have the same number %d", first.ID)
	}
	if err := second.After.Problem(); err != nil {
		t.Errorf("after: %v", err)
	}
}

func faults(t *testing.T, open func(*testing.T, Condition) printer.Printer) {
	want := map[Condition]error{
		NoPaper: printer.ErrNoPaper, Jammed: printer.ErrJam, CoverOpen: printer.ErrCoverOpen,
		TonerEmpty: printer.ErrTonerEmpty, Paused: printer.ErrStopped, Refusing: printer.ErrRefused,
		Offline: printer.ErrOffline, RunsOut: printer.ErrNoPaper, Jams: printer.ErrJam, Aborts: printer.ErrRefused,
	}
	for condition, want := range want {
		t.Run(string(condition), func(t *testing.T) {
			t.Parallel()
			p := open(t, condition)
			for range 2 { // a refused document can be printed again, and is refused again
				if _, err := p.Print(t.Context(), printer.Document{Name: "form", PDF: []byte(A4)}); !errors.Is(err, want) {
					t.Errorf("got %v, want %v", err, want)
				}
			}
		})
	}
}

func giveUp(t *testing.T, open func(*testing.T, Condition) printer.Printer) {
	for _, c := range []Condition{Slow, Silent} {
		t.Run(string(c), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			_, err := open(t, c).Print(ctx, printer.Document{Name: "form", PDF: []byte(A4)})
			if !errors.Is(err, printer.ErrTimeout) {
				t.Errorf("got %v, want ErrTimeout", err)
			}
		})
	}
	t.Run("the caller gives up", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := open(t, Slow).Print(ctx, printer.Document{Name: "form", PDF: []byte(A4)})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
}
