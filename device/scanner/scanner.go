// Package scanner is the document scanner of a kiosk: sheets of paper in, JPEG pages out. It names the conditions a
// scanner can be in; drivers live in the packages below it.
package scanner

import (
	"context"
	"errors"
)

// Source is the place the paper lies in.
type Source string

const (
	Flatbed Source = "flatbed" // one sheet on the glass
	Feeder  Source = "feeder"  // a stack, drawn in sheet by sheet
)

// Scanner turns sheets into pages. One call at a time: a second one answers ErrBusy.
//
// Every method answers ErrMissing when the device is not there, ErrTimeout when it does not come to an end in its
// time, and the context's own error when the caller gave up. A failed call leaves nothing behind and can be repeated.
type Scanner interface {
	// Sources asks the device where it can take paper from.
	Sources(ctx context.Context) ([]Source, error)

	// Scan takes one page; a zero Request.Source means the flatbed.
	// It answers ErrNoSource, ErrJam, ErrCoverOpen, ErrNoPaper, ErrIO, ErrEmpty, ErrNotImage, ErrTooLarge or
	// ErrMisfit.
	Scan(ctx context.Context, r Request) (Page, error)

	// ScanAll hands over the feeder's sheets one by one, in order, as they come out. The pages handed over before an
	// error stay good. An error of each stops the feeder and is returned as it is. A feeder without a single sheet
	// is ErrNoPaper.
	ScanAll(ctx context.Context, r Request, each func(Page) error) error
}

// Request says how to scan. The zero value is a grey page at DefaultDPI from the method's own source.
type Request struct {
	Source Source
	DPI    int
	Color  bool
}

// Inspector tells how a request will be scanned, without scanning. ErrNoSource and what Sources answers.
type Inspector interface {
	Inspect(ctx context.Context, r Request) (Ability, error)
}

// Ability is how a device scans from a source: its own words, and what must come of it.
type Ability struct {
	Name          string // of the source; "" where there is nothing to choose
	Color, Grey   string // modes; "" where there is nothing to choose
	DPI           int
	Width, Height float64 // mm; 0 when nobody knows
}

// DefaultDPI is enough for text recognition and for a reviewer's eye.
const DefaultDPI = 200

// Page is one scanned side.
type Page struct {
	JPEG          []byte
	Width, Height int // in pixels
	DPI           int // of the JPEG as it really is, after any shrinking
}

var (
	ErrJam       = errors.New("scanner: paper jam")
	ErrCoverOpen = errors.New("scanner: cover open")
	ErrNoPaper   = errors.New("scanner: no paper")
	ErrMissing   = errors.New("scanner: no device")
	ErrBusy      = errors.New("scanner: busy")
	ErrTimeout   = errors.New("scanner: no answer in time")
	ErrIO        = errors.New("scanner: device error")
	ErrNoSource  = errors.New("scanner: device has no such paper source")
	ErrNotImage  = errors.New("scanner: not an image")
	ErrTooLarge  = errors.New("scanner: image too large")
	ErrEmpty     = errors.New("scanner: no data")
	ErrMisfit    = errors.New("scanner: picture smaller than what was to be scanned") // too coarse, or a part of the sheet
)
