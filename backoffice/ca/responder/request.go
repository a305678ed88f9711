// Package responder reads OCSP requests and writes the answers: RFC 6960, RFC 5019 for what caches may keep, RFC 9654 for nonces. It
// knows no keys of its own: whose answers are believed, and what they say, it is told.
package responder

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" // the hashes that certificates are named by
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/ocsp"
)

// maxNonce is the longest nonce in bytes, the shortest has one (RFC 9654, 2.1).
const maxNonce = 128

var (
	oidNonce = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}
	// oidForms lists the forms of answer that are understood; the basic one, which is given, is understood by everybody.
	oidForms = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 4}
)

// hashes are what certificates may be named by.
var hashes = map[string]crypto.Hash{
	"1.3.14.3.2.26":          crypto.SHA1,
	"2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384,
	"2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

// Request is what somebody asks.
type Request struct {
	asked []certificate
	nonce []byte // DER OCTET STRING; nil: none
}

// certificate is one that is asked about.
type certificate struct {
	id     []byte // CertID, DER, which the answer repeats as it came
	serial string // lower-case hex
	ours   bool
}

// Read reads a request about certificates of ca. What cannot be read, and what is about no certificate of this CA, is refused with one of
// the unsigned answers that RFC 6960 has for it. A signature of the asker is passed over: anybody may ask.
func Read(request []byte, ca *x509.Certificate) (r Request, refusal []byte) {
	if !r.read(request, ca) {
		return Request{}, ocsp.MalformedRequestErrorResponse
	}
	if len(r.SerialNumbers()) == 0 {
		return Request{}, ocsp.UnauthorizedErrorResponse
	}
	return r, nil
}

// SerialNumbers are those of the CA's certificates that are asked about, in lower-case hex.
func (r Request) SerialNumbers() (all []string) {
	for _, c := range r.asked {
		if c.ours {
			all = append(all, c.serial)
		}
	}
	return all
}

func explicit(n uint8) der.Tag { return der.Tag(n).Constructed().ContextSpecific() }

// read is false for what is no OCSPRequest of version 1 (RFC 6960, 4.1.1).
func (r *Request) read(request []byte, ca *x509.Certificate) bool {
	in := cryptobyte.String(request)
	var whole, tbs, list cryptobyte.String
	var version int
	if !in.ReadASN1(&whole, der.SEQUENCE) || !in.Empty() ||
		!whole.ReadASN1(&tbs, der.SEQUENCE) || !whole.SkipOptionalASN1(explicit(0)) || !whole.Empty() ||
		!tbs.ReadOptionalASN1Integer(&version, explicit(0), 0) || version != 0 ||
		!tbs.SkipOptionalASN1(explicit(1)) || !tbs.ReadASN1(&list, der.SEQUENCE) || list.Empty() {
		return false
	}
	for !list.Empty() {
		if !r.readCertificate(&list, ca) {
			return false
		}
	}
	return readExtensions(&tbs, explicit(2), r.readNonce) && tbs.Empty()
}

func (r *Request) readCertificate(list *cryptobyte.String, ca *x509.Certificate) bool {
	var one, id, inside, algorithm, name, key cryptobyte.String
	var hash asn1.ObjectIdentifier
	serial := new(big.Int)
	if !list.ReadASN1(&one, der.SEQUENCE) || !one.ReadASN1Element(&id, der.SEQUENCE) ||
		!readExtensions(&one, explicit(0), func([]byte) bool { return true }) || !one.Empty() {
		return false
	}
	whole := []byte(id)
	if !id.ReadASN1(&inside, der.SEQUENCE) || !inside.ReadASN1(&algorithm, der.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&hash) ||
		!inside.ReadASN1(&name, der.OCTET_STRING) || !inside.ReadASN1(&key, der.OCTET_STRING) ||
		!inside.ReadASN1Integer(serial) || !inside.Empty() {
		return false
	}
	r.asked = append(r.asked, certificate{id: whole, serial: fmt.Sprintf("%x", serial), ours: issued(ca, hashes[hash.String()], name, key)})
	return true
}

// issued reports whether these hashes name the CA.
func issued(ca *x509.Certificate, hash crypto.Hash, name, key []byte) bool {
	return hash != 0 && bytes.Equal(name, sum(hash, ca.RawSubject)) && bytes.Equal(key, sum(hash, keyBits(ca)))
}

func sum(hash crypto.Hash, b []byte) []byte {
	h := hash.New()
	h.Write(b)
	return h.Sum(nil)
}

// keyBits is the public key as it stands in a certificate, without its algorithm.
func keyBits(c *x509.Certificate) []byte {
	info := cryptobyte.String(c.RawSubjectPublicKeyInfo)
	var inside cryptobyte.String
	var bits asn1.BitString
	if !info.ReadASN1(&inside, der.SEQUENCE) || !inside.SkipASN1(der.SEQUENCE) || !inside.ReadASN1BitString(&bits) {
		return nil
	}
	return bits.Bytes
}

// readExtensions gives the value of a nonce to nonce, which says whether it will do. Others are passed over, but not when they are
// critical and unknown. None may come twice.
func readExtensions(in *cryptobyte.String, tag der.Tag, nonce func(value []byte) bool) bool {
	var inside, list cryptobyte.String
	var some bool
	if !in.ReadOptionalASN1(&inside, &some, tag) || !some {
		return !some
	}
	if !inside.ReadASN1(&list, der.SEQUENCE) || !inside.Empty() {
		return false
	}
	seen := map[string]bool{}
	for !list.Empty() {
		var one, value cryptobyte.String
		var id asn1.ObjectIdentifier
		var critical bool
		if !list.ReadASN1(&one, der.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&id) ||
			one.PeekASN1Tag(der.BOOLEAN) && !one.ReadASN1Boolean(&critical) ||
			!one.ReadASN1(&value, der.OCTET_STRING) || !one.Empty() || seen[id.String()] {
			return false
		}
		seen[id.String()] = true
		if id.Equal(oidNonce) && !nonce(value) || critical && !id.Equal(oidNonce) && !id.Equal(oidForms) {
			return false
		}
	}
	return true
}

func (r *Request) readNonce(value []byte) bool {
	in, inside := cryptobyte.String(value), cryptobyte.String(nil)
	r.nonce = value
	return in.ReadASN1(&inside, der.OCTET_STRING) && in.Empty() && len(inside) >= 1 && len(inside) <= maxNonce
}
