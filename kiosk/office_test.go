package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"keyhall/backoffice/api"
	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/server"
	"keyhall/backoffice/servicetest"
)

// office is the real back office, on a database of its own, as kiosks reach it; it looks at their certificates by its clock.
type office struct {
	*servicetest.Hall
	http *httptest.Server
	lose func(path string) bool // true: the answer is lost on its way; nil: none is
	lost chan string            // their paths
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{Hall: servicetest.New(t), lost: make(chan string, 10)}
	s, err := server.New(server.Config{Fleet: o.Fleet, Intake: o.Intake, Issuing: o.Issuing, People: o.People, Blobs: o.Blobs, UploadDir: t.TempDir(), Now: o.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	clients := x509.NewCertPool()
	ca, err := x509.ParseCertificate(o.CA())
	if err != nil {
		t.Fatal(err)
	}
	clients.AddCert(ca)
	o.http = httptest.NewUnstartedServer(o.losing(s.Handler()))
	o.http.EnableHTTP2 = true
	o.http.TLS = server.TLSConfig(tls.Certificate{}, clients)
	o.http.TLS.Certificates, o.http.TLS.Time = nil, o.Clock.Now
	o.http.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	o.http.StartTLS()
	t.Cleanup(o.http.Close)
	t.Cleanup(s.Close)
	return o
}

// losing lets the office do what it was asked, and loses the answer.
func (o *office) losing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o.lose == nil || !o.lose(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(httptest.NewRecorder(), r)
		o.lost <- r.URL.Path
		<-r.Context().Done()
	})
}

// code is a fresh enrolment code for that prefix.
func (o *office) code(t *testing.T, prefix string) string {
	t.Helper()
	return o.CodeFor(t, prefix, servicetest.HallID)
}

// knows wants the office to know the kiosk by the identity that is in its safe.
func (o *office) knows(t *testing.T, c Config, id string) {
	t.Helper()
	own, err := who(t, c).tlsCertificate()
	if err != nil {
		t.Fatal(err)
	}
	client, err := officeClient(c, newBadge(own), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if got, err := client.Kiosk(t.Context()); err != nil || got.ID != id {
		t.Errorf("the office answers %q, %v, want it to know %q", got.ID, err, id)
	}
}

// forgot wants the office not to take an identity any more.
func (o *office) forgot(t *testing.T, i identity) {
	t.Helper()
	if _, err := o.KioskByCertificate(t.Context(), i.Chain[0]); ra.CodeOf(err) != ra.CodeKioskUnknown {
		t.Errorf("the certificate from before: got %v, want %q", err, ra.CodeKioskUnknown)
	}
}

// certificates is what the office keeps of a kiosk's certificates.
func (o *office) certificates(t *testing.T, kioskID string) []book.KioskCertificate {
	t.Helper()
	all, err := o.Store.KioskCertificates(t.Context(), kioskID)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEnrolledAnewIsTheSameKiosk(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	c, _ := configFor(t, o.http)
	first := mustEnrol(t, c, o.code(t, "XH05"))
	code := o.code(t, "XH05")
	second := mustEnrol(t, c, code)
	if second.Kiosk.ID != first.Kiosk.ID || slices.Equal(second.Key, first.Key) {
		t.Errorf("got kiosk %s, want %s with a fresh key", second.Kiosk.ID, first.Kiosk.ID)
	}
	o.knows(t, c, first.Kiosk.ID)
	o.forgot(t, first)
	if again := mustEnrol(t, c, strings.ToLower(code)); !slices.Equal(again.Chain[0], second.Chain[0]) {
		t.Error("the same code after a complete enrolment gives another identity")
	}
	if n := len(o.certificates(t, first.Kiosk.ID)); n != 2 {
		t.Errorf("%d certificates, want two", n)
	}
	o.Sound(t)
}

// TestEnrolledAnewAsAnotherKiosk lists what makes another kiosk of it; each time the new one works.
func TestEnrolledAnewAsAnotherKiosk(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prefix string
		meet   func(*testing.T, *office, Config, identity)
	}{
		"blocked": {"XH05", func(t *testing.T, o *office, _ Config, who identity) {
			if err := o.BlockKiosk(t.Context(), o.Admin, who.Kiosk.ID, "lost"); err != nil {
				t.Fatal(err)
			}
		}},
		"replaced":  {"XH05", func(t *testing.T, o *office, _ Config, _ identity) { o.IdentityAt(t, "XH05", servicetest.HallID) }},
		"elsewhere": {"XH06", func(*testing.T, *office, Config, identity) {}},
		"its certificate is not of its key": {"XH05", func(t *testing.T, _ *office, c Config, who identity) {
			other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			who.Chain = [][]byte{certificateOf(t, other)}
			if err := writeSecret(secretsOf(t, c), identitySecret, who); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			config, _ := configFor(t, o.http)
			first := mustEnrol(t, config, o.code(t, "XH05"))
			c.meet(t, o, config, first)
			second := mustEnrol(t, config, o.code(t, c.prefix))
			if second.Kiosk.ID == first.Kiosk.ID || second.Kiosk.Prefix != c.prefix {
				t.Errorf("got %+v, want another kiosk", second.Kiosk)
			}
			o.knows(t, config, second.Kiosk.ID)
			o.Sound(t)
		})
	}
}

// The real program is killed after the office did what it was asked and before the kiosk has the answer: it is the old one
// until it has the new certificate, with the same code or with another one.
func TestEnrolledAnewThroughKills(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	c, path := configFor(t, o.http)
	before := mustEnrol(t, c, o.code(t, "XH05"))
	code := o.code(t, "XH05")
	o.lose = func(path string) bool { return path == api.CallEnrol.Path() }
	for range 3 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "enrol", "--config", path)
		cmd.Env = append(os.Environ(), commandLineEnv+"=1")
		cmd.Stdin = strings.NewReader(code + "\n")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-o.lost
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		o.knows(t, c, before.Kiosk.ID)
	}
	o.lose = nil
	if n := len(o.certificates(t, before.Kiosk.ID)); n != 2 {
		t.Errorf("%d certificates after three kills, want two", n)
	}
	for _, code := range []string{code, o.code(t, "XH05")} {
		if after := mustEnrol(t, c, code); after.Kiosk.ID != before.Kiosk.ID {
			t.Errorf("got %s, want %s", after.Kiosk.ID, before.Kiosk.ID)
		}
		o.knows(t, c, before.Kiosk.ID)
	}
	o.forgot(t, before)
	o.Sound(t)
}
