package issuing_test

import (
	"crypto/x509"
	"math/big"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
	"golang.org/x/sync/errgroup"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

func TestCRLAndOCSP(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 2)
	h.Made(t, account, order, code)
	lost := servicetest.NewKey(t)
	release := h.Reserved(t, account, order, code, lost)
	h.Certified(t, release, lost)
	ca, err := x509.ParseCertificate(h.CA())
	if err != nil {
		t.Fatal(err)
	}
	list := func() *x509.RevocationList {
		t.Helper()
		made, err := h.CRL(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		l, err := x509.ParseRevocationList(made.DER)
		if err != nil || l.CheckSignatureFrom(ca) != nil {
			t.Fatalf("list: %v", err)
		}
		return l
	}
	first := list()
	if len(first.RevokedCertificateEntries) != 0 || list().Number.Cmp(first.Number) != 0 {
		t.Errorf("first list: %d entries, or made anew at once", len(first.RevokedCertificateEntries))
	}
	h.Clock.Advance(time.Second)
	if err := h.ReleaseUnit(ctx, h.Supervisor, release.Operation.ID, "lost"); err != nil {
		t.Fatal(err)
	}
	second := list()
	serials := map[string]int{"good": ocsp.Good, "revoked": ocsp.Revoked, "unknown": ocsp.Unknown}
	numbers := map[string]*big.Int{"good": h.Issuer.Issued()[0].SerialNumber, "revoked": h.Issuer.Issued()[1].SerialNumber, "unknown": big.NewInt(12345)}
	if len(second.RevokedCertificateEntries) != 1 || second.RevokedCertificateEntries[0].SerialNumber.Cmp(numbers["revoked"]) != 0 ||
		second.Number.Cmp(first.Number) <= 0 || second.RevokedCertificateEntries[0].ReasonCode != 5 {
		t.Errorf("second list %v: %+v", second.Number, second.RevokedCertificateEntries)
	}
	h.Clock.Advance(10 * time.Minute)
	if third := list(); third.Number.Cmp(second.Number) <= 0 || len(third.RevokedCertificateEntries) != 1 {
		t.Errorf("an old list was not made anew")
	}
	for name, want := range serials {
		request, err := ocsp.CreateRequest(&x509.Certificate{SerialNumber: numbers[name]}, ca, nil)
		if err != nil {
			t.Fatal(err)
		}
		said, err := h.OCSP(ctx, request)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := ocsp.ParseResponse(said.DER, ca)
		if err != nil || answer.Status != want {
			t.Errorf("%s: %+v, %v, want status %d", name, answer, err, want)
		}
	}
}

// TestCRLWhenTheClockIsSetBack: a list made by a clock that was ahead neither hides what is revoked after it was set right nor stays
// in use, and numbers only grow.
func TestCRLWhenTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	account := h.Registered(t)
	order, code := h.Approved(t, account, 1)
	lost := servicetest.NewKey(t)
	release := h.Reserved(t, account, order, code, lost)
	h.Certified(t, release, lost)
	list := func() *x509.RevocationList { return listOf(t, h) }
	h.Clock.Advance(2 * time.Hour)
	ahead := list()
	h.Clock.Advance(-2 * time.Hour)
	right := list()
	if now := h.Clock.Now(); right.ThisUpdate.After(now) || right.Number.Cmp(ahead.Number) <= 0 {
		t.Errorf("list %v of %v at %v, after number %v", right.Number, right.ThisUpdate, now, ahead.Number)
	}
	h.Clock.Advance(-30 * time.Second) // no more than a replica may be apart
	if got := list(); got.Number.Cmp(right.Number) != 0 {
		t.Errorf("list %v, want %v", got.Number, right.Number)
	}
	servicetest.Must(t, h.ReleaseUnit(t.Context(), h.Supervisor, release.Operation.ID, "lost"))
	if got := list(); len(got.RevokedCertificateEntries) != 1 {
		t.Errorf("%d entries after a revocation stamped before the list, want 1", len(got.RevokedCertificateEntries))
	}
}

func listOf(t *testing.T, h *servicetest.Hall) *x509.RevocationList {
	t.Helper()
	made, err := h.CRL(t.Context(), "")
	servicetest.Must(t, err)
	l, err := x509.ParseRevocationList(made.DER)
	servicetest.Must(t, err)
	return l
}

// TestCRLWhileTheCAIsAway: the list before is served until it ends, whatever was revoked since.
func TestCRLWhileTheCAIsAway(t *testing.T) {
	t.Parallel()
	h := holding(t)
	first := listOf(t, h.Hall)
	if now := h.Clock.Now(); first.ThisUpdate.After(now.Add(-time.Minute)) {
		t.Errorf("the list is of %v, at %v, of no use to a clock one minute behind", first.ThisUpdate, now)
	}
	h.Issuer.Around(func() error { return ra.E(ra.CodeIssuerAway) }, nil)
	servicetest.Must(t, h.Suspend(t.Context(), h.Supervisor, h.certificate, "reported lost"))
	h.Clock.Advance(first.NextUpdate.Sub(h.Clock.Now()) - time.Second)
	if got := listOf(t, h.Hall); got.Number.Cmp(first.Number) != 0 {
		t.Errorf("list %v, want %v, which is valid", got.Number, first.Number)
	}
	h.Clock.Advance(time.Second)
	_, err := h.CRL(t.Context(), "")
	servicetest.WantCode(t, "a list that has ended", err, ra.CodeIssuerAway, "")
	h.Issuer.Around(nil, nil)
	if got := listOf(t, h.Hall); len(got.RevokedCertificateEntries) != 1 || got.Number.Cmp(first.Number) <= 0 {
		t.Errorf("once the CA is back: list %v with %d entries", got.Number, len(got.RevokedCertificateEntries))
	}
}

// TestCRLAfterTheEnd: what was revoked stays in the list until one that was made after its end has ended itself, also when none was made
// for a month, and when it is revoked only after its end.
func TestCRLAfterTheEnd(t *testing.T) {
	t.Parallel()
	h := holding(t)
	servicetest.Must(t, h.Revoke(t.Context(), h.Supervisor, h.certificate, ra.GroundKeyCompromise, "stolen"))
	wantEntries := func(when string, want int) {
		t.Helper()
		if got := len(listOf(t, h.Hall).RevokedCertificateEntries); got != want {
			t.Errorf("%s: %d entries, want %d", when, got, want)
		}
	}
	wantEntries("revoked", 1)
	h.Clock.Advance(h.CertificateEnd(t, h.certificate).Sub(h.Clock.Now()) + 30*24*time.Hour)
	wantEntries("a month after its end", 1)
	h.Clock.Advance(23 * time.Hour)
	wantEntries("while that list is good", 1)
	h.Clock.Advance(time.Hour)
	wantEntries("when it has ended", 0)
	if _, err := h.Store.Pool().Exec(t.Context(), `UPDATE certificates SET revoked_at = $1`, h.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	wantEntries("revoked after its end", 1)
}

// TestOneCRLAtATime: many who ask at once, get one list.
func TestOneCRLAtATime(t *testing.T) {
	t.Parallel()
	h := holding(t)
	var signed atomic.Int32
	h.Issuer.Around(func() error { signed.Add(1); return nil }, nil)
	var group errgroup.Group
	for range 20 {
		group.Go(func() error { _, err := h.CRL(t.Context(), ""); return err })
	}
	servicetest.Must(t, group.Wait())
	if got := signed.Load(); got != 1 {
		t.Errorf("%d lists were signed, want 1", got)
	}
}
