package pki

import (
	"math/big"
	"sync"
)

// rocaPrimes are the primes in whose residues the fingerprint of CVE-2017-15361 shows: moduli of the faulty library are
// powers of 65537 modulo each of them (Nemec, Sys, Svenda, Klinec, Matyas: The Return of Coppersmith's Attack, CCS 2017,
// section 2.2). Those of which 65537 generates everything tell nothing and are left out.
var rocaPrimes = []int64{
	11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
}

// rocaResidues are, for each prime, the residues that powers of 65537 have.
var rocaResidues = sync.OnceValue(func() []map[int64]bool {
	all := make([]map[int64]bool, len(rocaPrimes))
	for i, p := range rocaPrimes {
		all[i] = map[int64]bool{}
		for r := int64(1); !all[i][r]; r = r * 65537 % p {
			all[i][r] = true
		}
	}
	return all
})

// roca reports the fingerprint. A sound key shows it once in about 2^27.
func roca(n *big.Int) bool {
	residue := new(big.Int)
	for i, p := range rocaPrimes {
		if !rocaResidues()[i][residue.Mod(n, big.NewInt(p)).Int64()] {
			return false
		}
	}
	return true
}
