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
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

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

	making  singleflight.Group
	current atomic.Pointer[tls.Certificate]
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
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		until := hello.Context()
		if until == nil {
			until = context.WithoutCancel(ctx)
		}
		return i.own(until, o)
	}, err
}

// own is the certificate, made or renewed when it is time. The one before does while another is being made, and until it ends should the
// CA's token be away: nobody who has one waits for the token.
func (i *Issuer) own(ctx context.Context, o *own) (*tls.Certificate, error) {
	current := o.current.Load()
	now := i.now()
	good := current != nil && !now.Before(current.Leaf.NotBefore) && now.Before(current.Leaf.NotAfter)
	if good && now.Before(current.Leaf.NotAfter.Add(-o.renewal)) {
		return current, nil
	}
	made := o.making.DoChan("", func() (any, error) {
		next, err := i.newOwn(context.WithoutCancel(ctx), o)
		if err == nil {
			o.current.Store(next)
		}
		return next, err
	})
	if good {
		return current, nil
	}
	select {
	case r := <-made:
		next, _ := r.Val.(*tls.Certificate)
		return next, r.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
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
	if begin.Before(i.certificate.NotBefore) { // the clock was set back since the CA was made
		begin = i.certificate.NotBefore
	}
	end := begin.Add(o.validity)
	if end.After(i.certificate.NotAfter) {
		end = i.certificate.NotAfter
	}
	template, err := o.profile(key.Public(), serial, begin, end)
	if err != nil {
		return nil, err
	}
	der, err := i.signOwn(ctx, o.kind, template)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der, i.certificate.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// signOwn signs what the back office has for itself, with its row kept before and after.
func (i *Issuer) signOwn(ctx context.Context, kind book.SignedKind, template *x509.Certificate) ([]byte, error) {
	row := book.OwnCertificate{SerialNumber: template.SerialNumber.Text(16), Authority: i.name, Kind: kind, NotBefore: template.NotBefore, NotAfter: template.NotAfter}
	if err := i.register(ctx, row); err != nil {
		return nil, fmt.Errorf("register a certificate of the back office: %w", err)
	}
	der, err := i.sign(ctx, kind, template)
	if err != nil {
		return nil, err
	}
	row.DER = der
	if err := i.register(ctx, row); err != nil {
		return nil, fmt.Errorf("register a certificate of the back office: %w", err)
	}
	return der, nil
}
