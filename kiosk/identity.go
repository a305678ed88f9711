package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/safe"
)

// Secrets of the kiosk, as the safe calls them.
const (
	identitySecret = "identity"
	nextSecret     = "next"
	journalSecret  = "journal"
)

// identity is who the back office knows this kiosk as. It is one secret, so that name, key and certificate change in one
// moment and never apart.
type identity struct {
	Kiosk    ra.Kiosk `json:"kiosk"`
	Key      []byte   `json:"key"`      // PKCS#8
	Chain    [][]byte `json:"chain"`    // DER, the kiosk's own certificate first
	Occasion string   `json:"occasion"` // what the key was made for
}

// pendingKey is a key that has no certificate yet. The occasion is the enrolment, by a digest of its code, or the renewal, by
// the certificate that it is of, so that the same one goes on with the same key after an interruption and another one gets a
// key of its own.
type pendingKey struct {
	Key      []byte `json:"key"` // PKCS#8
	Occasion string `json:"occasion"`
}

// loadIdentity returns the kiosk's identity; an error that says what to do when it was never enrolled.
func loadIdentity(s *safe.Safe) (identity, error) {
	var who identity
	err := readSecret(s, identitySecret, &who)
	if unreadable(err) {
		err = fmt.Errorf("this kiosk is not enrolled: run `keyhall-kiosk enrol --config FILE` with a code from the console: %w", err)
	}
	return who, err
}

// unreadable is a secret that is not there, or damaged for good: an enrolment replaces it.
func unreadable(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, safe.ErrDamaged)
}

// nextKey returns the key for the occasion: the one that an interruption left, also after its certificate was taken, else
// a new one. It is on the disk before anybody is asked to certify it.
func nextKey(s *safe.Safe, occasion string) (*ecdsa.PrivateKey, error) {
	var next pendingKey
	defer func() { clear(next.Key) }()
	err := readSecret(s, nextSecret, &next)
	if err == nil && next.Occasion == occasion {
		return parseKey(next.Key)
	}
	if err != nil && !unreadable(err) {
		return nil, err
	}
	clear(next.Key)
	if next, err = keyFor(s, occasion); err != nil {
		return nil, err
	}
	if err := writeSecret(s, nextSecret, next); err != nil {
		return nil, err
	}
	return parseKey(next.Key)
}

// keyFor is the identity's key where it is of the same occasion, else a fresh one: an enrolled kiosk's key is never
// certified for another enrolment or renewal.
func keyFor(s *safe.Safe, occasion string) (pendingKey, error) {
	var who identity
	err := readSecret(s, identitySecret, &who)
	if err == nil && who.Occasion == occasion {
		return pendingKey{Key: who.Key, Occasion: occasion}, nil
	}
	clear(who.Key)
	if err != nil && !unreadable(err) {
		return pendingKey{}, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pendingKey{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return pendingKey{Key: der, Occasion: occasion}, err
}

// adopt makes the next key, now that it is certified, the kiosk's identity in place of the old one, and returns what the
// kiosk shows from then on. After a power cut the kiosk is the old one or the new one.
func adopt(s *safe.Safe, kiosk ra.Kiosk, chain [][]byte) (*tls.Certificate, error) {
	var next pendingKey
	defer func() { clear(next.Key) }()
	if err := readSecret(s, nextSecret, &next); err != nil {
		return nil, err
	}
	who := identity{Kiosk: kiosk, Key: next.Key, Chain: chain, Occasion: next.Occasion}
	own, err := who.tlsCertificate()
	if err != nil {
		return nil, fmt.Errorf("the back office's answer: %w", err)
	}
	if err := writeSecret(s, identitySecret, who); err != nil {
		return nil, err
	}
	return own, s.Erase(nextSecret)
}

// tlsCertificate is what the kiosk shows to the back office; an error when certificate and key are not of one pair.
func (who identity) tlsCertificate() (*tls.Certificate, error) {
	key, err := parseKey(who.Key)
	if err != nil {
		return nil, err
	}
	if len(who.Chain) == 0 {
		return nil, errors.New("kiosk's client certificate is missing")
	}
	leaf, err := x509.ParseCertificate(who.Chain[0])
	if err != nil {
		return nil, fmt.Errorf("kiosk's client certificate: %w", err)
	}
	if !key.PublicKey.Equal(leaf.PublicKey) {
		return nil, errors.New("kiosk's client certificate is not for its key")
	}
	return &tls.Certificate{Certificate: who.Chain, PrivateKey: key, Leaf: leaf}, nil
}

func parseKey(der []byte) (*ecdsa.PrivateKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("kiosk's key: %w", err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("kiosk's key is not an EC key")
	}
	return key, nil
}

func readSecret(s *safe.Safe, name string, into any) error {
	text, err := s.Read(name)
	if err != nil {
		return err
	}
	defer clear(text)
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("secret %s: %w", name, err)
	}
	return nil
}

func writeSecret(s *safe.Safe, name string, from any) error {
	text, err := json.Marshal(from)
	if err != nil {
		return fmt.Errorf("secret %s: %w", name, err)
	}
	defer clear(text)
	return s.Write(name, text)
}

// badge is the client certificate that the kiosk shows. It may change while the kiosk runs; a connection that is open
// keeps the one it began with.
type badge struct {
	current atomic.Pointer[tls.Certificate]
}

func newBadge(c *tls.Certificate) *badge {
	b := &badge{}
	b.change(c)
	return b
}

func (b *badge) change(c *tls.Certificate) { b.current.Store(c) }

// leaf is the kiosk's own certificate; the badge must hold one.
func (b *badge) leaf() *x509.Certificate { return b.current.Load().Leaf }

// show implements tls.Config.GetClientCertificate, which must never return nil: without a certificate the kiosk shows none.
func (b *badge) show(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	if c := b.current.Load(); c != nil {
		return c, nil
	}
	return &tls.Certificate{}, nil
}
