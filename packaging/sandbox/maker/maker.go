// Package maker opens the kiosk's parts that write to a key, on the house's hub and back office but without a window: the
// journal, the line and the key driver in its worker process.
package maker

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"keyhall/backoffice/api"
	"keyhall/device/ukey/pkcs11"
	"keyhall/device/ukey/worker"
	"keyhall/kiosk/journal"
	"keyhall/kiosk/uplink"
	"keyhall/packaging/sandbox/house"
)

// Config names the parts; it goes through a pipe to another process.
type Config struct {
	Line    house.Line
	Journal string   // folder, made when missing
	Worker  []string // command of the key driver's worker
	Module  string
	Env     []string // of the worker
}

// Of is a kiosk of the house with a journal in a folder of its own.
func Of(h *house.House, line house.Line, journal string) Config {
	return Config{Line: line, Journal: journal, Worker: []string{filepath.Join(h.Bin, "keyhall-kiosk"), "ukey-worker"},
		Module: h.Hub.Module(), Env: h.Hub.Env()}
}

// Parts are open; Close closes them.
type Parts struct {
	Client  *api.Client
	Office  *uplink.Uplink
	Journal *journal.Journal
	Keys    *worker.Reader
}

// Open opens the parts. observe hears of every call to a worker, nil for nobody.
func Open(ctx context.Context, c Config, log *slog.Logger, observe func(method string, waited, module time.Duration)) (p *Parts, err error) {
	p = &Parts{}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	if p.Journal, err = openJournal(ctx, c.Journal); err != nil {
		return p, err
	}
	if p.Client, err = c.Line.Client(); err != nil {
		return p, err
	}
	p.Office = uplink.New(uplink.Config{Line: p.Client, Journal: p.Journal, Log: log})
	p.Keys, err = Keys(c, log, observe)
	return p, err
}

// Keys opens the key driver alone.
func Keys(c Config, log *slog.Logger, observe func(method string, waited, module time.Duration)) (*worker.Reader, error) {
	return pkcs11.Start(pkcs11.Config{Module: c.Module, Rescan: pkcs11.Reinitialize, Command: c.Worker, Env: c.Env,
		HideUninitialized: true, Log: log, Observe: observe})
}

// Close closes what is open.
func (p *Parts) Close() error {
	var errs []error
	if p.Keys != nil {
		errs = append(errs, p.Keys.Close())
	}
	if p.Client != nil {
		p.Client.Close()
	}
	if p.Journal != nil {
		errs = append(errs, p.Journal.Close())
	}
	return errors.Join(errs...)
}

func openJournal(ctx context.Context, dir string) (*journal.Journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "key")
	key, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		key = make([]byte, journal.KeyBytes)
		rand.Read(key)
		err = os.WriteFile(file, key, 0o600)
	}
	if err != nil {
		return nil, err
	}
	return journal.Open(ctx, filepath.Join(dir, "journal.db"), key, time.Now)
}
