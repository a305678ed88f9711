package main

import (
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// outside is how a program outside sees a certificate: openssl with the CA's file alone.
type outside struct {
	t       *testing.T
	h       *hall
	openssl string
	leaf    string
	serial  string
}

func (o outside) run(args ...string) string {
	o.t.Helper()
	out, _ := exec.CommandContext(o.t.Context(), o.openssl, args...).CombinedOutput() // a revoked one is a failure to some of them
	return string(out)
}

// wants what OCSP and the list say, the first of it within a second.
func (o outside) wants(when, ocsp, list string) {
	o.t.Helper()
	began := time.Now()
	said := o.run("ocsp", "-issuer", o.h.caFile(), "-cert", o.leaf, "-CAfile", o.h.caFile(), "-url", "http://"+o.h.serving.address["pki"]+api.PathOCSP)
	if took := time.Since(began); !strings.Contains(said, o.leaf+": "+ocsp) || took > time.Second {
		o.t.Errorf("%s: after %v openssl ocsp says %s, want %s", when, took, said, ocsp)
	}
	_, text := o.h.get("pki", api.PathCRLPEM)
	crl := filepath.Join(o.t.TempDir(), "crl.pem")
	if err := os.WriteFile(crl, []byte(text), 0o600); err != nil {
		o.t.Fatal(err)
	}
	entry := regexp.MustCompile(`(?i)Serial Number: 0*` + o.serial + `\s[\s\S]*?X509v3 CRL Reason Code:\s*(.*)`).FindStringSubmatch(o.run("crl", "-in", crl, "-noout", "-text"))
	got := ""
	if entry != nil {
		got = strings.TrimSpace(entry[1])
	}
	if got != list {
		o.t.Errorf("%s: openssl crl says %q, want %q", when, got, list)
	}
	good := strings.Contains(o.run("verify", "-crl_check", "-CRLfile", crl, "-CAfile", o.h.caFile(), o.leaf), o.leaf+": OK")
	if good != (list == "") {
		o.t.Errorf("%s: openssl verify accepts it: %v", when, good)
	}
}

// ruledByCommand suspends, restores and revokes a certificate at the server while the program serves, each twice.
func ruledByCommand(t *testing.T, h *hall, issued ra.Issued) {
	t.Helper()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("openssl is not installed")
	}
	o := outside{t: t, h: h, openssl: openssl, leaf: filepath.Join(t.TempDir(), "ruled.pem")}
	if err := os.WriteFile(o.leaf, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: issued.Certificate}), 0o600); err != nil {
		t.Fatal(err)
	}
	shown := strings.TrimSpace(strings.TrimPrefix(o.run("x509", "-in", o.leaf, "-noout", "-serial"), "serial="))
	o.serial = strings.ToLower(strings.TrimLeft(shown, "0"))
	o.wants("before", "good", "")
	for _, step := range []struct{ command, reason, ocsp, list, state, told string }{
		{"suspend", "misuse", "revoked", "Certificate Hold", "suspended", "certificate_suspended"},
		{"restore", "mistake", "good", "", "active", "certificate_restored"},
		{"revoke", "keyCompromise", "revoked", "Key Compromise", "revoked", "certificate_revoked"},
	} {
		for range 2 {
			out := h.command(step.command, "--serial", shown, "--reason", step.reason, "--note", "tried")
			if want := o.serial + " is " + step.state; !strings.HasPrefix(out, want) {
				t.Errorf("%s: got %s, want %s", step.command, out, want)
			}
			o.wants(step.command, step.ocsp, step.list)
		}
		h.gateway.next(t, step.told)
	}
	if out, err := h.try("restore", "--serial", shown, "--reason", "other", "--note", "x"); err == nil || !strings.Contains(err.Error(), "state does not allow") {
		t.Errorf("restoring what was revoked: got %s, %v", out, err)
	}
	for _, args := range [][]string{{"revoke", "--serial", "abcdef", "--reason", "superseded"}, {"revoke", "--serial", shown, "--reason", "removeFromCRL"}, {"suspend", "--serial", shown, "--reason", "other", "--note", " "}} {
		if len(args) == 5 {
			args = append(args, "--note", "x")
		}
		if out, err := h.try(args...); err == nil {
			t.Errorf("%q is carried out: %s", args, out)
		}
	}
	if out := h.command("audit"); !strings.Contains(out, "all invariants hold") {
		t.Errorf("audit after that: got %s", out)
	}
}
