// Package health looks at everything that a kiosk needs to serve a customer to the end, and says of each what it is like and what to do
// next. It is for staff and technicians: it shows nothing of any customer, prints nothing, and keeps nothing of what it scans.
package health

import (
	"context"
	"strings"
	"sync"
	"time"

	"keyhall/device/scanner"
	"keyhall/device/ukey"
	"keyhall/device/usb"
	"keyhall/printer"
)

// Part is what is looked at: "health.part.<Part>".
type Part string

// The parts, in the order in which they are told.
const (
	Printer Part = "printer"
	Scanner Part = "scanner"
	Keys    Part = "keys"
	Office  Part = "office"
	Clock   Part = "clock"
	Disk    Part = "disk"
	Fonts   Part = "fonts"
	Pinyin  Part = "pinyin"
)

// Parts lists them.
func Parts() []Part { return []Part{Printer, Scanner, Keys, Office, Clock, Disk, Fonts, Pinyin} }

// State is how a part is: "health.state.<State>".
type State string

// The states.
const (
	Good State = "good"
	Warn State = "warn" // customers are served, somebody should see to it
	Bad  State = "bad"  // some cannot be served to the end
)

// Finding is what was found of a part: words "health.<Part>.<What>", which say what to do next.
type Finding struct {
	Part  Part
	What  string
	State State
	Facts []Fact
	Cause string // for a technician, in English; "" for nothing
}

// Fact is one line: label "health.fact.<ID>" and what the device itself says.
type Fact struct{ ID, Value string }

// Module is a way to keys, by the path that is configured.
type Module struct {
	Name   string
	Reader ukey.Reader
}

// Config is what is looked at. What is nil is not.
type Config struct {
	Printer printer.Printer
	Scanner scanner.Scanner
	DPI     int // of scanned papers
	Modules []Module
	USB     func(ctx context.Context) ([]usb.Device, error)
	Office  func(ctx context.Context) error    // asks the back office for something
	Time    func() (office time.Time, ok bool) // of the back office
	Now     func() time.Time
	Data    string // the folder that needs room
	Pinyin  func(ctx context.Context) (candidates int, err error)
}

// Checkup looks.
type Checkup struct{ cfg Config }

// New makes a Checkup; it looks at nothing yet.
func New(cfg Config) *Checkup {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Checkup{cfg: cfg}
}

// longest is how long one part may take; a scanner warms up.
const longest = 90 * time.Second

// Look looks at all parts at once, one page is scanned from the glass, and returns what it found in their order.
func (c *Checkup) Look(ctx context.Context) []Finding {
	return together(ctx, c.printer, c.scanner, c.keys, c.officeAndClock(Office), c.officeAndClock(Clock), c.disk, c.fonts, c.pinyin)
}

// together looks in several ways at once.
func together(ctx context.Context, looks ...func(context.Context) Finding) []Finding {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	found := make([]Finding, len(looks))
	var wg sync.WaitGroup
	for i, look := range looks {
		wg.Go(func() { found[i] = look(ctx) })
	}
	wg.Wait()
	return found
}

// Limiting are the parts that Limits may name. A back office that is away is told of by itself, on every page.
func Limiting() []Part { return []Part{Printer, Scanner, Keys, Clock, Disk, Fonts, Pinyin} }

// Limits are the parts without which not every customer can be served to the end here now, found out in passing: nothing is scanned and
// the back office is not asked. A device that is busy works.
func (c *Checkup) Limits(ctx context.Context) (limits []Part) {
	clock := func(context.Context) Finding { return c.clock(nil) }
	for _, f := range together(ctx, c.printer, c.scannerAnswers, c.keys, clock, c.disk, c.fonts, c.pinyin) {
		if f.limits() {
			limits = append(limits, f.Part)
		}
	}
	return limits
}

// limits tells whether what was found keeps customers from getting to the end. A device that is missing altogether does so too, although
// nothing of it has to be mended.
func (f Finding) limits() bool {
	device := f.Part == Printer || f.Part == Scanner || f.Part == Keys
	return f.State == Bad || device && f.What == "none"
}

// Worst is the state of the worst finding.
func Worst(all []Finding) State {
	worst := Good
	for _, f := range all {
		if f.State == Bad || f.State == Warn && worst == Good {
			worst = f.State
		}
	}
	return worst
}

func (f Finding) with(id, value string) Finding {
	if value = strings.TrimSpace(value); value != "" {
		f.Facts = append(f.Facts, Fact{id, value})
	}
	return f
}

func good(p Part) Finding { return Finding{Part: p, What: "good", State: Good} }

// bad is a finding with its cause, without the names of our own packages.
func bad(p Part, what string, err error) Finding {
	f := Finding{Part: p, What: what, State: Bad}
	if err != nil {
		f.Cause = err.Error()
	}
	return f
}

func (f Finding) mildly() Finding {
	f.State = Warn
	return f
}

// Words are what may be found of each part: the words that a screen must have.
func Words() map[Part][]string {
	words := map[Part][]string{
		Printer: {"no_a4", "complains"}, Scanner: {"busy", "fault", "no_source", "one_mode"}, Keys: {"module", "no_driver"},
		Office: {"away", "shut_out", "error"}, Clock: {"wrong", "unknown"}, Disk: {"full", "unreadable"}, Fonts: {"missing"},
		Pinyin: {"missing", "away", "empty"},
	}
	for _, f := range printerFaults {
		words[Printer] = append(words[Printer], f.what)
	}
	for _, f := range scannerFaults {
		words[Scanner] = append(words[Scanner], f.what)
	}
	for p := range words {
		words[p] = append(words[p], "good", "none")
	}
	return words
}

// FactIDs are the Fact.IDs.
func FactIDs() []string {
	return []string{"name", "format", "formats", "trays", "reasons", "certificate", "flatbed", "feeder", "delivered", "module", "usb", "off", "free",
		"folder", "wanted"}
}
