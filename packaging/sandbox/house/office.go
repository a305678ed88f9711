package house

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"keyhall/packaging/sandbox/postgres"
)

// The demo logins of the console; the sandbox is the only place where a password stands in the open.
const (
	Supervisor   = "supervisor"
	Counter      = "counter"
	DemoPassword = "keyhall-2026"
)

// Logins tells the demo logins in one line.
func (h *House) Logins() string {
	return fmt.Sprintf("%s / %s · %s / %s", Supervisor, DemoPassword, Counter, DemoPassword)
}

func (h *House) startDatabase(ctx context.Context) (err error) {
	h.database, err = postgres.Start(ctx, h.path("postgres"), postgres.Options{Fast: h.Fast})
	return err
}

// DSN is the back office's database.
func (h *House) DSN() string { return h.database.DSN("") }

func (h *House) officeConfigFile() string { return h.path("office", "backoffice.toml") }

// officeCA is the certificate of the back office's authority, PEM.
func (h *House) officeCA() string { return h.path("office", "data", "ca.pem") }

// Office runs a command of the back office with the house's configuration and returns what it printed.
func (h *House) Office(ctx context.Context, command string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(h.Bin, "keyhall-backoffice"),
		append([]string{command, "--config", h.officeConfigFile()}, args...)...)
	cmd.Env = append(os.Environ(), "KEYHALL_DEMO_PASSWORD="+DemoPassword)
	var stderr tailBuffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return string(out), fmt.Errorf("keyhall-backoffice %s: %w: %s", command, err, stderr.String())
	}
	return string(out), nil
}

// tailBuffer keeps the end of what is written to it.
type tailBuffer struct{ b []byte }

func (t *tailBuffer) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if len(t.b) > 4096 {
		t.b = t.b[len(t.b)-4096:]
	}
	return len(p), nil
}

func (t *tailBuffer) String() string { return string(t.b) }
