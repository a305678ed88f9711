package servicetest

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ca"
	"keyhall/backoffice/ca/responder"
	"keyhall/backoffice/pki"
)

// Issuer is a CA in the test's own memory. Before and After, where set, run around what is signed and may refuse.
type Issuer struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate

	mu            sync.Mutex // also of cert
	before, after func() error
	issued        []book.IssueRequest
	signed        []book.Signed
}

// NewIssuer makes a CA that begins in the past and lasts long.
func NewIssuer(t testing.TB) *Issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &Issuer{key: key}
	i.EndsOn(t, time.Date(2060, 1, 1, 0, 0, 0, 0, time.UTC))
	return i
}

// EndsOn gives the CA a certificate of the same key that ends then.
func (i *Issuer) EndsOn(t testing.TB, end time.Time) {
	t.Helper()
	i.Lasts(t, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), end)
}

// Lasts gives the CA a certificate of the same key for that time.
func (i *Issuer) Lasts(t testing.TB, begin, end time.Time) {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: begin, NotAfter: end,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &i.key.PublicKey, i.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.cert = cert
}

func (i *Issuer) certificate() *x509.Certificate {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.cert
}

// Around sets what runs before and after the signing; nil for nothing.
func (i *Issuer) Around(before, after func() error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.before, i.after = before, after
}

// Issued returns every request signed so far.
func (i *Issuer) Issued() []book.IssueRequest {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]book.IssueRequest(nil), i.issued...)
}

// Signed calls each for everything that was signed so far.
func (i *Issuer) Signed(_ context.Context, each func(book.Signed) error) error {
	i.mu.Lock()
	all := slices.Clone(i.signed)
	i.mu.Unlock()
	for _, s := range all {
		if err := each(s); err != nil {
			return err
		}
	}
	return nil
}

// Issue signs a customer's certificate.
func (i *Issuer) Issue(_ context.Context, r book.IssueRequest) ([]byte, error) {
	return i.around(func() ([]byte, error) {
		request, err := pki.ParseRequest(r.Request)
		if err != nil {
			return nil, err
		}
		der, err := i.sign(book.SignedCustomer, request.Key.Public, &x509.Certificate{RawSubject: r.Subject, SerialNumber: r.SerialNumber, NotBefore: r.NotBefore,
			NotAfter: r.NotAfter, KeyUsage: r.Usage.Bits()})
		if err != nil {
			return nil, err
		}
		i.mu.Lock()
		defer i.mu.Unlock()
		i.issued = append(i.issued, r)
		return der, nil
	})
}

// IssueKiosk signs a kiosk's client certificate.
func (i *Issuer) IssueKiosk(_ context.Context, r book.KioskIssueRequest) ([]byte, error) {
	return i.around(func() ([]byte, error) {
		return i.sign(book.SignedKiosk, r.PublicKey, &x509.Certificate{Subject: pkix.Name{CommonName: r.CommonName}, SerialNumber: r.SerialNumber,
			NotBefore: r.NotBefore, NotAfter: r.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	})
}

func (i *Issuer) around(sign func() ([]byte, error)) ([]byte, error) {
	i.mu.Lock()
	before, after := i.before, i.after
	i.mu.Unlock()
	if before != nil {
		if err := before(); err != nil {
			return nil, err
		}
	}
	der, err := sign()
	if err == nil && after != nil {
		err = after()
	}
	return der, err
}

func (i *Issuer) sign(kind book.SignedKind, key crypto.PublicKey, template *x509.Certificate) ([]byte, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, i.certificate(), key, i.key)
	sum := sha256.Sum256(der)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.signed = append(i.signed, book.Signed{Kind: kind, SerialNumber: fmt.Sprintf("%x", template.SerialNumber), SHA256: sum[:]})
	return der, err
}

// Authority is the CA's name.
func (i *Issuer) Authority() string { return "ca" }

// Chain is the CA's certificate.
func (i *Issuer) Chain() [][]byte { return [][]byte{i.certificate().Raw} }

// ChainOf is Chain for the one CA.
func (i *Issuer) ChainOf(authority string) [][]byte {
	if authority != i.Authority() {
		return nil
	}
	return i.Chain()
}

// Names is the one CA's.
func (i *Issuer) Names() []string { return []string{i.Authority()} }

// Ends is when the CA does.
func (i *Issuer) Ends() []book.AuthorityEnd {
	return []book.AuthorityEnd{{Name: i.Authority(), Purpose: book.ForCustomers, NotAfter: i.certificate().NotAfter}}
}

// CRL signs the list of these revocations.
func (i *Issuer) CRL(_ context.Context, list book.CRL, revoked []book.Revocation) ([]byte, error) {
	return i.around(func() ([]byte, error) {
		template, err := ca.RevocationList(list, revoked)
		if err != nil {
			return nil, err
		}
		return x509.CreateRevocationList(rand.Reader, template, i.certificate(), i.key)
	})
}

// OCSP answers a request, signed by the CA itself.
func (i *Issuer) OCSP(ctx context.Context, request []byte, status func(context.Context, string, []string) (map[string]book.RevocationStatus, error), now time.Time) (book.StatusAnswer, error) {
	own := i.certificate()
	r, refusal := responder.Read(request, own)
	if refusal != nil {
		return book.StatusAnswer{DER: refusal}, nil
	}
	known, err := status(ctx, i.Authority(), r.SerialNumbers())
	if err != nil {
		return book.StatusAnswer{}, err
	}
	return r.Answer(own, responder.Signer{Certificate: own, Key: i.key}, known, now)
}

// CA is the certificate of the CA, DER.
func (h *Hall) CA() []byte { return h.Issuer.Chain()[0] }
