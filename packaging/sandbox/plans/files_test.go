package plans

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/device/ukey/ukeytest"
)

// run has another program of the trade do something, and returns what it said.
func (l *life) run(t *testing.T, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), l.hub.Env()...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
	return string(out)
}

// kept is a file that somebody encrypted for a certificate (RFC 5652), with the pair that reads it.
type kept struct {
	path string
	pair string // CKA_ID, hex
}

// encrypted is a file that openssl encrypts for the certificate that an operation made.
func (l *life) encrypted(t *testing.T, operationID string) kept {
	t.Helper()
	dir := t.TempDir()
	plain, path := filepath.Join(dir, "plain"), filepath.Join(dir, "file.p7m")
	servicetest.Must(t, os.WriteFile(plain, []byte("for "+operationID), 0o600))
	l.run(t, "openssl", "cms", "-encrypt", "-binary", "-aes-256-cbc", "-in", plain, "-outform", "DER", "-out", path, l.certificateFile(t, operationID))
	return kept{path, strings.ReplaceAll(operationID, "-", "")}
}

// certificateFile is the certificate that an operation made, PEM.
func (l *life) certificateFile(t *testing.T, operationID string) string {
	t.Helper()
	c, err := l.Store.CertificateOfOperation(t.Context(), operationID)
	servicetest.Must(t, err)
	return pemFile(t, "CERTIFICATE", c.DER)
}

func pemFile(t *testing.T, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.pem")
	servicetest.Must(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	return path
}

// enveloped is what RFC 5652, 6.1 makes of a file for one reader with an RSA key.
type enveloped struct {
	Type asn1.ObjectIdentifier
	Data struct {
		Version    int
		Recipients []struct {
			Version   int
			ID        asn1.RawValue
			Algorithm pkix.AlgorithmIdentifier
			Key       []byte
		} `asn1:"set"`
		Content struct {
			Type      asn1.ObjectIdentifier
			Algorithm pkix.AlgorithmIdentifier
			Encrypted []byte `asn1:"tag:0"`
		}
	} `asn1:"explicit,tag:0"`
}

// decrypted is the file as pkcs11-tool, with the pair on the key, and openssl read it.
func (l *life) decrypted(t *testing.T, f kept) string {
	t.Helper()
	text, err := os.ReadFile(f.path)
	servicetest.Must(t, err)
	var e enveloped
	_, err = asn1.Unmarshal(text, &e)
	servicetest.Must(t, err)
	dir := t.TempDir()
	hidden, key, content := filepath.Join(dir, "hidden"), filepath.Join(dir, "key"), filepath.Join(dir, "content")
	servicetest.Must(t, os.WriteFile(hidden, e.Data.Recipients[0].Key, 0o600))
	servicetest.Must(t, os.WriteFile(content, e.Data.Content.Encrypted, 0o600))
	l.run(t, "pkcs11-tool", "--module", ukeytest.SoftHSM, "--login", "--pin", string(l.pin), "--decrypt", "--mechanism", "RSA-PKCS", "--id", f.pair,
		"--input-file", hidden, "--output-file", key)
	secret, err := os.ReadFile(key)
	servicetest.Must(t, err)
	return l.run(t, "openssl", "enc", "-d", "-aes-256-cbc", "-in", content, "-K", hex.EncodeToString(secret),
		"-iv", hex.EncodeToString(e.Data.Content.Algorithm.Parameters.Bytes))
}

// TestOldFilesAreRead: what was encrypted for a certificate is read with the key after an extension, and after a change, by programs that know
// nothing of this one; they find the pairs and certificates on the key, and the register's states in list and answers.
func TestOldFilesAreRead(t *testing.T) {
	t.Parallel()
	l := born(t)
	order, code := l.Approved(t, l.member, 1)
	l.certified(t, l.done(t, ra.PlanMake, order, code, firstPIN))
	files := []kept{l.encrypted(t, l.made[0])}
	l.nearItsEnd(t)
	for _, next := range []func() (ra.Plan, ra.Application){
		func() (ra.Plan, ra.Application) {
			return ra.PlanExtend, l.On(t, ra.KindExtend, ra.ReasonNone, l.target)
		},
		func() (ra.Plan, ra.Application) {
			return ra.PlanChange, l.Change(t, l.member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.Name = "杭州更名科技有限公司" })
		},
	} {
		plan, a := next()
		order, code = l.approved(t, a)
		l.certified(t, l.done(t, plan, order, code, firstPIN))
		files = append(files, l.encrypted(t, l.made[len(l.made)-1]))
		for i, f := range files {
			if got, want := l.decrypted(t, f), "for "+l.made[i]; got != want {
				t.Errorf("after %s file %d reads %q, want %q", plan, i, got, want)
			}
		}
		l.wantsSeen(t, plan)
	}
}

// wantsSeen: pkcs11-tool shows every pair with its certificate, the replaced ones called so; openssl finds each certificate signed, and revoked
// where the register says so.
func (l *life) wantsSeen(t *testing.T, plan ra.Plan) {
	t.Helper()
	seen := l.run(t, "pkcs11-tool", "--module", ukeytest.SoftHSM, "--login", "--pin", string(l.pin), "--list-objects")
	if pairs, olds := strings.Count(seen, "Private Key Object"), strings.Count(seen, "label:      "+ra.OldLabel); pairs != len(l.made) || olds < 2*(pairs-1) {
		t.Errorf("after %s pkcs11-tool shows %d pairs, %d old labels, want %d pairs and the others called old:\n%s", plan, pairs, olds, len(l.made), seen)
	}
	list, err := l.CRL(t.Context(), "")
	servicetest.Must(t, err)
	ca, crl := pemFile(t, "CERTIFICATE", l.CA()), pemFile(t, "X509 CRL", list.DER)
	if out := l.run(t, "openssl", "crl", "-in", crl, "-CAfile", ca, "-noout"); !strings.Contains(out, "verify OK") {
		t.Errorf("the list: %s", out)
	}
	for i, operation := range l.made {
		c, err := l.Store.CertificateOfOperation(t.Context(), operation)
		servicetest.Must(t, err)
		file, revoked := pemFile(t, "CERTIFICATE", c.DER), c.State == ra.CertificateRevoked
		leaf, err := x509.ParseCertificate(c.DER)
		servicetest.Must(t, err)
		if out := l.run(t, "openssl", "x509", "-in", file, "-noout", "-serial"); !strings.EqualFold(strings.TrimSpace(out), fmt.Sprintf("serial=%X", leaf.SerialNumber)) {
			t.Errorf("certificate %d: openssl reads %s", i, out)
		}
		at := fmt.Sprint(l.Clock.Now().Unix())
		out, err := exec.CommandContext(t.Context(), "openssl", "verify", "-attime", at, "-crl_check", "-CRLfile", crl, "-CAfile", ca, file).CombinedOutput()
		if bytes.Contains(out, []byte("certificate revoked")) != revoked || (err == nil) == revoked {
			t.Errorf("certificate %d is %s, openssl says %v: %s", i, c.State, err, out)
		}
		if got := l.status(t, ca, file); strings.Contains(got, "revoked\n\tThis Update") != revoked || strings.Contains(got, "good\n\tThis Update") == revoked {
			t.Errorf("certificate %d is %s, the responder says %s", i, c.State, got)
		}
	}
}

// status is what openssl reads in the responder's answer about a certificate; that its times are the hall's and not the machine's, it warns of.
func (l *life) status(t *testing.T, ca, certificate string) string {
	t.Helper()
	request, answer := filepath.Join(t.TempDir(), "request"), filepath.Join(t.TempDir(), "answer")
	l.run(t, "openssl", "ocsp", "-issuer", ca, "-cert", certificate, "-no_nonce", "-reqout", request)
	asked, err := os.ReadFile(request)
	servicetest.Must(t, err)
	said, err := l.OCSP(t.Context(), asked)
	servicetest.Must(t, err)
	servicetest.Must(t, os.WriteFile(answer, said.DER, 0o600))
	return l.run(t, "openssl", "ocsp", "-issuer", ca, "-cert", certificate, "-CAfile", ca, "-respin", answer, "-no_nonce")
}
