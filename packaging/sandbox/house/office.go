package house

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"keyhall/packaging/sandbox/postgres"
)

// The demo logins of the console; the sandbox is the only place where a password stands in the open.
const (
	Supervisor    = "supervisor" // also reviewer and finance
	Counter       = "counter"
	Administrator = "administrator"
	Second        = "administrator2" // confirms what the first one grants
	Auditor       = "auditor"
	DemoPassword  = "keyhall-2026"
)

// What the demo customer buys: names as they stand on the screen.
const (
	Project  = "示例电子印章中心"
	Service  = "机构证书 1 年"
	priceFen = 20000 // of one key
)

// Price is what so many keys cost, in yuan as a person types it.
func Price(keys int) string { return fmt.Sprintf("%d.00", keys*priceFen/100) }

// Logins tells the demo logins in one line.
func (h *House) Logins() string {
	return strings.Join([]string{Supervisor, Counter, Administrator, Second, Auditor}, " · ") + " / " + DemoPassword
}

func (h *House) startDatabase(ctx context.Context) (err error) {
	if h.database, err = postgres.Start(ctx, h.path("postgres"), postgres.Options{Fast: h.Fast}); err != nil {
		return err
	}
	h.owner, h.program, err = h.database.Roles(ctx)
	return err
}

// DSN is the back office's database, as who owns the server.
func (h *House) DSN() string { return h.database.DSN("") }

func (h *House) officeConfigFile() string { return h.path("office", "backoffice.toml") }

// OfficeCA is the certificate of the authority of kiosks and of the back office's TLS, PEM; CustomersCA that of the certificates on keys.
func (h *House) OfficeCA() string    { return h.path("office", "data", "operations.pem") }
func (h *House) CustomersCA() string { return h.path("office", "data", "ca.pem") }

const officeConfig = `data = %q
database = %q
names = ["localhost", "127.0.0.1"]
[kiosks]
listen = %q
[console]
listen = %q
[pki]
listen = %q
url = "http://%[5]s"
[ca]
common_name = "Keyhall Sandbox CA"
organisation = "Keyhall"
[messages]
url = "http://%[6]s/messages"
[demonstration]
days_ago = %[7]d
`

func (h *House) writeOfficeConfig() error {
	text := fmt.Sprintf(officeConfig, h.path("office", "data"), h.program, loopback(h.Ports.API), loopback(h.Ports.Console),
		loopback(h.Ports.PKI), loopback(h.Ports.Bench), h.daysAgo)
	return writeWhole(h.officeConfigFile(), []byte(text))
}

// startOffice migrates, founds, seeds and serves.
func (h *House) startOffice(ctx context.Context) error {
	if err := h.writeOfficeConfig(); err != nil {
		return err
	}
	for _, command := range []string{"migrate", "found"} {
		if _, err := h.Office(ctx, command); err != nil {
			return err
		}
	}
	if _, err := h.Office(ctx, "seed", "--demo"); err != nil {
		return err
	}
	return h.StartOffice(ctx)
}

// StartOffice serves, and waits until kiosks and browsers are answered.
func (h *House) StartOffice(ctx context.Context) (err error) {
	h.office, err = h.start("backoffice", nil, filepath.Join(h.Bin, "keyhall-backoffice"), "serve", "--config", h.officeConfigFile())
	if err != nil {
		return err
	}
	return h.office.until(ctx, func() error {
		for _, port := range []int{h.Ports.API, h.Ports.Console, h.Ports.PKI} {
			c, err := net.DialTimeout("tcp", loopback(port), time.Second)
			if err != nil {
				return err
			}
			c.Close()
		}
		return nil
	})
}

// StopOffice ends the back office politely, KillOffice as a power cut does.
func (h *House) StopOffice() { h.office.stop() }

// KillOffice ends the back office at once.
func (h *House) KillOffice() { h.office.kill() }

// Office runs a command of the back office with the house's configuration and returns what it printed.
func (h *House) Office(ctx context.Context, command string, args ...string) (string, error) {
	args = append([]string{command}, args...)
	cmd := exec.CommandContext(ctx, filepath.Join(h.Bin, "keyhall-backoffice"), append(args, "--config", h.officeConfigFile())...)
	cmd.Env = append(os.Environ(), "KEYHALL_DEMO_PASSWORD="+DemoPassword, "KEYHALL_OWNER_DATABASE="+h.owner)
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
