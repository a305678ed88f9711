package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/play"
)

// played plays a service whole in a hall of its own, up to where key and register agree and the audit finds nothing.
func played(t *testing.T, service string) (*hall, *play.Play) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), visitLimit)
	defer cancel()
	h := startHall(t)
	s := &play.Stage{House: h.House, At: h.Terminals()[0], Customer: h.customer, Keys: []int{1, 2, 3}}
	p, tally, err := s.Run(ctx, service)
	must(t, err)
	t.Logf("%+v", tally)
	return h, p
}

// on lists the certificates on a key in a state of the register, each as openssl sees it: good is whether it verifies, and OCSP says so.
func (h *hall) on(t *testing.T, key int, state ra.CertificateState, good bool) (files []string) {
	t.Helper()
	held, err := h.Holds(t.Context(), key)
	must(t, err)
	for _, c := range held {
		if c.State != state {
			continue
		}
		der := filepath.Join(t.TempDir(), c.Certificate.SerialNumber.Text(16)+".der")
		must(t, os.WriteFile(der, c.Certificate.Raw, 0o600))
		if said := h.ocsp(t, der); strings.Contains(said, ": good") != good || !strings.Contains(said, "Response verify OK") {
			t.Errorf("openssl ocsp of a certificate that is %s: %s", state, said)
		}
		if good {
			h.checkCertificate(t, der)
		}
		files = append(files, der)
	}
	return files
}

// wantOn wants so many certificates in a state on a key.
func (h *hall) wantOn(t *testing.T, key int, state ra.CertificateState, good bool, want int) []string {
	t.Helper()
	files := h.on(t, key, state, good)
	if len(files) != want {
		t.Errorf("key %d has %d certificates that are %s, want %d", key, len(files), state, want)
	}
	return files
}

// says is what openssl reads in a certificate.
func says(t *testing.T, der string, what ...string) string {
	t.Helper()
	return openssl(t, append([]string{"x509", "-inform", "DER", "-in", der, "-noout", "-nameopt", "utf8"}, what...)...)
}

// TestUnlock: a key whose PIN is locked by wrong ones gets another one, and keeps its certificate.
func TestUnlock(t *testing.T) {
	h, p := played(t, "unlock")
	if err := h.Hub.Opens(t.Context(), p.Who.Keys[0], p.Who.PIN); err == nil {
		t.Error("the PIN of before opens the key still")
	}
	h.wantOn(t, p.Who.Keys[0], ra.CertificateActive, true, 1)
}

// TestExtend: the key has another certificate that is good for a year longer, and the old one, which reads old files, beside it.
func TestExtend(t *testing.T) {
	h, p := played(t, "extend")
	h.wantExtended(t, p)
}

// TestRenewExtend: the same for who is reminded at the login, pays and writes in one case.
func TestRenewExtend(t *testing.T) {
	h, p := played(t, "renew")
	h.wantExtended(t, p)
}

func (h *hall) wantExtended(t *testing.T, p *play.Play) {
	t.Helper()
	h.wantOn(t, p.Who.Keys[0], ra.CertificateSuperseded, true, 1) // it is followed by another, not revoked
	held, err := h.Holds(t.Context(), p.Who.Keys[0])
	must(t, err)
	var before, after time.Time
	for _, c := range held {
		if c.State == ra.CertificateActive {
			after = c.Certificate.NotAfter
		} else {
			before = c.Certificate.NotAfter
		}
	}
	if want := ra.ExtendedEnd(before, time.Now(), 12); !after.Equal(want) {
		t.Errorf("the certificate that ended %s ends %s now, want %s", before, after, want)
	}
	h.wantOn(t, p.Who.Keys[0], ra.CertificateActive, true, 1)
}

// TestChangeLegal: the register has the new legal representative; no certificate says who that is, so none is written again.
func TestChangeLegal(t *testing.T) {
	h, p := played(t, "change-legal")
	h.wantOn(t, p.Who.Keys[0], ra.CertificateActive, true, 1)
	h.wantRecord(t, p, `SELECT legal->>'name' FROM organisations WHERE number = $1`, p.Now.Legal.Name)
}

// TestChangeName: one of two keys is written at once and the other, which was not there, later.
func TestChangeName(t *testing.T) {
	h, p := played(t, "change-name")
	for _, n := range p.Who.Keys {
		h.wantOn(t, n, ra.CertificateRevoked, false, 1)
		for _, der := range h.wantOn(t, n, ra.CertificateActive, true, 1) {
			if got := says(t, der, "-subject"); !strings.Contains(got, p.Now.Name) {
				t.Errorf("key %d is for %s, want %s", n, got, p.Now.Name)
			}
		}
	}
	h.wantRecord(t, p, `SELECT record->>'name' FROM organisations WHERE number = $1`, p.Now.Name)
}

// TestChangeData: another handler stands for the organisation, and no certificate names them.
func TestChangeData(t *testing.T) {
	h, p := played(t, "change-data")
	h.wantOn(t, p.Who.Keys[0], ra.CertificateActive, true, 1)
	h.wantRecord(t, p, `SELECT m.handler->>'name' FROM memberships m JOIN organisations o ON o.id = m.organisation_id WHERE o.number = $1`, p.Now.Handler.Name)
}

// TestReissue: a new key has the certificate, with the end that the old one had, and the old one is revoked since its key was lost.
func TestReissue(t *testing.T) {
	h, p := played(t, "reissue")
	now := h.wantOn(t, p.Written(0), ra.CertificateActive, true, 1)
	was := h.wantOn(t, p.Who.Keys[0], ra.CertificateRevoked, false, 1)
	if len(now) != 1 || len(was) != 1 {
		return
	}
	if got, want := says(t, now[0], "-enddate"), says(t, was[0], "-enddate"); got != want {
		t.Errorf("the new certificate ends %s, want %s", got, want)
	}
	if said := h.ocsp(t, was[0]); !strings.Contains(said, "keyCompromise") {
		t.Errorf("openssl ocsp of the lost key's: %s", said)
	}
}

// wantRecord compares one value that the register has of the organisation.
func (h *hall) wantRecord(t *testing.T, p *play.Play, sql, want string) {
	t.Helper()
	var got string
	must(t, p.Query(t.Context(), []any{&got}, sql, p.Now.CreditCode))
	if got != want {
		t.Errorf("the register says %s, want %s", got, want)
	}
}
