package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/conformance"
	"keyhall/device/ukey/pkcs11"
	"keyhall/device/ukey/worker"
)

// ukeyCmd is "ukey": what a technician does with a module before a hall relies upon it. It speaks English only.
type ukeyCmd struct {
	List        ukeyListCmd        `cmd:"" help:"List the keys that a PKCS#11 module sees."`
	Show        ukeyShowCmd        `cmd:"" help:"Show a key: PIN states, and what can be seen on it without a PIN."`
	USB         ukeyUSBCmd         `cmd:"" name:"usb" help:"List the UKeys of known models on the USB, with or without a module."`
	Conformance ukeyConformanceCmd `cmd:"" help:"Try whether a key does what Keyhall relies upon."`
}

// ukeyWorkerCmd is the hidden "ukey-worker": the process in which the kiosk keeps a key driver and its vendor's module.
type ukeyWorkerCmd struct {
	Driver  string `arg:""`
	Options string `arg:""`
}

// Run serves until the kiosk is gone. Its stdin and stdout belong to the kiosk.
func (c *ukeyWorkerCmd) Run() error {
	return worker.ServeStdio(drivers, c.Driver, []byte(c.Options))
}

// ukeyModule chooses the module and the key.
type ukeyModule struct {
	Module  string        `required:"" type:"path" help:"The vendor's PKCS#11 library."`
	Rescan  string        `enum:"slots,reinitialize" default:"slots" help:"How the module notices plugged and pulled keys: slots as the standard asks for, or reinitialize (SoftHSM)."`
	Timeout time.Duration `default:"15s" help:"How long a call may take; making a key pair may take twelve times as long."`

	AllowUnknownProtection bool `help:"Take pairs of which the module does not tell whether they can be read out."`

	observe func(call string, waited, module time.Duration) // nil: nobody
}

func (m ukeyModule) reader() (*worker.Reader, error) {
	c := pkcs11.Config{Module: m.Module, Rescan: pkcs11.Rescan(m.Rescan),
		Deadlines: worker.Deadlines{Call: m.Timeout, Generate: 12 * m.Timeout}, Observe: m.observe}
	if m.AllowUnknownProtection {
		c.AllowUnknownProtection = []string{pkcs11.AnyModel}
	}
	return pkcs11.Start(c)
}

type ukeyListCmd struct {
	ukeyModule
}

// Run prints a table of the keys.
func (c *ukeyListCmd) Run(ctx context.Context, k *kong.Context) error {
	r, err := c.reader()
	if err != nil {
		return err
	}
	infos, err := r.List(ctx)
	if err != nil {
		return errors.Join(err, r.Close())
	}
	if len(infos) == 0 {
		_, _ = fmt.Fprintln(k.Stdout, "No key is plugged in.")
		return r.Close()
	}
	w := tabwriter.NewWriter(k.Stdout, 0, 8, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "SLOT\tSERIAL\tMODEL\tMANUFACTURER\tLABEL\tCUSTOMER PIN\tADMINISTRATOR PIN")
	for _, i := range infos {
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", i.Slot, plain(cmp.Or(i.Serial, "-")), plain(i.Model),
			plain(i.Manufacturer), plain(i.Label), i.UserPIN, i.AdminPIN)
	}
	return errors.Join(w.Flush(), r.Close())
}

// plain keeps what a key says about itself from playing with the terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}

// ukeyChoice is a module and one of its keys.
type ukeyChoice struct {
	ukeyModule
	Serial string `help:"The key's serial; not needed while only one is plugged in."`
}

// choose starts the reader and finds the key.
func (c ukeyChoice) choose(ctx context.Context) (*worker.Reader, ukey.Identity, error) {
	r, err := c.reader()
	if err != nil {
		return nil, ukey.Identity{}, err
	}
	infos, err := r.List(ctx)
	var keys []ukey.Identity
	var names []string
	for _, i := range infos {
		chosen := c.Serial == "" && i.Initialized || c.Serial != "" && i.Serial == c.Serial
		if key := i.Identity(); chosen && !slices.Contains(keys, key) { // twins are told when they are opened
			keys, names = append(keys, key), append(names, key.String())
		}
	}
	switch {
	case err != nil:
	case len(keys) == 0:
		err = ukey.ErrRemoved
	case len(keys) > 1 && c.Serial == "":
		err = fmt.Errorf("several keys are plugged in, choose one with --serial: %s", strings.Join(names, ", "))
	case len(keys) > 1:
		err = fmt.Errorf("several keys have this serial, pull all but one: %s", strings.Join(names, ", "))
	default:
		return r, keys[0], nil
	}
	return nil, ukey.Identity{}, errors.Join(err, r.Close())
}

type ukeyShowCmd struct {
	ukeyChoice
}

// Run prints all that can be seen without a PIN.
func (c *ukeyShowCmd) Run(ctx context.Context, k *kong.Context) error {
	r, key, err := c.choose(ctx)
	if err != nil {
		return err
	}
	t, err := r.Open(ctx, key)
	if err != nil {
		return errors.Join(err, r.Close())
	}
	return errors.Join(show(ctx, k.Stdout, t), t.Close(), r.Close())
}

func show(ctx context.Context, out io.Writer, t ukey.Token) error {
	info, err := t.Info(ctx)
	if err != nil {
		return err
	}
	blank, objects, err := t.Blank(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		_, _ = fmt.Fprintf(w, "%s\t%s\n", name, plain(fmt.Sprintf(format, args...)))
	}
	row("Module", "%s", info.Module)
	row("Slot", "%d", info.Slot)
	row("Manufacturer", "%s", info.Manufacturer)
	row("Model", "%s", info.Model)
	row("Serial", "%s", info.Serial)
	row("Label", "%s", info.Label)
	row("Firmware", "%s", info.Firmware)
	row("PIN length", "%d to %d characters", info.MinPIN, info.MaxPIN)
	row("Customer PIN", "%s", pinCondition(info.UserPIN, info.UserLeft))
	row("Administrator PIN", "%s", pinCondition(info.AdminPIN, info.AdminLeft))
	if info.PINPad {
		row("PIN pad", "PINs are typed on the key")
	}
	if info.FreePublic >= 0 {
		row("Free", "%d bytes", info.FreePublic)
	}
	if blank {
		row("Objects", "none to be seen without a PIN")
	}
	for _, o := range objects {
		row("", "")
		showObject(row, o)
	}
	return w.Flush()
}

func pinCondition(state ukey.PINState, left int) string {
	if left < 0 {
		return state.String()
	}
	return fmt.Sprintf("%s, %d attempts left", state, left)
}

func showObject(row func(name, format string, args ...any), o ukey.Object) {
	row(strings.ToUpper(string(o.Kind[:1]))+string(o.Kind[1:]), "%s", o.Label)
	row("  id", "%x", o.ID)
	switch o.Kind {
	case ukey.KindCertificate:
		row("  SHA-256", "%x", sha256.Sum256(o.Value))
		c, err := x509.ParseCertificate(o.Value)
		if err != nil { // SM2 for one
			row("  unreadable", "%v", err)
			return
		}
		row("  subject", "%s", ra.SubjectText(c.RawSubject))
		row("  issuer", "%s", ra.SubjectText(c.RawIssuer))
		row("  number", "%x", c.SerialNumber)
		row("  valid", "%s to %s", c.NotBefore.UTC().Format(time.DateTime), c.NotAfter.UTC().Format(time.DateTime))
		row("  key", "%s", c.PublicKeyAlgorithm)
	case ukey.KindPublicKey:
		row("  usage", "%s", o.Usage)
		row("  SHA-256", "%x", sha256.Sum256(o.Value))
	}
}

type ukeyConformanceCmd struct {
	ukeyChoice
	Write bool `help:"Also write: only onto a blank key that nobody needs."`
}

// Help says what --write asks for.
func (ukeyConformanceCmd) Help() string {
	return `With --write PINs are asked for, or read from stdin, one a line: administrator's, customer's (or the one to set when it has none), another
that the key accepts, and, when the key wants the maker's administrator PIN changed, the one to set in its place. A wrong PIN is tried
on purpose, until the key locks if it does.`
}

var errConformance = errors.New("the key does not do all that Keyhall relies upon")

// Run prints a table of what holds. errConformance when something does not.
func (c *ukeyConformanceCmd) Run(ctx context.Context, k *kong.Context) error {
	told := newQualification(c.Module)
	c.observe = told.observe
	r, key, err := c.choose(ctx)
	if err != nil {
		return err
	}
	if told.info, err = lookAtOne(ctx, r, key); err != nil {
		return errors.Join(err, r.Close())
	}
	s := conformance.Subject{Reader: r, Key: key}
	if c.Write {
		pins := pinReader{terminal: term.IsTerminal(int(os.Stdin.Fd())), in: os.Stdin, out: k.Stderr}
		s.AdminPIN = pins.read("Administrator PIN")
		s.CustomerPIN = pins.read("Customer PIN")
		s.OtherPIN = pins.read("Another PIN, set for a moment")
		if told.info.AdminPIN == ukey.PINToChange {
			s.FirstAdminPIN, s.AdminPIN = s.AdminPIN, pins.read("Administrator PIN to set: the key wants the maker's changed")
		}
		defer func() { clear(s.AdminPIN); clear(s.FirstAdminPIN); clear(s.CustomerPIN); clear(s.OtherPIN) }()
		if pins.err != nil {
			return errors.Join(pins.err, r.Close())
		}
	}
	fails := 0
	err = conformance.All(ctx, s, c.Write, func(res conformance.Result) {
		if told.note(res) {
			fails++
		}
		printResult(k.Stdout, res)
	})
	told.print(k.Stdout)
	if fails > 0 {
		err = errors.Join(err, fmt.Errorf("%w: %d checks fail", errConformance, fails))
	}
	return errors.Join(err, r.Close())
}

// lookAtOne asks the key what it tells without a PIN; twins are told as such by the checks.
func lookAtOne(ctx context.Context, r ukey.Reader, key ukey.Identity) (ukey.Info, error) {
	infos, err := r.List(ctx)
	if i := slices.IndexFunc(infos, func(i ukey.Info) bool { return i.Identity() == key }); err == nil && i >= 0 {
		return infos[i], nil
	}
	return ukey.Info{}, cmp.Or(err, ukey.ErrRemoved)
}

// printResult prints a row at once: with a real key the whole table takes minutes.
func printResult(out io.Writer, res conformance.Result) {
	why := ""
	if res.Err != nil {
		why = ": " + plain(strings.ReplaceAll(res.Err.Error(), "\n", "; "))
	}
	_, _ = fmt.Fprintf(out, "%-11s  %s%s\n", res.Outcome, res.Check.Name, why)
}
