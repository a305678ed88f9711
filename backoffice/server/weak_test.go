package server_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// weakKey is an RSA key of any exponent and any primes, which a library makes no signatures with.
type weakKey struct {
	public rsa.PublicKey
	d      *big.Int
}

func (k weakKey) Public() crypto.PublicKey { return &k.public }

// Sign is PKCS#1 v1.5 over SHA-256 (RFC 8017, 8.2.1).
func (k weakKey) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	info := append([]byte{0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20}, digest...)
	padded := make([]byte, k.public.Size())
	padded[1] = 1
	for i := 2; i < len(padded)-len(info)-1; i++ {
		padded[i] = 0xff
	}
	copy(padded[len(padded)-len(info):], info)
	s := new(big.Int).Exp(new(big.Int).SetBytes(padded), k.d, k.public.N)
	return s.FillBytes(padded), nil
}

// oddKey is the key of that exponent whose modulus is the product of the primes, or nil where there is none.
func oddKey(e int64, primes ...*big.Int) *weakKey {
	n, phi, one := big.NewInt(1), big.NewInt(1), big.NewInt(1)
	for _, p := range primes {
		n.Mul(n, p)
		phi.Mul(phi, new(big.Int).Sub(p, one))
	}
	d := new(big.Int).ModInverse(big.NewInt(e), phi)
	if d == nil {
		return nil
	}
	return &weakKey{rsa.PublicKey{N: n, E: int(e)}, d}
}

// oddKeyOf tries random primes, of which the last makes up the rest of the bits, until there is a key.
func oddKeyOf(t *testing.T, bits int, e int64, primes func() []*big.Int) *weakKey {
	t.Helper()
	for {
		if k := oddKey(e, primes()...); k != nil && k.public.N.BitLen() == bits {
			return k
		}
	}
}

func primeOf(t *testing.T, bits int) *big.Int {
	t.Helper()
	p, err := rand.Prime(rand.Reader, bits)
	servicetest.Must(t, err)
	return p
}

// primeFrom is the first prime that is not less than n.
func primeFrom(n *big.Int) *big.Int {
	p := new(big.Int).SetBit(n, 0, 1)
	for !p.ProbablyPrime(20) {
		p.Add(p, big.NewInt(2))
	}
	return p
}

// roca is a prime of that many bits as CVE-2017-15361 made them: a power of 65537 modulo the product of the first primes.
func roca(t *testing.T, bits, primes int) *big.Int {
	t.Helper()
	m := big.NewInt(1)
	for p := int64(2); primes > 0; p++ {
		if big.NewInt(p).ProbablyPrime(10) {
			m.Mul(m, big.NewInt(p))
			primes--
		}
	}
	for {
		a, err := rand.Int(rand.Reader, big.NewInt(1<<40))
		servicetest.Must(t, err)
		k, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), uint(bits-m.BitLen()-1)))
		servicetest.Must(t, err)
		p := new(big.Int).Exp(big.NewInt(65537), a, m)
		p.Add(p, k.SetBit(k, bits-m.BitLen(), 1).Mul(k, m))
		if p.BitLen() == bits && p.ProbablyPrime(10) {
			return p
		}
	}
}

// refused is a request that no certificate may be issued for, and what is said of it.
type refused struct {
	csr        []byte
	code       ra.Code
	field, why string
}

// refusedRequests are of all kinds: keys that others find out, kinds and sizes that are not issued, requests that are none. Each is
// signed by its own key where it has one.
func refusedRequests(t *testing.T, subject []byte) map[string]refused {
	t.Helper()
	request := func(key crypto.Signer) []byte {
		csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{RawSubject: subject}, key)
		servicetest.Must(t, err)
		return csr
	}
	weak := func(why string, key *weakKey) refused {
		return refused{request(key), ra.CodeKeyWeak, "public_key", why}
	}
	bad := func(field string, csr []byte) refused { return refused{csr, ra.CodeRequestBad, field, ""} }
	two := func() []*big.Int { return []*big.Int{primeOf(t, 1024), primeOf(t, 1024)} }
	with := func(factor int64) func() []*big.Int {
		f := big.NewInt(factor)
		p, longer := primeOf(t, 1024), 0
		return func() []*big.Int {
			longer = 1 - longer
			return []*big.Int{f, p, primeOf(t, 1024-f.BitLen()+longer)}
		}
	}
	next := func(gap uint) func() []*big.Int {
		return func() []*big.Int {
			p := primeOf(t, 1024)
			return []*big.Int{p, primeFrom(new(big.Int).Add(p, new(big.Int).Lsh(big.NewInt(1), gap)))}
		}
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	servicetest.Must(t, err)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	servicetest.Must(t, err)
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	servicetest.Must(t, err)
	good := request(newKey(t))
	cracked := append([]byte(nil), good...)
	cracked[len(cracked)-1] ^= 1
	return map[string]refused{
		"exponent 3":         {servicetest.WeakRequest(t, "e3.csr.der"), ra.CodeKeyWeak, "public_key", "exponent"},
		"exponent 17":        weak("exponent", oddKeyOf(t, 2048, 17, two)),
		"exponent 257":       weak("exponent", oddKeyOf(t, 2048, 257, two)),
		"exponent 65535":     weak("exponent", oddKeyOf(t, 2048, 65535, two)),
		"ROCA":               {servicetest.WeakRequest(t, "roca.csr.der"), ra.CodeKeyWeak, "public_key", "roca"},
		"ROCA, 39 primes":    weak("roca", oddKeyOf(t, 2048, 65537, func() []*big.Int { return []*big.Int{roca(t, 1024, 39), roca(t, 1024, 39)} })),
		"ROCA, 126 primes":   weak("roca", oddKeyOf(t, 2048, 65537, func() []*big.Int { return []*big.Int{roca(t, 1024, 126), roca(t, 1024, 126)} })),
		"ROCA of 3072 bits":  weak("roca", oddKeyOf(t, 3072, 65537, func() []*big.Int { return []*big.Int{roca(t, 1536, 126), roca(t, 1536, 126)} })),
		"factor 3":           weak("small_factor", oddKeyOf(t, 2048, 65537, with(3))),
		"factor 751":         weak("small_factor", oddKeyOf(t, 2048, 65537, with(751))),
		"factor 65521":       weak("small_factor", oddKeyOf(t, 2048, 65537, with(65521))),
		"factor 1048573":     weak("small_factor", oddKeyOf(t, 2048, 65537, with(1048573))),
		"neighbours":         weak("close_primes", oddKeyOf(t, 2048, 65537, next(1))),
		"primes 2^400 apart": weak("close_primes", oddKeyOf(t, 2048, 65537, next(400))),
		"primes 2^512 apart": weak("close_primes", oddKeyOf(t, 2048, 65537, next(512))),
		"RSA of 1024 bits":   bad("public_key", request(small)),
		"RSA of 2047 bits":   bad("public_key", request(oddKeyOf(t, 2047, 65537, func() []*big.Int { return []*big.Int{primeOf(t, 1024), primeOf(t, 1023)} }))),
		"RSA of 2056 bits":   bad("public_key", request(oddKeyOf(t, 2056, 65537, func() []*big.Int { return []*big.Int{primeOf(t, 1024), primeOf(t, 1032)} }))),
		"P-384":              bad("public_key", request(p384)),
		"Ed25519":            bad("public_key", request(edwards)),
		"signed by another":  bad("", cracked),
		"one byte too many":  bad("", append(append([]byte(nil), good...), 0)),
		"PEM":                bad("", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: good})),
	}
}

// want checks what came back over the wire, and what the trail got meanwhile.
func (r refused) want(t *testing.T, what string, err error, said []map[string]string) {
	t.Helper()
	servicetest.WantCode(t, what, err, r.code, r.field)
	if got := servicetest.Argument(err, "why"); got != r.why {
		t.Errorf("%s: said to be weak because of %q, want %q", what, got, r.why)
	}
	if len(said) != 1 || said[0]["code"] != string(r.code) || said[0]["why"] != r.why {
		t.Errorf("%s: the trail says %v, want one line of %s %s", what, said, r.code, r.why)
	}
}

// refusals returns the facts of the requests that the trail says were refused since the last call.
func refusals(t *testing.T, hall *servicetest.Hall) func() []map[string]string {
	t.Helper()
	seen := 0
	return func() (said []map[string]string) {
		t.Helper()
		servicetest.Must(t, hall.Store.Pool().QueryRow(t.Context(),
			`SELECT array_agg(facts ORDER BY id) FROM (SELECT id, facts FROM audit WHERE action = 'request.refuse' ORDER BY id OFFSET $1) x`, seen).Scan(&said))
		seen += len(said)
		return said
	}
}
