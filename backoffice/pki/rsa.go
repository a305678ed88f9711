package pki

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"math/big"
	"sync"
)

const (
	minExponent   = 65537 // NIST SP 800-56B rev. 2, 6.2
	smallPrimes   = 1 << 20
	fermatRounds  = 100 // as the CA/Browser Forum's baseline requirements 6.1.1.3 want
	primalityTest = 8   // rounds of Miller-Rabin beside Baillie-PSW
)

var rsaRequests = []x509.SignatureAlgorithm{x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA,
	x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS}

type rsaKey struct{ *rsa.PublicKey }

// takeRSA takes keys of exactly that many bits.
func takeRSA(bits int) func(crypto.PublicKey) material {
	return func(public crypto.PublicKey) material {
		if k, is := public.(*rsa.PublicKey); is && k.N.BitLen() == bits {
			return rsaKey{k}
		}
		return nil
	}
}

func (k rsaKey) weak() string {
	switch {
	case k.E < minExponent || k.E%2 == 0:
		return WeakExponent
	case new(big.Int).GCD(nil, nil, k.N, new(big.Int).Mod(primorial(), k.N)).Cmp(big.NewInt(1)) != 0:
		return WeakSmallFactor
	case roca(k.N):
		return WeakROCA
	case closePrimes(k.N):
		return WeakClosePrimes
	case k.N.ProbablyPrime(primalityTest):
		return WeakPrime
	}
	return ""
}

func (k rsaKey) identity() ([]byte, error) { return append([]byte("rsa\x00"), k.N.Bytes()...), nil }

func (k rsaKey) verify(message, signature []byte) error {
	sum := sha256.Sum256(message)
	return rsa.VerifyPKCS1v15(k.PublicKey, crypto.SHA256, sum[:], signature)
}

// primorial is the product of all primes below smallPrimes, made once: a divisor of it in a modulus shows in one GCD.
var primorial = sync.OnceValue(func() *big.Int {
	composite := make([]bool, smallPrimes)
	var level []*big.Int
	for n := 2; n < smallPrimes; n++ {
		if composite[n] {
			continue
		}
		level = append(level, big.NewInt(int64(n)))
		for m := n * n; m < smallPrimes; m += n {
			composite[m] = true
		}
	}
	for len(level) > 1 { // a tree of products: far faster than one after the other
		next := level[:0]
		for i := 0; i+1 < len(level); i += 2 {
			next = append(next, new(big.Int).Mul(level[i], level[i+1]))
		}
		if len(level)%2 == 1 {
			next = append(next, level[len(level)-1])
		}
		level = next
	}
	return level[0]
})

// closePrimes is Fermat's factorisation: with a near the root of n, a²-n soon is a square when the factors are close.
func closePrimes(n *big.Int) bool {
	a := new(big.Int).Sqrt(n)
	if new(big.Int).Mul(a, a).Cmp(n) < 0 {
		a.Add(a, big.NewInt(1))
	}
	one, rest, root := big.NewInt(1), new(big.Int), new(big.Int)
	for range fermatRounds {
		rest.Mul(a, a).Sub(rest, n)
		root.Sqrt(rest)
		if root.Mul(root, root).Cmp(rest) == 0 {
			return true
		}
		a.Add(a, one)
	}
	return false
}
