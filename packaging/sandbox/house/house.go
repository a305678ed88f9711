// Package house is a whole service hall on one machine: a private PostgreSQL, the back office with demo data, a hub of
// software UKeys, a scanner's glass, an IPP printer, a mobile network for text messages, a kiosk, and a bench page on
// which one person plays with all of it. Every part is the real program; nothing listens beyond loopback. `make run`
// and the end-to-end tests start the same house.
package house

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"keyhall/packaging/sandbox/ippeve"
	"keyhall/packaging/sandbox/port"
	"keyhall/packaging/sandbox/postgres"
)

// Options say how a house is built.
type Options struct {
	Dir   string // where everything is kept; made when missing
	Bin   string // folder of keyhall-kiosk, keyhall-backoffice and keyhall-pinyin
	Ports Ports
	Fast  bool // a database that forgets at a power cut: for tests
	Kiosk KioskOptions
	Keys  int   // in the hub, at least; 0 for six
	Past  []Era // of a new hall, the oldest first
	Log   *slog.Logger
}

// Ports on loopback.
type Ports struct {
	API     int // kiosks, HTTPS with client certificates
	Console int // supervisors, HTTPS
	PKI     int // CRL and OCSP, HTTP
	Bench   int // the bench page, HTTP
	Printer int // IPP
	Screen  int // the kiosk as a page, HTTP; used without a display
	Second  int // the kiosk of the second hall, likewise
}

// DefaultPorts are the ones that `make run` uses.
func DefaultPorts() Ports {
	return Ports{API: 8443, Console: 8444, PKI: 8480, Bench: 8400, Printer: 8631, Screen: 8085, Second: 8086}
}

// FreePorts reserves unused ones for as long as this process lives.
func FreePorts() (p Ports, err error) {
	for _, number := range []*int{&p.API, &p.Console, &p.PKI, &p.Bench, &p.Printer, &p.Screen, &p.Second} {
		if *number, err = port.Reserve(); err != nil {
			return p, err
		}
	}
	return p, nil
}

// House is a running hall.
type House struct {
	Options
	Hub      *Hub
	Glass    *Glass
	Messages *Messages
	database *postgres.Server
	owner    string // database's address as the owner of its tables
	program  string // and as the back office
	office   *process
	first    *Terminal
	second   *Terminal // nil where nobody asked for it
	bench    *http.Server
	daysAgo  int  // that the back office's clock is behind
	visited  bool // another program runs it

	mu      sync.Mutex
	printer *ippeve.Printer

	papers sync.Map // by the file of a print: the form.Paper that it is
}

// Start builds the house or finds it again in its folder. On error everything that was started is stopped.
func Start(ctx context.Context, o Options) (_ *House, err error) {
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	h := &House{Options: o}
	defer func() {
		if err != nil {
			h.Stop()
		}
	}()
	EndLeftBehind(h.Dir)
	h.begins()
	steps := []struct {
		name string
		do   func(context.Context) error
	}{
		{"folders", h.makeFolders},
		{"hub of UKeys", h.openHub},
		{"scanner", h.openGlass},
		{"text messages", h.openMessages},
		{"bench page", h.startBench},
		{"database", h.startDatabase},
		{"back office", h.startOffice},
		{"a key of staff", h.bindStaffKey},
		{"printer", h.SwitchPrinterOn},
		{"kiosk's enrolment", h.enrolKiosk},
		{"customers of before", h.settle},
	}
	for _, s := range steps {
		h.Log.Info("starting", slog.String("part", s.name))
		if err := s.do(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return h, nil
}

// Stop ends everything that was started; the data stay. Stopping twice is fine.
func (h *House) Stop() error {
	if !h.visited {
		os.Remove(signIn(h.Dir))
	}
	h.first.stop()
	h.second.stop()
	h.SwitchPrinterOff()
	h.office.stop()
	var errs []error
	if h.bench != nil {
		errs = append(errs, h.bench.Close())
	}
	if h.database != nil {
		errs = append(errs, h.database.Stop())
	}
	return errors.Join(errs...)
}

func (h *House) path(parts ...string) string {
	return filepath.Join(append([]string{h.Dir}, parts...)...)
}

func (h *House) makeFolders(context.Context) error {
	// PostgreSQL runs as another user and has to get through to its own folder.
	if err := os.MkdirAll(h.Dir, 0o711); err != nil {
		return err
	}
	for _, d := range []string{"office", "kiosk", "hub", "scanner", "printer", "log"} {
		if err := os.MkdirAll(h.path(d), 0o700); err != nil {
			return err
		}
	}
	return nil
}

// fewestKeys is how many keys a hub has.
const fewestKeys = 6

func (h *House) openHub(ctx context.Context) (err error) {
	if h.Hub, err = OpenHub(ctx, h.path("hub"), filepath.Join(h.Bin, "keyhall-locking.so"), max(h.Keys, fewestKeys)); err != nil {
		return err
	}
	h.first = h.terminal(FirstHall, firstWindow, h.Hub, h.Ports.Screen, &h.Kiosk)
	return nil
}

func (h *House) openGlass(context.Context) (err error) {
	h.Glass, err = OpenGlass(h.path("scanner"))
	return err
}

func (h *House) openMessages(context.Context) (err error) {
	h.Messages, err = openMessages(h.path("messages.json"))
	return err
}

func (h *House) startBench(context.Context) error {
	l, err := net.Listen("tcp", loopback(h.Ports.Bench))
	if err != nil {
		return err
	}
	h.serveBench(l)
	return nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// BenchURL is the bench page's address.
func (h *House) BenchURL() string { return "http://" + loopback(h.Ports.Bench) + "/" }

// ConsoleURL is the console's address.
func (h *House) ConsoleURL() string { return "https://" + loopback(h.Ports.Console) + "/" }
