// Package pki reads and checks what comes from outside: certificate requests, the public keys in them, and signatures.
// Everything about a request is checked here before the rules bind anything to it. It keeps nothing and asks nobody.
package pki

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"keyhall/backoffice/ra"
)

// maxRequestBytes bounds a PKCS#10; one of RSA-4096 with a long subject has about 2,000 bytes.
const maxRequestBytes = 16 << 10

// Request is a PKCS#10 that is whole, signed by the key it asks for, and whose key is fit for a certificate.
type Request struct {
	Raw     []byte // DER
	Subject []byte // DER RDNSequence
	Key     Key
	KeyHash []byte // see KeyHash
}

// ParseRequest reads a PKCS#10 (RFC 2986, DER) and checks it: CodeRequestBad when it cannot be read, is too long, is not
// signed by its own key or with a broken hash, or asks for a kind of key that no certificate is issued for; CodeKeyWeak
// (args: why) for a key that others could find out.
func ParseRequest(der []byte) (Request, error) {
	if len(der) > maxRequestBytes {
		return Request{}, ra.E(ra.CodeRequestBad).Because(fmt.Errorf("request of %d bytes", len(der)))
	}
	parsed, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return Request{}, ra.E(ra.CodeRequestBad).Because(err)
	}
	key, err := KeyOf(parsed.PublicKey)
	if err != nil {
		return Request{}, err
	}
	if err := checkSelfSigned(key.Suite, parsed); err != nil {
		return Request{}, ra.E(ra.CodeRequestBad).Because(err)
	}
	if err := key.Check(); err != nil {
		return Request{}, err
	}
	hash, err := key.Hash()
	if err != nil {
		return Request{}, ra.E(ra.CodeRequestBad).At("public_key").Because(err)
	}
	return Request{Raw: parsed.Raw, Subject: parsed.RawSubject, Key: key, KeyHash: hash}, nil
}

// checkSelfSigned wants possession of the private key proven with a hash that still proves something.
func checkSelfSigned(s Suite, r *x509.CertificateRequest) error {
	if !slices.Contains(s.requests, r.SignatureAlgorithm) {
		return fmt.Errorf("request signed with %s", r.SignatureAlgorithm)
	}
	return r.CheckSignature()
}

// CheckSubject wants the request to name exactly this subject (DER RDNSequence): CodeRequestBad (field "subject").
func (r Request) CheckSubject(want []byte) error {
	if !bytes.Equal(r.Subject, want) {
		return ra.E(ra.CodeRequestBad).At("subject").Because(errors.New("the request names another subject"))
	}
	return nil
}

// Refused tells errors about a request itself from others.
func Refused(err error) bool {
	switch ra.CodeOf(err) {
	case ra.CodeRequestBad, ra.CodeKeyWeak, ra.CodeKeyDuplicate, ra.CodeRequestDiffers:
		return true
	}
	return false
}
