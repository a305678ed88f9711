package api_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// TestClockBeyondTheCertificate: years off, no certificate is good, and the client says that it is the clock. Of somebody who is not
// the back office it says nothing but that the back office is away, whatever the time.
func TestClockBeyondTheCertificate(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{}`)) }))
	t.Cleanup(s.Close)
	known := x509.NewCertPool()
	known.AddCert(s.Certificate())
	leaf := s.Certificate()
	good := leaf.NotBefore.Add(time.Hour)
	for name, c := range map[string]struct {
		at    time.Time
		roots *x509.CertPool
		want  ra.Code
		heard bool
	}{
		"right":          {good, known, "", true},
		"years behind":   {leaf.NotBefore.AddDate(-2, 0, 0), known, ra.CodeClockWrong, false},
		"years ahead":    {leaf.NotAfter.AddDate(2, 0, 0), known, ra.CodeClockWrong, false},
		"somebody":       {good, x509.NewCertPool(), ra.CodeOfficeAway, false},
		"somebody, late": {leaf.NotAfter.AddDate(2, 0, 0), x509.NewCertPool(), ra.CodeOfficeAway, false},
	} {
		var heard time.Time
		client, err := api.NewClient(api.ClientConfig{BaseURL: s.URL, Heard: func(at time.Time) { heard = at },
			TLS: &tls.Config{RootCAs: c.roots, Time: func() time.Time { return c.at }}})
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Ping(t.Context()); ra.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if heard.IsZero() == c.heard {
			t.Errorf("%s: heard %v", name, heard)
		}
		client.Close()
	}
}

// TestNothingIsHeardInTheClear: without TLS nobody knows whose time it is.
func TestNothingIsHeardInTheClear(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{}`)) }))
	t.Cleanup(s.Close)
	client, err := api.NewClient(api.ClientConfig{BaseURL: s.URL, Heard: func(at time.Time) { t.Errorf("heard %v", at) }})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	client.Close()
}
