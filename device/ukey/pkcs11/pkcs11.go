// Package pkcs11 is the driver for UKeys that are reached through the PKCS#11 module of their vendor. The module never runs
// in the kiosk's own process: package worker keeps it in one of its own.
package pkcs11

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"keyhall/device/ukey"
	"keyhall/device/ukey/worker"
)

// Name is what the driver is called in configurations and on the worker's command line.
const Name = "pkcs11"

// Rescan is what a module needs to notice that a key was plugged in or pulled.
type Rescan string

// The ways to look anew.
const (
	// Slots is what the standard asks for: C_GetSlotList looks anew.
	Slots Rescan = "slots"
	// Reinitialize is for modules that only look at C_Initialize, as SoftHSM does, and that go on serving a key
	// from memory after it is gone: after every call a process of its own looks whether the key is still there, and
	// after every write whether what was written is.
	Reinitialize Rescan = "reinitialize"
)

// Validate tells whether r is a known way.
func (r Rescan) Validate() error {
	if r == Slots || r == Reinitialize {
		return nil
	}
	return fmt.Errorf("rescan %q: want %q or %q", string(r), Slots, Reinitialize)
}

// AnyModel stands for every model in a list of them.
const AnyModel = "*"

// Config names a module and how to run it; what is not told here stands at worker.Config.
type Config struct {
	Module string // path of the vendor's library
	Rescan Rescan // default Slots
	// AllowUnknownProtection lists the models whose pairs are taken though the module does not tell whether they can be read out;
	// AnyModel is all. A pair that it says can be is refused nonetheless.
	AllowUnknownProtection []string

	Command           []string
	Env               []string
	HideUninitialized bool
	Deadlines         worker.Deadlines
	Log               *slog.Logger
	Observe           func(method string, waited, module time.Duration)
}

// options are what goes to the worker.
type options struct {
	Module       string   `json:"module"`
	Rescan       Rescan   `json:"rescan"`
	AllowUnknown []string `json:"allow_unknown_protection,omitempty"`
}

func (o options) validate() error {
	if o.Module == "" {
		return errors.New("path of a PKCS#11 module is missing")
	}
	return o.Rescan.Validate()
}

// Start checks the configuration. No process is started before the first call.
func Start(cfg Config) (*worker.Reader, error) {
	o := options{Module: cfg.Module, Rescan: cmp.Or(cfg.Rescan, Slots), AllowUnknown: cfg.AllowUnknownProtection}
	if err := o.validate(); err != nil {
		return nil, err
	}
	return worker.Start(worker.Config{
		Driver: Name, Options: o, Module: o.Module, LookAgain: o.Rescan == Reinitialize,
		Command: cfg.Command, Env: cfg.Env, HideUninitialized: cfg.HideUninitialized,
		Deadlines: cfg.Deadlines, Log: cfg.Log, Observe: cfg.Observe,
	})
}

// Open loads the module; it is the driver's entry in worker.Drivers.
func Open(told []byte) (worker.Driver, error) {
	var o options
	err := json.Unmarshal(told, &o)
	if err == nil {
		err = o.validate()
	}
	if err != nil {
		return nil, &ukey.DeviceError{Call: "load module", Code: err.Error()}
	}
	return load(o)
}

// ServeIfWorker is worker.ServeIfWorker with this driver alone.
func ServeIfWorker() { worker.ServeIfWorker(worker.Drivers{Name: Open}) }
