package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"sync"

	"keyhall/backoffice/ra"
)

// Why a key is weak: the argument "why" of CodeKeyWeak, translated under "weak.<why>".
const (
	WeakExponent    = "exponent"     // below 65537 or even
	WeakSmallFactor = "small_factor" // a prime below 2^20 divides the modulus
	WeakClosePrimes = "close_primes" // Fermat's method finds the factors
	WeakPrime       = "prime"        // the modulus is itself a prime
	WeakROCA        = "roca"         // CVE-2017-15361
	WeakPoint       = "point"        // not on its curve
)

const (
	minRSABits    = 2048
	maxRSABits    = 4096
	minExponent   = 65537 // NIST SP 800-56B rev. 2, 6.2
	smallPrimes   = 1 << 20
	fermatRounds  = 100 // as the CA/Browser Forum's baseline requirements 6.1.1.3 want
	primalityTest = 8   // rounds of Miller-Rabin beside Baillie-PSW
)

// CheckKey refuses a public key that no certificate may carry: CodeRequestBad (field "public_key") for a kind or size
// that is not issued, CodeKeyWeak (field "public_key", args: why) for one whose private half can be found out.
func CheckKey(key crypto.PublicKey) error {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if n := k.N.BitLen(); n < minRSABits || n > maxRSABits {
			return ra.E(ra.CodeRequestBad).At("public_key").Because(fmt.Errorf("RSA key of %d bits", n))
		}
		if why := weakRSA(k); why != "" {
			return weak(why)
		}
		return nil
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() && k.Curve != elliptic.P384() {
			return ra.E(ra.CodeRequestBad).At("public_key").Because(errors.New("curve is neither P-256 nor P-384"))
		}
		if _, err := k.ECDH(); err != nil {
			return weak(WeakPoint)
		}
		return nil
	}
	return ra.E(ra.CodeRequestBad).At("public_key").Because(fmt.Errorf("key of type %T", key))
}

func weak(why string) error { return ra.E(ra.CodeKeyWeak, "why", why).At("public_key") }

// weakRSA says why, "" when nothing is known against the key.
func weakRSA(k *rsa.PublicKey) string {
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

// KeyHash names a public key by what its private half hangs on: the modulus of an RSA key, curve and x of an EC one. So
// the same modulus with another exponent, or the mirrored point, is the same key. SHA-256.
func KeyHash(key crypto.PublicKey) ([]byte, error) {
	h := sha256.New()
	switch k := key.(type) {
	case *rsa.PublicKey:
		h.Write([]byte("rsa\x00"))
		h.Write(k.N.Bytes())
	case *ecdsa.PublicKey:
		point, err := k.Bytes() // SEC 1, 2.3.3: 04, x, y
		if err != nil {
			return nil, fmt.Errorf("EC key: %w", err)
		}
		h.Write([]byte("ec\x00" + k.Curve.Params().Name + "\x00"))
		h.Write(point[1 : 1+len(point)/2])
	default:
		return nil, fmt.Errorf("key of type %T", key)
	}
	return h.Sum(nil), nil
}
