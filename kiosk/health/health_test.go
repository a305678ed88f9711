package health_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/OpenPrinting/goipp"

	"keyhall/backoffice/ra"
	"keyhall/device/scanner"
	"keyhall/device/scanner/scannertest"
	"keyhall/device/ukey"
	"keyhall/device/usb"
	"keyhall/kiosk/health"
	"keyhall/printer"
	"keyhall/printer/ipp"
	"keyhall/printer/printertest"
)

// of looks and returns what was found of one part.
func of(t *testing.T, p health.Part, cfg health.Config) health.Finding {
	t.Helper()
	for _, f := range health.New(cfg).Look(t.Context()) {
		if f.Part == p {
			return f
		}
	}
	t.Fatalf("nothing was told of the %s", p)
	return health.Finding{}
}

func want(t *testing.T, got health.Finding, what string, state health.State) {
	t.Helper()
	if got.What != what || got.State != state {
		t.Errorf("got %s, %s (%s), want %s, %s", got.What, got.State, got.Cause, what, state)
	}
}

func fact(f health.Finding, id string) string {
	for _, x := range f.Facts {
		if x.ID == id {
			return x.Value
		}
	}
	return ""
}

func ippPrinter(t *testing.T, uri string, trust ipp.Trust) printer.Printer {
	t.Helper()
	p, err := ipp.New(ipp.Config{URI: uri, Trust: trust})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPrinter(t *testing.T) {
	t.Parallel()
	server := printertest.NewServer(t)
	server.Tray("main", 0)
	server.Tray("tray 2", 100)
	f := of(t, health.Printer, health.Config{Printer: ippPrinter(t, server.URI, ipp.Trust{})})
	want(t, f, "good", health.Good)
	if got := fact(f, "trays"); got != "main: 0 × 210×297 mm; tray 2: 100 × 210×297 mm" || fact(f, "format") != "application/pdf" {
		t.Errorf("got %+v", f.Facts)
	}
	encrypted, _ := printertest.NewEncrypted(t)
	f = of(t, health.Printer, health.Config{Printer: ippPrinter(t, encrypted.URI, ipp.Trust{})})
	want(t, f, "certificate", health.Bad)
	if !strings.Contains(f.Cause, "SHA-256 ") {
		t.Errorf("the fingerprint to trust is not told: %s", f.Cause)
	}
	pictures := printertest.NewServer(t)
	pictures.Formats("image/jpeg")
	want(t, of(t, health.Printer, health.Config{Printer: ippPrinter(t, pictures.URI, ipp.Trust{})}), "format", health.Bad)
	letter := printertest.NewServer(t)
	letter.Says(goipp.MakeAttribute("media-supported", goipp.TagKeyword, goipp.String("na_letter_8.5x11in")))
	want(t, of(t, health.Printer, health.Config{Printer: ippPrinter(t, letter.URI, ipp.Trust{})}), "no_a4", health.Warn)
	for condition, what := range map[printertest.Condition]string{printertest.NoPaper: "paper", printertest.Jammed: "jam", printertest.CoverOpen: "cover",
		printertest.TonerEmpty: "toner", printertest.Paused: "stopped", printertest.Refusing: "refused"} {
		broken := printertest.NewServer(t)
		broken.Put(condition)
		want(t, of(t, health.Printer, health.Config{Printer: ippPrinter(t, broken.URI, ipp.Trust{})}), what, health.Bad)
	}
}

func TestScanner(t *testing.T) {
	t.Parallel()
	fake := &scannertest.Fake{}
	f := of(t, health.Scanner, health.Config{Scanner: fake, DPI: 200})
	want(t, f, "good", health.Good)
	if got := fact(f, "delivered"); !strings.HasPrefix(got, "210×297 px, 200 dpi") {
		t.Errorf("delivered %q", got)
	}
	for err, what := range map[error]string{scanner.ErrMissing: "missing", scanner.ErrMisfit: "misfit", scanner.ErrJam: "jam", scanner.ErrIO: "fault"} {
		broken := &scannertest.Fake{}
		broken.Fail(err)
		want(t, of(t, health.Scanner, health.Config{Scanner: broken}), what, health.Bad)
	}
	fake.Fail(scanner.ErrBusy)
	want(t, of(t, health.Scanner, health.Config{Scanner: fake}), "busy", health.Warn)
}

// modules answers a look at keys.
type modules struct {
	infos []ukey.Info
	err   error
}

func (m modules) List(context.Context) ([]ukey.Info, error)             { return m.infos, m.err }
func (modules) Open(context.Context, ukey.Identity) (ukey.Token, error) { return nil, ukey.ErrRemoved }

func TestKeys(t *testing.T) {
	t.Parallel()
	one := health.Module{Name: "one.so", Reader: modules{infos: make([]ukey.Info, 1)}}
	broken := health.Module{Name: "two.so", Reader: modules{err: errors.New("cannot be loaded")}}
	bus := func(n int) func(context.Context) ([]usb.Device, error) {
		return func(context.Context) ([]usb.Device, error) { return make([]usb.Device, n), nil }
	}
	want(t, of(t, health.Keys, health.Config{Modules: []health.Module{one}, USB: bus(1)}), "good", health.Good)
	want(t, of(t, health.Keys, health.Config{Modules: []health.Module{one}, USB: bus(2)}), "no_driver", health.Warn)
	f := of(t, health.Keys, health.Config{Modules: []health.Module{one, broken}, USB: bus(1)})
	want(t, f, "module", health.Bad)
	if len(f.Facts) != 3 || f.Facts[1].Value != "two.so: cannot be loaded" {
		t.Errorf("got %+v", f.Facts)
	}
}

func TestOfficeAndClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		err           error
		off           time.Duration
		known         bool
		office, clock string
	}{
		"fine":       {nil, 30 * time.Second, true, "good", "good"},
		"two hours":  {nil, -2 * time.Hour, true, "good", "wrong"},
		"out":        {ra.E(ra.CodeOfficeAway), 0, false, "away", "unknown"},
		"years":      {ra.E(ra.CodeClockWrong), 0, false, "away", "wrong"},
		"shut out":   {ra.E(ra.CodeKioskBlocked), 0, true, "shut_out", "good"},
		"its own":    {ra.E(ra.CodeOfficeError), 0, true, "error", "good"},
		"six minute": {nil, 6 * time.Minute, true, "good", "wrong"},
	} {
		cfg := health.Config{
			Office: func(context.Context) error { return tt.err }, Now: func() time.Time { return now },
			Time: func() (time.Time, bool) { return now.Add(tt.off), tt.known },
		}
		if got := of(t, health.Office, cfg); got.What != tt.office {
			t.Errorf("%s: office is %s, want %s", name, got.What, tt.office)
		}
		if got := of(t, health.Clock, cfg); got.What != tt.clock {
			t.Errorf("%s: clock is %s, want %s", name, got.What, tt.clock)
		}
	}
}

func TestDiskFontsPinyin(t *testing.T) {
	t.Parallel()
	want(t, of(t, health.Disk, health.Config{Data: "/nowhere"}), "unreadable", health.Bad)
	if f := of(t, health.Disk, health.Config{Data: t.TempDir()}); fact(f, "free") == "" {
		t.Errorf("got %+v", f)
	}
	want(t, of(t, health.Pinyin, health.Config{}), "missing", health.Bad)
	for n, what := range map[int]string{0: "empty", 3: "good"} {
		f := of(t, health.Pinyin, health.Config{Pinyin: func(context.Context) (int, error) { return n, nil }})
		if f.What != what {
			t.Errorf("%d candidates: got %s, want %s", n, f.What, what)
		}
	}
}

// TestLimits: what keeps customers from getting to the end is told, of each part; a busy scanner and a warning are not, nor is anything
// scanned.
func TestLimits(t *testing.T) {
	t.Parallel()
	server, fake := printertest.NewServer(t), &scannertest.Fake{}
	driver, off, words := &modules{}, time.Duration(0), 9
	now := time.Now()
	c := health.New(health.Config{Printer: ippPrinter(t, server.URI, ipp.Trust{}), Scanner: fake,
		Modules: []health.Module{{Name: "/usr/lib/keys.so", Reader: driver}}, Data: t.TempDir(),
		Time: func() (time.Time, bool) { return now.Add(off), true }, Now: func() time.Time { return now },
		Pinyin: func(context.Context) (int, error) { return words, nil }})
	limits := func(why string, want ...health.Part) {
		t.Helper()
		got := slices.DeleteFunc(c.Limits(t.Context()), func(p health.Part) bool { // what of this machine is not the test's
			return p == health.Disk || p == health.Fonts
		})
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", why, got, want)
		}
	}
	limits("nothing is wrong")
	fake.Fail(scanner.ErrBusy)
	server.Put(printertest.LowToner)
	limits("busy and low")
	fake.Fail(scanner.ErrMissing)
	server.Put(printertest.NoPaper)
	driver.err, off, words = errors.New("the driver ended"), time.Hour, 0
	limits("all are away", health.Printer, health.Scanner, health.Keys, health.Clock, health.Pinyin)
}

// TestLimitsOfWhatIsMissing: a kiosk without a printer, a scanner or a driver says so before anybody begins; a folder that cannot be
// read is no place for scans.
func TestLimitsOfWhatIsMissing(t *testing.T) {
	t.Parallel()
	c := health.New(health.Config{Data: "/nowhere"})
	got := slices.DeleteFunc(c.Limits(t.Context()), func(p health.Part) bool { return p == health.Fonts })
	if want := []health.Part{health.Printer, health.Scanner, health.Keys, health.Disk, health.Pinyin}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
