// Keyhall-kiosk is the program at the counter of a service hall: a full-screen window for customers, and the commands
// with which a hall's technician sets it up.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// GTK belongs to the thread that initialised it: main keeps the first one.
func init() { runtime.LockOSThread() }

type commands struct {
	Run      runCmd      `cmd:"" help:"Open the kiosk's window."`
	Enrol    enrolCmd    `cmd:"" help:"Make this kiosk known to the back office with a one-time code."`
	Check    checkCmd    `cmd:"" help:"Check a configuration file and tell every mistake."`
	StaffPIN staffPINCmd `cmd:"" name:"staff-pin" help:"Make the hash of a maintenance PIN for the configuration."`
	Outbox   outboxCmd   `cmd:"" help:"List what customers left with this kiosk and the back office does not have, and why."`
	UKey     ukeyCmd     `cmd:"" name:"ukey" help:"List, show and qualify UKeys through a maker's PKCS#11 module."`
	Version  versionCmd  `cmd:"" help:"Print the version."`

	UKeyWorker ukeyWorkerCmd `cmd:"" name:"ukey-worker" hidden:""`
	Gallery    galleryCmd    `cmd:"" hidden:""`
}

// polite are the signals that end the program once the call to a key that is in hand is over: also when its terminal or session goes, unless
// it was started to outlive that.
func polite() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

func main() {
	if err := harden(); err != nil {
		fmt.Fprintln(os.Stderr, "keyhall-kiosk: not started:", err)
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), polite()...)
	defer stop()
	var c commands
	parser := kong.Parse(&c, kong.Name("keyhall-kiosk"), kong.Description("The kiosk of a certificate service hall."),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.UsageOnError())
	if err := parser.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "keyhall-kiosk:", err)
		os.Exit(1)
	}
}

type checkCmd struct {
	Config   string `required:"" type:"path" help:"Configuration file."`
	Devices  bool   `help:"Also look at the kiosk's devices and tell of each what to do next; a page is scanned from the glass and thrown away."`
	Language string `default:"en" enum:"en,zh_CN" help:"Of what is told about devices."`
}

// Run reads the file; its error lists every mistake. errDevices when a device does not work.
func (c checkCmd) Run(ctx context.Context, k *kong.Context) error {
	config, err := readConfig(c.Config)
	if err != nil || !c.Devices {
		return err
	}
	return checkDevices(ctx, config, c.Language, k.Stdout)
}

type versionCmd struct{}

// Run prints what the linker knows.
func (versionCmd) Run() error {
	fmt.Println("keyhall-kiosk", version())
	return nil
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return info.Main.Version
}
