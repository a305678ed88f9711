package api_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

func badge(t *testing.T, name string) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// office turns away everybody but the kiosk called "new" as soon as it reconnected, which happens while the first request is
// on its way.
func office(t *testing.T, meanwhile func()) *httptest.Server {
	t.Helper()
	first := true
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q api.RenewRequest
		body, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(body, &q) != nil || string(q.CSR) != "request" {
			t.Errorf("came with %q, %v", body, err)
		}
		if first {
			first = false
			meanwhile()
		}
		if r.TLS.PeerCertificates[0].Subject.CommonName == "new" {
			_ = json.NewEncoder(w).Encode(api.Renewal{Certificate: []byte("new")})
			return
		}
		w.Header().Set("Content-Type", api.ProblemType)
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(api.NewProblem(ra.E(ra.CodeKioskUnknown), http.StatusForbidden, ""))
	}))
	s.EnableHTTP2 = true
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// TestReconnectSendsAgain what was on its way with the certificate that the back office meanwhile stopped to know.
func TestReconnectSendsAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reconnect bool
		want      ra.Code
	}{"reconnected": {true, ""}, "not reconnected": {false, ra.CodeKioskUnknown}} {
		var client *api.Client
		var shown atomic.Pointer[tls.Certificate]
		shown.Store(badge(t, "old"))
		s := office(t, func() {
			shown.Store(badge(t, "new"))
			if c.reconnect {
				client.Reconnect()
			}
		})
		roots := x509.NewCertPool()
		roots.AddCert(s.Certificate())
		var err error
		client, err = api.NewClient(api.ClientConfig{BaseURL: s.URL, TLS: &tls.Config{RootCAs: roots,
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return shown.Load(), nil }}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		if got, err := client.Renew(t.Context(), []byte("request")); ra.CodeOf(err) != c.want || (err == nil) != (string(got.Certificate) == "new") {
			t.Errorf("%s: got %q, %v, want %q", name, got.Certificate, err, c.want)
		}
	}
}
