package local

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"sync"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ca"
)

// own is a certificate of the back office itself, with a key that lives in memory only. It is renewed in time by who uses it.
type own struct {
	kind     book.SignedKind
	slack    time.Duration // so much earlier than now it begins, for clocks that are behind
	validity time.Duration
	renewal  time.Duration // before its end
	key      func() (crypto.Signer, error)
	profile  func(key crypto.PublicKey, serial *big.Int, notBefore, notAfter time.Time) (*x509.Certificate, error)

	mu      sync.Mutex
	current *tls.Certificate
}

// serverCertificate is shown to kiosks and browsers.
func serverCertificate(names []string) *own {
	return &own{kind: book.SignedServer, slack: 5 * time.Minute, validity: 397 * 24 * time.Hour, renewal: 30 * 24 * time.Hour, key: newECKey,
		profile: func(key crypto.PublicKey, serial *big.Int, notBefore, notAfter time.Time) (*x509.Certificate, error) {
			return ca.Server(key, names, serial, notBefore, notAfter)
		}}
}

// responderCertificate signs OCSP answers in the CA's place. Its key is of the CA's kind: who can check the CA's signatures checks its.
func responderCertificate(of crypto.PublicKey) *own {
	o := &own{kind: book.SignedOCSP, slack: time.Hour, validity: 14 * 24 * time.Hour, renewal: 7 * 24 * time.Hour, key: newECKey, profile: ca.Responder}
	if _, ok := of.(*rsa.PublicKey); ok {
		o.key = func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 2048) }
	}
	return o
}

func newECKey() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// ServerCertificate makes the back office's own TLS certificates for these host names and addresses. The function returned fits
// tls.Config.GetCertificate.
func (i *Issuer) ServerCertificate(ctx context.Context, names []string) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	o := serverCertificate(names)
	_, err := i.own(ctx, o)
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return i.own(context.WithoutCancel(ctx), o) }, err
}

// own is the certificate, made or renewed when it is time. The one before does until it ends, should the CA's token be away now.
func (i *Issuer) own(ctx context.Context, o *own) (*tls.Certificate, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := i.now()
	good := o.current != nil && !now.Before(o.current.Leaf.NotBefore) && now.Before(o.current.Leaf.NotAfter)
	if good && now.Before(o.current.Leaf.NotAfter.Add(-o.renewal)) {
		return o.current, nil
	}
	next, err := i.newOwn(ctx, o)
	if err == nil {
		o.current = next
	} else if good {
		err = nil
	}
	return o.current, err
}

func (i *Issuer) newOwn(ctx context.Context, o *own) (*tls.Certificate, error) {
	key, err := o.key()
	if err != nil {
		return nil, fmt.Errorf("%s key: %w", o.kind, err)
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	begin := i.now().UTC().Truncate(time.Second).Add(-o.slack)
	end := begin.Add(o.validity)
	if end.After(i.certificate.NotAfter) {
		end = i.certificate.NotAfter
	}
	template, err := o.profile(key.Public(), serial, begin, end)
	if err != nil {
		return nil, err
	}
	der, err := i.sign(ctx, o.kind, template)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der, i.certificate.Raw}, PrivateKey: key, Leaf: leaf}, nil
}
