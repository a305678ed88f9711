package local_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ca/local"
	"keyhall/backoffice/ra"
)

// now is real: openssl compares with the machine's clock.
var now = time.Now().UTC().Truncate(time.Second)

func setup(t *testing.T, algorithm string) (*local.Issuer, local.Config) {
	t.Helper()
	c := local.Config{Dir: filepath.Join(t.TempDir(), "ca"), Algorithm: algorithm, CommonName: "Keyhall Test CA", Organisation: "测试"}
	return open(t, c), c
}

func open(t *testing.T, c local.Config) *local.Issuer {
	t.Helper()
	issuer, err := local.Found(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := issuer.Close(); err != nil {
			t.Error(err)
		}
	})
	return issuer
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func subject(t *testing.T) []byte {
	t.Helper()
	name := pkix.Name{Country: []string{"CN"}, Organization: []string{"杭州西湖信息技术有限公司"}, SerialNumber: "91330106MA2CFLNB8T", CommonName: "王芳"}
	der, err := asn1.Marshal(name.ToRDNSequence())
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func request(t *testing.T, key crypto.Signer, n int64) book.IssueRequest {
	t.Helper()
	return book.IssueRequest{
		OperationID: "op", Request: csr(t, key), Subject: subject(t), Usage: ra.UsageSign, NotBefore: now, NotAfter: now.AddDate(1, 0, 0),
		SerialNumber: serial(n), Shape: shape(),
	}
}

// serial is a number that is long enough, and ends so.
func serial(n int64) *big.Int {
	return new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 100), big.NewInt(n))
}

func hex(n int64) string { return serial(n).Text(16) }

func shape() book.Shape {
	return book.Shape{Extended: []ra.ExtendedUsage{ra.ExtendedClientAuth}, CRLURL: "http://127.0.0.1/crl/ca", OCSPURL: "http://127.0.0.1/ocsp", CAURL: "http://127.0.0.1/ca/ca"}
}

// csr is a request signed by the key; its subject is not the one that the office decided.
func csr(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "x"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func issue(t *testing.T, issuer *local.Issuer, r book.IssueRequest) []byte {
	t.Helper()
	der, err := issuer.Issue(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestCustomerProfile(t *testing.T) {
	t.Parallel()
	issuer, _ := setup(t, local.ECP256)
	key := newKey(t)
	der := issue(t, issuer, request(t, key, 0x1234))
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(c.RawSubject, subject(t)) {
		t.Errorf("subject: got %s", c.Subject)
	}
	if c.KeyUsage != x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment || c.IsCA || !c.BasicConstraintsValid {
		t.Errorf("key usage: got %b, CA %v", c.KeyUsage, c.IsCA)
	}
	if len(c.ExtKeyUsage) != 1 || len(c.SubjectKeyId) != 20 || !bytes.Equal(c.AuthorityKeyId, issuer.Certificate().SubjectKeyId) {
		t.Errorf("extended key usage %v, key ids %x and %x", c.ExtKeyUsage, c.SubjectKeyId, c.AuthorityKeyId)
	}
	if len(c.CRLDistributionPoints) != 1 || len(c.OCSPServer) != 1 || c.SerialNumber.Cmp(serial(0x1234)) != 0 {
		t.Errorf("got CRL %v, OCSP %v, serial %x", c.CRLDistributionPoints, c.OCSPServer, c.SerialNumber)
	}
}

// TestShape: extended usages, policies and all three pointers, as openssl reads them.
func TestShape(t *testing.T) {
	t.Parallel()
	issuer, _ := setup(t, local.ECP256)
	r := request(t, newKey(t), 8)
	r.Extended = ra.ExtendedUsages()
	r.Policies = []ra.Policy{{OID: "1.3.6.1.4.1.32473.1.1", CPS: "https://eseal.example/cps"}, {OID: "2.23.140.1.2.2"}}
	file := write(t, t.TempDir(), "leaf.pem", "CERTIFICATE", issue(t, issuer, r))
	got := openssl(t, "x509", "-in", file, "-noout", "-text")
	for _, part := range []string{"TLS Web Client Authentication, 1.3.6.1.5.5.7.3.36, 1.3.6.1.4.1.311.10.3.12", "Policy: 1.3.6.1.4.1.32473.1.1\n",
		"CPS: https://eseal.example/cps", "Policy: 2.23.140.1.2.2\n",
		"CA Issuers - URI:http://127.0.0.1/ca/ca", "OCSP - URI:http://127.0.0.1/ocsp", "URI:http://127.0.0.1/crl/ca"} {
		want(t, part, got)
	}
	for name, wrong := range map[string]book.Shape{
		"usage":  {Extended: []ra.ExtendedUsage{"email_protection"}},
		"policy": {Policies: []ra.Policy{{OID: "1"}}},
	} {
		r.Shape = wrong
		if _, err := issuer.Issue(t.Context(), r); err == nil {
			t.Errorf("unknown %s: got %v", name, err)
		}
	}
}

// TestUsage: what the usage says stands in the certificate and nothing else does, as openssl reads it.
func TestUsage(t *testing.T) {
	t.Parallel()
	issuer, _ := setup(t, local.ECP256)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for usage, words := range map[ra.Usage]string{
		ra.UsageSign:    "Digital Signature, Non Repudiation\n",
		ra.UsageDecrypt: "Digital Signature, Non Repudiation, Key Encipherment\n",
	} {
		r := request(t, key, 8)
		r.Usage = usage
		file := write(t, t.TempDir(), "leaf.pem", "CERTIFICATE", issue(t, issuer, r))
		want(t, words, openssl(t, "x509", "-in", file, "-noout", "-ext", "keyUsage"))
	}
}

func TestSameRequestSameCertificate(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{local.ECP256, local.RSA3072} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			issuer, c := setup(t, algorithm)
			key := newKey(t)
			first := issue(t, issuer, request(t, key, 7))
			again := issue(t, open(t, c), request(t, key, 7)) // after a restart
			if !bytes.Equal(first, again) {
				t.Error("the same request gave other bytes")
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	issuer, _ := setup(t, local.ECP256)
	key := newKey(t)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skip("the toolchain makes no short keys: ", err)
	}
	cases := map[string]func(*book.IssueRequest){
		"a short RSA key":     func(r *book.IssueRequest) { r.Request = csr(t, small) },
		"no request":          func(r *book.IssueRequest) { r.Request = nil },
		"no usage":            func(r *book.IssueRequest) { r.Usage = "" },
		"no subject":          func(r *book.IssueRequest) { r.Subject = nil },
		"a subject of rubble": func(r *book.IssueRequest) { r.Subject = []byte{0x30, 0x80, 1} },
		"no serial":           func(r *book.IssueRequest) { r.SerialNumber = nil },
		"serial zero":         func(r *book.IssueRequest) { r.SerialNumber = new(big.Int) },
		"an end before":       func(r *book.IssueRequest) { r.NotAfter = r.NotBefore },
		"longer than the CA":  func(r *book.IssueRequest) { r.NotAfter = now.AddDate(40, 0, 0) },
	}
	for name, change := range cases {
		r := request(t, key, 9)
		change(&r)
		if _, err := issuer.Issue(t.Context(), r); err == nil {
			t.Errorf("%s: got a certificate", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := issuer.Issue(ctx, request(t, key, 9)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	_, c := setup(t, local.ECP256)
	path := filepath.Join(c.Dir, "ca-key.pem")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want 0600", info.Mode(), err)
	}
	entries, _ := os.ReadDir(c.Dir)
	if len(entries) != 3 {
		t.Errorf("got %d files, want ca.pem, ca-key.pem and signed.log", len(entries))
	}

	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := local.Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), "0600") {
		t.Errorf("a key open to others: got %v", err)
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := local.Open(t.Context(), c); err == nil {
		t.Error("a certificate without its key: got a CA")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a new key was made beside an old certificate")
	}
	_, other := setup(t, local.ECP256)
	if err := os.Rename(filepath.Join(other.Dir, "ca-key.pem"), path); err != nil {
		t.Fatal(err)
	}
	if _, err := local.Open(t.Context(), c); err == nil {
		t.Error("another CA's key: got a CA")
	}
}

// TestOnlyFoundFounds: opening an empty folder makes nothing.
func TestOnlyFoundFounds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := local.Open(t.Context(), local.Config{Dir: dir}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("%d files were made, %v", len(entries), err)
	}
}

// TestWhatWasSignedIsListed: each certificate stands in the list before it is given away, also after a power cut in a line.
func TestWhatWasSignedIsListed(t *testing.T) {
	t.Parallel()
	issuer, c := setup(t, local.ECP256)
	key := newKey(t)
	der := issue(t, issuer, request(t, key, 0xabc))
	f, err := os.OpenFile(filepath.Join(c.Dir, "signed.log"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("customer 12"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, c)
	issue(t, again, request(t, key, 0xdef))
	var all []book.Signed
	if err := again.Signed(t.Context(), func(s book.Signed) error { all = append(all, s); return nil }); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	if len(all) != 2 || all[1].SerialNumber != hex(0xdef) || all[0].Kind != book.SignedCustomer || all[0].SerialNumber != hex(0xabc) || !bytes.Equal(all[0].SHA256, sum[:]) {
		t.Errorf("listed: %+v", all)
	}
}

// TestFoundingBrokenOff: killed between writing the key and the certificate, the next start goes on with that key.
func TestFoundingBrokenOff(t *testing.T) {
	t.Parallel()
	first, c := setup(t, local.ECP256)
	if err := os.Remove(filepath.Join(c.Dir, "ca.pem")); err != nil {
		t.Fatal(err)
	}
	second := open(t, c)
	if !first.Certificate().PublicKey.(*ecdsa.PublicKey).Equal(second.Certificate().PublicKey) {
		t.Error("another key was made")
	}
}

func TestOpenSSLAccepts(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{local.ECP256, local.RSA3072} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			issuer, c := setup(t, algorithm)
			acceptedByOpenSSL(t, issuer, filepath.Join(c.Dir, "ca.pem"))
		})
	}
}

// acceptedByOpenSSL issues two certificates, revokes one and lets openssl check both ways of asking.
func acceptedByOpenSSL(t *testing.T, issuer *local.Issuer, caFile string) {
	t.Helper()
	dir := t.TempDir()
	key := newKey(t)
	good := write(t, dir, "good.pem", "CERTIFICATE", issue(t, issuer, request(t, key, 0x11)))
	bad := write(t, dir, "bad.pem", "CERTIFICATE", issue(t, issuer, request(t, key, 0x22)))
	crl, err := issuer.CRL(t.Context(), book.CRL{Number: 3, ThisUpdate: now, NextUpdate: now.Add(time.Hour)},
		[]book.Revocation{{SerialNumber: hex(0x22), At: now, Reason: 5}})
	if err != nil {
		t.Fatal(err)
	}
	crlFile := write(t, dir, "crl.pem", "X509 CRL", crl)

	want(t, "verify OK", openssl(t, "crl", "-in", crlFile, "-CAfile", caFile, "-noout"))
	text := openssl(t, "crl", "-in", crlFile, "-noout", "-text")
	want(t, "Cessation Of Operation", text)
	want(t, "X509v3 CRL Number", text)
	want(t, good+": OK", openssl(t, "verify", "-x509_strict", "-crl_check", "-CRLfile", crlFile, "-CAfile", caFile, good))
	want(t, "certificate revoked", openssl(t, "verify", "-crl_check", "-CRLfile", crlFile, "-CAfile", caFile, bad))

	write(t, dir, "unknown.pem", "CERTIFICATE", issue(t, issuer, request(t, key, 0x33)))
	for _, digest := range []string{"-sha1", "-sha256"} {
		req, resp := filepath.Join(dir, "req"), filepath.Join(dir, "resp")
		ask := []string{"ocsp", "-issuer", caFile, digest, "-cert", good, "-cert", bad, "-cert", filepath.Join(dir, "unknown.pem")}
		openssl(t, append(ask, "-reqout", req)...) // with a nonce
		der, err := os.ReadFile(req)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := issuer.OCSP(t.Context(), der, status, now)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(resp, answer.DER, 0o600); err != nil {
			t.Fatal(err)
		}
		got := openssl(t, "ocsp", "-issuer", caFile, "-reqin", req, "-respin", resp, "-CAfile", caFile)
		want(t, "Response verify OK", got)
		got = openssl(t, append(ask, "-respin", resp, "-CAfile", caFile, "-no_nonce")...)
		for _, answer := range []string{"Response verify OK", "good.pem: good", "bad.pem: revoked", "unknown.pem: unknown"} {
			want(t, answer, got)
		}
		text := openssl(t, "ocsp", "-respin", resp, "-noverify", "-resp_text")
		for _, part := range []string{"OCSP Nonce", "OCSP Signing", "OCSP No Check"} {
			want(t, part, text)
		}
	}
}

// status knows 0x11, and 0x22, which is revoked.
func status(context.Context, string, []string) (map[string]book.RevocationStatus, error) {
	return map[string]book.RevocationStatus{hex(0x11): {}, hex(0x22): {RevokedAt: &now, Reason: 5}}, nil
}

// TestResponder: its certificate is the CA's for this alone, needs the CA once a week, and ends no answer early.
func TestResponder(t *testing.T) {
	t.Parallel()
	clock := now
	issuer := open(t, local.Config{Dir: t.TempDir(), Now: func() time.Time { return clock }})
	clock = clock.AddDate(0, 1, 0) // nothing is signed before the CA begins
	question, err := ocsp.CreateRequest(&x509.Certificate{SerialNumber: serial(0x11)}, issuer.Certificate(), nil)
	if err != nil {
		t.Fatal(err)
	}
	signer := func() *x509.Certificate {
		t.Helper()
		answer, err := issuer.OCSP(t.Context(), question, status, clock)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ocsp.ParseResponse(answer.DER, issuer.Certificate())
		if err != nil || got.Certificate == nil || got.Certificate.NotAfter.Before(got.NextUpdate) || got.Certificate.NotBefore.After(got.ThisUpdate) {
			t.Fatalf("got %+v, %v", got, err)
		}
		return got.Certificate
	}
	first := signer()
	if len(first.ExtKeyUsage) != 1 || first.ExtKeyUsage[0] != x509.ExtKeyUsageOCSPSigning || first.IsCA {
		t.Errorf("usages %v, CA %v", first.ExtKeyUsage, first.IsCA)
	}
	clock = clock.AddDate(0, 0, 6)
	if !signer().Equal(first) {
		t.Error("renewed too early")
	}
	clock = clock.AddDate(0, 0, 2)
	second := signer()
	for second.Equal(first) && t.Context().Err() == nil { // it is made while the one before answers
		runtime.Gosched()
		second = signer()
	}
	clock = clock.AddDate(0, 0, -10) // the clock was ahead
	if signer().Equal(second) {
		t.Error("used before it begins")
	}
}

func TestOCSPOfRubble(t *testing.T) {
	t.Parallel()
	issuer, _ := setup(t, local.ECP256)
	never := func(context.Context, string, []string) (map[string]book.RevocationStatus, error) {
		return nil, errors.New("not to be asked")
	}
	got, err := issuer.OCSP(t.Context(), []byte("rubble"), never, now)
	if err != nil || !bytes.Equal(got.DER, ocsp.MalformedRequestErrorResponse) {
		t.Errorf("rubble: got %x, %v", got.DER, err)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	issuer, _ := setup(t, local.ECP256)
	serve, err := issuer.ServerCertificate(t.Context(), []string{"office.example", "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	key := newKey(t)
	kiosk, err := issuer.IssueKiosk(t.Context(), book.KioskIssueRequest{
		PublicKey: &key.PublicKey, CommonName: "kiosk-1", NotBefore: now.Add(-time.Minute), NotAfter: now.AddDate(1, 0, 0), SerialNumber: serial(5)})
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(issuer.Certificate())
	near, far := net.Pipe()
	office := tls.Server(far, &tls.Config{GetCertificate: serve, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: roots})
	done := make(chan error, 1)
	go func() { done <- office.HandshakeContext(t.Context()) }()
	client := tls.Client(near, &tls.Config{ServerName: "office.example", RootCAs: roots,
		Certificates: []tls.Certificate{{Certificate: [][]byte{kiosk}, PrivateKey: key}}})
	if err := client.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := office.ConnectionState().PeerCertificates[0].Subject.CommonName; got != "kiosk-1" {
		t.Errorf("got %q, want the kiosk's id", got)
	}
}

// TestClockSetBackAfterTheFounding: the office's own certificates begin with the CA at the earliest, so that they can be made.
func TestClockSetBackAfterTheFounding(t *testing.T) {
	t.Parallel()
	clock := now
	issuer := open(t, local.Config{Dir: t.TempDir(), Now: func() time.Time { return clock }})
	clock = issuer.Certificate().NotBefore.Add(time.Minute)
	serve, err := issuer.ServerCertificate(t.Context(), []string{"office.example"})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := serve(&tls.ClientHelloInfo{}); err != nil || !c.Leaf.NotBefore.Equal(issuer.Certificate().NotBefore) {
		t.Errorf("got %+v, %v, want one that begins with the CA", c, err)
	}
	question, err := ocsp.CreateRequest(&x509.Certificate{SerialNumber: serial(0x11)}, issuer.Certificate(), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := issuer.OCSP(t.Context(), question, status, clock)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ocsp.ParseResponse(answer.DER, issuer.Certificate()); err != nil {
		t.Error(err)
	}
}

func TestServerCertificateIsRenewed(t *testing.T) {
	t.Parallel()
	clock := now
	issuer := open(t, local.Config{Dir: t.TempDir(), Now: func() time.Time { return clock }})
	serve, err := issuer.ServerCertificate(t.Context(), []string{"office.example"})
	if err != nil {
		t.Fatal(err)
	}
	serial := func() *big.Int {
		c, err := serve(&tls.ClientHelloInfo{})
		if err != nil {
			t.Fatal(err)
		}
		return c.Leaf.SerialNumber
	}
	first := serial()
	clock = clock.AddDate(0, 10, 0)
	if serial().Cmp(first) != 0 {
		t.Error("renewed too early")
	}
	clock = clock.AddDate(1, 0, 0) // it has ended: the handshake waits for the next one
	if serial().Cmp(first) == 0 {
		t.Error("not renewed")
	}
}

// TestHandshakesDoNotWait: while the next certificate cannot be made the one before is shown, to everybody at once.
func TestHandshakesDoNotWait(t *testing.T) {
	t.Parallel()
	clock := now
	hang := make(chan struct{})
	var hangs atomic.Bool
	issuer := open(t, local.Config{Dir: t.TempDir(), Now: func() time.Time { return clock }, Register: func(context.Context, book.OwnCertificate) error {
		if hangs.Load() {
			<-hang
			return errors.New("away")
		}
		return nil
	}})
	defer close(hang)
	serve, err := issuer.ServerCertificate(t.Context(), []string{"office.example"})
	if err != nil {
		t.Fatal(err)
	}
	hangs.Store(true)
	clock = clock.AddDate(0, 0, 380) // within a month of its end
	for range 3 {
		if _, err := serve(&tls.ClientHelloInfo{}); err != nil {
			t.Error(err)
		}
	}
}

func want(t *testing.T, part, got string) {
	t.Helper()
	if !strings.Contains(got, part) {
		t.Errorf("got %s, want %q in it", got, part)
	}
}

func write(t *testing.T, dir, name, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// openssl returns what it says, whether it is content or not.
func openssl(t *testing.T, args ...string) string {
	t.Helper()
	program := tool(t, "openssl")
	out, _ := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	return string(out)
}

// tool finds a program; where one is missing the test is skipped, but in CI it fails.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
	return path
}
