package house

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
	"time"
)

// KioskOptions say how the kiosk is shown.
type KioskOptions struct {
	Display       string   // X display such as ":0"; "" shows the kiosk as a page in the browser (Broadway)
	Width, Height int      // of its window, px; 0 for full screen
	Env           []string // added to the kiosk's environment
	Args          []string // added to its command line
	Idle          time.Duration
}

var kioskConfig = template.Must(template.New("kiosk").Parse(`data = {{printf "%q" .Data}}
[secrets]
tpm = "off"
[office]
url = "https://127.0.0.1:{{.API}}"
ca = {{printf "%q" .CA}}
[screen]
fullscreen = {{.Fullscreen}}
width = {{.Width}}
height = {{.Height}}
idle = "{{.Idle}}"
[[ukey]]
module = {{printf "%q" .Module}}
rescan = "reinitialize"
hide_uninitialized = true
env = [{{range .HubEnv}}{{printf "%q" .}}, {{end}}]
[scanner]
device = "pnm:0"
options = ["--filename={{.Glass}}"]
env = [{{printf "%q" .GlassEnv}}]
[printer]
uri = "ipp://127.0.0.1:{{.Printer}}/ipp/print"
[pinyin]
command = [{{printf "%q" .Pinyin}}]
`))

// Terminal is a kiosk of the house: its folder with configuration, journal and identity, its hub, and its program when that runs.
type Terminal struct {
	house   *House
	options *KioskOptions
	hall    Hall
	window  string // number, as of its prefix
	folder  string
	Hub     *Hub
	port    int // the kiosk as a page

	running, broadway, bus *process
	address                string // of the session bus on which its window can be seen
}

// KioskConfig is the path of the kiosk's configuration.
func (h *House) KioskConfig() string { return h.first.config() }

func (t *Terminal) config() string { return t.house.path(t.folder, "kiosk.toml") }

func (t *Terminal) writeConfig() error {
	h, o := t.house, t.options
	values := map[string]any{
		"Data": h.path(t.folder, "data"), "API": h.Ports.API, "CA": h.OfficeCA(), "Idle": cmp.Or(o.Idle, 5*time.Minute),
		"Fullscreen": o.Width == 0, "Width": max(o.Width, 800), "Height": max(o.Height, 800),
		"Module": t.Hub.Module(), "HubEnv": t.Hub.Env(),
		"Glass": h.Glass.File(), "GlassEnv": h.Glass.Env(), "Printer": h.Ports.Printer,
		"Pinyin": filepath.Join(h.Bin, "keyhall-pinyin"),
	}
	var b strings.Builder
	if err := kioskConfig.Execute(&b, values); err != nil {
		return err
	}
	return writeWhole(t.config(), []byte(b.String()))
}

// enrolKiosk makes the kiosk known to the back office, once.
func (h *House) enrolKiosk(ctx context.Context) error { return h.first.enrol(ctx) }

// terminal is a kiosk of the house that nobody has started yet.
func (h *House) terminal(hall Hall, window string, hub *Hub, port int, o *KioskOptions) *Terminal {
	folder := "kiosk"
	if window != firstWindow {
		folder += window
	}
	return &Terminal{house: h, options: o, hall: hall, window: window, folder: folder, Hub: hub, port: port}
}

// Colleague enrols another kiosk of the hall, whose window has that number and which nobody starts, once, and returns its line.
func (h *House) Colleague(ctx context.Context, window string) (Line, error) {
	t := h.terminal(FirstHall, window, h.Hub, h.Ports.Screen, &h.Kiosk)
	return t.Line(), t.enrol(ctx)
}

// Second is the kiosk of the second hall, which has a hub of its own for the same keys, and its own identity and journal. Scanner and printer
// it shares with the first one.
func (h *House) Second(ctx context.Context, o KioskOptions) (t *Terminal, err error) {
	if t, err = h.besides(&o); err != nil {
		return nil, err
	}
	if err := t.enrol(ctx); err != nil {
		return nil, err
	}
	h.second = t
	return t, nil
}

func (h *House) besides(o *KioskOptions) (*Terminal, error) {
	hub, err := h.Hub.Elsewhere(SecondHall.ID)
	return h.terminal(SecondHall, secondWindow, hub, h.Ports.Second, o), err
}

// Line is the way to the back office as this kiosk.
func (t *Terminal) Line() Line {
	return Line{URL: "https://" + loopback(t.house.Ports.API), CA: t.house.OfficeCA(), Secrets: secretsIn(t.house.path(t.folder))}
}

func (t *Terminal) enrol(ctx context.Context) error {
	h := t.house
	if err := os.MkdirAll(h.path(t.folder), 0o700); err != nil {
		return err
	}
	if err := t.writeConfig(); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(t.Line().Secrets, "identity.sealed")); err == nil {
		return nil
	}
	code, err := h.Office(ctx, "enrolment-code", "--prefix", t.hall.prefix+t.window, "--hall", t.hall.ID,
		"--window", t.hall.zh+"窗口 "+t.window, "--window-en", t.hall.en+", window "+t.window)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(h.Bin, "keyhall-kiosk"), "enrol", "--config", t.config())
	cmd.Stdin = strings.NewReader(strings.TrimSpace(code) + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("keyhall-kiosk enrol: %w: %s", err, out)
	}
	return nil
}

// Start opens the kiosk on its display, or as a page in the browser when there is none.
func (t *Terminal) Start(ctx context.Context) error {
	env := append([]string{"GTK_A11Y=atspi"}, t.options.Env...)
	if t.options.Display != "" {
		env = append(env, "DISPLAY="+t.options.Display, "GDK_BACKEND=x11")
	} else {
		if err := t.startBroadway(ctx); err != nil {
			return err
		}
		env = append(env, "GDK_BACKEND=broadway", "BROADWAY_DISPLAY="+t.broadwayDisplay())
	}
	if err := t.findBus(ctx, env); err != nil {
		return err
	}
	env = append(env, sessionBus+"="+t.address)
	args := append([]string{"run", "--config", t.config()}, t.options.Args...)
	var err error
	t.running, err = t.house.start(t.folder, env, filepath.Join(t.house.Bin, "keyhall-kiosk"), args...)
	return err
}

const sessionBus = "DBUS_SESSION_BUS_ADDRESS"

// findBus finds the session bus on which others see the window, or starts one of its own where there is none.
func (t *Terminal) findBus(ctx context.Context, env []string) (err error) {
	for _, all := range [][]string{env, os.Environ()} {
		for _, e := range all {
			if address, ok := strings.CutPrefix(e, sessionBus+"="); ok && t.address == "" {
				t.address = address
			}
		}
	}
	if t.address != "" {
		return nil
	}
	name := "bus-" + t.window
	if err := os.Remove(t.house.path("log", name+".log")); err != nil && !os.IsNotExist(err) { // the address stands in it
		return err
	}
	t.bus, err = t.house.start(name, nil, "dbus-daemon", "--session", "--nofork", "--address=unix:tmpdir=/tmp", "--print-address")
	if err != nil {
		return err
	}
	return t.bus.until(ctx, func() error {
		for _, word := range strings.Fields(tail(t.bus.log)) {
			if strings.HasPrefix(word, "unix:") {
				t.address = word
				return nil
			}
		}
		return errors.New("it told no address")
	})
}

// stop ends the kiosk with all that was started for it.
func (t *Terminal) stop() {
	if t == nil {
		return
	}
	t.Stop()
	t.broadway.stop()
	t.bus.stop()
}

// Stop closes the kiosk politely, Kill as a power cut does.
func (t *Terminal) Stop() { t.running.stop() }

// Kill ends the kiosk and its children at once.
func (t *Terminal) Kill() { t.running.kill() }

// Ended is closed when the kiosk's program has ended.
func (t *Terminal) Ended() <-chan struct{} { return t.running.done }

// URL is the kiosk as a page, "" when it is on a display.
func (t *Terminal) URL() string {
	if t.options.Display != "" {
		return ""
	}
	return "http://" + loopback(t.port) + "/"
}

// Watched tells whether somebody looks at the kiosk: always where it is on a display, else a browser.
func (t *Terminal) Watched() bool {
	if t.URL() == "" {
		return true
	}
	table, err := os.ReadFile("/proc/net/tcp")
	return err == nil && regexp.MustCompile(fmt.Sprintf(`: 0100007F:%04X [0-9A-F:]+ 01 `, t.port)).Match(table)
}

// StartKiosk opens the first hall's kiosk.
func (h *House) StartKiosk(ctx context.Context) error { return h.first.Start(ctx) }

// StopKiosk closes the kiosk politely, KillKiosk as a power cut does.
func (h *House) StopKiosk() { h.first.Stop() }

// KillKiosk ends the kiosk and its children at once.
func (h *House) KillKiosk() { h.first.Kill() }

// KioskEnded is closed when the kiosk's program has ended.
func (h *House) KioskEnded() <-chan struct{} { return h.first.Ended() }

// KioskURL is the kiosk as a page, "" when it is on a display.
func (h *House) KioskURL() string { return h.first.URL() }

func (t *Terminal) broadwayDisplay() string { return fmt.Sprintf(":%d", t.port-8080) }

func (t *Terminal) startBroadway(ctx context.Context) (err error) {
	if t.broadway != nil {
		return nil
	}
	t.broadway, err = t.house.start("broadwayd-"+t.window, nil, "broadwayd", "--address=127.0.0.1",
		fmt.Sprintf("--port=%d", t.port), t.broadwayDisplay())
	if err != nil {
		return err
	}
	return t.broadway.until(ctx, func() error { return answers(ctx, t.URL()) })
}

// answers reports whether something serves a page at url.
func answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

// Keep starts a kiosk that has ended again, as the hall's session does, until ctx ends.
func (t *Terminal) Keep(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.Ended():
		}
		if ctx.Err() != nil {
			return nil
		}
		t.house.Log.Warn("the kiosk ended and is started again", slog.String("log", t.running.log))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
		if err := t.Start(ctx); err != nil {
			return err
		}
	}
}
