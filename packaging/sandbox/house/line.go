package house

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/kiosk/safe"
)

// Line is what a program needs to speak to the back office as the house's enrolled kiosk.
type Line struct {
	URL     string
	CA      string // PEM file
	Secrets string // folder of the kiosk's secrets
}

// Line is the way to this house's back office.
func (h *House) Line() Line { return h.first.Line() }

func (h *House) kioskSecrets() string { return secretsIn(h.path("kiosk")) }

func secretsIn(kiosk string) string { return filepath.Join(kiosk, "data", "secrets") }

// identity is the kiosk's own secret: who it is.
type identity struct {
	Kiosk ra.Kiosk `json:"kiosk"`
	Key   []byte   `json:"key"`   // PKCS#8
	Chain [][]byte `json:"chain"` // DER, the kiosk's own certificate first
}

func readIdentity(folder string) (who identity, err error) {
	secrets, err := safe.Open(context.Background(), safe.Config{Dir: folder, TPM: safe.TPMOff})
	if err != nil {
		return who, err
	}
	defer secrets.Close()
	text, err := secrets.Read("identity")
	if err != nil {
		return who, err
	}
	return who, json.Unmarshal(text, &who)
}

// EnrolledKiosk is what the back office calls the house's kiosk.
func (h *House) EnrolledKiosk() (ra.Kiosk, error) {
	who, err := readIdentity(h.kioskSecrets())
	return who.Kiosk, err
}

// Kiosk is what the back office calls the kiosk of the line.
func (l Line) Kiosk() (ra.Kiosk, error) {
	who, err := readIdentity(l.Secrets)
	return who.Kiosk, err
}

// Client opens a connection of its own.
func (l Line) Client() (*api.Client, error) {
	roots, err := l.Roots()
	if err != nil {
		return nil, err
	}
	who, err := readIdentity(l.Secrets)
	if err != nil {
		return nil, fmt.Errorf("the kiosk's client certificate: %w", err)
	}
	key, err := x509.ParsePKCS8PrivateKey(who.Key)
	if err != nil {
		return nil, fmt.Errorf("the kiosk's key: %w", err)
	}
	pair := tls.Certificate{Certificate: who.Chain, PrivateKey: key}
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
