package server_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/server"
	"keyhall/backoffice/service/servicetest"
)

// realHall is the server on the real rules and a real database, with a kiosk enrolled over the wire.
func realHall(t *testing.T) (*servicetest.Hall, *api.Client) {
	t.Helper()
	hall := servicetest.New(t)
	s, err := server.New(server.Config{RA: hall.Service, Blobs: hall.Blobs, UploadDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	clients := x509.NewCertPool()
	issuer, err := x509.ParseCertificate(hall.CAChain()[0])
	if err != nil {
		t.Fatal(err)
	}
	clients.AddCert(issuer)
	b := &bench{ca: newAuthority(t), http: httptest.NewUnstartedServer(s.Handler())}
	b.http.EnableHTTP2 = true
	b.http.TLS = server.TLSConfig(b.ca.leaf(t, "office", x509.ExtKeyUsageServerAuth), clients)
	b.http.StartTLS()
	t.Cleanup(b.http.Close)
	t.Cleanup(s.Close)

	code, err := hall.EnrolmentCode(t.Context(), hall.Admin, "XH01", hall.Kiosk.HallID, hall.Kiosk.Window, []string{servicetest.ProjectID})
	if err != nil {
		t.Fatal(err)
	}
	key := newKey(t)
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	first := twice(t, "enrol", func(ctx context.Context) (api.Enrolment, error) {
		return b.dial(t, nil).Enrol(ctx, api.EnrolRequest{Code: code, CSR: csr})
	})
	return hall, b.dial(t, &tls.Certificate{Certificate: [][]byte{first.Certificate}, PrivateKey: key})
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
	issued := twice(t, "certify", func(ctx context.Context) (ra.Issued, error) {
		return client.Certify(ctx, release.Hold(), csr, release.Opening.Set.Version)
	})
	challenge, err := client.Challenge(t.Context(), release.Hold())
	if err != nil {
		t.Fatal(err)
	}
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
