package pki_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"keyhall/backoffice/pki"
)

// TestSharing: keys with a prime in common are found among any number of others, and no other key is.
func TestSharing(t *testing.T) {
	t.Parallel()
	prime := func() *big.Int {
		p, err := rand.Prime(rand.Reader, 256)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	key := func(p, q *big.Int) *rsa.PublicKey { return &rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537} }
	p, q, twice := prime(), prime(), key(prime(), prime())
	shared := map[string]*rsa.PublicKey{"one": key(p, prime()), "another": key(p, q), "a third": key(q, prime()), "twins": twice, "twins again": twice}
	for _, others := range []int{0, 1, 6, 33} {
		var m pki.Moduli
		curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		m.Add("no RSA key", curve.Public())
		for i := range others {
			m.Add(fmt.Sprint("sound ", i), key(prime(), prime()))
		}
		if got := m.Sharing(); len(got) != 0 {
			t.Errorf("%d sound ones: %v share a prime", others, got)
		}
		for name, k := range shared {
			m.Add(name, k)
		}
		got := m.Sharing()
		slices.Sort(got)
		if want := []string{"a third", "another", "one", "twins", "twins again"}; !slices.Equal(got, want) {
			t.Errorf("among %d others: %v, want %v", others, got, want)
		}
	}
}

// TestSharingInALargeRegister: keys that were made one after the other are compared, wherever in the register they stand.
func TestSharingInALargeRegister(t *testing.T) {
	t.Parallel()
	var m pki.Moduli
	common, err := rand.Prime(rand.Reader, 128)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range 9000 {
		p, err := rand.Prime(rand.Reader, 64)
		if err != nil {
			t.Fatal(err)
		}
		name, n := fmt.Sprint(i), p // a prime of its own is enough here
		if i == 4000 || i == 6000 {
			name, n = fmt.Sprint("bad ", i), new(big.Int).Mul(p, common)
			want = append(want, name)
		}
		m.Add(name, &rsa.PublicKey{N: n, E: 65537})
	}
	if got := m.Sharing(); !slices.Equal(got, want) {
		t.Errorf("%v share a prime, want %v", got, want)
	}
}
