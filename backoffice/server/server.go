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
	"keyhall/backoffice/fleet"
	"keyhall/backoffice/intake"
	"keyhall/backoffice/issuing"
	"keyhall/backoffice/ra"
)

// Fleet is what the server asks of the kiosks' own part of the rules (backoffice/fleet).
type Fleet interface {
	Enrol(ctx context.Context, code string, csr []byte, previous *ra.Previous) (fleet.Enrolled, error)
	KioskByCertificate(ctx context.Context, certificate []byte) (ra.Kiosk, error)
	Renew(ctx context.Context, shown, csr []byte) (fleet.Renewed, error)
	Projects(ctx context.Context, kiosk ra.Kiosk) ([]ra.Project, error)
}

// Intake is what it asks for customers (backoffice/intake).
type Intake interface {
	Register(ctx context.Context, kiosk ra.Kiosk, r ra.Registration) (ra.Membership, error)
	Join(ctx context.Context, kiosk ra.Kiosk, caller intake.Caller, r ra.Registration) (ra.Membership, error)
	LogIn(ctx context.Context, kiosk ra.Kiosk, login, password string) (ra.Session, error)
	Session(ctx context.Context, kiosk ra.Kiosk, token string) (intake.Caller, error)
	CurrentSession(ctx context.Context, kiosk ra.Kiosk, caller intake.Caller) (ra.Session, error)
	ChooseMembership(ctx context.Context, kiosk ra.Kiosk, caller intake.Caller, id string) (ra.Membership, error)
	ChangePassword(ctx context.Context, kiosk ra.Kiosk, caller intake.Caller, old, password string) error
	LogOut(ctx context.Context, kiosk ra.Kiosk, token string) error
	Place(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, a ra.Application) (ra.Order, error)
	Orders(ctx context.Context, member ra.Membership) ([]ra.Order, error)
	Order(ctx context.Context, member ra.Membership, id string) (ra.Order, error)
	Cancel(ctx context.Context, member ra.Membership, id string, version int) (ra.Order, error)
	AddPage(ctx context.Context, member ra.Membership, orderID string, kind ra.MaterialKind, page ra.Page) (ra.Order, error)
	RemovePage(ctx context.Context, member ra.Membership, orderID string, kind ra.MaterialKind, pageID string) (ra.Order, error)
	Submit(ctx context.Context, member ra.Membership, orderID string) (ra.Order, error)
	GiveMandate(ctx context.Context, kiosk ra.Kiosk, m ra.Mandate) error
	MandatePage(ctx context.Context, kiosk ra.Kiosk, orderID, pageID string) error
	MandateSubmit(ctx context.Context, kiosk ra.Kiosk, orderID string) error
	StoreBlob(ctx context.Context, r io.Reader, sha256 string, size int64) error
	Changes(ctx context.Context, kiosk ra.Kiosk, after string, wait time.Duration) (changes []ra.Change, cursor string, err error)
}

// Issuing is what it asks for keys (backoffice/issuing).
type Issuing interface {
	Reserve(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, r ra.Reservation) (ra.Release, error)
	Resume(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, r ra.Resumption) (ra.Release, error)
	Operation(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold) (ra.Operation, error)
	Administrator(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold, a ra.AdminAttempt) (ra.Opening, error)
	GiveBack(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold, because ra.Code) error
	Certify(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold, csr []byte, adminPIN int) (ra.Issued, error)
	Challenge(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold) ([]byte, error)
	Confirm(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold, proof ra.Proof) (ra.Completion, error)
	KeyStatus(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, key ra.KeyIdentity) (ra.KeyStatus, error)
	CRL(ctx context.Context) ([]byte, error)
	OCSP(ctx context.Context, request []byte) ([]byte, error)
	CAChain() [][]byte
}

var (
	_ Fleet   = (*fleet.Fleet)(nil)
	_ Intake  = (*intake.Intake)(nil)
	_ Issuing = (*issuing.Issuing)(nil)
)

// Blobs tells whether scans are stored already.
type Blobs interface {
	Exists(ctx context.Context, sha256 string) (bool, error)
}

// Config is what a Server stands on; the parts of the rules, Blobs and UploadDir are required.
type Config struct {
	Fleet     Fleet
	Intake    Intake
	Issuing   Issuing
	Blobs     Blobs
	UploadDir string           // begun uploads; private to this process
	Version   string           // of the program, for the OpenAPI document
	Now       func() time.Time // nil: time.Now
	Log       *slog.Logger     // nil: discards
	Timeout   time.Duration    // of one request but uploads and waiting for changes; 0: 30 s
	// Observe is told about every answer, for metrics; nil: nobody is.
	Observe func(route string, status int, took time.Duration)
}

// Server answers kiosks. Close it before shutting the http.Server down, so that waiting calls end.
type Server struct {
	fleet   Fleet
	intake  Intake
	issuing Issuing
	blobs   Blobs
	uploads *uploads
	now     func() time.Time
	log     *slog.Logger
	timeout time.Duration
	observe func(route string, status int, took time.Duration)
	mux     *layout
	api     huma.API
	closing context.Context
	end     context.CancelFunc
}

// New checks the parts and lays out the routes.
func New(c Config) (*Server, error) {
	if c.Fleet == nil || c.Intake == nil || c.Issuing == nil || c.Blobs == nil || c.UploadDir == "" {
		return nil, errors.New("server: the rules, blobs and a directory for uploads are required")
	}
	s := &Server{fleet: c.Fleet, intake: c.Intake, issuing: c.Issuing, blobs: c.Blobs, now: c.Now, log: c.Log, timeout: cmp.Or(c.Timeout, 30*time.Second),
		observe: c.Observe, mux: new(layout)}
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
	s := &Server{mux: new(layout)}
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

// open lists what a caller without a kiosk certificate may ask for.
func open(path string) bool {
	switch path {
	case api.PathHealth, api.PathOpenAPI, api.PathCRL, api.PathCRLPEM, api.PathOCSP, api.PathCA, api.PathEnrolments:
		return true
	}
	return false
}
