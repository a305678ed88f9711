package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"syscall"
	"time"

	"keyhall/device/scanner/sane"
	"keyhall/device/usb"
	"keyhall/kiosk/health"
	"keyhall/kiosk/journal"
	"keyhall/kiosk/keys"
	"keyhall/kiosk/pinyin"
	"keyhall/kiosk/safe"
	"keyhall/kiosk/screen"
	"keyhall/kiosk/speech"
	"keyhall/kiosk/uplink"
	"keyhall/kiosk/workflow"
	"keyhall/kiosk/write"
	"keyhall/printer/form"
)

// runCmd opens the window.
type runCmd struct {
	Config string `required:"" type:"path" help:"Configuration file."`
	// KillAt ends the program as a power cut would, at a boundary of a write's steps; for the end-to-end tests.
	KillAt string `hidden:""`
}

// Run shows the kiosk until it is told to end.
func (c runCmd) Run(ctx context.Context) error {
	config, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	return run(ctx, config, log, killAt(c.KillAt))
}

// killAt returns a hook that kills this process at the point; "" never does.
func killAt(point string) func(string) error {
	return func(at string) error {
		if point == "" || at != point {
			return nil
		}
		return syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
}

// run wires the parts and serves the window on this goroutine, GTK's.
func run(ctx context.Context, config Config, log *slog.Logger, hook func(string) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	clock := uplink.NewClock(time.Now)
	who, store, err := openOwn(ctx, config, clock.Certain, log)
	if err != nil {
		return err
	}
	defer store.Close()
	own, err := who.tlsCertificate()
	clear(who.Key)
	if err != nil {
		return err
	}
	line, renewing, err := openOffice(config, newBadge(own), store, clock, log)
	if err != nil {
		return err
	}
	modules, closeKeys, err := openKeys(config, log)
	if err != nil {
		return err
	}
	defer closeKeys()
	reader := together(modules, log)
	printer, err := config.Printer.open()
	if err != nil {
		return fmt.Errorf("printer: %w", err)
	}
	watcher := keys.NewWatcher(keys.Config{
		Reader: reader, Office: line, Journal: store, Log: log, USB: func(ctx context.Context) <-chan usb.Event { return usb.Watch(ctx, usb.DefaultInterval) },
	})
	jobs := write.NewJobs(write.New(write.Config{Office: line, Journal: store, Keys: reader, Log: log, Hook: hook}), watcher)
	flow := &late{}
	letters := startPinyin(ctx, config, log)
	voice, speak := openSpeech(config, log)
	window, err := screen.New(screen.Options{
		Events: flow.do, Pinyin: composing(letters), Voice: voice, Fullscreen: config.Screen.Fullscreen,
		Width: config.Screen.Width, Height: config.Screen.Height, Date: clock.Now,
	})
	if err != nil {
		return err
	}
	scanner := openScanner(config)
	checkup := health.New(health.Config{Printer: printer, Scanner: scanner, DPI: config.Scanner.DPI, Modules: modules, USB: usb.Scan,
		Office: asking(line), Time: clock.Time, Data: config.Data, Pinyin: trying(letters)})
	flow.workflow = workflow.New(workflow.Config{
		Office: line, Journal: store, Watcher: watcher, Jobs: jobs, Scanner: scanner, DPI: config.Scanner.DPI, Printer: printer,
		Health: checkup, StaffPIN: config.Staff.compare(),
		Forms: papers{clock.Now}, Lacks: form.NewFonts().Lacks, View: window, Kiosk: who.Kiosk, Changed: line.Changed(), Log: log, Idle: config.Screen.Idle.Duration,
	})
	log.Info("kiosk open", "prefix", who.Kiosk.Prefix, "version", version())
	return serve(ctx, window, flow.workflow, watcher.Run, jobs.Run, func(ctx context.Context) { _ = line.Run(ctx) }, renewing.run, speak)
}

// serve shows the window until it is told to end or the workflow ends, and waits for everything that runs beside it.
func serve(ctx context.Context, window *screen.Window, flow *workflow.Workflow, beside ...func(context.Context)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	var failed error
	for _, run := range beside {
		wg.Go(func() { run(ctx) })
	}
	wg.Go(func() {
		failed = flow.Run(ctx)
		window.Close()
	})
	window.Run(ctx)
	cancel()
	wg.Wait()
	if errors.Is(failed, context.Canceled) {
		return nil
	}
	return failed
}

// late hands the window's events to the workflow, which needs the window before it can be made. No event comes before
// the window runs.
type late struct{ workflow *workflow.Workflow }

func (l *late) do(e workflow.Event) {
	if l.workflow != nil {
		l.workflow.Do(e)
	}
}

// openOffice is the line to the back office, and what keeps the certificate fresh that the kiosk shows on it.
func openOffice(config Config, b *badge, store *journal.Journal, clock *uplink.Clock, log *slog.Logger) (*uplink.Uplink, renewal, error) {
	client, err := officeClient(config, b, clock.Hear)
	if err != nil {
		return nil, renewal{}, err
	}
	open := func(ctx context.Context) (*safe.Safe, error) { return openSafe(ctx, config, log) }
	return uplink.New(uplink.Config{Line: client, Journal: store, Clock: clock, Log: log}),
		renewal{badge: b, office: client, open: open, now: clock.Now, after: time.After, log: log}, nil
}

func openScanner(config Config) *sane.Scanner {
	return sane.New(sane.Config{Device: config.Scanner.Device, Options: config.Scanner.Options, Env: config.Scanner.Env,
		Timeout: config.Scanner.Timeout.Duration})
}

// openSpeech returns what reads aloud and what runs it; nil and nothing to run where the kiosk has none.
func openSpeech(config Config, log *slog.Logger) (screen.Voice, func(context.Context)) {
	if config.Speech.Socket == "" {
		return nil, func(context.Context) {}
	}
	s := speech.New(speech.Config{Socket: config.Speech.Socket, Log: log})
	return s, s.Run
}

// startPinyin returns nil when there is no engine: the keyboard then has Latin letters and digits only.
func startPinyin(ctx context.Context, config Config, log *slog.Logger) *pinyin.Engine {
	engine, err := pinyin.Start(ctx, pinyin.Config{Command: config.Pinyin.Command})
	if err != nil {
		log.Warn("no pinyin", "error", err)
		return nil
	}
	return engine
}

func composing(engine *pinyin.Engine) screen.Composer {
	if engine == nil {
		return nil
	}
	return composer{engine}
}

// composer is the pinyin engine as the screen's keyboard wants it.
type composer struct{ engine *pinyin.Engine }

// Compose implements screen.Composer.
func (c composer) Compose(ctx context.Context, letters string, limit int) (screen.Composition, error) {
	found, err := c.engine.Compose(ctx, letters, limit)
	if err != nil {
		return screen.Composition{}, err
	}
	out := screen.Composition{Preedit: found.Preedit}
	for _, k := range found.Candidates {
		out.Candidates = append(out.Candidates, screen.Candidate(k))
	}
	return out, nil
}

// Wipe implements screen.Composer.
func (c composer) Wipe(ctx context.Context) error { return c.engine.Wipe(ctx) }
