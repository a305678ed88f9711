// Package scannertest has a scanner without hardware and the suite that every driver must pass.
package scannertest

import (
	"context"
	"image"
	"image/color"
	"image/draw"
	"sync"

	"keyhall/device/scanner"
)

// Fake is a flatbed with a feeder. The zero value lies ready with a white sheet on the glass and an empty feeder.
type Fake struct {
	busy sync.Mutex // held while a page is drawn in

	mu     sync.Mutex
	glass  *scanner.Page
	stack  []scanner.Page
	last   scanner.Request
	fault  error
	stalls bool
}

var _ scanner.Scanner = (*Fake)(nil)

// Lay puts a page on the glass.
func (f *Fake) Lay(p scanner.Page) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.glass = &p
}

// Load puts sheets into the feeder, behind those that are there.
func (f *Fake) Load(pages ...scanner.Page) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stack = append(f.stack, pages...)
}

// Fail makes every call answer err until Fail(nil).
func (f *Fake) Fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = err
}

// Stall makes every page take until the caller gives up.
func (f *Fake) Stall(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stalls = on
}

func (f *Fake) Sources(ctx context.Context) ([]scanner.Source, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fault == scanner.ErrMissing || f.fault == scanner.ErrBusy {
		return nil, f.fault
	}
	return []scanner.Source{scanner.Flatbed, scanner.Feeder}, ctx.Err()
}

// Last is how the last page was to be scanned.
func (f *Fake) Last() scanner.Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

func (f *Fake) asked(r scanner.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = r
}

func (f *Fake) Scan(ctx context.Context, r scanner.Request) (scanner.Page, error) {
	if !f.busy.TryLock() {
		return scanner.Page{}, scanner.ErrBusy
	}
	defer f.busy.Unlock()
	f.asked(r)
	if err := f.wait(ctx); err != nil {
		return scanner.Page{}, err
	}
	if r.Source == scanner.Feeder {
		return f.feed()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.glass == nil {
		return Sheet(210, 297, color.White), nil
	}
	return *f.glass, nil
}

func (f *Fake) ScanAll(ctx context.Context, r scanner.Request, each func(scanner.Page) error) error {
	if !f.busy.TryLock() {
		return scanner.ErrBusy
	}
	defer f.busy.Unlock()
	f.asked(r)
	for fed := 0; ; fed++ {
		if err := f.wait(ctx); err != nil {
			return err
		}
		page, err := f.feed()
		if err == scanner.ErrNoPaper && fed > 0 {
			return nil
		}
		if err != nil {
			return err
		}
		if err := each(page); err != nil {
			return err
		}
	}
}

func (f *Fake) wait(ctx context.Context) error {
	f.mu.Lock()
	fault, stalls := f.fault, f.stalls
	f.mu.Unlock()
	if stalls {
		<-ctx.Done()
	}
	switch ctx.Err() {
	case nil:
		return fault
	case context.DeadlineExceeded:
		return scanner.ErrTimeout
	default:
		return ctx.Err()
	}
}

func (f *Fake) feed() (scanner.Page, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.stack) == 0 {
		return scanner.Page{}, scanner.ErrNoPaper
	}
	page := f.stack[0]
	f.stack = f.stack[1:]
	return page, nil
}

// Sheet is a page of one colour.
func Sheet(width, height int, c color.Color) scanner.Page {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(img, img.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	page, err := scanner.Encode(img, scanner.DefaultDPI)
	if err != nil {
		panic(err) // only for a sheet without an area
	}
	return page
}
