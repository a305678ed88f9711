// Package ippeve runs a real IPP printer (ippeveprinter from CUPS) on a loopback port, with its paper and its jams in
// the caller's hands. It needs neither root nor a daemon of the machine. For tests and the sandbox.
package ippeve

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/godbus/dbus/v5"

	"keyhall/packaging/sandbox/port"
)

// ErrMissing means that a program this needs is not installed (cups-ipp-utils, dbus).
var ErrMissing = errors.New("ippeve: program not installed")

// Printer is a running printer.
type Printer struct {
	URI string // ipp://localhost:PORT/ipp/print

	formats string // MIME types, with commas
	dir     string // what it prints lies in dir/printed
	socket  string // folder of the message bus's socket: sockets' names must be short
	daemon  *exec.Cmd
	bus     *dbus.Conn
	printer *exec.Cmd
	ended   chan error // the printer's end
}

// Start runs a printer called "Hall Printer" until Stop, or until ctx ends. Number is its port's, 0 means any free one.
// What it prints stays in dir over several starts.
func Start(ctx context.Context, dir string, number int) (*Printer, error) {
	return StartTaking(ctx, dir, number, "application/pdf")
}

// StartTaking is Start for a printer that takes documents of these formats only, MIME types with commas between.
func StartTaking(ctx context.Context, dir string, number int, formats string) (*Printer, error) {
	for _, program := range []string{"ippeveprinter", "ipptool", "dbus-daemon"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, fmt.Errorf("%w: %s", ErrMissing, program)
		}
	}
	p := &Printer{dir: dir, formats: formats, ended: make(chan error, 1)}
	err := p.start(ctx, number)
	if err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

func (p *Printer) start(ctx context.Context, number int) (err error) {
	if err := p.layOut(); err != nil {
		return err
	}
	if number == 0 {
		if number, err = port.Reserve(); err != nil {
			return err
		}
	}
	address, err := p.startBus(ctx)
	if err != nil {
		return err
	}
	if p.bus, err = serveAvahi(address); err != nil {
		return err
	}
	host := net.JoinHostPort("localhost", strconv.Itoa(number))
	p.URI = "ipp://" + host + "/ipp/print"
	p.printer = command(ctx, "ippeveprinter", "-p", strconv.Itoa(number), "-n", "localhost", "-r", "off", "-f", p.formats,
		"-d", filepath.Join(p.dir, "spool"), "-c", filepath.Join(p.dir, "print.sh"), "Hall Printer")
	p.printer.Env = append(os.Environ(), "DBUS_SYSTEM_BUS_ADDRESS="+address, "KEYHALL_PRINTER="+p.dir, "KEYHALL_PRINTER_URI="+p.URI)
	if err := p.printer.Start(); err != nil {
		return fmt.Errorf("start the printer: %w", err)
	}
	go func() { p.ended <- p.printer.Wait() }()
	return p.answering(ctx, host)
}

// layOut makes the printer's folders absolute, since it changes its own.
func (p *Printer) layOut() (err error) {
	if p.dir, err = filepath.Abs(p.dir); err != nil {
		return err
	}
	for _, name := range []string{"spool", "printed"} {
		if err := os.MkdirAll(filepath.Join(p.dir, name), 0o700); err != nil {
			return err
		}
	}
	if err := os.Remove(p.faultFile()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if p.socket, err = os.MkdirTemp("", "ippeve-"); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(p.dir, "job.test"), []byte(jobQuestion), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(p.dir, "print.sh"), []byte(printScript), 0o700)
}

// startBus runs a message bus of this printer's own and returns its address.
func (p *Printer) startBus(ctx context.Context) (address string, err error) {
	p.daemon = command(ctx, "dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1",
		"--address=unix:path="+filepath.Join(p.socket, "bus"))
	out, err := p.daemon.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := p.daemon.Start(); err != nil {
		return "", fmt.Errorf("start the printer's message bus: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("the printer's message bus does not say its address: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// command runs in a process group of its own and does not outlive this program.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = time.Second
	return c
}

// answering waits for the printer's port to open.
func (p *Printer) answering(ctx context.Context, host string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if c, err := net.Dial("tcp", host); err == nil {
			return c.Close()
		}
		select {
		case err := <-p.ended:
			p.ended <- err
			return fmt.Errorf("the printer ended at once: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("the printer does not answer on %s: %w", host, ctx.Err())
		case <-tick.C:
		}
	}
}

// Stop ends the printer and everything started for it. A second Stop does nothing.
func (p *Printer) Stop() error {
	if p.printer != nil && p.printer.Process != nil {
		_ = syscall.Kill(-p.printer.Process.Pid, syscall.SIGKILL) // gone already when it has ended by itself
		<-p.ended
	}
	if p.bus != nil {
		p.bus.Close()
	}
	if p.daemon != nil && p.daemon.Process != nil {
		_ = syscall.Kill(-p.daemon.Process.Pid, syscall.SIGKILL)
		_ = p.daemon.Wait() // killed
	}
	p.printer, p.bus, p.daemon = nil, nil, nil
	return os.RemoveAll(p.socket)
}

// Printed returns the names of the documents that came out, oldest first.
func (p *Printer) Printed() ([]string, error) {
	return filepath.Glob(filepath.Join(p.dir, "printed", "*.pdf"))
}

// SetPaper fills the tray with 250, 125, 50, 25, 5 or no sheets of A4. A job that waits for paper goes on, or is
// dropped when it was cancelled.
func (p *Printer) SetPaper(ctx context.Context, sheets int) error {
	form := url.Values{
		"size1": {"iso_a4_210x297mm"}, "type1": {"stationery"}, "level1": {strconv.Itoa(sheets)},
		"size3": {"iso_dl_110x220mm"}, "type3": {"envelope"}, "level3": {"25"}, // what is not named becomes empty
	}
	address := "http" + strings.TrimSuffix(strings.TrimPrefix(p.URI, "ipp"), "/ipp/print") + "/media?" + form.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("set the printer's paper: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("set the printer's paper: HTTP %s", response.Status)
	}
	return nil
}

// Break makes the next job stop with one of IPP's reasons, such as media-jam, cover-open or toner-empty, until Mend.
func (p *Printer) Break(reason string) error {
	return os.WriteFile(p.faultFile(), []byte(reason), 0o600)
}

// Mend lets the printer print again; the job that it stopped at is dropped.
func (p *Printer) Mend() error {
	err := os.Remove(p.faultFile())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

func (p *Printer) faultFile() string { return filepath.Join(p.dir, "fault") }
