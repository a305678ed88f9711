// Package server is the back office's HTTP face for kiosks: who is calling, what the request says, and how an answer or
// an error goes over the wire. It decides nothing; the rules are in the packages that it declares interfaces of.
package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"keyhall/backoffice/api"
	"keyhall/backoffice/book"
	"keyhall/backoffice/fleet"
	"keyhall/backoffice/intake"
	"keyhall/backoffice/issuing"
	"keyhall/backoffice/ra"
)

// Intake is what the server asks for customers (backoffice/intake).
type Intake interface {
	Memberships
	Orders
	Mandates
	Holdings
	StoreBlob(ctx context.Context, kiosk ra.Kiosk, r io.Reader, sha256 string, size int64) error
	MayBring(ctx context.Context, kiosk ra.Kiosk, size int64, begun int, begunBytes int64) error
	Changes(ctx context.Context, kiosk ra.Kiosk, after string, wait time.Duration) (changes []ra.Change, cursor string, err error)
}

// Issuing is what it asks for keys and of the CA (backoffice/issuing).
type Issuing interface {
	Operations
	Losses
	CRL(ctx context.Context, authority string) (book.CRL, error)
	OCSP(ctx context.Context, request []byte) (book.StatusAnswer, error)
	CAChain(authority string) ([][]byte, error)
}

var (
	_ Fleet   = (*fleet.Fleet)(nil)
	_ Intake  = (*intake.Intake)(nil)
	_ Issuing = (*issuing.Issuing)(nil)
)

// Config is what a Server stands on; the parts of the rules, Blobs and UploadDir are required.
type Config struct {
	Fleet     Fleet
	Intake    Intake
	Issuing   Issuing
	People    Staff
	Blobs     Blobs
	UploadDir string           // begun uploads; private to this process
	Version   string           // of the program, for the OpenAPI document
	Now       func() time.Time // nil: time.Now
	Log       *slog.Logger     // nil: discards
	Timeout   time.Duration    // of one request but uploads and waiting for changes; 0: 30 s
	MaxAge    time.Duration    // how long caches may keep an OCSP answer or a revocation list; 0: not at all
	// Observe is told about every answer, for metrics; nil: nobody is.
	Observe func(route string, status int, took time.Duration)
}

// Server answers kiosks. Close it before shutting the http.Server down, so that waiting calls end.
type Server struct {
	fleet   Fleet
	intake  Intake
	issuing Issuing
	people  Staff
	blobs   Blobs
	uploads *uploads
	now     func() time.Time
	log     *slog.Logger
	timeout time.Duration
	maxAge  time.Duration
	observe func(route string, status int, took time.Duration)
	mux     *layout
	api     huma.API
	calls   []api.Route     // that are answered
	open    map[string]bool // paths that may be asked for without a kiosk's certificate
	closing context.Context
	end     context.CancelFunc
}

// New checks the parts and lays out the routes.
func New(c Config) (*Server, error) {
	if c.Fleet == nil || c.Intake == nil || c.Issuing == nil || c.People == nil || c.Blobs == nil || c.UploadDir == "" {
		return nil, errors.New("server: the rules, blobs and a directory for uploads are required")
	}
	s := &Server{fleet: c.Fleet, intake: c.Intake, issuing: c.Issuing, people: c.People, blobs: c.Blobs, now: c.Now, log: c.Log, timeout: cmp.Or(c.Timeout, 30*time.Second),
		maxAge: c.MaxAge, observe: c.Observe, mux: new(layout), open: map[string]bool{}}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.closing, s.end = context.WithCancel(context.Background())
	var err error
	if s.uploads, err = newUploads(s, c.UploadDir); err != nil {
		return nil, err
	}
	s.routes(cmp.Or(c.Version, "dev"))
	return s, nil
}

// Close ends waiting calls; those that come later do not wait.
func (s *Server) Close() { s.end() }

// Handler answers kiosks over mutual TLS.
func (s *Server) Handler() http.Handler {
	return s.record(s.recovered(s.limited(s.ocspFirst(s.identified(s.mux)))))
}

// PKI answers anybody who asks for the revocation list, OCSP and the CA's certificate over plain HTTP.
func (s *Server) PKI() http.Handler {
	mux := new(layout)
	s.pkiRoutes(mux)
	return s.record(s.recovered(s.limited(s.ocspFirst(mux))))
}

// Document is the OpenAPI document served at /openapi.json, made without a running back office.
func Document(version string) ([]byte, error) {
	s := &Server{mux: new(layout), open: map[string]bool{}}
	s.uploads = &uploads{server: s}
	s.routes(version)
	return s.api.OpenAPI().MarshalJSON()
}

// TLSConfig asks callers for a certificate of this CA and lets those without one reach what is open to anybody.
func TLSConfig(own tls.Certificate, ca *x509.CertPool) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{own},
		ClientAuth:   tls.VerifyClientCertIfGiven,
		ClientCAs:    ca,
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"h2", "http/1.1"},
	}
}
