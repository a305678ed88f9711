package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/book"
	"keyhall/packaging/sandbox/postgres"
)

// hall is the real program on a real database, with a gateway that keeps text messages.
type hall struct {
	t       *testing.T
	program string
	config  string
	Config
	ownerDSN string
	gateway  *gateway
	serving  *serving
}

// built is the program, which is made for the first test that runs it.
type built struct {
	once sync.Once
	dir  string
	err  error
}

var program built

// close throws the program away.
func (b *built) close() { _ = os.RemoveAll(b.dir) }

// builtFor returns the path of the real program.
func builtFor(t *testing.T) string {
	t.Helper()
	program.once.Do(program.build)
	if program.err != nil {
		t.Fatal(program.err)
	}
	return filepath.Join(program.dir, "keyhall-backoffice")
}

func (b *built) build() {
	if b.dir, b.err = os.MkdirTemp("", "keyhall-backoffice-"); b.err != nil {
		return
	}
	build := exec.Command("go", "build", "-o", filepath.Join(b.dir, "keyhall-backoffice"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.err = fmt.Errorf("go build: %w: %s", err, out)
	}
}

const demoPassword = "keyhall-2026"

func newHall(t *testing.T) *hall {
	t.Helper()
	dir := t.TempDir()
	h := &hall{t: t, program: builtFor(t), config: filepath.Join(dir, "backoffice.toml"), gateway: newGateway(t)}
	owner, dsn := database(t)
	h.ownerDSN = owner
	text := fmt.Sprintf(`data = %q
database = %q
[kiosks]
listen = "127.0.0.1:0"
[console]
listen = "127.0.0.1:0"
[pki]
listen = "127.0.0.1:0"
url = "http://127.0.0.1:1"
[metrics]
listen = "127.0.0.1:0"
[messages]
url = %q
[log]
format = "json"
`, filepath.Join(dir, "data"), dsn, h.gateway.http.URL)
	if err := os.WriteFile(h.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if h.Config, err = readConfig(h.config); err != nil {
		t.Fatal(err)
	}
	return h
}

// database starts a PostgreSQL for this test alone, to be migrated, and gives its address as the owner and as the program has it.
func database(t *testing.T) (owner, program string) {
	t.Helper()
	// Not t.TempDir: a socket's path must be short, and PostgreSQL's user has to get through.
	dir, err := os.MkdirTemp("", "kh")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	server, err := postgres.Start(t.Context(), dir, postgres.Options{Fast: true})
	if errors.Is(err, postgres.ErrMissing) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	owner, program, err = server.Roles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return owner, program
}

// command runs a command of the program and returns what it printed.
func (h *hall) command(args ...string) string {
	h.t.Helper()
	out, err := h.try(args...)
	if err != nil {
		h.t.Fatalf("%s: %v", args[0], err)
	}
	return out
}

func (h *hall) try(args ...string) (string, error) {
	cmd := exec.CommandContext(h.t.Context(), h.program, append(slices.Clone(args), "--config", h.config)...)
	cmd.Env = append(os.Environ(), "KEYHALL_DEMO_PASSWORD="+demoPassword, ownerVariable+"="+h.ownerDSN)
	cmd.Stdin = strings.NewReader("correct horse 1\n")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s%s", err, out, stderr.String())
	}
	return string(out), err
}

// serving is a running "serve".
type serving struct {
	cmd     *exec.Cmd
	address map[string]string // by face
	log     bytes.Buffer      // whole once done is closed
	done    chan struct{}
	err     error
}

// serve starts the program and waits until all faces listen.
func (h *hall) serve() {
	h.t.Helper()
	s := &serving{cmd: exec.Command(h.program, "serve", "--config", h.config), address: map[string]string{}, done: make(chan struct{})}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	ready := make(chan struct{})
	go s.read(stderr, ready)
	h.t.Cleanup(func() { _ = s.cmd.Process.Kill(); <-s.done })
	h.serving = s
	select {
	case <-ready:
	case <-s.done:
		h.t.Fatalf("serve ended: %v: %s", s.err, s.log.String())
	case <-time.After(time.Minute):
		h.t.Fatal("serve does not listen")
	}
}

func (s *serving) read(stderr io.Reader, ready chan struct{}) {
	defer close(s.done)
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		s.log.Write(append(lines.Bytes(), '\n'))
		var line struct{ Msg, Face, Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "listening" {
			s.address[line.Face] = line.Address
			if len(s.address) == 4 {
				close(ready)
			}
		}
	}
	s.err = s.cmd.Wait()
}

// kill ends the program as a power cut does.
func (h *hall) kill() {
	h.t.Helper()
	if err := h.serving.cmd.Process.Kill(); err != nil {
		h.t.Fatal(err)
	}
	<-h.serving.done
}

// stop ends the program by that signal, as systemd does without one, and wants it to end well and soon.
func (h *hall) stop(by ...syscall.Signal) {
	h.t.Helper()
	if err := h.serving.cmd.Process.Signal(append(by, syscall.SIGTERM)[0]); err != nil {
		h.t.Fatal(err)
	}
	select {
	case <-h.serving.done:
	case <-time.After(time.Minute):
		h.t.Fatal("serve does not stop")
	}
	if h.serving.err != nil {
		h.t.Errorf("serve: %v: %s", h.serving.err, h.serving.log.String())
	}
}

func (h *hall) caFile() string { return filepath.Join(h.Data, "ca.pem") }

func (h *hall) tls(own *tls.Certificate) *tls.Config {
	h.t.Helper()
	text, err := os.ReadFile(filepath.Join(h.Data, "operations.pem"))
	if err != nil {
		h.t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	c := &tls.Config{RootCAs: roots}
	if own != nil {
		c.Certificates = []tls.Certificate{*own}
	}
	return c
}

// client is a kiosk's; it is made anew after a restart, since the port is another.
func (h *hall) client(own *tls.Certificate) *api.Client {
	h.t.Helper()
	c, err := api.NewClient(api.ClientConfig{BaseURL: "https://" + h.serving.address["kiosks"], TLS: h.tls(own)})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(c.Close)
	return c
}

// enrol makes a kiosk and returns its client certificate.
func (h *hall) enrol() *tls.Certificate {
	h.t.Helper()
	code := strings.TrimSpace(h.command("enrolment-code", "--prefix", "XH03", "--hall", "xihu", "--window", "西湖窗口 03"))
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		h.t.Fatal(err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		h.t.Fatal(err)
	}
	enrolment, err := h.client(nil).Enrol(h.t.Context(), api.EnrolRequest{Code: code, CSR: csr})
	if err != nil {
		h.t.Fatal(err)
	}
	if enrolment.Kiosk.Prefix != "XH03" || enrolment.NextNumber < 1 {
		h.t.Errorf("got %+v", enrolment.Kiosk)
	}
	return &tls.Certificate{Certificate: [][]byte{enrolment.Certificate}, PrivateKey: key}
}

// inside opens the same back office in this process, for what a supervisor does.
func (h *hall) inside(do func(ctx context.Context, o *office)) {
	h.t.Helper()
	o, err := open(h.t.Context(), h.Config, slog.New(slog.DiscardHandler))
	if err != nil {
		h.t.Fatal(err)
	}
	do(h.t.Context(), o)
	if err := o.close(); err != nil {
		h.t.Error(err)
	}
}

// get asks one of the faces and returns status and body.
func (h *hall) get(face, path string) (int, string) {
	h.t.Helper()
	scheme, transport := "http", &http.Transport{}
	if face == "kiosks" || face == "console" {
		scheme, transport.TLSClientConfig = "https", h.tls(nil)
	}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport, Timeout: time.Minute}).Get(scheme + "://" + h.serving.address[face] + path)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// gateway keeps text messages as a mobile network would.
type gateway struct {
	http *httptest.Server
	mu   sync.Mutex
	all  []book.Message
	came chan struct{} // has a value when something came
}

func newGateway(t *testing.T) *gateway {
	t.Helper()
	g := &gateway{came: make(chan struct{}, 1)}
	g.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m book.Message
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			http.Error(w, "rubble", http.StatusBadRequest)
			return
		}
		g.mu.Lock()
		g.all = append(g.all, m)
		g.mu.Unlock()
		select {
		case g.came <- struct{}{}:
		default:
		}
	}))
	t.Cleanup(g.http.Close)
	return g
}

// next waits for the newest message of a template.
func (g *gateway) next(t *testing.T, template string) book.Message {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		g.mu.Lock()
		all := slices.Clone(g.all)
		g.mu.Unlock()
		for _, m := range slices.Backward(all) {
			if m.Template == template {
				return m
			}
		}
		select {
		case <-g.came:
		case <-deadline:
			t.Fatalf("no text message %q came", template)
		}
	}
}
