// Package ca says what Keyhall's certificates look like: one function per profile, from what is asked for to the
// template that an issuer signs. The issuers are its subpackages; the package signs nothing itself.
package ca

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"net"
	"time"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// Customer is the certificate on a UKey, for logging in and what its usage says. Its subject is the request's, byte for byte.
// CodeRequestBad or CodeKeyWeak for a request or a subject that does not do.
func Customer(r book.IssueRequest) (*x509.Certificate, error) {
	request, err := pki.ParseRequest(r.Request)
	if err != nil {
		return nil, err
	}
	var subject pkix.RDNSequence
	if rest, err := asn1.Unmarshal(r.Subject, &subject); err != nil || len(rest) > 0 || len(subject) == 0 {
		return nil, ra.E(ra.CodeRequestBad).At("subject").Because(err)
	}
	t, err := leaf(request.Key.Public, r.SerialNumber, r.NotBefore, r.NotAfter)
	if err != nil {
		return nil, err
	}
	t.RawSubject = r.Subject
	if t.KeyUsage = r.Usage.Bits(); t.KeyUsage == 0 {
		return nil, fmt.Errorf("certificate: usage %q is not known", r.Usage)
	}
	for _, u := range r.Extended {
		if u.OID() == nil {
			return nil, fmt.Errorf("certificate: extended usage %q is not known", u)
		}
		t.UnknownExtKeyUsage = append(t.UnknownExtKeyUsage, u.OID())
	}
	if len(r.Policies) > 0 {
		extension, err := policies(r.Policies)
		if err != nil {
			return nil, err
		}
		t.ExtraExtensions = append(t.ExtraExtensions, extension)
	}
	if r.CRLURL != "" {
		t.CRLDistributionPoints = []string{r.CRLURL}
	}
	if r.OCSPURL != "" {
		t.OCSPServer = []string{r.OCSPURL}
	}
	if r.CAURL != "" {
		t.IssuingCertificateURL = []string{r.CAURL}
	}
	return t, nil
}

// policies is the extension certificatePolicies, with the address of the practice statement where there is one (RFC 5280, 4.2.1.4).
func policies(all []ra.Policy) (e pkix.Extension, err error) {
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, p := range all {
			oid, err := x509.ParseOID(p.OID)
			if err != nil {
				b.SetError(fmt.Errorf("policy %q: %w", p.OID, err))
				return
			}
			b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
				addOID(b, oid)
				if p.CPS != "" {
					b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
							b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 2, 1})
							b.AddASN1(der.IA5String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(p.CPS)) })
						})
					})
				}
			})
		}
	})
	value, err := b.Bytes()
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 32}, Value: value}, err
}

func addOID(b *cryptobyte.Builder, oid x509.OID) {
	text, err := oid.MarshalBinary()
	if err != nil {
		b.SetError(err)
		return
	}
	b.AddASN1(der.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(text) })
}

// Kiosk is the TLS client certificate of a kiosk; its common name is the kiosk's id.
func Kiosk(r book.KioskIssueRequest) (*x509.Certificate, error) {
	t, err := leaf(r.PublicKey, r.SerialNumber, r.NotBefore, r.NotAfter)
	if err != nil {
		return nil, err
	}
	t.Subject = pkix.Name{CommonName: r.CommonName, OrganizationalUnit: []string{"Keyhall kiosk"}}
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return t, nil
}

// Server is the TLS certificate of the back office itself, for host names and IP addresses.
func Server(key crypto.PublicKey, names []string, serial *big.Int, notBefore, notAfter time.Time) (*x509.Certificate, error) {
	if len(names) == 0 {
		return nil, errors.New("server certificate: no name")
	}
	t, err := leaf(key, serial, notBefore, notAfter)
	if err != nil {
		return nil, err
	}
	t.Subject = pkix.Name{CommonName: names[0], OrganizationalUnit: []string{"Keyhall back office"}}
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, name)
		}
	}
	return t, nil
}

// Responder is the certificate of who answers OCSP for the CA. Nobody asks for its own status (id-pkix-ocsp-nocheck, RFC 6960,
// 4.2.2.2.1), so it should end soon.
func Responder(key crypto.PublicKey, serial *big.Int, notBefore, notAfter time.Time) (*x509.Certificate, error) {
	t, err := leaf(key, serial, notBefore, notAfter)
	if err != nil {
		return nil, err
	}
	t.Subject = pkix.Name{CommonName: "Keyhall OCSP", OrganizationalUnit: []string{"Keyhall back office"}}
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
	t.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}, Value: asn1.NullBytes}}
	return t, nil
}

// Authority is the CA's own certificate.
func Authority(key crypto.PublicKey, subject pkix.Name, serial *big.Int, notBefore, notAfter time.Time) (*x509.Certificate, error) {
	id, err := KeyID(key)
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		Subject: subject, SerialNumber: serial, NotBefore: notBefore, NotAfter: notAfter, SubjectKeyId: id, AuthorityKeyId: id,
		IsCA: true, BasicConstraintsValid: true, MaxPathLen: 1, // the next CA, by a cross certificate
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}, nil
}

// RevocationList is the list of these revocations, with number and times of list.
func RevocationList(list book.CRL, revoked []book.Revocation) (*x509.RevocationList, error) {
	l := &x509.RevocationList{Number: big.NewInt(list.Number), ThisUpdate: list.ThisUpdate.UTC(), NextUpdate: list.NextUpdate.UTC()}
	for _, r := range revoked {
		serial, err := pki.SerialNumber(r.SerialNumber)
		if err != nil {
			return nil, err
		}
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: serial, RevocationTime: r.At.UTC(), ReasonCode: r.Reason})
	}
	return l, nil
}

func leaf(public crypto.PublicKey, serial *big.Int, notBefore, notAfter time.Time) (*x509.Certificate, error) {
	key, err := pki.KeyOf(public)
	if err == nil {
		err = key.Check()
	}
	if err != nil {
		return nil, err
	}
	// RFC 5280: positive, at most 20 octets.
	if serial == nil || serial.Sign() <= 0 || serial.BitLen() > 159 {
		return nil, errors.New("certificate: serial number missing, not positive or too long")
	}
	if !notBefore.Before(notAfter) {
		return nil, fmt.Errorf("certificate: ends (%s) before it begins (%s)", notAfter, notBefore)
	}
	id, err := KeyID(public)
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		PublicKey: public, SerialNumber: serial, NotBefore: notBefore.UTC(), NotAfter: notAfter.UTC(), SubjectKeyId: id, BasicConstraintsValid: true,
	}, nil
}

// KeyID names a public key by the left 160 bits of its SHA-256 (RFC 7093, 2, method 1).
func KeyID(key crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	sum := sha256.Sum256(info.Key.Bytes)
	return sum[:20], nil
}
