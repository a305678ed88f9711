package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"keyhall/device/ukey"
	"keyhall/device/ukey/pkcs11"
	"keyhall/device/ukey/worker"
	"keyhall/kiosk/health"
)

// drivers are the ways in which this kiosk reaches keys, by their name in the configuration.
var drivers = worker.Drivers{pkcs11.Name: pkcs11.Open}

// UKeyConfig is a key driver, with PKCS#11 the module of one maker, and how its workers are treated.
type UKeyConfig struct {
	Driver            string   `toml:"driver"` // "" is "pkcs11"
	Module            string   `toml:"module"`
	Rescan            string   `toml:"rescan"` // "slots" or "reinitialize"
	HideUninitialized bool     `toml:"hide_uninitialized"`
	Env               []string `toml:"env"`
	Timeout           duration `toml:"timeout"`          // of a call; 0: the driver's default
	GenerateTimeout   duration `toml:"generate_timeout"` // of making a pair; 0: the driver's default
	Deadlines         []struct {
		Model string   `toml:"model"` // "": any
		Call  string   `toml:"call"`  // "": any
		Time  duration `toml:"time"`
	} `toml:"deadline"`
	// AllowUnknownProtection lists the models whose pairs are taken though the module does not tell whether they can be read out.
	AllowUnknownProtection []string `toml:"allow_unknown_protection"`
}

func (k UKeyConfig) driver() string { return cmp.Or(k.Driver, pkcs11.Name) }

// mistakes tells what is wrong, by setting.
func (k UKeyConfig) mistakes(bad func(setting, why string)) {
	if _, known := drivers[k.driver()]; !known {
		bad("driver", fmt.Sprintf("there is no %q, only %q", k.Driver, slices.Sorted(maps.Keys(drivers))))
		return
	}
	if k.Module == "" {
		bad("module", "the path of a PKCS#11 module is needed")
	}
	if k.Rescan != "" && pkcs11.Rescan(k.Rescan).Validate() != nil {
		bad("rescan", `"slots" or "reinitialize"`)
	}
	if k.Timeout.Duration < 0 || k.GenerateTimeout.Duration < 0 {
		bad("timeout, generate_timeout", "not less than nothing")
	}
	if slices.Contains(k.AllowUnknownProtection, "") || slices.Contains(k.AllowUnknownProtection, pkcs11.AnyModel) {
		bad("allow_unknown_protection", "the models, as `keyhall-kiosk ukey list` names them")
	}
	for i, d := range k.Deadlines {
		if d.Call != "" && !slices.Contains(worker.Calls(), d.Call) {
			bad(fmt.Sprintf("deadline[%d].call", i), fmt.Sprintf("there is no %q, only %q", d.Call, worker.Calls()))
		}
		if d.Time.Duration <= 0 {
			bad(fmt.Sprintf("deadline[%d].time", i), "more than nothing")
		}
	}
}

// start starts the driver of a configuration that has no mistakes.
func (k UKeyConfig) start(log *slog.Logger) (*worker.Reader, error) {
	switch k.driver() {
	case pkcs11.Name:
		return pkcs11.Start(pkcs11.Config{Module: k.Module, Rescan: pkcs11.Rescan(k.Rescan), Env: k.Env,
			HideUninitialized: k.HideUninitialized, AllowUnknownProtection: k.AllowUnknownProtection, Log: log,
			Deadlines: k.deadlines()})
	}
	return nil, fmt.Errorf("there is no key driver %q", k.Driver)
}

func (k UKeyConfig) deadlines() worker.Deadlines {
	d := worker.Deadlines{Call: k.Timeout.Duration, Generate: k.GenerateTimeout.Duration}
	for _, s := range k.Deadlines {
		d.Special = append(d.Special, worker.Deadline{Model: s.Model, Call: s.Call, Time: s.Time.Duration})
	}
	return d
}

// openKeys starts the drivers of the configuration.
func openKeys(config Config, log *slog.Logger) (modules []health.Module, closeAll func(), err error) {
	var closers []func() error
	closeAll = func() {
		var errs []error
		for _, c := range closers {
			errs = append(errs, c())
		}
		if err := errors.Join(errs...); err != nil {
			log.Warn("closing a key driver", "error", err)
		}
	}
	for _, k := range config.UKeys {
		r, err := k.start(log)
		if err != nil {
			closeAll()
			return nil, nil, fmt.Errorf("key driver %s, module %s: %w", k.driver(), k.Module, err)
		}
		modules, closers = append(modules, health.Module{Name: k.Module, Reader: r}), append(closers, r.Close)
	}
	return modules, closeAll, nil
}

// together are all of the drivers' keys.
func together(modules []health.Module, log *slog.Logger) ukey.Reader {
	var readers []ukey.Reader
	for _, m := range modules {
		readers = append(readers, m.Reader)
	}
	return worker.Readers(log, readers...)
}
