package sane

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"syscall"

	"keyhall/device/scanner"
)

// SANE's status numbers; scanimage exits with them.
const (
	statusBusy      = 3
	statusEOF       = 5
	statusJammed    = 6
	statusNoDocs    = 7
	statusCoverOpen = 8
	statusDenied    = 11
)

// deviceFault is how scanimage reports a fault, before it puts the device to rest and exits with the status's number.
var deviceFault = regexp.MustCompile(`(?m)^scanimage: sane_(?:start|read): (.+)$`)

// spoken are SANE's words for its status numbers (sane_strstatus). They count only where no number comes.
var spoken = map[string]error{
	"Device busy":                        scanner.ErrBusy,
	"Document feeder jammed":             scanner.ErrJam,
	"Document feeder out of documents":   scanner.ErrNoPaper,
	"Scanner cover is open":              scanner.ErrCoverOpen,
	"Access to resource has been denied": scanner.ErrMissing,
}

// told turns scanimage's words into a condition, for a child that had to be ended after them.
func told(message string) error {
	err := scanner.ErrIO
	if m := deviceFault.FindStringSubmatch(message); m != nil && spoken[m[1]] != nil {
		err = spoken[m[1]]
	}
	return fmt.Errorf("%w (%s)", err, reason(err, message))
}

// fault turns the end of scanimage into one of package scanner's conditions.
func fault(err error, message string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w (%s)", condition(err, message), reason(err, message))
}

func condition(err error, message string) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return notRun(err)
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return killed(status.Signal(), message)
	}
	switch exit.ExitCode() {
	case statusBusy:
		return scanner.ErrBusy
	case statusEOF:
		return scanner.ErrEmpty
	case statusJammed:
		return scanner.ErrJam
	case statusNoDocs:
		return scanner.ErrNoPaper
	case statusCoverOpen:
		return scanner.ErrCoverOpen
	case statusDenied:
		return scanner.ErrMissing
	case 1:
		return notOpened(message)
	}
	return scanner.ErrIO
}

func notRun(err error) error {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, syscall.ENOENT) {
		return scanner.ErrMissing // scanimage itself
	}
	return scanner.ErrIO
}

// notOpened tells the cases apart that share scanimage's status 1.
func notOpened(message string) error {
	switch {
	case strings.Contains(message, "open of device") && strings.Contains(message, "busy"):
		return scanner.ErrBusy
	case strings.Contains(message, "open of device"), strings.Contains(message, "no SANE devices found"):
		return scanner.ErrMissing
	}
	return scanner.ErrIO
}

func killed(by syscall.Signal, message string) error {
	switch {
	case by == syscall.SIGXFSZ:
		return scanner.ErrTooLarge
	case strings.Contains(message, "No IDATs written"): // the PNG library's way to say that not a line came
		return scanner.ErrEmpty
	}
	return scanner.ErrIO
}

// interruption is for a child that this side has ended.
func interruption(cause error) error {
	if errors.Is(cause, context.DeadlineExceeded) {
		return scanner.ErrTimeout
	}
	return cause
}

// reason is the last thing scanimage said, without its own name.
func reason(err error, message string) string {
	lines := strings.Split(strings.TrimSpace(message), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if text, ok := strings.CutPrefix(lines[i], "scanimage: "); ok {
			return text
		}
	}
	return err.Error()
}
