package api

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
)

// hear tells of the time in an answer. Only TLS proves whose it is.
func (c *Client) hear(resp *http.Response) {
	if c.heard == nil || resp.TLS == nil {
		return
	}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		c.heard(at)
	}
}

// untimely reports that the back office showed a certificate which is its own, but not good at the time of this machine: whoever is
// not it stays unreachable, whatever time it is.
func (c *Client) untimely(err error) bool {
	var invalid x509.CertificateInvalidError
	var shown *tls.CertificateVerificationError
	if !errors.As(err, &invalid) || invalid.Reason != x509.Expired || !errors.As(err, &shown) || len(shown.UnverifiedCertificates) == 0 {
		return false
	}
	leaf := shown.UnverifiedCertificates[0]
	check := x509.VerifyOptions{DNSName: c.base.Hostname(), Intermediates: x509.NewCertPool(),
		CurrentTime: leaf.NotBefore.Add(leaf.NotAfter.Sub(leaf.NotBefore) / 2)}
	if c.tls != nil {
		check.Roots = c.tls.RootCAs
	}
	for _, between := range shown.UnverifiedCertificates[1:] {
		check.Intermediates.AddCert(between)
	}
	_, err = leaf.Verify(check)
	return err == nil
}
