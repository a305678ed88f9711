package local

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"sync"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ca"
)

const (
	serverValidity = 397 * 24 * time.Hour
	serverRenewal  = 30 * 24 * time.Hour // before the end
)

// ServerCertificate makes the back office's own TLS certificates for these host names and addresses, with a key that
// lives in memory only. The function returned fits tls.Config.GetCertificate and renews in time.
func (i *Issuer) ServerCertificate(ctx context.Context, names []string) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	var mu sync.Mutex
	current, err := i.newServerCertificate(ctx, names)
	if err != nil {
		return nil, err
	}
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		mu.Lock()
		defer mu.Unlock()
		if i.now().Before(current.Leaf.NotAfter.Add(-serverRenewal)) {
			return current, nil
		}
		next, err := i.newServerCertificate(context.WithoutCancel(ctx), names)
		if err == nil {
			current = next
		}
		// The old one does until it ends, should the CA's token be away now.
		return current, nil
	}, nil
}

func (i *Issuer) newServerCertificate(ctx context.Context, names []string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("server key: %w", err)
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	begin := i.now().UTC().Truncate(time.Second).Add(-5 * time.Minute)
	end := begin.Add(serverValidity)
	if end.After(i.certificate.NotAfter) {
		end = i.certificate.NotAfter
	}
	template, err := ca.Server(&key.PublicKey, names, serial, begin, end)
	if err != nil {
		return nil, err
	}
	der, err := i.sign(ctx, book.SignedServer, template)
	if err != nil {
		return nil, err
	}
	template.Raw = der
	return &tls.Certificate{Certificate: [][]byte{der, i.certificate.Raw}, PrivateKey: key, Leaf: template}, nil
}
