package local_test

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ca/local"
	"keyhall/backoffice/ra"
)

// TestUnfit: what breaks a rule is signed, listed, told of, and not given away.
func TestUnfit(t *testing.T) {
	t.Parallel()
	var told []book.SignedKind
	issuer := open(t, local.Config{Dir: t.TempDir(), Unfit: func(kind book.SignedKind) { told = append(told, kind) }})
	r := request(t, newKey(t), 7)
	name := pkix.Name{Country: []string{"CN"}, CommonName: strings.Repeat("公", 65)}
	var err error
	if r.Subject, err = asn1.Marshal(name.ToRDNSequence()); err != nil {
		t.Fatal(err)
	}
	der, err := issuer.Issue(t.Context(), r)
	if der != nil || ra.CodeOf(err) != ra.CodeCertificateUnfit || !strings.Contains(err.Error(), "65 characters") {
		t.Errorf("got %d bytes, %v", len(der), err)
	}
	var listed []string
	if err := issuer.Signed(t.Context(), func(s book.Signed) error { listed = append(listed, s.SerialNumber); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || told[0] != book.SignedCustomer || len(listed) != 1 || listed[0] != hex(7) {
		t.Errorf("told of %v, listed %v", told, listed)
	}
}

// TestRollover: the next CA signs from its day on; both answer for what they signed, and who trusts the first goes on to the second.
func TestRollover(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{local.ECP256, local.RSA3072} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			rollover(t, algorithm)
		})
	}
}

// generations are a hall's CAs: of customers' the second signs from an hour on.
type generations struct {
	dir   string
	clock time.Time
	cas   *local.Authorities
	cross []byte

	mu   sync.Mutex
	rows map[string]book.OwnCertificate
}

func newGenerations(t *testing.T, algorithm string) *generations {
	t.Helper()
	g := &generations{dir: t.TempDir(), clock: now, rows: map[string]book.OwnCertificate{}}
	config := func(a book.Authority) local.Config {
		return local.Config{Dir: g.dir, Name: a.Name, Algorithm: algorithm, CommonName: "Keyhall " + a.Name, Now: func() time.Time { return g.clock },
			Register: func(_ context.Context, c book.OwnCertificate) error {
				g.mu.Lock()
				defer g.mu.Unlock()
				g.rows[c.SerialNumber] = c
				return nil
			}}
	}
	all := []book.Authority{{Name: "ca", Purpose: book.ForCustomers}, {Name: "operations", Purpose: book.ForOperations},
		{Name: "ca-2", Purpose: book.ForCustomers, SignsFrom: now.Add(time.Hour)}}
	made := map[string]*local.Issuer{}
	for _, a := range all {
		made[a.Name] = open(t, config(a))
	}
	var err error
	if g.cross, err = made["ca"].Cross(t.Context(), made["ca-2"].Certificate()); err != nil {
		t.Fatal(err)
	}
	if g.cas, err = local.OpenAll(t.Context(), all, config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.cas.Close() })
	return g
}

func rollover(t *testing.T, algorithm string) {
	g := newGenerations(t, algorithm)
	customers, key, files := g.cas.For(book.ForCustomers), newKey(t), map[string]string{}
	for i, want := range []string{"ca", "ca-2"} {
		if got := customers.Authority(); got != want {
			t.Fatalf("%s signs, want %s", got, want)
		}
		r := request(t, key, int64(0x11*(i+1)))
		r.Authority = want
		der, err := customers.Issue(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		files[want] = write(t, g.dir, want+"-leaf.pem", "CERTIFICATE", der)
		g.clock = g.clock.Add(time.Hour)
	}
	g.clock = now
	untrusted := write(t, g.dir, "cross.pem", "CERTIFICATE", g.cross)
	file := func(name string) string { return filepath.Join(g.dir, name+".pem") }
	want(t, ": OK", openssl(t, "verify", "-x509_strict", "-CAfile", file("ca"), "-untrusted", untrusted, files["ca-2"]))
	want(t, "unable to get local issuer", openssl(t, "verify", "-CAfile", file("operations"), files["ca"]))
	for _, name := range []string{"ca", "ca-2"} {
		g.answersFor(t, name, file(name), files[name])
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	kinds := map[book.SignedKind]int{}
	for serial, row := range g.rows {
		if row.DER == nil {
			t.Errorf("%s %s was registered and not signed", row.Kind, serial)
		}
		kinds[row.Kind]++
	}
	if kinds[book.SignedCross] != 1 || kinds[book.SignedOCSP] != 2 {
		t.Errorf("registered %v, want the cross certificate and two responders", kinds)
	}
	r := request(t, key, 0x99)
	r.Authority = "operations"
	if _, err := customers.Issue(t.Context(), r); err == nil {
		t.Error("the operations CA signed for a customer")
	}
}

// TestOneKindIsNotTheOther: what the operations CA signed is nothing to who trusts the customers', nor the other way round.
func TestOneKindIsNotTheOther(t *testing.T) {
	t.Parallel()
	g := newGenerations(t, local.ECP256)
	key := newKey(t)
	r := request(t, key, 1)
	r.Authority = "ca"
	customer, err := g.cas.For(book.ForCustomers).Issue(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	kiosk, err := g.cas.For(book.ForOperations).IssueKiosk(t.Context(), book.KioskIssueRequest{Authority: "operations", PublicKey: &key.PublicKey,
		CommonName: "kiosk-1", NotBefore: now, NotAfter: now.AddDate(1, 0, 0), SerialNumber: serial(2)})
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		der  []byte
		by   book.AuthorityPurpose
		good bool
	}{
		"a customer at the customers' door": {customer, book.ForCustomers, true}, "a customer at the kiosks' door": {customer, book.ForOperations, false},
		"a kiosk at the kiosks' door": {kiosk, book.ForOperations, true}, "a kiosk at the customers' door": {kiosk, book.ForCustomers, false},
	} {
		leaf, err := x509.ParseCertificate(c.der)
		if err != nil {
			t.Fatal(err)
		}
		_, err = leaf.Verify(x509.VerifyOptions{Roots: g.cas.For(c.by).Pool(), CurrentTime: now.Add(time.Minute), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
		if (err == nil) != c.good {
			t.Errorf("%s: got %v", what, err)
		}
	}
}

// answersFor lets openssl check list and OCSP of one CA.
func (g *generations) answersFor(t *testing.T, name, ca, leaf string) {
	t.Helper()
	list, err := g.cas.CRL(t.Context(), book.CRL{Authority: name, Number: 1, ThisUpdate: now, NextUpdate: now.Add(time.Hour)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	crl := write(t, g.dir, name+"-crl.pem", "X509 CRL", list)
	want(t, ": OK", openssl(t, "verify", "-x509_strict", "-crl_check", "-CRLfile", crl, "-CAfile", ca, leaf))
	req, resp := filepath.Join(g.dir, "req"), filepath.Join(g.dir, "resp")
	openssl(t, "ocsp", "-issuer", ca, "-cert", leaf, "-reqout", req)
	der, err := os.ReadFile(req)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := g.cas.OCSP(t.Context(), der, func(_ context.Context, authority string, serials []string) (map[string]book.RevocationStatus, error) {
		if authority != name || len(serials) != 1 {
			t.Errorf("asked of %s for %v, want %s", authority, serials, name)
		}
		return map[string]book.RevocationStatus{serials[0]: {}}, nil
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(resp, answer.DER, 0o600); err != nil {
		t.Fatal(err)
	}
	got := openssl(t, "ocsp", "-issuer", ca, "-cert", leaf, "-respin", resp, "-CAfile", ca, "-no_nonce")
	want(t, "Response verify OK", got)
	want(t, "leaf.pem: good", got)
}
