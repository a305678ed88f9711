package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/term"

	"keyhall/backoffice/ra"
	"keyhall/device/usb"
	"keyhall/kiosk/health"
	"keyhall/kiosk/pinyin"
	"keyhall/kiosk/screen"
	"keyhall/kiosk/uplink"
)

var errDevices = errors.New("not everything that this kiosk needs works")

// checkDevices looks at the devices, prints what it found and what to do next, and answers errDevices when one does not work. The kiosk
// may run meanwhile; what it uses just then is busy.
func checkDevices(ctx context.Context, config Config, language string, out io.Writer) error {
	words, err := screen.Words(language)
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	printer, err := config.Printer.open()
	if err != nil {
		return fmt.Errorf("printer: %w", err)
	}
	modules, closeKeys, err := openKeys(config, log)
	if err != nil {
		return err
	}
	defer closeKeys()
	clock := uplink.NewClock(time.Now)
	found := health.New(health.Config{
		Printer: printer, Scanner: openScanner(config), DPI: config.Scanner.DPI, Modules: modules, USB: usb.Scan, Data: config.Data,
		Office: askOnce(config, clock, log), Time: clock.Time, Pinyin: trying(startPinyin(ctx, config, log)),
	}).Look(ctx)
	for _, f := range found {
		printFinding(out, words, f)
	}
	if health.Worst(found) == health.Bad {
		return errDevices
	}
	return nil
}

func printFinding(out io.Writer, words func(string, ...string) string, f health.Finding) {
	line := func(format string, args ...any) { _, _ = fmt.Fprintln(out, plain(fmt.Sprintf(format, args...))) }
	line("%s", words("health.named", "part", words("health.part."+string(f.Part)), "state", words("health.state."+string(f.State))))
	line("    %s", words("health."+string(f.Part)+"."+f.What))
	for _, x := range f.Facts {
		line("    %s: %s", words("health.fact."+x.ID), x.Value)
	}
	if f.Cause != "" {
		line("    %s", f.Cause)
	}
}

// asking asks the back office for something small, whose answer brings its time.
func asking(office interface {
	Projects(ctx context.Context) ([]ra.Project, error)
}) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := office.Projects(ctx)
		return err
	}
}

// askOnce is asking for a kiosk that is not opened: it needs nothing but who it is.
func askOnce(config Config, clock *uplink.Clock, log *slog.Logger) func(context.Context) error {
	return func(ctx context.Context) error {
		secrets, err := openSafe(ctx, config, log)
		if err != nil {
			return err
		}
		defer secrets.Close()
		who, err := loadIdentity(secrets)
		if err != nil {
			return err
		}
		own, err := who.tlsCertificate()
		clear(who.Key)
		if err != nil {
			return err
		}
		client, err := officeClient(config, newBadge(own), clock.Hear)
		if err != nil {
			return err
		}
		return asking(client)(ctx)
	}
}

// trying tries the pinyin engine, which may have to start first.
func trying(engine *pinyin.Engine) func(context.Context) (int, error) {
	if engine == nil {
		return nil
	}
	return func(ctx context.Context) (int, error) {
		for tries := 0; ; tries++ {
			found, err := engine.Compose(ctx, "zhang", 5)
			if err == nil || tries == 20 || ctx.Err() != nil {
				return len(found.Candidates), err
			}
		}
	}
}

// staffPINCmd makes the hash of a maintenance PIN.
type staffPINCmd struct{}

// fewestStaff is the length of a maintenance PIN, which anybody may try at a kiosk.
const fewestStaff = 6

// Run asks for the PIN, or reads it from stdin, and prints the line for the configuration.
func (staffPINCmd) Run() error {
	pins := pinReader{terminal: term.IsTerminal(int(os.Stdin.Fd())), in: os.Stdin, out: os.Stderr}
	pin := pins.read("Maintenance PIN")
	defer clear(pin)
	if pins.err != nil {
		return pins.err
	}
	if len(pin) < fewestStaff || len(pin) > 32 {
		return fmt.Errorf("a maintenance PIN of %d to 32 characters is needed", fewestStaff)
	}
	hash, err := bcrypt.GenerateFromPassword(pin, bcrypt.DefaultCost)
	if err != nil {
		return err
	}
	fmt.Printf("[staff]\npin_hash = %q\n", hash)
	return nil
}

func checkHash(hash string) error {
	_, err := bcrypt.Cost([]byte(hash))
	return err
}

// compare tells the maintenance PIN, nil when there is none.
func (c StaffConfig) compare() func(pin []byte) bool {
	if c.PINHash == "" {
		return nil
	}
	return func(pin []byte) bool { return bcrypt.CompareHashAndPassword([]byte(c.PINHash), pin) == nil }
}
