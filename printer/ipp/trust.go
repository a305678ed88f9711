package ipp

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"keyhall/printer"
)

// Trust says which certificate a printer on an encrypted line may show beside one that an authority of this machine signed.
// Printers make their own, which no authority knows.
type Trust struct {
	Fingerprint string // SHA-256 of its DER in hexadecimal, colons or not; "" for none
	PEM         []byte // its own certificate, or the authority's
}

// Validate tells what is wrong with it.
func (t Trust) Validate() error {
	if sum, err := hex.DecodeString(t.fingerprint()); err != nil || len(sum) != 0 && len(sum) != sha256.Size {
		return fmt.Errorf("not the SHA-256 of a certificate, 64 hexadecimal digits")
	}
	if _, err := t.certificates(); err != nil {
		return err
	}
	return nil
}

func (t Trust) fingerprint() string {
	bare := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(t.Fingerprint)), "sha256:")
	return strings.NewReplacer(":", "", " ", "").Replace(bare)
}

// certificates are those in the PEM.
func (t Trust) certificates() (all []*x509.Certificate, err error) {
	if len(t.PEM) == 0 {
		return nil, nil
	}
	for rest := t.PEM; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate not readable: %w", err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, errors.New("no certificate in it (want PEM)")
	}
	return all, nil
}

// line is the TLS of a printer's line. What is shown on it is judged here, so that a refusal can say what to trust.
func (t Trust) line(host string, seen func(printer.Certificate)) (*tls.Config, error) {
	named, err := t.certificates()
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // VerifyConnection does it
		VerifyConnection: func(s tls.ConnectionState) error {
			sum := sha256.Sum256(s.PeerCertificates[0].Raw)
			shown := printer.Certificate{SHA256: hex.EncodeToString(sum[:]), Until: s.PeerCertificates[0].NotAfter}
			var err error
			shown.Trust, err = t.judge(s.PeerCertificates, shown.SHA256, named, host)
			if err != nil {
				return fmt.Errorf("%w: %w; it is %q, SHA-256 %s", printer.ErrCertificate, err, s.PeerCertificates[0].Subject.String(), shown.SHA256)
			}
			seen(shown)
			return nil
		},
	}, nil
}

// judge returns why a certificate is trusted. One that is pinned or named itself may be of any name and age: that is the point.
func (t Trust) judge(chain []*x509.Certificate, sum string, named []*x509.Certificate, host string) (why string, err error) {
	if pin := t.fingerprint(); pin != "" && pin == sum {
		return "pinned", nil
	}
	if slices.ContainsFunc(named, chain[0].Equal) {
		return "named", nil
	}
	between, roots := x509.NewCertPool(), x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	for _, c := range named {
		roots.AddCert(c)
	}
	why = "named"
	if len(named) == 0 {
		if t.fingerprint() != "" {
			return "", errors.New("another one than is pinned")
		}
		roots, why = nil, "system"
	}
	_, err = chain[0].Verify(x509.VerifyOptions{DNSName: host, Roots: roots, Intermediates: between})
	return why, err
}
