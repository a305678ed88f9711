package house

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// Line is what a program needs to speak to the back office as the house's enrolled kiosk.
type Line struct {
	URL              string
	CA               string // PEM files
	Certificate, Key string
}

// Line is the way to this house's back office.
func (h *House) Line() Line {
	return Line{URL: "https://" + loopback(h.Ports.API), CA: h.OfficeCA(),
		Certificate: h.path("kiosk", "data", "client.pem"), Key: h.path("kiosk", "data", "client.key")}
}

// EnrolledKiosk is what the back office calls the house's kiosk.
func (h *House) EnrolledKiosk() (k ra.Kiosk, err error) {
	b, err := os.ReadFile(h.path("kiosk", "data", "kiosk.json"))
	if err != nil {
		return k, err
	}
	return k, json.Unmarshal(b, &k)
}

// Client opens a connection of its own.
func (l Line) Client() (*api.Client, error) {
	roots, err := l.Roots()
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(l.Certificate, l.Key)
	if err != nil {
		return nil, fmt.Errorf("the kiosk's client certificate: %w", err)
	}
	return api.NewClient(api.ClientConfig{BaseURL: l.URL,
		TLS: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}})
}

// Roots is the authority that the back office shows.
func (l Line) Roots() (*x509.CertPool, error) {
	text, err := os.ReadFile(l.CA)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate", l.CA)
	}
	return pool, nil
}
