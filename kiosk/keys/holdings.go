package keys

import (
	"bytes"
	"crypto/x509"
	"slices"
	"strings"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// Holding is a certificate that a key has for its holder, or a pair that has none.
type Holding struct {
	ID          []byte
	Certificate *x509.Certificate // nil for a pair without one
	Old         bool              // its label says that another took its place
}

// Holdings is what a person has on a key, by what shows without a PIN: the certificate in use first, then what it took the place of,
// and pairs that have no certificate at the end. Certificates of CAs are nobody's. Other counts what is none of all this.
func Holdings(objects []ukey.Object) (all []Holding, other int) {
	certified := map[string]bool{}
	for _, o := range objects {
		switch o.Kind {
		case ukey.KindCertificate:
			c, err := x509.ParseCertificate(o.Value)
			if err != nil {
				other++
				continue
			}
			certified[string(c.RawSubjectPublicKeyInfo)] = true
			if !c.IsCA {
				all = append(all, Holding{ID: o.ID, Certificate: c, Old: strings.HasPrefix(o.Label, ra.OldLabel)})
			}
		case ukey.KindData, ukey.KindOther:
			other++
		}
	}
	slices.SortStableFunc(all, newestFirst)
	for _, o := range objects {
		if o.Kind == ukey.KindPublicKey && !certified[string(o.Value)] {
			all = append(all, Holding{ID: o.ID})
		}
	}
	return all, other
}

func newestFirst(a, b Holding) int {
	if a.Old != b.Old {
		if b.Old {
			return -1
		}
		return 1
	}
	return b.Certificate.NotBefore.Compare(a.Certificate.NotBefore)
}

// Has tells whether a certificate stands on a key.
func Has(objects []ukey.Object, der []byte) bool {
	return slices.ContainsFunc(objects, func(o ukey.Object) bool { return o.Kind == ukey.KindCertificate && bytes.Equal(o.Value, der) })
}
