package sane_test

import (
	"bytes"
	"context"
	"errors"
	"image/color"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"keyhall/device/scanner"
	"keyhall/device/scanner/sane"
	"keyhall/device/scanner/scannertest"
)

// setup gives scanimage a configuration of its own with SANE's two devices without hardware.
func setup(t *testing.T) sane.Config {
	t.Helper()
	if _, err := exec.LookPath("scanimage"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("scanimage is not installed (sane-utils)")
		}
		t.Skip("scanimage is not installed (sane-utils)")
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "dll.conf"), "test\npnm\n")
	return sane.Config{Env: []string{"SANE_CONFIG_DIR=" + dir}, TempDir: t.TempDir()}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	scannertest.Run(t, func(t *testing.T, c scannertest.Condition) scanner.Scanner {
		config := setup(t)
		config.Device = "test:0"
		answer := map[scannertest.Condition]string{
			scannertest.Jammed: "JAMMED", scannertest.CoverOpen: "COVER_OPEN", scannertest.NoPaper: "NO_DOCS",
			scannertest.DeviceIO: "IO_ERROR", scannertest.Busy: "DEVICE_BUSY",
		}[c]
		switch {
		case answer != "":
			config.Options = []string{"--read-return-value=SANE_STATUS_" + answer}
		case c == scannertest.Missing:
			config.Device = "nosuch:0"
		case c == scannertest.Stalling:
			config.Options = stalling()
		}
		return sane.New(config)
	})
}

func stalling() []string {
	return []string{"--read-limit=yes", "--read-limit-size=1", "--read-delay=yes", "--read-delay-duration=200000"}
}

func TestOtherFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status string
		want   error
	}{
		{"UNSUPPORTED", scanner.ErrIO},
		{"CANCELLED", scanner.ErrIO},
		{"INVAL", scanner.ErrIO},
		{"EOF", scanner.ErrEmpty},
		{"NO_MEM", scanner.ErrIO},
		{"ACCESS_DENIED", scanner.ErrMissing},
	}
	for _, tt := range tests {
		t.Run(tt.status, func(t *testing.T) {
			t.Parallel()
			config := setup(t)
			config.Device = "test:0"
			config.Options = []string{"--read-return-value=SANE_STATUS_" + tt.status}
			if _, err := sane.New(config).Scan(t.Context(), scanner.Request{}); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestFaultOfThePictureDevice(t *testing.T) {
	t.Parallel()
	config := setup(t)
	sheet := filepath.Join(t.TempDir(), "sheet.pnm")
	write(t, sheet, "P5\n2 2\n255\nabcd")
	config.Device, config.Options = "pnm:0", []string{"--filename", sheet, "--status-jammed=yes"}
	if _, err := sane.New(config).Scan(t.Context(), scanner.Request{}); !errors.Is(err, scanner.ErrJam) {
		t.Errorf("got %v, want ErrJam", err)
	}
}

func TestPictureFromTheGlass(t *testing.T) {
	t.Parallel()
	config := setup(t)
	sheet := filepath.Join(t.TempDir(), "sheet.pnm")
	write(t, sheet, "P6\n300 200\n255\n"+string(bytes.Repeat([]byte{200, 30, 30}, 300*200)))
	config.Device, config.Options = "pnm:0", []string{"--filename", sheet}
	s := sane.New(config)

	if sources, err := s.Sources(t.Context()); err != nil || len(sources) != 1 || sources[0] != scanner.Flatbed {
		t.Errorf("sources: got %v, %v; want the flatbed only", sources, err)
	}
	page, err := s.Scan(t.Context(), scanner.Request{Color: true})
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(page.JPEG))
	if err != nil {
		t.Fatal(err)
	}
	if r, g, _, _ := img.At(150, 100).RGBA(); r>>8 < 180 || g>>8 > 50 {
		t.Errorf("the middle is %v, want red", img.At(150, 100))
	}
	if _, err := s.Scan(t.Context(), scanner.Request{Source: scanner.Feeder}); !errors.Is(err, scanner.ErrNoSource) {
		t.Errorf("from the feeder it does not have: got %v, want ErrNoSource", err)
	}
}

func TestResolution(t *testing.T) {
	t.Parallel()
	config := setup(t)
	config.Device = "test:0"
	s := sane.New(config)

	page, err := s.Scan(t.Context(), scanner.Request{DPI: 100})
	if err != nil {
		t.Fatal(err)
	}
	if want := 787; page.Width != want || page.DPI != 100 { // the test device's glass is 200 mm wide
		t.Errorf("got %d px at %d dpi, want %d px at 100 dpi", page.Width, page.DPI, want)
	}
	page, err = s.Scan(t.Context(), scanner.Request{DPI: 400})
	if err != nil {
		t.Fatal(err)
	}
	if want := 3149; page.Width != want || page.DPI != 400 {
		t.Errorf("got %d px at %d dpi, want %d px at 400 dpi", page.Width, page.DPI, want)
	}
	if _, err := s.Scan(t.Context(), scanner.Request{DPI: 1200}); !errors.Is(err, scanner.ErrTooLarge) {
		t.Errorf("at 1200 dpi: got %v, want ErrTooLarge", err)
	}
}

// program writes a shell script that stands in for a scanimage gone wrong.
func program(t *testing.T, script string) sane.Config {
	t.Helper()
	name := filepath.Join(t.TempDir(), "scanimage")
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return sane.Config{Program: name, TempDir: t.TempDir()}
}

func TestProgramGoneWrong(t *testing.T) {
	t.Parallel()
	const options = `case "$*" in *--all-options*) exit 0;; esac; `
	tests := []struct {
		name, script string
		want         error
	}{
		{"nothing comes", options + "exit 0", scanner.ErrEmpty},
		{"no picture comes", options + "echo hello", scanner.ErrNotImage},
		{"it never ends", options + "exec cat /dev/zero", scanner.ErrTooLarge},
		{"it crashes", options + "kill -SEGV $$", scanner.ErrIO},
		{"it crashes when asked", "kill -SEGV $$", scanner.ErrIO},
		{"somebody has the device", "echo 'scanimage: open of device x failed: Device busy' >&2; exit 1", scanner.ErrBusy},
		{"nothing is plugged in", "echo 'scanimage: no SANE devices found' >&2; exit 1", scanner.ErrMissing},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := sane.New(program(t, tt.script)).Scan(t.Context(), scanner.Request{}); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestNoProgram(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"no-such-scanimage", filepath.Join(t.TempDir(), "gone")} {
		if _, err := sane.New(sane.Config{Program: name}).Sources(t.Context()); !errors.Is(err, scanner.ErrMissing) {
			t.Errorf("%s: got %v, want ErrMissing", name, err)
		}
	}
}

func TestDeadlineTakesTheWholeGroup(t *testing.T) {
	t.Parallel()
	alive := filepath.Join(t.TempDir(), "alive")
	config := program(t, "trap '' TERM; mkfifo "+alive+"; (trap '' TERM; exec sleep 600 >"+alive+") & sleep 600")
	config.Timeout = 200 * time.Millisecond
	if _, err := sane.New(config).Scan(t.Context(), scanner.Request{}); !errors.Is(err, scanner.ErrTimeout) {
		t.Errorf("got %v, want ErrTimeout", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	// The grandchild would hold the pipe's writing end for ten minutes; a reader sees its end when it is gone.
	if err := exec.CommandContext(ctx, "timeout", "50", "sh", "-c", "exec 3<>"+alive+"; exec 4<"+alive+"; exec 3>&-; cat <&4").Run(); err != nil {
		t.Errorf("a process of the driver outlived the deadline: %v", err)
	}
}

// Some drivers hang while they put the device to rest: what they said before counts.
func TestHangAfterAFault(t *testing.T) {
	t.Parallel()
	tests := map[string]error{
		"Scanner cover is open":            scanner.ErrCoverOpen,
		"Document feeder jammed":           scanner.ErrJam,
		"Document feeder out of documents": scanner.ErrNoPaper,
		"Error during device I/O":          scanner.ErrIO,
	}
	for words, want := range tests {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			config := program(t, `case "$*" in *--all-options*) exit 0;; esac
echo 'scanimage: sane_read: `+words+`' >&2; exec sleep 600`)
			if _, err := sane.New(config).Scan(t.Context(), scanner.Request{}); !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
		})
	}
}

func TestFeederLeavesNothing(t *testing.T) {
	t.Parallel()
	config := setup(t)
	config.Device = "test:0"
	var pages int
	err := sane.New(config).ScanAll(t.Context(), scanner.Request{DPI: 50}, func(scanner.Page) error {
		pages++
		return nil
	})
	if err != nil || pages != 10 {
		t.Errorf("got %d pages, %v; want the test device's ten", pages, err)
	}
	left, err := os.ReadDir(config.TempDir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestJamKeepsThePagesBefore(t *testing.T) {
	t.Parallel()
	sheet := filepath.Join(t.TempDir(), "sheet.png")
	page := scannertest.Sheet(20, 30, color.White)
	write(t, sheet, string(page.JPEG))
	config := program(t, `case "$*" in
*--all-options*) echo '    --source Flatbed|ADF [Flatbed]'; exit 0;;
esac
for n in 1 2; do cp `+sheet+` $n.png; echo $n.png; done
echo 'scanimage: sane_read: Document feeder jammed' >&2; exit 6`)
	var pages int
	err := sane.New(config).ScanAll(t.Context(), scanner.Request{}, func(scanner.Page) error {
		pages++
		return nil
	})
	if !errors.Is(err, scanner.ErrJam) || pages != 2 {
		t.Errorf("got %d pages, %v; want 2 and ErrJam", pages, err)
	}
}
