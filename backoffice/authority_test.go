package main

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/demo"
)

// TestNextAuthority: it belongs to the register like the first, with a cross certificate by the one before, and one that does not sign yet
// is not overtaken.
func TestNextAuthority(t *testing.T) {
	t.Parallel()
	s, c := foundRegister(t)
	next, err := nextAuthority(t.Context(), s, c, book.ForCustomers, time.Now().Add(-time.Minute))
	if err != nil || next.Name != "ca-2" {
		t.Fatalf("got %s, %v", next.Name, err)
	}
	if err := opens(t, c); err != nil {
		t.Error(err)
	}
	f, err := s.Foundation(t.Context())
	if err != nil || len(f.Authorities) != 3 {
		t.Fatalf("the register has %d CAs, %v", len(f.Authorities), err)
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	parsed := map[string]*x509.Certificate{}
	for name, der := range map[string][]byte{"first": f.Authorities[0].Certificate, "own": next.Certificate, "cross": next.Cross} {
		if parsed[name], err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
	}
	roots.AddCert(parsed["first"])
	between.AddCert(parsed["cross"])
	if _, err := parsed["cross"].Verify(x509.VerifyOptions{Roots: roots}); err != nil {
		t.Errorf("who trusts the first does not trust the cross certificate: %v", err)
	}
	if _, err := parsed["own"].Verify(x509.VerifyOptions{Roots: roots}); err == nil {
		t.Error("the next CA's own certificate is trusted without being installed")
	}
	known, err := s.KnownCertificates(t.Context(), []string{parsed["cross"].SerialNumber.Text(16)})
	if err != nil || len(known) != 1 {
		t.Errorf("the cross certificate is not registered: %v, %v", known, err)
	}

	later, err := nextAuthority(t.Context(), s, c, book.ForOperations, time.Now().AddDate(0, 1, 0))
	if err != nil || later.Name != "operations-2" {
		t.Errorf("got %s, %v", later.Name, err)
	}
	_, err = nextAuthority(t.Context(), s, c, book.ForOperations, time.Now())
	wantWords(t, "one more before that one signs", err, "there is a next one already")
	if err := os.Remove(filepath.Join(c.Data, "ca-2.pem")); err != nil {
		t.Fatal(err)
	}
	wantWords(t, "its file is missing", opens(t, c), "the CA ca-2")
}

// TestPointers: without an address only profiles do that want none.
func TestPointers(t *testing.T) {
	t.Parallel()
	c := defaultConfig()
	c.PKI.URL = "http://pki.example"
	all, err := demo.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	projects := all.Projects
	if err := checkPointers(c, projects); err != nil {
		t.Errorf("with an address: %v", err)
	}
	c.PKI.URL = pkiNone
	wantWords(t, "without", checkPointers(c, projects), "unlinked = true")
	for i := range projects {
		projects[i].Profile.Unlinked = true
	}
	if err := checkPointers(c, projects); err != nil {
		t.Errorf("without, for profiles that want none: %v", err)
	}
}
