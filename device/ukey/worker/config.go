// Package worker keeps drivers of UKeys out of the kiosk's own process. Each open key, and the looking around, has a worker
// process (the kiosk's binary started with a hidden command) that is spoken to in frames of JSON over its stdin and stdout and
// serves one Driver. A driver that hangs or crashes costs one call. Reader and its tokens are the kiosk's end.
package worker

import (
	"cmp"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"time"
)

// Config names a driver and how to run it.
type Config struct {
	Driver  string // a name that the worker's Drivers know
	Options any    // the driver's own; as JSON on the worker's command line, so nothing secret
	Module  string // what the log calls it by: the path of the vendor's library, say
	// LookAgain is for drivers that go on serving a key from memory after it is gone: after every call a process of its own looks
	// whether the key is still there, and after every write whether what was written is.
	LookAgain bool
	// Command starts a worker; the driver's name and options are appended. Default: this binary with "ukey-worker".
	Command []string
	Env     []string // added to this process's own, for example SOFTHSM2_CONF=...
	// HideUninitialized leaves keys that were never initialised out of List, such as SoftHSM's spare slot.
	HideUninitialized bool
	Deadlines         Deadlines
	Log               *slog.Logger // told when a worker dies; default: nowhere
	// Observe is told of every call to a worker, from several goroutines: how long the caller waited and how much of it
	// the worker spent in the driver. Default: nobody.
	Observe func(method string, waited, driver time.Duration)

	options []byte
}

// command is the hidden command of the kiosk's binary.
const command = "ukey-worker"

func (c Config) withDefaults() (Config, error) {
	if c.Driver == "" {
		return c, errors.New("name of a key driver is missing")
	}
	var err error
	if c.options, err = json.Marshal(c.Options); err != nil {
		return c, err
	}
	if len(c.Command) == 0 {
		self, err := os.Executable()
		if err != nil {
			return c, err
		}
		c.Command = []string{self, command}
	}
	c.Deadlines = c.Deadlines.withDefaults()
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	return c, nil
}
