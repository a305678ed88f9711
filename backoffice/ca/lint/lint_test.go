package lint_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ca"
	"keyhall/backoffice/ca/lint"
	"keyhall/backoffice/ra"
)

var now = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// scene is a CA and a request to it.
type scene struct {
	ca     *x509.Certificate
	key    crypto.Signer // the CA's
	holder crypto.Signer
	asked  *x509.Certificate
}

func newScene(t testing.TB, holder crypto.Signer, usage ra.Usage) scene {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return newSceneOf(t, key, holder, usage)
}

func newSceneOf(t testing.TB, key, holder crypto.Signer, usage ra.Usage) scene {
	t.Helper()
	s := scene{key: key, holder: holder}
	template, err := ca.Authority(s.key.Public(), pkix.Name{CommonName: "测试 CA", Country: []string{"CN"}}, serial(1), now.AddDate(-1, 0, 0), now.AddDate(19, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	s.ca = s.sign(t, template, template, s.key.Public())
	subject, err := asn1.Marshal(pkix.Name{Country: []string{"CN"}, Organization: []string{"杭州(示范)科技,有限公司"}, CommonName: "王芳",
		ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 97}, Value: "91330100MA00000072"}}}.ToRDNSequence())
	if err != nil {
		t.Fatal(err)
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{RawSubject: subject}, holder)
	if err != nil {
		t.Fatal(err)
	}
	s.asked, err = ca.Customer(book.IssueRequest{Request: request, Subject: subject, Usage: usage, NotBefore: now, NotAfter: now.AddDate(1, 0, 0), SerialNumber: serial(2),
		Shape: book.Shape{Extended: ra.ExtendedUsages(), Policies: []ra.Policy{{OID: "1.3.6.1.4.1.32473.1", CPS: "https://eseal.example/cps"}},
			CRLURL: "http://127.0.0.1:8080/crl/ca", OCSPURL: "http://127.0.0.1:8080/ocsp", CAURL: "http://127.0.0.1:8080/ca/ca"}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func serial(n int64) *big.Int {
	return new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 100), big.NewInt(n))
}

func (s scene) sign(t testing.TB, template, parent *x509.Certificate, public crypto.PublicKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, s.key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func holders(t testing.TB) map[string]crypto.Signer {
	t.Helper()
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	short, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]crypto.Signer{"RSA": long, "P-256": short}
}

// TestWhatIsFit: our own profiles pass every rule and every lint.
func TestWhatIsFit(t *testing.T) {
	t.Parallel()
	for name, holder := range holders(t) {
		usage := ra.UsageSign
		if name == "RSA" {
			usage = ra.UsageDecrypt
		}
		s := newScene(t, holder, usage)
		if err := lint.Check(s.ca.Raw, lint.Asked{Kind: lint.Authority, Template: s.ca, CA: s.ca}); err != nil {
			t.Errorf("the CA's own: %v", err)
		}
		if err := lint.Check(s.sign(t, s.asked, s.ca, holder.Public()).Raw, lint.Asked{Kind: lint.Customer, Template: s.asked, CA: s.ca}); err != nil {
			t.Errorf("a customer's with %s: %v", name, err)
		}
		kiosk, err := ca.Kiosk(book.KioskIssueRequest{PublicKey: holder.Public(), CommonName: "0199", NotBefore: now, NotAfter: now.AddDate(3, 0, 0), SerialNumber: serial(3)})
		if err != nil {
			t.Fatal(err)
		}
		tls, err := ca.Server(holder.Public(), []string{"localhost", "127.0.0.1", "office"}, serial(4), now, now.AddDate(1, 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		ocsp, err := ca.Responder(holder.Public(), serial(5), now, now.AddDate(0, 0, 14))
		if err != nil {
			t.Fatal(err)
		}
		for what, template := range map[string]*x509.Certificate{"kiosk": kiosk, "TLS": tls, "OCSP": ocsp} {
			if err := lint.Check(s.sign(t, template, s.ca, holder.Public()).Raw, lint.Asked{Kind: lint.Office, Template: template, CA: s.ca}); err != nil {
				t.Errorf("%s with %s: %v", what, name, err)
			}
		}
	}
}

// TestWhatIsUnfit: each differs from what was asked, or breaks a rule, in one thing.
func TestWhatIsUnfit(t *testing.T) {
	t.Parallel()
	holder := holders(t)["P-256"]
	good := newScene(t, holder, ra.UsageSign)
	stranger := newScene(t, holder, ra.UsageSign)
	name := func(change func(*pkix.Name)) func(*scene, *x509.Certificate) {
		return func(s *scene, c *x509.Certificate) {
			n := pkix.Name{Country: []string{"CN"}, CommonName: "王芳"}
			change(&n)
			c.RawSubject, _ = asn1.Marshal(n.ToRDNSequence())
			asked := *s.asked
			asked.RawSubject = c.RawSubject
			s.asked = &asked
		}
	}
	for what, c := range map[string]struct {
		change func(*scene, *x509.Certificate) // of what is asked, and of what is signed
		want   string
	}{
		"another serial number": {func(_ *scene, c *x509.Certificate) { c.SerialNumber = serial(9) }, "serial number asked for"},
		"another subject": {func(_ *scene, c *x509.Certificate) {
			c.RawSubject = bytes.Replace(c.RawSubject, []byte("王"), []byte("玉"), 1)
		}, "subject asked for"},
		"longer":            {func(_ *scene, c *x509.Certificate) { c.NotAfter = c.NotAfter.AddDate(0, 0, 1) }, "time asked for"},
		"another usage":     {func(_ *scene, c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageKeyAgreement }, "usages asked for"},
		"an extended usage": {func(_ *scene, c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning} }, "usages asked for"},
		"another OCSP":      {func(_ *scene, c *x509.Certificate) { c.OCSPServer = []string{"http://other.example"} }, "pointers asked for"},
		"no policy":         {func(_ *scene, c *x509.Certificate) { c.ExtraExtensions = nil }, "extensions asked for"},
		"an extension more": {func(_ *scene, c *x509.Certificate) {
			c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: []byte{5, 0}})
		}, "extensions asked for"},
		"a CA":                 {func(_ *scene, c *x509.Certificate) { c.IsCA = true }, "no CA"},
		"another CA":           {func(s *scene, _ *x509.Certificate) { s.key, s.ca = stranger.key, stranger.ca }, "signature"},
		"another key named":    {func(_ *scene, c *x509.Certificate) { c.SubjectKeyId = make([]byte, 20) }, "key identifiers"},
		"64 bits are wanted":   {func(s *scene, c *x509.Certificate) { c.SerialNumber = big.NewInt(1); again(s, c) }, "serial number: it has 1 bits"},
		"beyond the CA":        {func(s *scene, c *x509.Certificate) { c.NotAfter = now.AddDate(20, 0, 0); again(s, c) }, "not within the CA's own"},
		"EC that decrypts":     {func(s *scene, c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageKeyEncipherment; again(s, c) }, "usage of the key"},
		"no revocation list":   {func(s *scene, c *x509.Certificate) { c.CRLDistributionPoints = nil; again(s, c) }, "pointers: some"},
		"65 characters":        {name(func(n *pkix.Name) { n.Organization = []string{strings.Repeat("公", 65)} }), "2.5.4.10 has 65 characters, at most 64"},
		"a longer common name": {name(func(n *pkix.Name) { n.CommonName = strings.Repeat("a", 120) }), "2.5.4.3 has 120 characters, at most 64"},
		"what nobody sees":     {name(func(n *pkix.Name) { n.CommonName = "王\u200b芳" }), "a character that nobody sees"},
		"a filler":             {name(func(n *pkix.Name) { n.CommonName = "王\uFFA0芳" }), "a character that nobody sees"},
		"a form of a sign":     {name(func(n *pkix.Name) { n.Organization = []string{"葛\U000E0100公司"} }), "a character that nobody sees"},
		"an empty cell":        {name(func(n *pkix.Name) { n.Organization = []string{"王\u2800芳"} }), "a character that nobody sees"},
		"three letters":        {name(func(n *pkix.Name) { n.Country = []string{"CHN"} }), "2.5.4.6 has 3 characters"},
		"country in small":     {name(func(n *pkix.Name) { n.Country = []string{"cn"} }), "e_subj_country_not_uppercase"}, // zlint's
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s, signed := good, *good.asked
			c.change(&s, &signed)
			err := lint.Check(s.sign(t, &signed, s.ca, holder.Public()).Raw, lint.Asked{Kind: lint.Customer, Template: s.asked, CA: good.ca})
			var unfit *lint.Unfit
			if !errors.As(err, &unfit) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	other := holders(t)["RSA"]
	err := lint.Check(good.sign(t, good.asked, good.ca, other.Public()).Raw, lint.Asked{Kind: lint.Customer, Template: good.asked, CA: good.ca})
	if err == nil || !strings.Contains(err.Error(), "public key asked for") {
		t.Errorf("another public key: got %v", err)
	}
	if err := lint.Check([]byte("rubble"), lint.Asked{Template: good.asked, CA: good.ca}); err == nil {
		t.Error("rubble is fit")
	}
}

// again asks for just what is signed.
func again(s *scene, c *x509.Certificate) {
	asked := *c
	s.asked = &asked
}

// BenchmarkCheck is what a certificate's check costs, as part of what signing it does.
func BenchmarkCheck(b *testing.B) {
	holder := holders(b)["RSA"]
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	rsa3072, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		b.Fatal(err)
	}
	for name, key := range map[string]crypto.Signer{"P-256": p256, "RSA-3072": rsa3072} {
		b.Run(name, func(b *testing.B) {
			s := newSceneOf(b, key, holder, ra.UsageDecrypt)
			var signing, checking time.Duration
			for b.Loop() {
				start := time.Now()
				der := s.sign(b, s.asked, s.ca, s.holder.Public()).Raw
				signed := time.Now()
				if err := lint.Check(der, lint.Asked{Kind: lint.Customer, Template: s.asked, CA: s.ca}); err != nil {
					b.Fatal(err)
				}
				signing, checking = signing+signed.Sub(start), checking+time.Since(signed)
			}
			b.ReportMetric(float64(signing.Microseconds())/float64(b.N), "µs-sign/op")
			b.ReportMetric(float64(checking.Microseconds())/float64(b.N), "µs-check/op")
			b.ReportMetric(float64(checking)/float64(signing), "check/sign")
		})
	}
}
