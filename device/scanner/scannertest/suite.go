package scannertest

import (
	"context"
	"errors"
	"testing"
	"time"

	"keyhall/device/scanner"
)

// Condition is the state that a scanner is opened in.
type Condition string

const (
	Ready     Condition = "ready" // a sheet on the glass, at least three in the feeder
	Jammed    Condition = "jammed"
	CoverOpen Condition = "cover open"
	NoPaper   Condition = "no paper"
	DeviceIO  Condition = "device error"
	Busy      Condition = "busy"
	Missing   Condition = "missing"
	Stalling  Condition = "stalling" // a page takes longer than anybody waits
)

// Run checks what every scanner owes its users. open returns a scanner in a condition, or skips.
func Run(t *testing.T, open func(t *testing.T, c Condition) scanner.Scanner) {
	t.Run("sources", func(t *testing.T) {
		t.Parallel()
		sources(t, open(t, Ready))
	})
	t.Run("one page", func(t *testing.T) {
		t.Parallel()
		onePage(t, open(t, Ready))
	})
	t.Run("feeder", func(t *testing.T) {
		t.Parallel()
		feeder(t, open(t, Ready))
	})
	t.Run("feeder stopped by its user", func(t *testing.T) {
		t.Parallel()
		stopped(t, open(t, Ready))
	})
	faults(t, open)
	waiting(t, open)
}

func sources(t *testing.T, s scanner.Scanner) {
	got, err := s.Sources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0] != scanner.Flatbed || got[1] != scanner.Feeder {
		t.Errorf("got %v, want flatbed and feeder", got)
	}
}

func onePage(t *testing.T, s scanner.Scanner) {
	for _, color := range []bool{false, true, true} { // twice the same: a scan can be repeated
		page, err := s.Scan(t.Context(), scanner.Request{DPI: 100, Color: color})
		if err != nil {
			t.Fatal(err)
		}
		checkPage(t, page)
	}
}

func feeder(t *testing.T, s scanner.Scanner) {
	var pages int
	err := s.ScanAll(t.Context(), scanner.Request{DPI: 100}, func(p scanner.Page) error {
		checkPage(t, p)
		pages++
		return nil
	})
	if err != nil || pages < 3 {
		t.Errorf("got %d pages, error %v; want at least 3 and none", pages, err)
	}
}

func stopped(t *testing.T, s scanner.Scanner) {
	enough := errors.New("enough")
	var pages int
	err := s.ScanAll(t.Context(), scanner.Request{DPI: 100}, func(scanner.Page) error {
		if pages++; pages == 2 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || pages != 2 {
		t.Errorf("got %d pages, error %v; want 2 and the caller's own error", pages, err)
	}
	if _, err := s.Scan(t.Context(), scanner.Request{DPI: 100}); err != nil {
		t.Errorf("the next scan: %v", err)
	}
}

func checkPage(t *testing.T, p scanner.Page) {
	t.Helper()
	width, height, err := scanner.CheckImage(p.JPEG)
	if err != nil {
		t.Fatal(err)
	}
	if width != p.Width || height != p.Height || width > scanner.MaxSide || height > scanner.MaxSide || p.DPI < 1 {
		t.Errorf("page says %d × %d at %d dpi, its JPEG is %d × %d", p.Width, p.Height, p.DPI, width, height)
	}
}

func faults(t *testing.T, open func(*testing.T, Condition) scanner.Scanner) {
	want := map[Condition]error{
		Jammed: scanner.ErrJam, CoverOpen: scanner.ErrCoverOpen, NoPaper: scanner.ErrNoPaper,
		DeviceIO: scanner.ErrIO, Busy: scanner.ErrBusy, Missing: scanner.ErrMissing,
	}
	for condition, want := range want {
		t.Run(string(condition), func(t *testing.T) {
			t.Parallel()
			s := open(t, condition)
			if _, err := s.Scan(t.Context(), scanner.Request{Source: scanner.Feeder}); !errors.Is(err, want) {
				t.Errorf("Scan: got %v, want %v", err, want)
			}
			err := s.ScanAll(t.Context(), scanner.Request{}, func(scanner.Page) error { return nil })
			if !errors.Is(err, want) {
				t.Errorf("ScanAll: got %v, want %v", err, want)
			}
		})
	}
}

func waiting(t *testing.T, open func(*testing.T, Condition) scanner.Scanner) {
	t.Run("nobody waits for ever", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if _, err := open(t, Stalling).Scan(ctx, scanner.Request{}); !errors.Is(err, scanner.ErrTimeout) {
			t.Errorf("got %v, want ErrTimeout", err)
		}
	})
	t.Run("the caller gives up", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := open(t, Stalling).Scan(ctx, scanner.Request{}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
	t.Run("one call at a time", func(t *testing.T) {
		t.Parallel()
		oneAtATime(t, open(t, Stalling))
	})
}

// oneAtATime starts two scans on a device that stalls: whichever comes second is told at once, the first when its
// caller gives up.
func oneAtATime(t *testing.T, s scanner.Scanner) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	results := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := s.Scan(ctx, scanner.Request{})
			results <- err
		}()
	}
	if err := <-results; !errors.Is(err, scanner.ErrBusy) {
		t.Errorf("the second: got %v, want ErrBusy", err)
	}
	cancel()
	if err := <-results; !errors.Is(err, context.Canceled) {
		t.Errorf("the first: got %v, want context.Canceled", err)
	}
}
