// Package sane drives scanners through the scanimage program, so that a crashing or hanging device driver cannot take
// its user down. Nothing stays on disk: one page comes through a pipe, a feeder's pages through a private folder that
// is wiped at once.
package sane

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"keyhall/device/scanner"
)

// Config says which device to use. The zero value is the first device that SANE finds.
type Config struct {
	Device  string        // SANE's name, such as "fujitsu:fi-7160:123"
	Program string        // "scanimage" when empty
	Env     []string      // added to the child's environment, such as SANE_CONFIG_DIR=DIR
	Options []string      // added to every call, such as --filename F
	Timeout time.Duration // for one page; a minute when zero
	TempDir string        // holds a feeder's pages for a moment; memory (/dev/shm) when there is some
}

// Scanner is one SANE device. It keeps nothing open between calls: the device may be unplugged and plugged again.
type Scanner struct {
	config Config

	busy     sync.Mutex // held during a call: a device scans one thing at a time
	options  options    // of the device as it stands by itself; nil after any failure
	settings map[scanner.Request]setting
}

var (
	_ scanner.Scanner   = (*Scanner)(nil)
	_ scanner.Inspector = (*Scanner)(nil)
)

// New does not touch the device.
func New(c Config) *Scanner {
	c.Program = cmp.Or(c.Program, "scanimage")
	c.Timeout = cmp.Or(c.Timeout, time.Minute)
	c.TempDir = cmp.Or(c.TempDir, memoryDir())
	return &Scanner{config: c}
}

func (s *Scanner) Sources(ctx context.Context) ([]scanner.Source, error) {
	if !s.busy.TryLock() {
		return nil, scanner.ErrBusy
	}
	defer s.busy.Unlock()
	s.forget()
	all, err := s.standing(ctx)
	if err != nil {
		return nil, err
	}
	var sources []scanner.Source
	for _, source := range []scanner.Source{scanner.Flatbed, scanner.Feeder} {
		if all.sources()[source] != "" {
			sources = append(sources, source)
		}
	}
	return sources, nil
}

// forget makes the next call ask the device anew: another one may be plugged in.
func (s *Scanner) forget() { s.options, s.settings = nil, nil }

func (s *Scanner) Scan(ctx context.Context, r scanner.Request) (scanner.Page, error) {
	if !s.busy.TryLock() {
		return scanner.Page{}, scanner.ErrBusy
	}
	defer s.busy.Unlock()
	r.Source = cmp.Or(r.Source, scanner.Flatbed)
	page, err := s.scan(ctx, r)
	if err != nil {
		s.forget()
		return scanner.Page{}, fmt.Errorf("scan from the %s: %w", r.Source, err)
	}
	return page, nil
}

func (s *Scanner) scan(ctx context.Context, r scanner.Request) (scanner.Page, error) {
	set, err := s.setting(ctx, r)
	if err != nil {
		return scanner.Page{}, err
	}
	var raw bytes.Buffer
	out := &limitedWriter{to: &raw, left: scanner.MaxBytes}
	err = s.run(ctx, call{args: set.args, stdout: out})
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, scanner.ErrTimeout):
		return scanner.Page{}, err
	case out.over:
		return scanner.Page{}, scanner.ErrTooLarge
	case err != nil:
		return scanner.Page{}, err
	}
	return set.toPage(raw.Bytes(), r.Color)
}

// Inspect implements scanner.Inspector.
func (s *Scanner) Inspect(ctx context.Context, r scanner.Request) (scanner.Ability, error) {
	if !s.busy.TryLock() {
		return scanner.Ability{}, scanner.ErrBusy
	}
	defer s.busy.Unlock()
	r.Source = cmp.Or(r.Source, scanner.Flatbed)
	set, err := s.setting(ctx, r)
	if err != nil {
		s.forget()
		return scanner.Ability{}, fmt.Errorf("look at the %s: %w", r.Source, err)
	}
	return scanner.Ability{Name: set.source, Color: set.color, Grey: set.grey, DPI: set.dpi, Width: set.width, Height: set.height}, nil
}

// setting finds out once how a kind of page is scanned. The order counts: choosing the source puts back the mode and the resolution on
// some devices, and both decide what else can be chosen, so the device is asked again after each that it did not stand at.
func (s *Scanner) setting(ctx context.Context, r scanner.Request) (setting, error) {
	if known, found := s.settings[r]; found {
		return known, nil
	}
	all, err := s.standing(ctx)
	if err != nil {
		return setting{}, err
	}
	set := setting{glass: r.Source == scanner.Flatbed}
	switch source := all.sources()[r.Source]; source {
	case "":
		return setting{}, fmt.Errorf("%w: %s", scanner.ErrNoSource, r.Source)
	case onlySource:
	default:
		set.source = source
		if set.set("source", all["source"], source) {
			if all, err = s.ask(ctx, set.args); err != nil {
				return setting{}, err
			}
		}
	}
	if set.setKind(all, r.Color) {
		if all, err = s.ask(ctx, set.args); err != nil {
			return setting{}, err
		}
	}
	set.setSize(all, cmp.Or(r.DPI, scanner.DefaultDPI))
	set.args = append(set.args, "--format=png")
	if s.settings == nil {
		s.settings = map[scanner.Request]setting{}
	}
	s.settings[r] = set
	return set, nil
}

// standing are the options of the device by itself, asked for once.
func (s *Scanner) standing(ctx context.Context) (options, error) {
	if s.options != nil {
		return s.options, nil
	}
	all, err := s.ask(ctx, nil)
	s.options = all
	return all, err
}

// ask asks the device for its options as they stand once these are set.
func (s *Scanner) ask(ctx context.Context, set []string) (options, error) {
	var text bytes.Buffer
	out := &limitedWriter{to: &text, left: 1 << 20}
	if err := s.run(ctx, call{args: append(slices.Clone(set), "--all-options"), stdout: out}); err != nil {
		return nil, fmt.Errorf("ask for the options: %w", err)
	}
	return parseOptions(text.String()), nil
}

// limitedWriter refuses what goes beyond its limit, which ends the child that writes into it.
type limitedWriter struct {
	to   io.Writer
	left int
	over bool
}

func (w *limitedWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		w.over = true
		return 0, scanner.ErrTooLarge
	}
	w.left -= len(p)
	return w.to.Write(p)
}
