// Package local is CAs of one's own: for each a self-signed certificate in a file, its key in a file or in a PKCS#11 token.
// It keeps no register, only a list of what it signed; which serial numbers exist and which are revoked the rules tell it.
package local

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ca"
	"keyhall/backoffice/ca/lint"
	"keyhall/backoffice/ca/responder"
	"keyhall/backoffice/ra"
)

// Issuer signs. It is safe for concurrent use.
type Issuer struct {
	name        string
	dir         string
	certificate *x509.Certificate
	key         signer
	signed      *signedList
	responder   *own // its certificate
	now         func() time.Time
	unfit       func(kind book.SignedKind)
	register    func(ctx context.Context, c book.OwnCertificate) error
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

// Authority is the CA's name.
func (i *Issuer) Authority() string { return i.name }

// Chain is the CA's certificate, DER; nothing stands above it.
func (i *Issuer) Chain() [][]byte { return [][]byte{i.certificate.Raw} }

// Issue signs a customer's certificate. The same request again gives the same certificate, byte for byte when the CA's
// key is in a file. CodeRequestBad, CodeKeyWeak, CodeIssuerAway, CodeCertificateUnfit for one that is signed and breaks a rule.
func (i *Issuer) Issue(ctx context.Context, r book.IssueRequest) ([]byte, error) {
	template, err := ca.Customer(r)
	if err != nil {
		return nil, err
	}
	return i.sign(ctx, book.SignedCustomer, template)
}

// IssueKiosk signs a kiosk's TLS client certificate. CodeRequestBad, CodeIssuerAway, CodeCertificateUnfit.
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
	if err := i.signed.add(kind, fmt.Sprintf("%x", template.SerialNumber), der); err != nil {
		return nil, err
	}
	if err := lint.Check(der, lint.Asked{Kind: linted[kind], Template: template, CA: i.certificate}); err != nil {
		i.unfit(kind)
		return nil, ra.E(ra.CodeCertificateUnfit).Because(err)
	}
	return der, nil
}

// linted are the rules for each kind of what is signed.
var linted = map[book.SignedKind]lint.Kind{
	book.SignedCustomer: lint.Customer, book.SignedCross: lint.Authority, book.SignedKiosk: lint.Office, book.SignedServer: lint.Office, book.SignedOCSP: lint.Office,
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

// OCSP answers a DER request about certificates, signed by a key that the CA delegated it to and that needs the CA once a week. What
// cannot be read or is not about this CA gets one of the unsigned answers that RFC 6960 has for it. CodeIssuerAway, and what status fails
// with.
func (i *Issuer) OCSP(ctx context.Context, request []byte, status Status, now time.Time) (book.StatusAnswer, error) {
	r, refusal := responder.Read(request, i.certificate)
	if refusal != nil {
		return book.StatusAnswer{DER: refusal}, nil
	}
	return i.answer(ctx, r, status, now)
}

// Status tells what is known of a CA's certificates with these serial numbers, in lower-case hex; it leaves out unknown ones.
type Status = func(ctx context.Context, authority string, serialNumbers []string) (map[string]book.RevocationStatus, error)

func (i *Issuer) answer(ctx context.Context, r responder.Request, status Status, now time.Time) (book.StatusAnswer, error) {
	known, err := status(ctx, i.name, r.SerialNumbers())
	if err != nil {
		return book.StatusAnswer{}, fmt.Errorf("status of certificates: %w", err)
	}
	by, err := i.own(ctx, i.responder)
	if err != nil {
		return book.StatusAnswer{}, err
	}
	return r.Answer(i.certificate, responder.Signer{Certificate: by.Leaf, Key: by.PrivateKey.(crypto.Signer)}, known, now)
}
