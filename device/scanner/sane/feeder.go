package sane

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"keyhall/device/scanner"
)

func (s *Scanner) ScanAll(ctx context.Context, r scanner.Request, each func(scanner.Page) error) error {
	if !s.busy.TryLock() {
		return scanner.ErrBusy
	}
	defer s.busy.Unlock()
	r.Source = cmp.Or(r.Source, scanner.Feeder)
	if err := s.scanAll(ctx, r, each); err != nil {
		s.able = nil
		return fmt.Errorf("scan all from the %s: %w", r.Source, err)
	}
	return nil
}

func (s *Scanner) scanAll(ctx context.Context, r scanner.Request, each func(scanner.Page) error) error {
	args, dpi, err := s.arguments(ctx, r)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(s.config.TempDir, "scan-") // 0700
	if err != nil {
		return fmt.Errorf("%w: %v", scanner.ErrIO, err)
	}
	defer os.RemoveAll(dir)

	args = append(args, "--batch=%d.png", "--batch-print")
	if r.Source == scanner.Flatbed {
		args = append(args, "--batch-count=1") // a flatbed never runs out
	}
	var pages int
	err = s.batch(ctx, dir, args, func(name string) error {
		page, err := readPage(filepath.Join(dir, filepath.Base(name)), dpi, r.Color)
		if err != nil {
			return err
		}
		pages++
		return each(page)
	})
	if err == nil && pages == 0 {
		return scanner.ErrNoPaper
	}
	return err
}

// batch runs scanimage and calls each with the file name of every finished sheet. The deadline starts anew with
// every sheet. An error of each ends the child.
func (s *Scanner) batch(ctx context.Context, dir string, args []string, each func(name string) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	names, out := io.Pipe()
	sheet := make(chan struct{}, 1)
	ended := make(chan error, 1)
	go func() {
		err := s.run(ctx, call{args: args, dir: dir, stdout: out, progress: sheet})
		out.Close()
		ended <- err
	}()

	failure := eachLine(names, func(name string) error {
		select {
		case sheet <- struct{}{}:
		default: // a restart of the deadline is under way already
		}
		return each(name)
	})
	names.Close()
	if failure != nil {
		stop()
	}
	return cmp.Or(failure, <-ended)
}

func eachLine(r io.Reader, each func(string) error) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if err := each(lines.Text()); err != nil {
			return err
		}
	}
	return nil // how the child ended tells more than how its pipe did
}

// readPage takes the file away: it shows a person's papers.
func readPage(name string, dpi int, color bool) (scanner.Page, error) {
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
	return toPage(raw, dpi, color)
}

// memoryDir is a folder that never reaches a disk, where the system has one.
func memoryDir() string {
	const memory = "/dev/shm"
	if info, err := os.Stat(memory); err == nil && info.IsDir() {
		return memory
	}
	return os.TempDir()
}
