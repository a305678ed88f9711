package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os"
	"testing"

	"keyhall/backoffice/ra"
)

// prime is a random prime of that many bits.
func prime(t testing.TB, bits int) *big.Int {
	t.Helper()
	p, err := rand.Prime(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// after is the first prime after n.
func after(n *big.Int) *big.Int {
	p := new(big.Int).Add(n, big.NewInt(2))
	for !p.ProbablyPrime(20) {
		p.Add(p, big.NewInt(2))
	}
	return p
}

// timesTo is p times an odd number that makes a modulus of that many bits.
func timesTo(t testing.TB, p *big.Int, bits int) *big.Int {
	t.Helper()
	for {
		m, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), uint(bits-p.BitLen()+1)))
		if err != nil {
			t.Fatal(err)
		}
		if n := m.Mul(m.SetBit(m, 0, 1), p); n.BitLen() == bits {
			return n
		}
	}
}

func check(key crypto.PublicKey) error {
	k, err := KeyOf(key)
	if err != nil {
		return err
	}
	return k.Check()
}

func whyWeak(err error) string {
	var e *ra.Error
	if errors.As(err, &e) && e.Code == ra.CodeKeyWeak {
		return e.Args["why"]
	}
	return ""
}

func TestWeakKeys(t *testing.T) {
	t.Parallel()
	sound, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := prime(t, 1024)
	for name, c := range map[string]struct {
		n    *big.Int
		e    int
		want string
	}{
		"sound":                          {sound.N, 65537, ""},
		"sound, larger exponent":         {sound.N, 1<<31 - 1, ""},
		"exponent 3":                     {sound.N, 3, WeakExponent},
		"exponent 1":                     {sound.N, 1, WeakExponent},
		"exponent 65535":                 {sound.N, 65535, WeakExponent},
		"even exponent":                  {sound.N, 65538, WeakExponent},
		"even modulus":                   {new(big.Int).Lsh(prime(t, 2047), 1), 65537, WeakSmallFactor},
		"factor 3":                       {timesTo(t, big.NewInt(3), 2048), 65537, WeakSmallFactor},
		"factor 751":                     {timesTo(t, big.NewInt(751), 2048), 65537, WeakSmallFactor},
		"factor 65537":                   {timesTo(t, big.NewInt(65537), 2048), 65537, WeakSmallFactor},
		"factor 1048573":                 {timesTo(t, big.NewInt(1048573), 2048), 65537, WeakSmallFactor},
		"the next prime":                 {new(big.Int).Mul(p, after(p)), 65537, WeakClosePrimes},
		"a square":                       {new(big.Int).Mul(p, p), 65537, WeakClosePrimes},
		"close in the upper half":        {new(big.Int).Mul(p, after(new(big.Int).Add(p, new(big.Int).Lsh(big.NewInt(1), 500)))), 65537, WeakClosePrimes},
		"a prime":                        {prime(t, 2048), 65537, WeakPrime},
		"fingerprint of the CVE":         {fingerprinted(t), 65537, WeakROCA},
		"3072 bits, factor of 16 bits":   {timesTo(t, big.NewInt(65521), 3072), 65537, WeakSmallFactor},
		"3072 bits, fingerprint and odd": {timesTo(t, big.NewInt(7), 3072), 65537, WeakSmallFactor},
	} {
		err := check(&rsa.PublicKey{N: c.n, E: c.e})
		if got := whyWeak(err); got != c.want || (err == nil) != (c.want == "") {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// fingerprinted is a modulus of two primes, each a power of 65537 modulo every prime of the fingerprint.
func fingerprinted(t *testing.T) *big.Int {
	t.Helper()
	m := big.NewInt(1)
	for _, p := range rocaPrimes {
		m.Mul(m, big.NewInt(p))
	}
	one := func() *big.Int {
		for {
			a, err := rand.Int(rand.Reader, big.NewInt(1<<40))
			if err != nil {
				t.Fatal(err)
			}
			k, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), uint(1024-m.BitLen()-1)))
			if err != nil {
				t.Fatal(err)
			}
			p := new(big.Int).Exp(big.NewInt(65537), a, m)
			p.Add(p, k.SetBit(k, 1024-m.BitLen(), 1).Mul(k, m))
			if p.BitLen() == 1024 && p.ProbablyPrime(10) {
				return p
			}
		}
	}
	for {
		if n := new(big.Int).Mul(one(), one()); n.BitLen() == 2048 {
			return n
		}
	}
}

func TestKindsThatAreNotIssued(t *testing.T) {
	t.Parallel()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.PublicKey{
		"RSA of 1024 bits": &rsa.PublicKey{N: new(big.Int).Mul(prime(t, 512), prime(t, 512)), E: 65537},
		"RSA of 8192 bits": &rsa.PublicKey{N: new(big.Int).SetBit(prime(t, 64), 8191, 1), E: 65537},
		"RSA of 2047 bits": &rsa.PublicKey{N: new(big.Int).SetBit(prime(t, 64), 2046, 1), E: 65537},
		"P-384":            &ec(t, elliptic.P384()).PublicKey,
		"P-224":            &ec(t, elliptic.P224()).PublicKey,
		"Ed25519":          public,
	} {
		if err := check(key); ra.CodeOf(err) != ra.CodeRequestBad {
			t.Errorf("%s: got %v, want request_bad", name, err)
		}
	}
	k := ec(t, elliptic.P256())
	k.Y = new(big.Int).Add(k.Y, big.NewInt(1))
	if err := check(&k.PublicKey); whyWeak(err) != WeakPoint {
		t.Errorf("a point off the curve: got %v, want %q", err, WeakPoint)
	}
}

func TestCheckProfile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		algorithm string
		usage     ra.Usage
		field     string // that is refused
	}{
		{"rsa-2048", ra.UsageSign, ""},
		{"rsa-2048", ra.UsageDecrypt, ""},
		{"ec-p256", ra.UsageSign, ""},
		{"ec-p256", ra.UsageDecrypt, "profile.usage"},
		{"rsa-2048", "", "profile.usage"},
		{"rsa-2048", "seal", "profile.usage"},
		{"", ra.UsageSign, "profile.algorithm"},
		{"rsa-1024", ra.UsageSign, "profile.algorithm"},
	} {
		err := CheckProfile(ra.SubjectProfile{Algorithm: c.algorithm, Usage: c.usage})
		var e *ra.Error
		if errors.As(err, &e) != (c.field != "") || e != nil && (e.Code != ra.CodeInvalid || e.Field != c.field) {
			t.Errorf("%s to %s: got %v, want %q refused", c.algorithm, c.usage, err, c.field)
		}
	}
}

func TestSignaturesOfEverySuite(t *testing.T) {
	t.Parallel()
	message := []byte("a challenge")
	sum := sha256.Sum256(message)
	for _, bits := range []int{2048, 3072} {
		k, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := k.Sign(nil, sum[:], crypto.SHA256)
		checkBoth(t, &k.PublicKey, message, signature, err)
	}
	k := ec(t, elliptic.P256())
	signature, err := k.Sign(rand.Reader, sum[:], crypto.SHA256)
	checkBoth(t, &k.PublicKey, message, signature, err)
}

// checkBoth wants the signature to count for the message and for no other.
func checkBoth(t *testing.T, public crypto.PublicKey, message, signature []byte, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	key, err := KeyOf(public)
	if err != nil {
		t.Fatal(err)
	}
	if err := key.CheckSignature(message, signature); err != nil {
		t.Errorf("%s: %v", key.Suite.Name, err)
	}
	if err := key.CheckSignature(append(message, 0), signature); err == nil {
		t.Errorf("%s: the signature counts for another message", key.Suite.Name)
	}
}

func ec(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestParseRequest(t *testing.T) {
	t.Parallel()
	key := ec(t, elliptic.P256())
	template := &x509.CertificateRequest{Subject: pkix.Name{CommonName: "x"}}
	good, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ParseRequest(good)
	if err != nil || len(r.KeyHash) != 32 {
		t.Fatalf("a good one: %v", err)
	}
	if err := r.CheckSubject(r.Subject); err != nil {
		t.Error(err)
	}
	if err := r.CheckSubject([]byte{0x30, 0}); ra.CodeOf(err) != ra.CodeRequestBad {
		t.Errorf("another subject: got %v", err)
	}
	damaged := append([]byte(nil), good...)
	damaged[len(damaged)-1] ^= 1
	for name, c := range map[string]struct {
		der  []byte
		code ra.Code
		why  string
	}{
		"nothing":          {nil, ra.CodeRequestBad, ""},
		"not DER":          {[]byte("x"), ra.CodeRequestBad, ""},
		"signature wrong":  {damaged, ra.CodeRequestBad, ""},
		"trailing bytes":   {append(append([]byte(nil), good...), 0), ra.CodeRequestBad, ""},
		"too long":         {make([]byte, maxRequestBytes+1), ra.CodeRequestBad, ""},
		"exponent 3":       {read(t, "e3.csr.der"), ra.CodeKeyWeak, WeakExponent},
		"ROCA fingerprint": {read(t, "roca.csr.der"), ra.CodeKeyWeak, WeakROCA},
	} {
		_, err := ParseRequest(c.der)
		if ra.CodeOf(err) != c.code || whyWeak(err) != c.why {
			t.Errorf("%s: got %v, want %s %s", name, err, c.code, c.why)
		}
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestKeyHashSeesThroughDisguise(t *testing.T) {
	t.Parallel()
	hash := func(k crypto.PublicKey) string {
		h, err := KeyHash(k)
		if err != nil {
			t.Fatal(err)
		}
		return string(h)
	}
	n := new(big.Int).Mul(prime(t, 1024), prime(t, 1024))
	if hash(&rsa.PublicKey{N: n, E: 65537}) != hash(&rsa.PublicKey{N: n, E: 65539}) {
		t.Error("another exponent made another key of one modulus")
	}
	k := ec(t, elliptic.P256())
	mirrored := k.PublicKey
	//lint:ignore SA1019 the mirrored point has no other maker
	mirrored.Y = new(big.Int).Sub(k.Params().P, k.Y)
	if hash(&k.PublicKey) != hash(&mirrored) {
		t.Error("the mirrored point is another key")
	}
	if hash(&k.PublicKey) == hash(&ec(t, elliptic.P256()).PublicKey) {
		t.Error("two keys are one")
	}
}

// FuzzParseRequest: whatever comes from a kiosk is refused with a code or is a request with a sound key.
func FuzzParseRequest(f *testing.F) {
	for _, name := range []string{"e3.csr.der", "roca.csr.der"} {
		f.Add(read(f, name))
	}
	f.Add([]byte{0x30, 0x80})
	f.Fuzz(func(t *testing.T, der []byte) {
		r, err := ParseRequest(der)
		switch {
		case err == nil && r.Key.Check() != nil:
			t.Error("a weak key passed")
		case err != nil && ra.CodeOf(err) != ra.CodeRequestBad && ra.CodeOf(err) != ra.CodeKeyWeak:
			t.Errorf("got %v", err)
		}
	})
}

func BenchmarkWeakKeys(b *testing.B) {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := check(&k.PublicKey); err != nil {
			b.Fatal(err)
		}
	}
}
