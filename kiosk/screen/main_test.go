package screen

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/loop"
)

// TestMain gives the tests a screen of their own: it runs itself once more under Xvfb where there is no display, with
// every GTK warning an error, and serves GTK on the main goroutine while the tests run on another.
func TestMain(m *testing.M) {
	if os.Getenv("SCREEN_TEST_INNER") == "" {
		os.Exit(outer())
	}
	if err := startGTK(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := 0
	go func() {
		code = m.Run()
		loop.Post(gtk.MainQuit)
	}()
	gtk.Main()
	os.Exit(code)
}

func outer() int {
	env := append(os.Environ(), "SCREEN_TEST_INNER=1", "G_DEBUG=fatal-warnings", "NO_AT_BRIDGE=1", "GDK_BACKEND=x11")
	if os.Getenv("DISPLAY") == "" {
		display, stop, err := startXvfb()
		if err != nil {
			fmt.Fprintln(os.Stderr, "no display and no Xvfb:", err)
			if os.Getenv("CI") == "true" {
				return 1
			}
			return 0
		}
		defer stop()
		env = append(env, "DISPLAY="+display)
	}
	command := append([]string{"dbus-run-session", "--"}, os.Args...)
	if _, err := exec.LookPath(command[0]); err != nil {
		command = command[2:]
	}
	inner := exec.Command(command[0], command[1:]...)
	inner.Env, inner.Stdin, inner.Stdout, inner.Stderr = env, os.Stdin, os.Stdout, os.Stderr
	err := inner.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// startXvfb starts a screen on a free display.
func startXvfb() (display string, stop func(), err error) {
	read, write, err := os.Pipe()
	if err != nil {
		return "", nil, err
	}
	defer read.Close()
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1920x1920x24", "-nolisten", "tcp")
	x.ExtraFiles = []*os.File{write}
	if err := x.Start(); err != nil {
		write.Close()
		return "", nil, err
	}
	write.Close()
	stop = func() {
		x.Process.Kill()
		x.Wait()
	}
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("Xvfb tells no display: %w", err)
	}
	return ":" + strings.TrimSpace(number), stop, nil
}
