// Package local is a CA of one's own: one self-signed certificate in a file, its key in a file or in a PKCS#11 token.
// It keeps no register, only a list of what it signed; which serial numbers exist and which are revoked the rules tell it.
package local

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"golang.org/x/crypto/ocsp"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ca"
	"keyhall/backoffice/ra"
)

// ocspValidity is how long an OCSP answer may be used again.
const ocspValidity = time.Hour

// Issuer signs. It is safe for concurrent use.
type Issuer struct {
	dir         string
	certificate *x509.Certificate
	key         signer
	signed      *signedList
	now         func() time.Time
}

// signer is the CA's key; Close gives the token back.
type signer interface {
	crypto.Signer
	io.Closer
}

// Close lets go of the key.
func (i *Issuer) Close() error { return errors.Join(i.signed.close(), i.key.Close()) }

// Certificate is the CA's own.
func (i *Issuer) Certificate() *x509.Certificate { return i.certificate }

// Chain is the CA's certificate, DER; nothing stands above it.
func (i *Issuer) Chain() [][]byte { return [][]byte{i.certificate.Raw} }

// Issue signs a customer's certificate. The same request again gives the same certificate, byte for byte when the CA's
// key is in a file. CodeRequestBad, CodeKeyWeak, CodeIssuerAway.
func (i *Issuer) Issue(ctx context.Context, r book.IssueRequest) ([]byte, error) {
	template, err := ca.Customer(r)
	if err != nil {
		return nil, err
	}
	return i.sign(ctx, book.SignedCustomer, template)
}

// IssueKiosk signs a kiosk's TLS client certificate. CodeRequestBad, CodeIssuerAway.
func (i *Issuer) IssueKiosk(ctx context.Context, r book.KioskIssueRequest) ([]byte, error) {
	template, err := ca.Kiosk(r)
	if err != nil {
		return nil, err
	}
	return i.sign(ctx, book.SignedKiosk, template)
}

func (i *Issuer) sign(ctx context.Context, kind book.SignedKind, template *x509.Certificate) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if template.NotAfter.After(i.certificate.NotAfter) {
		return nil, fmt.Errorf("certificate would end %s, after the CA's own on %s",
			template.NotAfter.Format(time.DateOnly), i.certificate.NotAfter.Format(time.DateOnly))
	}
	der, err := x509.CreateCertificate(rand.Reader, template, i.certificate, template.PublicKey, i.key)
	if err != nil {
		return nil, ra.E(ra.CodeIssuerAway).Because(fmt.Errorf("sign certificate: %w", err))
	}
	return der, i.signed.add(kind, fmt.Sprintf("%x", template.SerialNumber), der)
}

// CRL signs the list of these revocations, DER, with number and times of list. CodeIssuerAway.
func (i *Issuer) CRL(ctx context.Context, list book.CRL, revoked []book.Revocation) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	template, err := ca.RevocationList(list, revoked)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateRevocationList(rand.Reader, template, i.certificate, i.key)
	if err != nil {
		return nil, ra.E(ra.CodeIssuerAway).Because(fmt.Errorf("sign revocation list: %w", err))
	}
	return der, nil
}

// OCSP answers a DER request about one certificate. What cannot be read or is not about this CA gets one of the unsigned
// answers that RFC 6960 has for it. CodeIssuerAway, and what status fails with.
func (i *Issuer) OCSP(ctx context.Context, request []byte, status func(ctx context.Context, serial *big.Int) (book.RevocationStatus, error), now time.Time) ([]byte, error) {
	r, err := ocsp.ParseRequest(request)
	if err != nil {
		return ocsp.MalformedRequestErrorResponse, nil
	}
	if ours, err := i.about(r); err != nil || !ours {
		return ocsp.UnauthorizedErrorResponse, nil
	}
	s, err := status(ctx, r.SerialNumber)
	if err != nil {
		return nil, fmt.Errorf("status of a certificate: %w", err)
	}
	now = now.UTC().Truncate(time.Second)
	template := ocsp.Response{
		Status: ocsp.Good, SerialNumber: r.SerialNumber, ThisUpdate: now, NextUpdate: now.Add(ocspValidity), IssuerHash: r.HashAlgorithm,
	}
	switch {
	case !s.Known:
		template.Status = ocsp.Unknown
	case s.RevokedAt != nil:
		template.Status, template.RevokedAt, template.RevocationReason = ocsp.Revoked, s.RevokedAt.UTC(), s.Reason
	}
	der, err := ocsp.CreateResponse(i.certificate, i.certificate, template, i.key)
	if err != nil {
		return nil, ra.E(ra.CodeIssuerAway).Because(fmt.Errorf("sign OCSP answer: %w", err))
	}
	return der, nil
}

// about tells whether the request asks about certificates of this CA.
func (i *Issuer) about(r *ocsp.Request) (bool, error) {
	if !r.HashAlgorithm.Available() {
		return false, errors.New("hash is not available")
	}
	var info struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(i.certificate.RawSubjectPublicKeyInfo, &info); err != nil {
		return false, err
	}
	sum := func(b []byte) string {
		h := r.HashAlgorithm.New()
		h.Write(b)
		return string(h.Sum(nil))
	}
	return string(r.IssuerNameHash) == sum(i.certificate.RawSubject) && string(r.IssuerKeyHash) == sum(info.Key.RightAlign()), nil
}
