package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"keyhall/packaging/sandbox/display"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/visit"
)

const (
	ownPIN     = "482913"
	catalogue  = "../../../kiosk/screen/po/zh_CN.po"
	visitLimit = 8 * time.Minute
)

// hall is the house that `make run` starts, with its kiosk on a screen without a monitor.
type hall struct {
	*house.House
	screen   *display.Display
	customer *visit.Customer
}

// startHall skips where the machine lacks a part; continuous integration must have them all.
func startHall(t *testing.T) *hall {
	t.Helper()
	for _, program := range []string{"Xvfb", "dbus-daemon", "softhsm2-util", "scanimage", "ippeveprinter", "chromium", "pkcs11-tool", "xdotool"} {
		if _, err := exec.LookPath(program); err != nil && os.Getenv("CI") == "" {
			t.Skip(err)
		}
	}
	bin := os.Getenv("KEYHALL_BIN")
	if bin == "" {
		bin = "../../../bin"
	}
	bin, err := filepath.Abs(bin)
	must(t, err)
	if _, err := os.Stat(filepath.Join(bin, "keyhall-kiosk")); err != nil {
		t.Skip("`make build` makes the programs that this test plays with")
	}
	h := &hall{}
	h.screen, err = display.Start(t.Context(), 1920, 1080)
	must(t, err)
	t.Cleanup(h.screen.Stop)
	ports, err := house.FreePorts()
	must(t, err)
	h.House, err = house.Start(t.Context(), house.Options{
		Dir: t.TempDir(), Bin: bin, Ports: ports, Fast: true,
		Kiosk: house.KioskOptions{Display: h.screen.Name, Env: h.screen.Env()},
	})
	must(t, err)
	t.Cleanup(func() { h.show(t) })
	must(t, h.StartKiosk(t.Context()))
	h.customer, err = visit.NewCustomer(t.Context(), h.screen.Bus, catalogue)
	must(t, err)
	return h
}

// show ends the house and, when the test failed, tells what was to be seen last and what the programs said.
func (h *hall) show(t *testing.T) {
	if t.Failed() {
		path := filepath.Join(os.TempDir(), "keyhall-e2e-failed.png")
		if err := h.screen.Shot(context.WithoutCancel(t.Context()), path); err == nil {
			t.Logf("the screen at the end: %s", path)
		}
		logs, _ := filepath.Glob(filepath.Join(h.Dir, "log", "*.log"))
		for _, log := range logs {
			text, _ := os.ReadFile(log)
			t.Logf("%s:\n%s", filepath.Base(log), last(text, 4000))
		}
	}
	if err := h.Stop(); err != nil {
		t.Error(err)
	}
}

func last(b []byte, n int) string {
	if len(b) > n {
		b = b[len(b)-n:]
	}
	return string(b)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wish(keys int) visit.Application {
	return visit.Application{Company: house.Customer(), Project: house.Project, Service: house.Service, Keys: keys,
		Login: house.Customer().Handler.Mobile, Password: "abcd2026"}
}

var codeShape = regexp.MustCompile(`授权码 ([0-9]{8})`)

// code waits for the newest text message with an authorization code; others tell of other things.
func (h *hall) code(t *testing.T) string {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		for _, m := range h.Messages.All() {
			if code := codeShape.FindStringSubmatch(m.Text); code != nil {
				return code[1]
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("no text message with an authorization code came")
	return ""
}

// approve plays the supervisor for the order that waits longest.
func (h *hall) approve(t *testing.T, keys int) {
	t.Helper()
	s, err := visit.NewSupervisor(t.Context(), h.ConsoleURL(), 1600, 1000)
	must(t, err)
	defer s.Leave()
	must(t, s.LogIn(house.Supervisor, house.DemoPassword))
	must(t, s.TakeNext())
	for _, material := range []string{"business_licence", "handler_identity", "registration_form"} {
		must(t, s.Accept(material))
	}
	must(t, s.ConfirmPayment(house.Price(keys), "2026112300981"))
	must(t, s.Approve())
}

// TestVisit plays the whole visit: a customer applies, a supervisor approves, the kiosk writes two keys and proves them,
// and at the end independent programs agree.
func TestVisit(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), visitLimit)
	defer cancel()
	h := startHall(t)
	want := wish(2)
	must(t, h.customer.Register(ctx, want))
	must(t, h.customer.Order(ctx, want))
	must(t, h.customer.Scan(ctx, h))
	h.approve(t, 2)
	must(t, h.customer.Press(ctx, "action.make"))

	must(t, h.Hub.Plug(1))
	must(t, h.customer.Make(ctx, h.code(t), ownPIN))
	must(t, h.Hub.Pull(1))
	must(t, h.customer.Press(ctx, "action.make_next"))
	must(t, h.Hub.Plug(2))
	must(t, h.customer.Make(ctx, "", ownPIN))
	must(t, h.Hub.Plug(1))

	h.checkForm(t, want)
	h.checkKeys(t, 2)
	h.checkAudit(t)
}

func (h *hall) checkAudit(t *testing.T) {
	t.Helper()
	out, err := h.Office(t.Context(), "audit")
	if err != nil {
		t.Errorf("audit: %v\n%s", err, out)
	}
}

// checkForm reads the printed registration form with pdftotext.
func (h *hall) checkForm(t *testing.T, want visit.Application) {
	t.Helper()
	prints := h.Prints()
	if len(prints) == 0 {
		t.Fatal("nothing was printed")
	}
	out, err := exec.Command("pdftotext", "-layout", prints[0], "-").Output()
	must(t, err)
	text := strings.ReplaceAll(string(out), " ", "")
	for _, part := range []string{want.Company.Name, want.Company.CreditCode, want.Company.Legal.Name, want.Company.Handler.Name, "XH03-"} {
		if !strings.Contains(text, strings.ReplaceAll(part, " ", "")) {
			t.Errorf("the printed form does not say %q", part)
		}
	}
}

// checkKeys has openssl verify the certificates on the keys and ask for their status.
func (h *hall) checkKeys(t *testing.T, keys int) {
	t.Helper()
	for _, der := range h.leaves(t, keys) {
		h.checkCertificate(t, der)
	}
}

// leaves reads the certificates of so many keys with pkcs11-tool, into files.
func (h *hall) leaves(t *testing.T, keys int) (files []string) {
	t.Helper()
	tool := func(args ...string) string {
		cmd := exec.Command("pkcs11-tool", append([]string{"--module", h.Hub.Module()}, args...)...)
		cmd.Env = append(os.Environ(), "SOFTHSM2_CONF="+h.Hub.Conf())
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("pkcs11-tool %v: %v", args, err)
		}
		return string(out)
	}
	slots := regexp.MustCompile(`(?m)^Slot \d+ \((0x[0-9a-f]+)\)[^\n]*\n  token label\s+: UKEY`).FindAllStringSubmatch(tool("-L"), -1)
	if len(slots) != keys {
		t.Fatalf("pkcs11-tool sees %d keys, want %d:\n%s", len(slots), keys, tool("-L"))
	}
	for _, slot := range slots {
		objects := tool("--slot", slot[1], "-O", "--type", "cert")
		ids := regexp.MustCompile(`(?m)ID:\s+([0-9a-f]{32})$`).FindAllStringSubmatch(objects, -1)
		if len(ids) != 1 {
			t.Fatalf("certificates of the key's own id: %d, want 1:\n%s", len(ids), objects)
		}
		private := tool("--slot", slot[1], "--login", "--pin", ownPIN, "-O", "--type", "privkey")
		if got := strings.Count(private, "Private Key Object"); got != 1 {
			t.Errorf("private keys: %d, want 1", got)
		}
		der := filepath.Join(t.TempDir(), "leaf.der")
		tool("--slot", slot[1], "--read-object", "--type", "cert", "--id", ids[0][1], "-o", der)
		files = append(files, der)
	}
	return files
}

// CA is the chain as the back office serves it.
func (h *hall) CA(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile(h.CustomersCA())
	must(t, err)
	return b
}

func (h *hall) checkCertificate(t *testing.T, der string) {
	t.Helper()
	ca, leaf := h.issuerOf(t, der)
	if out := openssl(t, "verify", "-CAfile", ca, leaf); !strings.Contains(out, "OK") {
		t.Errorf("openssl verify: %s", out)
	}
	if out := h.ocsp(t, der); !strings.Contains(out, ": good") || !strings.Contains(out, "Response verify OK") {
		t.Errorf("openssl ocsp: %s", out)
	}
}

// issuerOf writes the CA's certificate and the one of a file as openssl reads them.
func (h *hall) issuerOf(t *testing.T, der string) (ca, leaf string) {
	t.Helper()
	ca, leaf = filepath.Join(t.TempDir(), "ca.pem"), der+".pem"
	must(t, os.WriteFile(ca, h.CA(t), 0o600))
	openssl(t, "x509", "-inform", "DER", "-in", der, "-out", leaf)
	return ca, leaf
}

// ocsp is what openssl is told of a certificate by the back office.
func (h *hall) ocsp(t *testing.T, der string) string {
	t.Helper()
	ca, leaf := h.issuerOf(t, der)
	url := strings.TrimSpace(openssl(t, "x509", "-in", leaf, "-noout", "-ocsp_uri"))
	return openssl(t, "ocsp", "-issuer", ca, "-cert", leaf, "-url", url, "-CAfile", ca)
}

func openssl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("openssl", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %v: %v\n%s", args, err, out)
	}
	return string(out)
}
