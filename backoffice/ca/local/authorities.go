package local

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ca"
	"keyhall/backoffice/ca/responder"
)

// Authorities are all the CAs of a register. They are safe for concurrent use.
type Authorities struct {
	all []member
	now func() time.Time
}

type member struct {
	*Issuer
	purpose   book.AuthorityPurpose
	signsFrom time.Time
}

// OpenAll opens the CAs that a register knows, in the order in which they were made. Config says for each how it is opened.
func OpenAll(ctx context.Context, known []book.Authority, config func(book.Authority) Config) (_ *Authorities, err error) {
	a := &Authorities{now: time.Now}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	for _, k := range known {
		c := config(k)
		c.Name = k.Name
		i, err := Open(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("CA %s: %w", k.Name, err)
		}
		a.all = append(a.all, member{i, k.Purpose, k.SignsFrom})
		a.now = i.now
	}
	for _, purpose := range []book.AuthorityPurpose{book.ForCustomers, book.ForOperations} {
		if a.signing(purpose) == nil {
			return nil, fmt.Errorf("no CA signs for %s", purpose)
		}
	}
	return a, nil
}

// Close lets go of all keys.
func (a *Authorities) Close() error {
	var errs []error
	for _, m := range a.all {
		errs = append(errs, m.Close())
	}
	return errors.Join(errs...)
}

// signing is the newest CA of a purpose that has begun to sign, nil when there is none.
func (a *Authorities) signing(purpose book.AuthorityPurpose) *Issuer {
	now := a.now()
	for _, m := range slices.Backward(a.all) {
		if m.purpose == purpose && !now.Before(m.signsFrom) {
			return m.Issuer
		}
	}
	return nil
}

func (a *Authorities) called(name string) *Issuer {
	i := slices.IndexFunc(a.all, func(m member) bool { return m.name == name })
	if i < 0 {
		return nil
	}
	return a.all[i].Issuer
}

// ChainOf is the certificate of a CA, DER; nil for one that there is not.
func (a *Authorities) ChainOf(name string) [][]byte {
	i := a.called(name)
	if i == nil {
		return nil
	}
	return i.Chain()
}

// Names are those of all CAs, in the order in which they were made.
func (a *Authorities) Names() []string {
	names := make([]string, len(a.all))
	for i, m := range a.all {
		names[i] = m.name
	}
	return names
}

// Ends are those of the CAs that sign now.
func (a *Authorities) Ends() (all []book.AuthorityEnd) {
	for _, purpose := range []book.AuthorityPurpose{book.ForCustomers, book.ForOperations} {
		i := a.signing(purpose)
		all = append(all, book.AuthorityEnd{Name: i.name, Purpose: purpose, NotAfter: i.certificate.NotAfter})
	}
	return all
}

// CRL signs the list of these revocations, DER, by the CA that list names. CodeIssuerAway.
func (a *Authorities) CRL(ctx context.Context, list book.CRL, revoked []book.Revocation) ([]byte, error) {
	i := a.called(list.Authority)
	if i == nil {
		return nil, fmt.Errorf("revocation list: no CA is called %q", list.Authority)
	}
	return i.CRL(ctx, list, revoked)
}

// OCSP is Issuer.OCSP of the CA that the request is about: of the first, where it is about several; nobody can answer for two.
func (a *Authorities) OCSP(ctx context.Context, request []byte, status Status, now time.Time) (book.StatusAnswer, error) {
	refusal := ocsp.UnauthorizedErrorResponse
	for _, m := range a.all {
		r, no := responder.Read(request, m.certificate)
		if no == nil {
			return m.answer(ctx, r, status, now)
		}
		refusal = no
	}
	return book.StatusAnswer{DER: refusal}, nil
}

// Signed is Issuer.Signed of all CAs: they write into one list.
func (a *Authorities) Signed(ctx context.Context, each func(book.Signed) error) error {
	return a.all[0].Signed(ctx, each)
}

// Line is the CAs of one purpose, of which the newest that has begun signs.
type Line struct {
	*Authorities
	purpose book.AuthorityPurpose
}

// For is the CAs of a purpose.
func (a *Authorities) For(purpose book.AuthorityPurpose) Line { return Line{a, purpose} }

// Authority is the name of the CA that signs now.
func (l Line) Authority() string { return l.signing(l.purpose).name }

// Chain is the certificate of the CA that signs now, DER.
func (l Line) Chain() [][]byte { return l.signing(l.purpose).Chain() }

// Pool is every CA of the purpose, for who checks what they signed.
func (l Line) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	for _, m := range l.all {
		if m.purpose == l.purpose {
			pool.AddCert(m.certificate)
		}
	}
	return pool
}

// named is the CA of the purpose that a request names.
func (l Line) named(name string) (*Issuer, error) {
	for _, m := range l.all {
		if m.name == name && m.purpose == l.purpose {
			return m.Issuer, nil
		}
	}
	return nil, fmt.Errorf("no CA for %s is called %q", l.purpose, name)
}

// Issue is Issuer.Issue of the CA that the request names.
func (l Line) Issue(ctx context.Context, r book.IssueRequest) ([]byte, error) {
	i, err := l.named(r.Authority)
	if err != nil {
		return nil, err
	}
	return i.Issue(ctx, r)
}

// IssueKiosk is Issuer.IssueKiosk of the CA that the request names.
func (l Line) IssueKiosk(ctx context.Context, r book.KioskIssueRequest) ([]byte, error) {
	i, err := l.named(r.Authority)
	if err != nil {
		return nil, err
	}
	return i.IssueKiosk(ctx, r)
}

// ServerCertificate is Issuer.ServerCertificate, at each handshake of the CA that signs then.
func (l Line) ServerCertificate(ctx context.Context, names []string) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	own := map[*Issuer]func(*tls.ClientHelloInfo) (*tls.Certificate, error){}
	for _, m := range l.all {
		if m.purpose != l.purpose {
			continue
		}
		get, err := m.ServerCertificate(ctx, names)
		if own[m.Issuer] = get; err != nil && m.Issuer == l.signing(l.purpose) {
			return nil, err
		}
	}
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) { return own[l.signing(l.purpose)](hello) }, nil
}

// Cross signs the next CA's key, so that who trusts this one can go on to it: its certificate, DER, until the earlier of both ends.
func (i *Issuer) Cross(ctx context.Context, next *x509.Certificate) ([]byte, error) {
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	end := next.NotAfter
	if end.After(i.certificate.NotAfter) {
		end = i.certificate.NotAfter
	}
	template, err := ca.Authority(next.PublicKey, pkix.Name{}, serial, next.NotBefore, end)
	if err != nil {
		return nil, err
	}
	template.PublicKey, template.RawSubject, template.AuthorityKeyId = next.PublicKey, next.RawSubject, nil
	template.MaxPathLen, template.MaxPathLenZero = 0, true
	return i.signOwn(ctx, book.SignedCross, template)
}
