package pki

import (
	"crypto"
	"crypto/rsa"
	"maps"
	"math/big"
	"slices"
)

// Moduli are the moduli of public keys, for what only several of them together show. A key that is no RSA key has none.
type Moduli struct {
	names  []string
	values []*big.Int
}

// Add puts a key among them under a name.
func (m *Moduli) Add(name string, public crypto.PublicKey) {
	if k, is := public.(*rsa.PublicKey); is && k.N.Sign() > 0 {
		m.names, m.values = append(m.names, name), append(m.values, k.N)
	}
}

// together is how many keys are compared with each other at a time, so that neither time nor memory grows faster than the register.
const together = 4096

// Sharing are the names of those that have a prime in common with another: whoever has both moduli computes both private keys. Each key is
// compared with the 2,000 at least that were added before it and after it: what makes primes twice is a fault of the chance in a batch of keys.
func (m *Moduli) Sharing() []string {
	found := map[int]bool{}
	for begin := 0; begin == 0 || begin+together/2 < len(m.values); begin += together / 2 {
		for _, i := range sharing(m.values[begin:min(begin+together, len(m.values))]) {
			found[begin+i] = true
		}
	}
	var names []string
	for _, i := range slices.Sorted(maps.Keys(found)) {
		names = append(names, m.names[i])
	}
	return names
}

// sharing are the places of the moduli that have a divisor in common with the product of the others, by a tree of products and one of
// remainders (D. J. Bernstein, "How to find smooth parts of integers").
func sharing(moduli []*big.Int) (places []int) {
	if len(moduli) < 2 {
		return nil
	}
	tree := productTree(moduli)
	remainders := tree[len(tree)-1]
	for i := len(tree) - 2; i >= 0; i-- {
		next := make([]*big.Int, len(tree[i]))
		for j, n := range tree[i] {
			next[j] = new(big.Int).Mod(remainders[j/2], new(big.Int).Mul(n, n))
		}
		remainders = next
	}
	one, gcd := big.NewInt(1), new(big.Int)
	for i, n := range moduli {
		others := remainders[i].Div(remainders[i], n) // their product, modulo n
		if gcd.GCD(nil, nil, others, n).Cmp(one) != 0 {
			places = append(places, i)
		}
	}
	return places
}

// productTree has the numbers in its first level and their product alone in its last.
func productTree(numbers []*big.Int) [][]*big.Int {
	tree := [][]*big.Int{numbers}
	for level := numbers; len(level) > 1; {
		var next []*big.Int
		for i := 0; i+1 < len(level); i += 2 {
			next = append(next, new(big.Int).Mul(level[i], level[i+1]))
		}
		if len(level)%2 == 1 {
			next = append(next, level[len(level)-1])
		}
		tree, level = append(tree, next), next
	}
	return tree
}
