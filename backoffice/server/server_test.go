package server_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/server"
)

const (
	orderID     = "01920000-0000-7000-8000-000000000001"
	operationID = "01920000-0000-7000-8000-000000000002"
	pageID      = "01920000-0000-7000-8000-000000000003"
)

// hold is what the fake rules gave out with a reservation.
var hold = ra.Hold{OperationID: operationID, Ticket: "ticket-secret", Presence: "presence-secret"}

var fixed = time.Date(2026, 3, 5, 2, 0, 0, 0, time.UTC)

func newReader(b []byte) io.Reader { return bytes.NewReader(b) }

// bench is a server with a kiosk that it knows.
type bench struct {
	ra     *fakeRA
	server *server.Server
	http   *httptest.Server
	dir    string
	log    *lockedBuffer
	ca     *authority
	client *api.Client
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{ra: newFake(), dir: t.TempDir(), log: &lockedBuffer{}, ca: newAuthority(t)}
	var err error
	b.server, err = server.New(server.Config{
		Fleet: b.ra, Intake: b.ra, Issuing: b.ra, People: b.ra, Blobs: b.ra, UploadDir: b.dir, MaxAge: time.Minute, Log: slog.New(slog.NewTextHandler(b.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	b.http = httptest.NewUnstartedServer(b.server.Handler())
	b.http.EnableHTTP2 = true
	b.http.TLS = server.TLSConfig(b.ca.leaf(t, "office", x509.ExtKeyUsageServerAuth), b.ca.pool)
	b.http.StartTLS()
	t.Cleanup(b.http.Close)
	t.Cleanup(b.server.Close)
	known := b.ca.leaf(t, "k1", x509.ExtKeyUsageClientAuth)
	b.ra.kiosks[string(known.Certificate[0])] = ra.Kiosk{ID: "k1", Prefix: "XH03"}
	b.client = b.dial(t, &known)
	return b
}

func (b *bench) tls(own *tls.Certificate) *tls.Config {
	c := &tls.Config{RootCAs: b.ca.pool, MinVersion: tls.VersionTLS12}
	if own != nil {
		c.Certificates = []tls.Certificate{*own}
	}
	return c
}

func (b *bench) dial(t *testing.T, own *tls.Certificate) *api.Client {
	t.Helper()
	client, err := api.NewClient(api.ClientConfig{BaseURL: b.http.URL, TLS: b.tls(own), Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// plain is an HTTP client of a caller without a certificate.
func (b *bench) plain(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: b.tls(nil)}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// authority signs TLS certificates for tests.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{key: newKey(t), pool: x509.NewCertPool()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.pool.AddCert(a.cert)
	return a
}

func (a *authority) leaf(t *testing.T, name string, usage x509.ExtKeyUsage) tls.Certificate {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"example.com"},
		IPAddresses: []net.IP{{127, 0, 0, 1}}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{usage},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// lockedBuffer is a log that tests read while the server writes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestSlowBodiesAreCutOff: who has no certificate, and sends what does not arrive, keeps no connection: whatever it is sent to.
func TestSlowBodiesAreCutOff(t *testing.T) {
	t.Parallel()
	b := &bench{ra: newFake(), ca: newAuthority(t)}
	s, err := server.New(server.Config{Fleet: b.ra, Intake: b.ra, Issuing: b.ra, People: b.ra, Blobs: b.ra, UploadDir: t.TempDir(), Timeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	b.http = httptest.NewUnstartedServer(s.Handler())
	b.http.TLS = server.TLSConfig(b.ca.leaf(t, "office", x509.ExtKeyUsageServerAuth), b.ca.pool)
	b.http.StartTLS()
	t.Cleanup(b.http.Close)
	t.Cleanup(s.Close)
	for _, line := range []string{"POST /v1/uploads/", "PATCH /v1/uploads/" + strings.Repeat("a", 64), "HEAD /v1/uploads/" + strings.Repeat("a", 64), "POST /v1/enrol",
		"GET /v1/projects", "POST /ocsp", "PUT /nowhere"} {
		for _, length := range []string{"Content-Length: 200000", "Transfer-Encoding: chunked"} {
			t.Run(line+" "+length, func(t *testing.T) {
				t.Parallel()
				conn, err := tls.Dial("tcp", b.http.Listener.Addr().String(), b.tls(nil))
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
					t.Fatal(err)
				}
				if _, err := io.WriteString(conn, line+" HTTP/1.1\r\nHost: office\r\nTus-Resumable: 1.0.0\r\nContent-Type: application/json\r\n"+length+"\r\n\r\n"); err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadAll(conn); err != nil {
					t.Errorf("the connection is still open: %v", err)
				}
			})
		}
	}
}
