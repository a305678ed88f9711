// Package display gives a program a screen without a monitor: an X server in memory (Xvfb) and a session bus with the
// accessibility bus on it.
package display

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Display is a running screen.
type Display struct {
	Name string // ":99"
	Bus  string // address of the session bus
	x    *exec.Cmd
	bus  *exec.Cmd
}

// Start opens a screen of that size in px. Stop ends it.
func Start(ctx context.Context, width, height int) (*Display, error) {
	d := &Display{}
	if err := d.startX(ctx, width, height); err != nil {
		return nil, err
	}
	if err := d.startBus(); err != nil {
		d.Stop()
		return nil, err
	}
	return d, nil
}

// Env is what a program needs to appear here and to be seen by assistive technologies.
func (d *Display) Env() []string {
	return []string{"DISPLAY=" + d.Name, "DBUS_SESSION_BUS_ADDRESS=" + d.Bus, "GDK_BACKEND=x11", "NO_AT_BRIDGE="}
}

// Stop ends the screen and its bus.
func (d *Display) Stop() {
	for _, cmd := range []*exec.Cmd{d.bus, d.x} {
		if cmd != nil && cmd.Process != nil {
			syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
			cmd.Wait()
		}
	}
}

// Shot saves what the screen shows as PNG.
func (d *Display) Shot(ctx context.Context, path string) error {
	cmd := exec.CommandContext(ctx, "import", "-display", d.Name, "-window", "root", path)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("import: %w: %s", err, out)
	}
	return nil
}

func (d *Display) startX(ctx context.Context, width, height int) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	defer w.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height), "-nolisten", "tcp", "-noreset")
	cmd.ExtraFiles = []*os.File{w}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("the X server Xvfb: %w", err)
	}
	d.x = cmd
	w.Close()
	number, err := line(ctx, r)
	if err != nil {
		d.Stop()
		return fmt.Errorf("the X server Xvfb gave no display number: %w", err)
	}
	d.Name = ":" + number
	return nil
}

func (d *Display) startBus() error {
	cmd := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address=1")
	cmd.Env = append(os.Environ(), "DISPLAY="+d.Name)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("dbus-daemon: %w", err)
	}
	d.bus = cmd
	d.Bus, err = line(context.Background(), out.(*os.File))
	return err
}

// line reads one line within a minute.
func line(ctx context.Context, f *os.File) (string, error) {
	deadline := time.Now().Add(time.Minute)
	if t, ok := ctx.Deadline(); ok && t.Before(deadline) {
		deadline = t
	}
	f.SetReadDeadline(deadline)
	text, err := bufio.NewReader(f).ReadString('\n')
	return strings.TrimSpace(text), err
}
