package house

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
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
env = [{{printf "%q" .HubEnv}}]
[scanner]
device = "pnm:0"
options = ["--filename={{.Glass}}"]
env = [{{printf "%q" .GlassEnv}}]
[printer]
uri = "ipp://127.0.0.1:{{.Printer}}/ipp/print"
[pinyin]
command = [{{printf "%q" .Pinyin}}]
`))

// KioskConfig is the path of the kiosk's configuration.
func (h *House) KioskConfig() string { return h.path("kiosk", "kiosk.toml") }

func (h *House) writeKioskConfig(folder string) error {
	idle := h.Kiosk.Idle
	if idle == 0 {
		idle = 5 * time.Minute
	}
	values := map[string]any{
		"Data": h.path(folder, "data"), "API": h.Ports.API, "CA": h.OfficeCA(), "Idle": idle,
		"Fullscreen": h.Kiosk.Width == 0, "Width": max(h.Kiosk.Width, 800), "Height": max(h.Kiosk.Height, 800),
		"Module": h.Hub.Module(), "HubEnv": "SOFTHSM2_CONF=" + h.Hub.Conf(),
		"Glass": h.Glass.File(), "GlassEnv": h.Glass.Env(), "Printer": h.Ports.Printer,
		"Pinyin": filepath.Join(h.Bin, "keyhall-pinyin"),
	}
	var b strings.Builder
	if err := kioskConfig.Execute(&b, values); err != nil {
		return err
	}
	return writeWhole(h.path(folder, "kiosk.toml"), []byte(b.String()))
}

// enrolKiosk makes the kiosk known to the back office, once.
func (h *House) enrolKiosk(ctx context.Context) error { return h.enrol(ctx, "kiosk", "03") }

// Colleague enrols another kiosk of the hall, whose window has that number and which nobody starts, once, and returns its line.
func (h *House) Colleague(ctx context.Context, window string) (Line, error) {
	folder := "kiosk" + window
	if err := os.MkdirAll(h.path(folder), 0o700); err != nil {
		return Line{}, err
	}
	line := h.Line()
	line.Secrets = secretsIn(h.path(folder))
	return line, h.enrol(ctx, folder, window)
}

func (h *House) enrol(ctx context.Context, folder, window string) error {
	if err := h.writeKioskConfig(folder); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(secretsIn(h.path(folder)), "identity.sealed")); err == nil {
		return nil
	}
	code, err := h.Office(ctx, "enrolment-code", "--prefix", "XH"+window, "--hall", "xihu",
		"--window", "西湖窗口 "+window, "--window-en", "West Lake, window "+window)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(h.Bin, "keyhall-kiosk"), "enrol", "--config", h.path(folder, "kiosk.toml"))
	cmd.Stdin = strings.NewReader(strings.TrimSpace(code) + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("keyhall-kiosk enrol: %w: %s", err, out)
	}
	return nil
}

// StartKiosk opens the kiosk on its display, or as a page in the browser when there is none.
func (h *House) StartKiosk(ctx context.Context) error {
	env := append([]string{"GTK_A11Y=atspi"}, h.Kiosk.Env...)
	if h.Kiosk.Display != "" {
		env = append(env, "DISPLAY="+h.Kiosk.Display, "GDK_BACKEND=x11")
	} else {
		if err := h.startBroadway(ctx); err != nil {
			return err
		}
		env = append(env, "GDK_BACKEND=broadway", "BROADWAY_DISPLAY="+h.broadwayDisplay())
	}
	args := append([]string{"run", "--config", h.KioskConfig()}, h.Kiosk.Args...)
	var err error
	h.kiosk, err = h.start("kiosk", env, filepath.Join(h.Bin, "keyhall-kiosk"), args...)
	return err
}

// StopKiosk closes the kiosk politely, KillKiosk as a power cut does.
func (h *House) StopKiosk() { h.kiosk.stop() }

// KillKiosk ends the kiosk and its children at once.
func (h *House) KillKiosk() { h.kiosk.kill() }

// KioskEnded is closed when the kiosk's program has ended.
func (h *House) KioskEnded() <-chan struct{} { return h.kiosk.done }

// KioskURL is the kiosk as a page, "" when it is on a display.
func (h *House) KioskURL() string {
	if h.Kiosk.Display != "" {
		return ""
	}
	return "http://" + loopback(h.Ports.Screen) + "/"
}

func (h *House) broadwayDisplay() string { return fmt.Sprintf(":%d", h.Ports.Screen-8080) }

func (h *House) startBroadway(ctx context.Context) (err error) {
	if h.broadway != nil {
		return nil
	}
	h.broadway, err = h.start("broadwayd", nil, "broadwayd", "--address=127.0.0.1",
		fmt.Sprintf("--port=%d", h.Ports.Screen), h.broadwayDisplay())
	if err != nil {
		return err
	}
	return h.broadway.until(ctx, func() error { return answers(ctx, h.KioskURL()) })
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

// KeepKiosk starts a kiosk that has ended again, as the hall's session does.
func (h *House) KeepKiosk(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	h.Log.Warn("the kiosk ended and is started again", slog.String("log", h.kiosk.log))
	select {
	case <-ctx.Done():
		return nil
	case <-time.After(time.Second):
	}
	return h.StartKiosk(ctx)
}
