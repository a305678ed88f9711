// Package lint looks at a certificate that a CA has just signed, before anybody gets it: whether it is what was asked for, and whether it
// keeps the rules that programs check (RFC 5280, the bounds of X.520). It signs nothing and keeps nothing.
package lint

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"sync"

	zx509 "github.com/zmap/zcrypto/x509"
	zlint "github.com/zmap/zlint/v3/lint"
	_ "github.com/zmap/zlint/v3/lints/community" // lints register themselves
	_ "github.com/zmap/zlint/v3/lints/rfc"
)

// Kind is what a certificate is for; the rules differ a little.
type Kind int

// The kinds.
const (
	Customer Kind = iota
	Office        // of a kiosk, of the back office's TLS, of its OCSP responder
	Authority
)

// Asked is what the CA was asked to sign.
type Asked struct {
	Kind     Kind
	Template *x509.Certificate // with its public key
	CA       *x509.Certificate // who signed; for a CA's own certificate itself
}

// Unfit says everything that is wrong with a certificate.
type Unfit struct{ Findings []string }

// Error lists the findings.
func (u *Unfit) Error() string {
	return "the certificate that was signed is not fit to be given away: " + strings.Join(u.Findings, "; ")
}

// Check looks at a certificate, DER: *Unfit.
func Check(der []byte, asked Asked) error {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return &Unfit{[]string{fmt.Sprintf("it cannot be read: %v", err)}}
	}
	var found []string
	for _, r := range rules {
		if !slices.Contains(r.of, asked.Kind) {
			continue
		}
		if what := r.broken(c, asked); what != "" {
			found = append(found, r.name+": "+what)
		}
	}
	if found = append(found, foreign(der)...); len(found) > 0 {
		return &Unfit{found}
	}
	return nil
}

// passedOver are lints of zlint's (its sources RFC 5280 and community) that do not fit a private CA, each with the reason. The lints of
// browsers' forums, of Mozilla, Apple and ETSI are not even linked: they are about public TLS, mail and code signing, and want fields that
// a customer's certificate for logging in must not have.
var passedOver = map[string]string{
	"e_rsa_fermat_factorization":                      "backoffice/pki looks further, when the request comes",
	"e_ecdsa_small_private_key":                       "backoffice/pki checks keys",
	"e_cert_issued_by_compromised_emudhra_ca":         "our own CA has just signed it, which is checked; that of another costs more than all the rest",
	"e_key_usage_and_extended_key_usage_inconsistent": "a key logs in and signs documents: nonRepudiation stands beside clientAuth on purpose",
}

// chosen are the lints that are run. Notices are remarks and stop nothing.
var chosen = sync.OnceValue(func() (all []*zlint.CertificateLint) {
	for _, l := range zlint.GlobalRegistry().CertificateLints().Lints() {
		if _, not := passedOver[l.Name]; !not && !strings.HasPrefix(l.Name, "n_") {
			all = append(all, l)
		}
	}
	return all
})

// foreign is what zlint's lints find.
func foreign(der []byte) (found []string) {
	c, err := zx509.ParseCertificate(der)
	if err != nil {
		return []string{fmt.Sprintf("zlint cannot read it: %v", err)}
	}
	config := zlint.NewEmptyConfig() // made once: it is parsed
	for _, l := range chosen() {
		if r := l.Execute(c, config); r.Status >= zlint.Warn {
			found = append(found, l.Name) // its details may hold what stands in the subject
		}
	}
	return found
}
