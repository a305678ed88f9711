// Keyhall-backoffice is the program behind the kiosks: it keeps people, orders and the register, runs the certification
// authority and shows staff the console. All of its commands read one configuration file.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"keyhall/backoffice/console"
	"keyhall/backoffice/server"
)

type commands struct {
	Serve         serveCmd         `cmd:"" help:"Serve kiosks and the console until SIGTERM."`
	Migrate       migrateCmd       `cmd:"" help:"As the owner of the tables: bring the database's schema up to date."`
	Found         foundCmd         `cmd:"" help:"Make the CA and the master key of a new register, once."`
	RotateMaster  rotateCmd        `cmd:"" name:"rotate-master-key" help:"Make the next version of the master key; older ones open what they made."`
	CA            authorityCmd     `cmd:"" name:"ca" help:"The certification authorities."`
	Audit         auditCmd         `cmd:"" help:"Check the invariants, the audit trail and its checkpoints; exit 1 when something is broken."`
	Checkpoint    checkpointCmd    `cmd:"" help:"Seal the audit trail and write a checkpoint of it, or print one for the safe."`
	Maintain      maintainCmd      `cmd:"" help:"As the owner of the tables: make the months to come of the audit trail, drop those that are over. For a timer."`
	Staff         staffCmd         `cmd:"" help:"Staff and what they may do."`
	Kiosk         kioskCmd         `cmd:"" help:"Kiosks: list, block, unblock."`
	Suspend       suspendCmd       `cmd:"" help:"Put a certificate on hold at once."`
	Restore       restoreCmd       `cmd:"" help:"Take a certificate that staff suspended off hold."`
	Revoke        revokeCmd        `cmd:"" help:"Revoke a certificate for good."`
	Catalogue     catalogueCmd     `cmd:"" help:"What is offered: check a file, store it, show what is stored."`
	Seed          seedCmd          `cmd:"" help:"Fill the database for a demonstration."`
	EnrolmentCode enrolmentCodeCmd `cmd:"" help:"Print a one-time code with which a kiosk enrols."`
	OpenAPI       openAPICmd       `cmd:"" name:"openapi" help:"Print the OpenAPI document."`
	Check         checkCmd         `cmd:"" help:"Check a configuration file and tell every mistake."`
	Version       versionCmd       `cmd:"" help:"Print the version."`
}

// polite are the signals that end the program once what is in hand is answered: also when its terminal goes, unless it was started to
// outlive that.
func polite() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

func main() {
	if err := harden(); err != nil {
		fmt.Fprintln(os.Stderr, "keyhall-backoffice: not started:", err)
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), polite()...)
	defer stop()
	var c commands
	parser := kong.Parse(&c, kong.Name("keyhall-backoffice"), kong.Description("The back office of a certificate service hall."),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.UsageOnError())
	if err := parser.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "keyhall-backoffice:", console.Explain(err))
		os.Exit(1)
	}
}

// configFlag is shared by the commands that read the configuration.
type configFlag struct {
	Config string `required:"" type:"path" help:"Configuration file."`
}

func (f configFlag) read() (Config, *slog.Logger, error) {
	c, err := readConfig(f.Config)
	if err != nil {
		return c, nil, err
	}
	options := &slog.HandlerOptions{Level: c.Log.Level}
	if c.Log.Format == "json" {
		return c, slog.New(slog.NewJSONHandler(os.Stderr, options)), nil
	}
	return c, slog.New(slog.NewTextHandler(os.Stderr, options)), nil
}

type serveCmd struct{ configFlag }

// Run serves until the context ends.
func (c serveCmd) Run(ctx context.Context) error {
	config, log, err := c.read()
	if err != nil {
		return err
	}
	return run(ctx, config, log)
}

type checkCmd struct{ configFlag }

// Run reads the file; its error lists every mistake.
func (c checkCmd) Run() error {
	_, _, err := c.read()
	return err
}

type openAPICmd struct{}

// Run prints the document.
func (openAPICmd) Run() error {
	b, err := server.Document(version())
	if err != nil {
		return err
	}
	_, err = fmt.Printf("%s\n", b)
	return err
}

type versionCmd struct{}

// Run prints what the linker knows.
func (versionCmd) Run() error {
	_, err := fmt.Println("keyhall-backoffice", version())
	return err
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
