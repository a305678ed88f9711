// Package pkcs11 drives UKeys through the PKCS#11 module of their vendor. The module never runs in the kiosk's own
// process: each open key, and the looking around, has a worker process (the kiosk's binary started with a hidden command) that
// is spoken to in frames of JSON over its stdin and stdout. A module that hangs or crashes costs one call.
package pkcs11

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"
)

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

// Deadlines bound the calls to a worker; one that takes longer is killed. Keys differ: they are the module's.
type Deadlines struct {
	Call     time.Duration // default 15 s
	Generate time.Duration // key pair generation, default 3 min: some keys need more than one
}

// Config names a module and how to run it.
type Config struct {
	Module string // path of the vendor's library
	Rescan Rescan // default Slots
	// Command starts a worker; --module and --rescan are appended. Default: this binary with "ukey-worker".
	Command []string
	Env     []string // added to this process's own, for example SOFTHSM2_CONF=...
	// HideUninitialized leaves keys that were never initialised out of List, such as SoftHSM's spare slot.
	HideUninitialized bool
	// AllowUnknownProtection takes pairs of which the module does not tell whether they can be read out. A pair that it
	// says can be is refused nonetheless.
	AllowUnknownProtection bool
	Deadlines              Deadlines
	Log                    *slog.Logger // told when a worker dies; default: nowhere
	// Observe is told of every call to a worker, from several goroutines: how long the caller waited and how much of it
	// the worker spent in the module. Default: nobody.
	Observe func(method string, waited, module time.Duration)
}

// workerCommand is the hidden command of the kiosk's binary.
const workerCommand = "ukey-worker"

func (c Config) withDefaults() (Config, error) {
	if c.Module == "" {
		return c, errors.New("path of a PKCS#11 module is missing")
	}
	c.Rescan = cmp.Or(c.Rescan, Slots)
	if err := c.Rescan.Validate(); err != nil {
		return c, err
	}
	if len(c.Command) == 0 {
		self, err := os.Executable()
		if err != nil {
			return c, err
		}
		c.Command = []string{self, workerCommand}
	}
	c.Deadlines.Call = cmp.Or(c.Deadlines.Call, 15*time.Second)
	c.Deadlines.Generate = cmp.Or(c.Deadlines.Generate, 3*time.Minute)
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	return c, nil
}

// bound puts the deadline of a method on ctx.
func (c Config) bound(ctx context.Context, method string) (context.Context, context.CancelFunc) {
	if method == "generate" {
		return context.WithTimeout(ctx, c.Deadlines.Generate)
	}
	return context.WithTimeout(ctx, c.Deadlines.Call)
}
