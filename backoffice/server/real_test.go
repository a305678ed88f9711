package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http/httptest"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/server"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store"
)

// realHall is the server on the real rules and a real database, with a kiosk enrolled over the wire.
func realHall(t *testing.T, options ...store.Option) (*servicetest.Hall, *api.Client) {
	t.Helper()
	hall, b := realBench(t, options...)
	code := hall.CodeFor(t, "XH01", servicetest.HallID)
	key := newKey(t)
	csr := requestOf(t, key)
	first := twice(t, "enrol", func(ctx context.Context) (api.Enrolment, error) {
		return b.dial(t, nil).Enrol(ctx, api.EnrolRequest{Code: code, CSR: csr})
	})
	return hall, b.dial(t, &tls.Certificate{Certificate: [][]byte{first.Certificate}, PrivateKey: key})
}

func requestOf(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	return csr
}

// realBench is the server of realHall; it looks at client certificates by the hall's clock.
func realBench(t *testing.T, options ...store.Option) (*servicetest.Hall, *bench) {
	t.Helper()
	hall := servicetest.New(t, options...)
	dir := t.TempDir()
	s, err := server.New(server.Config{Fleet: hall.Fleet, Intake: hall.Intake, Issuing: hall.Issuing, People: hall.People, Blobs: hall.Intake, UploadDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	clients := x509.NewCertPool()
	issuer, err := x509.ParseCertificate(hall.CA())
	if err != nil {
		t.Fatal(err)
	}
	clients.AddCert(issuer)
	b := &bench{server: s, dir: dir, ca: newAuthority(t), http: httptest.NewUnstartedServer(s.Handler())}
	b.http.EnableHTTP2 = true
	b.http.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // of strangers' certificates
	b.http.TLS = server.TLSConfig(b.ca.leaf(t, "office", x509.ExtKeyUsageServerAuth), clients)
	b.http.TLS.Time = hall.Clock.Now
	b.http.StartTLS()
	t.Cleanup(b.http.Close)
	t.Cleanup(s.Close)
	return hall, b
}

// twice makes a call two times and wants the same answer.
func twice[T any](t *testing.T, name string, do func(context.Context) (T, error)) T {
	t.Helper()
	first, err := do(t.Context())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	second, err := do(t.Context())
	if err != nil || !reflect.DeepEqual(first, second) {
		t.Errorf("%s again: got %+v, %v, want %+v", name, second, err, first)
	}
	return second
}

// TestRealRulesTwice plays a visit on the real rules and sends every mutation twice.
func TestRealRulesTwice(t *testing.T) {
	t.Parallel()
	hall, client := realHall(t)
	registration := hall.Registration(t)
	twice(t, "register", func(ctx context.Context) (ra.Membership, error) { return client.Register(ctx, "", registration) })
	session, err := client.LogIn(t.Context(), registration.Login, registration.Password)
	if err != nil {
		t.Fatal(err)
	}
	application := hall.Application(t, 1)
	order := twice(t, "place", func(ctx context.Context) (ra.Order, error) { return client.Place(ctx, session.Token, application) })
	for i, kind := range []ra.MaterialKind{ra.MaterialLicence, ra.MaterialIdentity, ra.MaterialIdentity, ra.MaterialForm, ra.MaterialRemittance} {
		data, page := servicetest.Scan(t, i+100)
		twice(t, string(kind), func(ctx context.Context) (ra.Order, error) {
			return client.UploadPage(ctx, session.Token, order.ID, kind, page, data)
		})
	}
	order = twice(t, "submit", func(ctx context.Context) (ra.Order, error) { return client.Submit(ctx, session.Token, order.ID) })
	order = hall.Paid(t, hall.Judged(t, order))
	if order, err = hall.Approve(t.Context(), hall.Supervisor, order.ID, order.Version); err != nil {
		t.Fatal(err)
	}
	if _, err := hall.DeliverMessages(t.Context()); err != nil {
		t.Fatal(err)
	}
	code, err := hall.Sender.Code(order.Number)
	if err != nil {
		t.Fatal(err)
	}
	key := servicetest.NewKey(t)
	reservation := servicetest.Reservation(t, order, code, key)
	presence := "" // the last answer's counts
	release := twice(t, "reserve", func(ctx context.Context) (r ra.Release, err error) {
		r, err = client.Reserve(ctx, session.Token, reservation)
		presence, r.Presence = r.Presence, ""
		return r, err
	})
	release.Presence = presence
	csr := key.Request(t, release.Subject)
	var challenge []byte // the first answer's counts
	issued := twice(t, "certify", func(ctx context.Context) (r ra.Issued, err error) {
		r, err = client.Certify(ctx, release.Hold(), csr, release.Opening.Set.Version)
		if r.Challenge != nil {
			challenge, r.Challenge = r.Challenge, nil
		}
		return r, err
	})
	proof := ra.Proof{OperationID: reservation.OperationID, Challenge: challenge, Signature: key.Sign(t, challenge),
		Certificate: issued.Certificate, Inside: true, AdminPIN: release.Opening.Set.Version}
	done := twice(t, "confirm", func(ctx context.Context) (ra.Completion, error) { return client.Confirm(ctx, release.Hold(), proof) })
	if done.Order.State != ra.OrderDone {
		t.Errorf("got %q, want %q", done.Order.State, ra.OrderDone)
	}
	hall.Sound(t)
}

func TestRealSessionEnds(t *testing.T) {
	t.Parallel()
	hall, client := realHall(t)
	registration := hall.Registration(t)
	if _, err := client.Register(t.Context(), "", registration); err != nil {
		t.Fatal(err)
	}
	session, err := client.LogIn(t.Context(), registration.Login, registration.Password)
	if err != nil {
		t.Fatal(err)
	}
	hall.Clock.Advance(31 * time.Minute)
	if _, err := client.Orders(t.Context(), session.Token); ra.CodeOf(err) != ra.CodeSessionOver {
		t.Errorf("got %v, want %q", err, ra.CodeSessionOver)
	}
	for range 4 {
		if _, err := client.LogIn(t.Context(), registration.Login, "wrong-1234"); ra.CodeOf(err) != ra.CodeLoginWrong {
			t.Errorf("got %v, want %q", err, ra.CodeLoginWrong)
		}
	}
	if _, err := client.LogIn(t.Context(), registration.Login, "wrong-1234"); ra.CodeOf(err) != ra.CodeLoginPaused {
		t.Errorf("got %v, want %q", err, ra.CodeLoginPaused)
	}
}

// TestRealRenewal: the old certificate works until the new one does, then not even on the connection that it began.
func TestRealRenewal(t *testing.T) {
	t.Parallel()
	hall, b := realBench(t)
	who := hall.IdentityAt(t, "XH05", servicetest.HallID)
	old := b.dial(t, &tls.Certificate{Certificate: [][]byte{who.Key.Certificate}, PrivateKey: who.Key.Private})
	key := newKey(t)
	csr := requestOf(t, key)
	if _, err := old.Renew(t.Context(), csr); ra.CodeOf(err) != ra.CodeRenewalEarly {
		t.Errorf("a fresh certificate: got %v, want %q", err, ra.CodeRenewalEarly)
	}
	hall.Clock.Advance(2 * 365 * 24 * time.Hour)
	renewal := twice(t, "renew", func(ctx context.Context) (api.Renewal, error) { return old.Renew(ctx, csr) })
	next := b.dial(t, &tls.Certificate{Certificate: [][]byte{renewal.Certificate}, PrivateKey: key})
	for _, client := range []*api.Client{old, next} {
		if got, err := client.Kiosk(t.Context()); err != nil || got != who.Kiosk {
			t.Errorf("got %+v, %v, want %+v", got, err, who.Kiosk)
		}
	}
	if _, err := old.Kiosk(t.Context()); ra.CodeOf(err) != ra.CodeKioskUnknown {
		t.Errorf("the old one on its connection: got %v, want %q", err, ra.CodeKioskUnknown)
	}
	hall.Clock.Advance(3*365*24*time.Hour + time.Second)
	if _, err := next.Kiosk(t.Context()); ra.CodeOf(err) != ra.CodeKioskUnknown {
		t.Errorf("past its end on its connection: got %v, want %q", err, ra.CodeKioskUnknown)
	}
	next = b.dial(t, &tls.Certificate{Certificate: [][]byte{renewal.Certificate}, PrivateKey: key})
	if _, err := next.Kiosk(t.Context()); ra.CodeOf(err) != ra.CodeOfficeAway {
		t.Errorf("past its end on a new connection: got %v, want %q", err, ra.CodeOfficeAway)
	}
	hall.Sound(t)
}

// TestRealRenewalWhileTheKioskWorks changes the certificate in the middle of everything that a kiosk does at once: none of it
// fails, and what waits for changes goes on waiting.
func TestRealRenewalWhileTheKioskWorks(t *testing.T) {
	t.Parallel()
	hall, b := realBench(t)
	who := hall.IdentityAt(t, "XH05", servicetest.HallID)
	var shown atomic.Pointer[tls.Certificate]
	shown.Store(&tls.Certificate{Certificate: [][]byte{who.Key.Certificate}, PrivateKey: who.Key.Private})
	config := b.tls(nil)
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return shown.Load(), nil }
	client, err := api.NewClient(api.ClientConfig{BaseURL: b.http.URL, TLS: config, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	_, cursor, err := client.Changes(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	var group, waiting sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	waiting.Go(func() {
		if _, _, err := client.Changes(ctx, cursor, time.Minute); ra.CodeOf(err) != ra.CodeOfficeAway {
			t.Errorf("waiting for changes: got %v, want it to wait until it is stopped", err)
		}
	})
	begun, over := make(chan struct{}, 100), make(chan struct{})
	for range 4 {
		group.Go(func() {
			for n := 0; ; n++ {
				if _, err := client.Projects(t.Context()); err != nil {
					t.Errorf("call %d: %v", n, err)
				}
				if _, err := client.Stored(t.Context(), hash(nil)); err != nil {
					t.Errorf("call %d: %v", n, err)
				}
				select {
				case <-over:
					return
				case begun <- struct{}{}:
				default:
				}
			}
		})
	}
	<-begun
	hall.Clock.Advance(2 * 365 * 24 * time.Hour)
	key := newKey(t)
	renewal, err := client.Renew(t.Context(), requestOf(t, key))
	if err != nil {
		t.Fatal(err)
	}
	shown.Store(&tls.Certificate{Certificate: [][]byte{renewal.Certificate}, PrivateKey: key})
	client.Reconnect()
	if _, err := client.Kiosk(t.Context()); err != nil {
		t.Errorf("the new certificate: %v", err)
	}
	if _, err := hall.KioskByCertificate(t.Context(), who.Key.Certificate); ra.CodeOf(err) != ra.CodeKioskUnknown {
		t.Errorf("the old certificate: got %v, want %q", err, ra.CodeKioskUnknown)
	}
	for range cap(begun) + 1 { // calls that began after it
		<-begun
	}
	close(over)
	group.Wait()
	stop()
	waiting.Wait()
}
