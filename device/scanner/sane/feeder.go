package sane

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"keyhall/device/scanner"
)

func (s *Scanner) ScanAll(ctx context.Context, r scanner.Request, each func(scanner.Page) error) error {
	if !s.busy.TryLock() {
		return scanner.ErrBusy
	}
	defer s.busy.Unlock()
	r.Source = cmp.Or(r.Source, scanner.Feeder)
	if err := s.scanAll(ctx, r, each); err != nil {
		s.forget()
		return fmt.Errorf("scan all from the %s: %w", r.Source, err)
	}
	return nil
}

func (s *Scanner) scanAll(ctx context.Context, r scanner.Request, each func(scanner.Page) error) error {
	set, err := s.setting(ctx, r)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(s.config.TempDir, "scan-") // 0700
	if err != nil {
		return fmt.Errorf("%w: %v", scanner.ErrIO, err)
	}
	defer os.RemoveAll(dir)

	args := append(slices.Clone(set.args), "--batch=%d.png", "--batch-print")
	if r.Source == scanner.Flatbed {
		args = append(args, "--batch-count=1") // a flatbed never runs out
	}
	var pages int
	err = s.batch(ctx, dir, args, func(name string) error {
		page, err := set.readPage(filepath.Join(dir, filepath.Base(name)), r.Color)
		if err != nil {
			return err
		}
		pages++
		return each(page)
	})
	switch {
	case err == nil && pages == 0:
		return scanner.ErrNoPaper
	case errors.Is(err, scanner.ErrNoPaper) && pages > 0: // said by a driver that then hung: the stack is through
		return nil
	}
	return err
}

// batch runs scanimage and calls each with the file name of every finished sheet. The deadline starts anew with
// every sheet. An error of each ends the child.
func (s *Scanner) batch(ctx context.Context, dir string, args []string, each func(name string) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	out := newSheets()
	ended := make(chan error, 1)
	go func() {
		ended <- s.run(ctx, call{args: args, dir: dir, stdout: out, progress: out.progress})
		close(out.names)
	}()
	var failure error
	for name := range out.names {
		if failure != nil {
			continue // the child's last words
		}
		if failure = each(name); failure != nil {
			stop()
		}
	}
	return cmp.Or(failure, <-ended)
}

// sheets takes the names of finished sheets from a child. It never blocks: the child may end long before its last
// sheet has been looked at.
type sheets struct {
	names    chan string
	progress chan struct{}
	line     []byte // not ended yet
}

// mostSheets may wait to be looked at: ten times what any feeder holds.
const mostSheets = 5000

func newSheets() *sheets {
	return &sheets{names: make(chan string, mostSheets), progress: make(chan struct{}, 1)}
}

func (s *sheets) Write(p []byte) (int, error) {
	s.line = append(s.line, p...)
	for {
		name, rest, ended := bytes.Cut(s.line, []byte("\n"))
		if !ended {
			return len(p), nil
		}
		s.line = rest
		select {
		case s.names <- string(name):
		default:
			return 0, scanner.ErrTooLarge
		}
		select {
		case s.progress <- struct{}{}:
		default: // a restart of the deadline is under way already
		}
	}
}

// readPage takes the file away: it shows a person's papers.
func (s setting) readPage(name string, color bool) (scanner.Page, error) {
	defer os.Remove(name)
	info, err := os.Stat(name)
	if errors.Is(err, os.ErrNotExist) {
		return scanner.Page{}, scanner.ErrEmpty
	}
	if err != nil {
		return scanner.Page{}, fmt.Errorf("%w: %v", scanner.ErrIO, err)
	}
	if info.Size() > scanner.MaxBytes {
		return scanner.Page{}, scanner.ErrTooLarge
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return scanner.Page{}, fmt.Errorf("%w: %v", scanner.ErrIO, err)
	}
	return s.toPage(raw, color)
}

// memoryDir is a folder that never reaches a disk, where the system has one.
func memoryDir() string {
	const memory = "/dev/shm"
	if info, err := os.Stat(memory); err == nil && info.IsDir() {
		return memory
	}
	return os.TempDir()
}
