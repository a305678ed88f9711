package responder

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/ocsp"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
)

const (
	// validity is how long an answer may be used again.
	validity = time.Hour
	// step is how long the same question gets the same answer while its status is the same, so that caches can ask whether theirs still is.
	step = time.Minute
)

var (
	oidBasic    = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
	oidECDSA256 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidRSA256   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
)

// Signer is whose answers are believed: the CA itself, or whoever it delegated with a certificate for that.
type Signer struct {
	Certificate *x509.Certificate
	Key         crypto.Signer // ECDSA or RSA
}

// Answer signs what is known of the certificates asked about, by serial number; one that is missing is unknown, as is another CA's. The
// answer begins earlier than now, for whose clock is behind, and ends before its signer does.
func (r Request) Answer(ca *x509.Certificate, by Signer, known map[string]book.RevocationStatus, now time.Time) (book.StatusAnswer, error) {
	now = now.UTC().Truncate(time.Second)
	if r.nonce == nil {
		now = now.Truncate(step)
	}
	a := book.StatusAnswer{ThisUpdate: now.Add(-pki.ClockSlack), NextUpdate: now.Add(validity), Once: r.nonce != nil}
	if end := by.Certificate.NotAfter; end.Before(a.NextUpdate) {
		a.NextUpdate = end
	}
	data, err := r.data(by.Certificate, known, now, a)
	if err != nil {
		return book.StatusAnswer{}, fmt.Errorf("write OCSP answer: %w", err)
	}
	// Without randomness the same answer has the same bytes, where the key can (RFC 6979).
	signature, err := by.Key.Sign(nil, sum(crypto.SHA256, data), crypto.SHA256)
	if err != nil {
		return book.StatusAnswer{}, fmt.Errorf("sign OCSP answer: %w", err)
	}
	if a.DER, err = envelope(ca, by, data, signature); err != nil {
		return book.StatusAnswer{}, fmt.Errorf("write OCSP answer: %w", err)
	}
	return a, nil
}

// data is the ResponseData (RFC 6960, 4.2.1).
func (r Request) data(by *x509.Certificate, known map[string]book.RevocationStatus, now time.Time, a book.StatusAnswer) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(explicit(2), func(b *cryptobyte.Builder) { b.AddASN1OctetString(sum(crypto.SHA1, keyBits(by))) })
		b.AddASN1GeneralizedTime(now)
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			for _, c := range r.asked {
				is, found := known[c.serial]
				b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddBytes(c.id)
					addStatus(b, found && c.ours, is)
					b.AddASN1GeneralizedTime(a.ThisUpdate)
					b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddASN1GeneralizedTime(a.NextUpdate) })
				})
			}
		})
		if r.nonce != nil {
			b.AddASN1(explicit(1), r.addNonce)
		}
	})
	return b.Bytes()
}

func (r Request) addNonce(b *cryptobyte.Builder) {
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oidNonce)
			b.AddASN1OctetString(r.nonce)
		})
	})
}

func addStatus(b *cryptobyte.Builder, known bool, is book.RevocationStatus) {
	switch {
	case !known:
		b.AddASN1(der.Tag(2).ContextSpecific(), func(*cryptobyte.Builder) {})
	case is.RevokedAt == nil:
		b.AddASN1(der.Tag(0).ContextSpecific(), func(*cryptobyte.Builder) {})
	default:
		b.AddASN1(explicit(1), func(b *cryptobyte.Builder) {
			b.AddASN1GeneralizedTime(is.RevokedAt.UTC())
			if is.Reason != ocsp.Unspecified { // left out (RFC 5280, 5.3.1)
				b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddASN1Enum(int64(is.Reason)) })
			}
		})
	}
}

// envelope is the OCSPResponse around the signed data, with the signer's certificate where that is not the CA's own.
func envelope(ca *x509.Certificate, by Signer, data, signature []byte) ([]byte, error) {
	var basic, b cryptobyte.Builder
	basic.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(data)
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { addAlgorithm(b, by.Key.Public()) })
		b.AddASN1BitString(signature)
		if !by.Certificate.Equal(ca) {
			b.AddASN1(explicit(0), func(b *cryptobyte.Builder) {
				b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(by.Certificate.Raw) })
			})
		}
	})
	inside, err := basic.Bytes()
	if err != nil {
		return nil, err
	}
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Enum(int64(ocsp.Success))
		b.AddASN1(explicit(0), func(b *cryptobyte.Builder) {
			b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidBasic)
				b.AddASN1OctetString(inside)
			})
		})
	})
	return b.Bytes()
}

func addAlgorithm(b *cryptobyte.Builder, key crypto.PublicKey) {
	switch key.(type) {
	case *ecdsa.PublicKey:
		b.AddASN1ObjectIdentifier(oidECDSA256)
	case *rsa.PublicKey:
		b.AddASN1ObjectIdentifier(oidRSA256)
		b.AddASN1NULL()
	default:
		b.SetError(fmt.Errorf("no OCSP signature by a %T", key))
	}
}
