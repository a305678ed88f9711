package pki

import (
	"crypto"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"keyhall/backoffice/ra"
)

// Suite is one kind of key, with everything that depends on the kind: a row of the table below and a file of its own.
type Suite struct {
	Name     string // as profiles name it, ra.SubjectProfile.Algorithm
	Title    string // as people compare it
	Decrypts bool   // its keys may decrypt, too

	requests []x509.SignatureAlgorithm              // what a request may be signed with
	take     func(public crypto.PublicKey) material // nil for keys of other suites
}

// material is a public key of a suite.
type material interface {
	// weak says why others could find the private half out, "" when nothing is known against the key.
	weak() string
	// identity is what the private half hangs on, and nothing else of the key.
	identity() ([]byte, error)
	// verify checks a signature over the message as the suite's keys make them.
	verify(message, signature []byte) error
}

// suites are all kinds of key that certificates are issued for. A hash that proves nothing any more signs no request.
var suites = []Suite{
	{Name: "rsa-2048", Title: "RSA 2048", Decrypts: true, requests: rsaRequests, take: takeRSA(2048)},
	{Name: "rsa-3072", Title: "RSA 3072", Decrypts: true, requests: rsaRequests, take: takeRSA(3072)},
	{Name: "ec-p256", Title: "EC P-256", requests: ecRequests, take: takeEC(elliptic.P256())},
}

// Why a key is weak: the argument "why" of CodeKeyWeak, translated under "weak.<why>".
const (
	WeakExponent    = "exponent"     // below 65537 or even
	WeakSmallFactor = "small_factor" // a prime below 2^20 divides the modulus
	WeakClosePrimes = "close_primes" // Fermat's method finds the factors
	WeakPrime       = "prime"        // the modulus is itself a prime
	WeakROCA        = "roca"         // CVE-2017-15361
	WeakPoint       = "point"        // not on its curve
)

// Key is a public key of one of the suites.
type Key struct {
	Suite    Suite
	Public   crypto.PublicKey
	material material
}

// KeyOf finds a key's suite: CodeRequestBad (field "public_key") for a kind or size that no certificate is issued for.
func KeyOf(public crypto.PublicKey) (Key, error) {
	for _, s := range suites {
		if m := s.take(public); m != nil {
			return Key{Suite: s, Public: public, material: m}, nil
		}
	}
	return Key{}, ra.E(ra.CodeRequestBad).At("public_key").Because(fmt.Errorf("no suite has this key of type %T", public))
}

// KeyOfCertificate is KeyOf for the public key of a certificate, DER.
func KeyOfCertificate(der []byte) (Key, error) {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return Key{}, err
	}
	return KeyOf(certificate.PublicKey)
}

// Check is CodeKeyWeak (field "public_key", args: why) for a key whose private half can be found out.
func (k Key) Check() error {
	if why := k.material.weak(); why != "" {
		return ra.E(ra.CodeKeyWeak, "why", why).At("public_key")
	}
	return nil
}

// KeyHash names a public key of a suite by what its private half hangs on: the modulus of an RSA key, curve and x of an EC one.
// So the same modulus with another exponent, or the mirrored point, is the same key. SHA-256. CodeRequestBad as KeyOf.
func KeyHash(public crypto.PublicKey) ([]byte, error) {
	k, err := KeyOf(public)
	if err != nil {
		return nil, err
	}
	return k.Hash()
}

// Hash is KeyHash of the key.
func (k Key) Hash() ([]byte, error) {
	identity, err := k.material.identity()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(identity)
	return sum[:], nil
}

// CheckSignature checks a signature over the message, made as the suite's keys do: over SHA-256, PKCS#1 v1.5 for RSA, ASN.1 for EC.
func (k Key) CheckSignature(message, signature []byte) error {
	return k.material.verify(message, signature)
}

// CheckProfile makes sure that keys can be what a project's profile says: CodeInvalid (field "profile.algorithm" for one that no
// suite has, "profile.usage" for one that is not known or that such keys are not for, "profile.extended_usages", "profile.policies").
func CheckProfile(p ra.SubjectProfile) error {
	bad := func(field, what string, args ...any) error {
		return ra.E(ra.CodeInvalid).At("profile." + field).Because(fmt.Errorf(what, args...))
	}
	i := slices.IndexFunc(suites, func(s Suite) bool { return s.Name == p.Algorithm })
	if i < 0 {
		return bad("algorithm", "algorithm %q is not known", p.Algorithm)
	}
	switch {
	case p.Usage.Bits() == 0:
		return bad("usage", "usage %q is not known", p.Usage)
	case p.Usage.Decrypts() && !suites[i].Decrypts:
		return bad("usage", "keys of algorithm %q do not decrypt", p.Algorithm)
	}
	for n, u := range p.Extended {
		switch {
		case u.OID() == nil:
			return bad("extended_usages", "one of %q is needed, not %q", ra.ExtendedUsages(), u)
		case slices.Contains(p.Extended[:n], u):
			return bad("extended_usages", "%q stands there twice", u)
		}
	}
	for n, policy := range p.Policies {
		if !plainOID(policy.OID) {
			return bad("policies", "%q is no object identifier, or has a number over 2147483647, which many programs cannot read", policy.OID)
		}
		if slices.ContainsFunc(p.Policies[:n], func(o ra.Policy) bool { return o.OID == policy.OID }) {
			return bad("policies", "%q stands there twice", policy.OID)
		}
		if u, err := url.Parse(policy.CPS); policy.CPS != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || !ascii(policy.CPS)) {
			return bad("policies", "cps: a web address is needed, or nothing, not %q", policy.CPS)
		}
	}
	return nil
}

// plainOID reports whether this is an object identifier that every program reads.
func plainOID(text string) bool {
	for part := range strings.SplitSeq(text, ".") {
		if _, err := strconv.ParseInt(part, 10, 32); err != nil {
			return false
		}
	}
	_, err := x509.ParseOID(text)
	return err == nil
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}
