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

	busy sync.Mutex // held during a call: a device scans one thing at a time
	able *ability   // what the device said it can do; nil after any failure
}

var _ scanner.Scanner = (*Scanner)(nil)

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
	s.able = nil
	able, err := s.ability(ctx)
	if err != nil {
		return nil, err
	}
	return able.sources(), nil
}

func (s *Scanner) Scan(ctx context.Context, r scanner.Request) (scanner.Page, error) {
	if !s.busy.TryLock() {
		return scanner.Page{}, scanner.ErrBusy
	}
	defer s.busy.Unlock()
	r.Source = cmp.Or(r.Source, scanner.Flatbed)
	page, err := s.scan(ctx, r)
	if err != nil {
		s.able = nil
		return scanner.Page{}, fmt.Errorf("scan from the %s: %w", r.Source, err)
	}
	return page, nil
}

func (s *Scanner) scan(ctx context.Context, r scanner.Request) (scanner.Page, error) {
	args, dpi, err := s.arguments(ctx, r)
	if err != nil {
		return scanner.Page{}, err
	}
	var raw bytes.Buffer
	out := &limitedWriter{to: &raw, left: scanner.MaxBytes}
	err = s.run(ctx, call{args: args, stdout: out})
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, scanner.ErrTimeout):
		return scanner.Page{}, err
	case out.over:
		return scanner.Page{}, scanner.ErrTooLarge
	case err != nil:
		return scanner.Page{}, err
	}
	return toPage(raw.Bytes(), dpi, r.Color)
}

// arguments are what every scan needs, and the resolution that will come out.
func (s *Scanner) arguments(ctx context.Context, r scanner.Request) (args []string, dpi int, err error) {
	able, err := s.ability(ctx)
	if err != nil {
		return nil, 0, err
	}
	wishes, dpi, err := able.wishes(r)
	if err != nil {
		return nil, 0, err
	}
	return append(wishes, "--format=png"), dpi, nil
}

// ability asks the device once and remembers the answer.
func (s *Scanner) ability(ctx context.Context) (*ability, error) {
	if s.able != nil {
		return s.able, nil
	}
	var text bytes.Buffer
	out := &limitedWriter{to: &text, left: 1 << 20}
	if err := s.run(ctx, call{args: []string{"--all-options"}, stdout: out}); err != nil {
		return nil, fmt.Errorf("ask for the options: %w", err)
	}
	s.able = parseAbility(text.String())
	return s.able, nil
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
