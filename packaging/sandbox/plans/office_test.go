package plans

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/server"
	"keyhall/backoffice/servicetest"
	"keyhall/kiosk/journal"
	"keyhall/kiosk/uplink"
	"keyhall/kiosk/write"
)

// serve lets kiosks reach the hall's rules as they do in the field: over TLS, past the fence, by the hall's clock.
func serve(t *testing.T, hall *servicetest.Hall) *httptest.Server {
	t.Helper()
	s, err := server.New(server.Config{Fleet: hall.Fleet, Intake: hall.Intake, Issuing: hall.Issuing, People: hall.People, Blobs: hall.Blobs, UploadDir: t.TempDir()})
	servicetest.Must(t, err)
	issuer, err := x509.ParseCertificate(hall.CA())
	servicetest.Must(t, err)
	kiosks := x509.NewCertPool()
	kiosks.AddCert(issuer)
	h := httptest.NewUnstartedServer(s.Handler())
	h.TLS = server.TLSConfig(tls.Certificate{}, kiosks)
	h.TLS.Certificates, h.TLS.Time = nil, hall.Clock.Now // httptest has one of its own
	h.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	h.StartTLS()
	t.Cleanup(h.Close)
	t.Cleanup(s.Close)
	return h
}

// kiosk is one that reaches the back office, with its customer logged in. Nothing of it lives between two attempts at a write but its
// journal, so that another process can be it.
type kiosk struct {
	ID          string
	Journal     string // path
	URL         string
	Office      []byte // the back office's certificate, DER
	Certificate []byte // its own
	Private     []byte // its private key, PKCS#8
	Session     string
}

func enrolled(t *testing.T, hall *servicetest.Hall, office *httptest.Server, prefix string) (*kiosk, ra.Kiosk) {
	t.Helper()
	who := hall.IdentityAt(t, prefix, servicetest.HallID)
	private, err := x509.MarshalPKCS8PrivateKey(who.Key.Private)
	servicetest.Must(t, err)
	return &kiosk{ID: who.Kiosk.ID, Journal: filepath.Join(t.TempDir(), "journal.db"), URL: office.URL, Office: office.Certificate().Raw,
		Certificate: who.Key.Certificate, Private: private}, who.Kiosk
}

// line is the kiosk's to the back office.
func (k *kiosk) line() (*uplink.Uplink, error) {
	office, err := x509.ParseCertificate(k.Office)
	if err != nil {
		return nil, err
	}
	private, err := x509.ParsePKCS8PrivateKey(k.Private)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(office)
	client, err := api.NewClient(api.ClientConfig{BaseURL: k.URL, TLS: &tls.Config{RootCAs: roots,
		Certificates: []tls.Certificate{{Certificate: [][]byte{k.Certificate}, PrivateKey: private}}}})
	if err != nil {
		return nil, err
	}
	return uplink.New(uplink.Config{Line: client}), nil
}

// errand is one attempt at a write.
type errand struct {
	Kiosk *kiosk
	Write ra.Write
	Code  string
	PIN   []byte
	Die   int // boundary of a step, counted from 1, at which it ends; 0: at none
}

// run does what a kiosk that was just started does for its customer. die is called at the boundary.
func (e errand) run(ctx context.Context, x write.Config, die func() error) error {
	line, err := e.Kiosk.line()
	if err != nil {
		return err
	}
	j, err := journal.Open(ctx, e.Kiosk.Journal, make([]byte, journal.KeyBytes), time.Now)
	if err != nil {
		return err
	}
	defer j.Close()
	boundary := 0
	x.Office, x.Journal, x.Hook = line, j, func(string) error {
		if boundary++; boundary == e.Die {
			return die()
		}
		return nil
	}
	executor := write.New(x)
	job, err := e.job(ctx, executor, line, j)
	if err != nil {
		return err
	}
	_, err = executor.Run(ctx, job, e.PIN, nil)
	return err
}

// job takes the write up where it stands, from another kiosk where that has it, or begins it.
func (e errand) job(ctx context.Context, x *write.Executor, office write.Office, j *journal.Journal) (*write.Job, error) {
	session, w := e.Kiosk.Session, e.Write
	status, err := office.KeyStatus(ctx, session, w.Key)
	if err != nil {
		return nil, err
	}
	if op := status.Operation; op != nil && op.ID == w.ID && op.KioskID != e.Kiosk.ID {
		if w.Plan.Has(ra.StepSetPIN) {
			return x.Adopt(ctx, session, e.Code, *op)
		}
		job := write.Elsewhere(*op)
		return job, x.TakeOver(ctx, session, e.Kiosk.ID, e.PIN, job)
	}
	had, err := j.Write(ctx, w.ID)
	switch {
	case errors.Is(err, journal.ErrNotFound):
		return x.Reserve(ctx, session, e.Code, w)
	case err != nil:
		return nil, err
	case had.Ticket == "": // the answer may have been lost: it is asked for again
		return x.Reserve(ctx, session, e.Code, had)
	}
	return x.Resume(ctx, session, e.Code, had)
}
