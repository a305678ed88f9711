package fleet_test

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// aYearLeft is how old a kiosk's certificate is when it renews.
const aYearLeft = 2 * 365 * 24 * time.Hour

// aged is a hall with a kiosk XH05 whose certificate is in use and has a year left.
func aged(t *testing.T) (*servicetest.Hall, servicetest.Identity) {
	t.Helper()
	h := servicetest.New(t)
	who := h.IdentityAt(t, "XH05", servicetest.HallID)
	mustBe(t, h, who)
	h.Clock.Advance(aYearLeft)
	return h, who
}

// mustBe wants the back office to know a kiosk by its certificate.
func mustBe(t *testing.T, h *servicetest.Hall, who servicetest.Identity) {
	t.Helper()
	if got, err := h.KioskByCertificate(t.Context(), who.Key.Certificate); err != nil || got != who.Kiosk {
		t.Errorf("the back office answers %+v, %v, want %+v", got, err, who.Kiosk)
	}
}

// wantUnknown wants the certificate to open nothing and to be revoked.
func wantUnknown(t *testing.T, h *servicetest.Hall, what string, certificate []byte) {
	t.Helper()
	_, err := h.KioskByCertificate(t.Context(), certificate)
	servicetest.WantCode(t, what, err, ra.CodeKioskUnknown, "")
	list, err := h.CRL(t.Context(), "")
	servicetest.Must(t, err)
	crl, err := x509.ParseRevocationList(list.DER)
	servicetest.Must(t, err)
	serial := parse(t, certificate).SerialNumber
	for _, e := range crl.RevokedCertificateEntries {
		if e.SerialNumber.Cmp(serial) == 0 && e.ReasonCode == superseded {
			return
		}
	}
	t.Errorf("%s: it does not stand in the revocation list as superseded", what)
}

func parse(t *testing.T, der []byte) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	servicetest.Must(t, err)
	return c
}

// lines counts the lines of the trail with that action about a kiosk.
func lines(t *testing.T, h *servicetest.Hall, action, kioskID string) (n int) {
	t.Helper()
	servicetest.Must(t, h.Store.Pool().QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE action = $1 AND subject = $2`, action, kioskID).Scan(&n))
	return n
}

func TestRenewal(t *testing.T) {
	t.Parallel()
	h, who := aged(t)
	key := servicetest.NewKey(t)
	first, err := h.Renew(t.Context(), who.Key.Certificate, key.Request(t, nil))
	servicetest.Must(t, err)
	again, err := h.Renew(t.Context(), who.Key.Certificate, key.Request(t, nil))
	if err != nil || !bytes.Equal(first.Certificate, again.Certificate) || len(first.Chain) != 1 {
		t.Errorf("the same key in another request got another certificate, %v", err)
	}
	next := servicetest.Identity{Kiosk: who.Kiosk, Key: key}
	key.Certificate = first.Certificate
	if c := parse(t, first.Certificate); c.Subject.CommonName != who.Kiosk.ID || !c.NotAfter.After(parse(t, who.Key.Certificate).NotAfter) {
		t.Errorf("certificate of %s until %s", c.Subject, c.NotAfter)
	}
	mustBe(t, h, who)
	status := statusOf(t, h, who.Kiosk)
	if before := parse(t, who.Key.Certificate); !status.NotAfter.Equal(before.NotAfter) {
		t.Errorf("the console shows %s, want the end of the one in use, %s", status.NotAfter, before.NotAfter)
	}

	mustBe(t, h, next)
	wantUnknown(t, h, "the old one after the first use of the new one", who.Key.Certificate)
	mustBe(t, h, next)
	if status := statusOf(t, h, who.Kiosk); !status.NotAfter.Equal(parse(t, first.Certificate).NotAfter) {
		t.Errorf("the console shows %s, want the end of the new one", status.NotAfter)
	}
	for action, want := range map[string]int{"kiosk.enrol": 1, "kiosk.renew": 1, "kiosk.retire": 1} {
		if n := lines(t, h, action, who.Kiosk.ID); n != want {
			t.Errorf("%d lines %s, want %d", n, action, want)
		}
	}
	h.Sound(t)
}

func statusOf(t *testing.T, h *servicetest.Hall, k ra.Kiosk) book.KioskStatus {
	t.Helper()
	all, err := h.Kiosks(t.Context(), h.Admin)
	servicetest.Must(t, err)
	for _, s := range all {
		if s.Kiosk.ID == k.ID {
			return s
		}
	}
	t.Fatalf("the console does not show %s", k.Prefix)
	return book.KioskStatus{}
}

// TestRenewalInTheFirstHalf is refused, so that nobody gets certificates without end.
func TestRenewalInTheFirstHalf(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	who := h.IdentityAt(t, "XH05", servicetest.HallID)
	c := parse(t, who.Key.Certificate)
	half := c.NotBefore.Add(c.NotAfter.Sub(c.NotBefore) / 2)
	h.Clock.Advance(half.Sub(h.Clock.Now()) - time.Second)
	_, err := h.Renew(t.Context(), who.Key.Certificate, servicetest.NewKey(t).Request(t, nil))
	servicetest.WantCode(t, "a second before", err, ra.CodeRenewalEarly, "")
	_, err = h.Renew(t.Context(), who.Key.Certificate, []byte("x"))
	servicetest.WantCode(t, "nonsense before", err, ra.CodeRenewalEarly, "")
	h.Clock.Advance(time.Second)
	h.Renewed(t, who)
	if n := lines(t, h, "request.refuse", who.Kiosk.ID); n != 0 {
		t.Errorf("%d lines of refused requests, want none of those that came too early", n)
	}
}

func TestRefusedRenewalLeavesNothing(t *testing.T) {
	t.Parallel()
	h, who := aged(t)
	account := h.Registered(t)
	order, code := h.Approved(t, account, 1)
	_, _, customer := h.Made(t, account, order, code)
	other := h.IdentityAt(t, "XH06", servicetest.HallID)
	before := h.CertificatesOf(t, who.Kiosk.ID)
	for name, c := range map[string]struct {
		csr  []byte
		code ra.Code
	}{
		"exponent 3":        {servicetest.WeakRequest(t, "e3.csr.der"), ra.CodeKeyWeak},
		"ROCA fingerprint":  {servicetest.WeakRequest(t, "roca.csr.der"), ra.CodeKeyWeak},
		"no request":        {[]byte("x"), ra.CodeRequestBad},
		"its own key":       {who.Key.Request(t, nil), ra.CodeKeyDuplicate},
		"a customer's key":  {customer.Request(t, nil), ra.CodeKeyDuplicate},
		"another kiosk's":   {other.Key.Request(t, nil), ra.CodeKeyDuplicate},
		"the other's again": {other.Key.Request(t, nil), ra.CodeKeyDuplicate},
	} {
		_, err := h.Renew(t.Context(), who.Key.Certificate, c.csr)
		servicetest.WantCode(t, name, err, c.code, "")
	}
	if after := h.CertificatesOf(t, who.Kiosk.ID); len(after) != len(before) {
		t.Errorf("%d certificates, want %d", len(after), len(before))
	}
	if n := lines(t, h, "request.refuse", who.Kiosk.ID); n != 7 {
		t.Errorf("%d lines of refused requests, want 7", n)
	}
	if !strings.Contains(h.Dump(t), "roca") {
		t.Error("the trail does not tell why a key was weak")
	}
	mustBe(t, h, h.Renewed(t, who))
	h.Sound(t)
}

func TestRenewalByThoseWhoMayNot(t *testing.T) {
	t.Parallel()
	h, who := aged(t)
	account := h.Registered(t)
	order, code := h.Approved(t, account, 1)
	_, _, customer := h.Made(t, account, order, code)
	refuse := func(what string, certificate []byte, code ra.Code) {
		t.Helper()
		_, err := h.Renew(t.Context(), certificate, servicetest.NewKey(t).Request(t, nil))
		servicetest.WantCode(t, what, err, code, "")
	}
	refuse("a customer's certificate", customer.Certificate, ra.CodeKioskUnknown)
	refuse("no certificate", nil, ra.CodeKioskUnknown)
	servicetest.Must(t, h.BlockKiosk(t.Context(), h.Admin, who.Kiosk.ID, "lost"))
	refuse("a blocked kiosk", who.Key.Certificate, ra.CodeKioskBlocked)
	servicetest.Must(t, h.UnblockKiosk(t.Context(), h.Admin, who.Kiosk.ID))
	next := h.Renewed(t, who)
	servicetest.Must(t, h.BlockKiosk(t.Context(), h.Admin, who.Kiosk.ID, "lost"))
	_, err := h.KioskByCertificate(t.Context(), next.Key.Certificate)
	servicetest.WantCode(t, "the first use while it is blocked", err, ra.CodeKioskBlocked, "")
	servicetest.Must(t, h.UnblockKiosk(t.Context(), h.Admin, who.Kiosk.ID))
	mustBe(t, h, who) // so that was none
	mustBe(t, h, next)
	refuse("the retired certificate", who.Key.Certificate, ra.CodeKioskUnknown)
	h.IdentityAt(t, "XH05", servicetest.HallID)
	refuse("a replaced kiosk", next.Key.Certificate, ra.CodeKioskUnknown)
	h.Sound(t)
}

// TestCertificateEndsOnAnOpenConnection: TLS looks at the end only when a connection begins.
func TestCertificateEndsOnAnOpenConnection(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	who := h.IdentityAt(t, "XH05", servicetest.HallID)
	end := parse(t, who.Key.Certificate).NotAfter
	h.Clock.Advance(end.Sub(h.Clock.Now()) - time.Second)
	mustBe(t, h, who)
	h.Clock.Advance(time.Second)
	_, err := h.KioskByCertificate(t.Context(), who.Key.Certificate)
	servicetest.WantCode(t, "at its end", err, ra.CodeKioskUnknown, "")
}

// TestAnotherKeyReplacesTheUnusedOne: the kiosk lost its new key before it used it. It gets another one, but not many.
func TestAnotherKeyReplacesTheUnusedOne(t *testing.T) {
	t.Parallel()
	h, who := aged(t)
	lost := h.Renewed(t, who)
	h.Clock.Advance(23 * time.Hour)
	_, err := h.Renew(t.Context(), who.Key.Certificate, servicetest.NewKey(t).Request(t, nil))
	servicetest.WantCode(t, "another key on the same day", err, ra.CodeRenewalEarly, "")
	if again, err := h.Renew(t.Context(), who.Key.Certificate, lost.Key.Request(t, nil)); err != nil || !bytes.Equal(again.Certificate, lost.Key.Certificate) {
		t.Errorf("the same key on the same day: %v", err)
	}
	h.Clock.Advance(time.Hour)
	next := h.Renewed(t, who)
	wantUnknown(t, h, "the lost one", lost.Key.Certificate)
	_, err = h.Renew(t.Context(), who.Key.Certificate, lost.Key.Request(t, nil))
	servicetest.WantCode(t, "the lost key again", err, ra.CodeRenewalEarly, "")
	h.Clock.Advance(24 * time.Hour)
	_, err = h.Renew(t.Context(), who.Key.Certificate, lost.Key.Request(t, nil))
	servicetest.WantCode(t, "the lost key a day later", err, ra.CodeKeyDuplicate, "public_key")
	mustBe(t, h, who)
	mustBe(t, h, next)
	h.Sound(t)
}

// atOnce does it n times side by side and returns the errors.
func atOnce(n int, do func(i int) error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = do(i) })
	}
	wg.Wait()
	return errs
}

func TestRenewalsAtOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what string
		keys int
	}{{"one key", 1}, {"a key each", 8}} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			h, who := aged(t)
			requests := make([][]byte, c.keys)
			for i := range requests {
				requests[i] = servicetest.NewKey(t).Request(t, nil)
			}
			var mu sync.Mutex
			got := map[string]bool{}
			for i, err := range atOnce(8, func(i int) error {
				r, err := h.Renew(t.Context(), who.Key.Certificate, requests[i%c.keys])
				if err == nil {
					mu.Lock()
					defer mu.Unlock()
					got[string(r.Certificate)] = true
				}
				return err
			}) {
				if err != nil && (c.keys == 1 || ra.CodeOf(err) != ra.CodeRenewalEarly) {
					t.Errorf("request %d: %v", i, err)
				}
			}
			if all := h.CertificatesOf(t, who.Kiosk.ID); len(got) != 1 || len(all) != 2 {
				t.Errorf("%d certificates were given, %d of the kiosk are known, want one beside the old one", len(got), len(all))
			}
			mustBe(t, h, who)
			h.Sound(t)
		})
	}
}

// TestFirstUseBesideTheOld: requests with the new certificate come side by side, and the old one is in use on another connection.
func TestFirstUseBesideTheOld(t *testing.T) {
	t.Parallel()
	h, who := aged(t)
	next := h.Renewed(t, who)
	for i, err := range atOnce(12, func(i int) error {
		shown := next
		if i%3 == 0 {
			shown = who
		}
		_, err := h.KioskByCertificate(t.Context(), shown.Key.Certificate)
		return err
	}) {
		if err != nil && (i%3 != 0 || ra.CodeOf(err) != ra.CodeKioskUnknown) {
			t.Errorf("request %d: %v", i, err)
		}
	}
	wantUnknown(t, h, "the old one", who.Key.Certificate)
	mustBe(t, h, next)
	if n := lines(t, h, "kiosk.retire", who.Kiosk.ID); n != 1 {
		t.Errorf("%d lines tell of it, want one", n)
	}
	h.Sound(t)
}

// TestRenewalGoesOn after the CA was away, or the answer was lost: with the same serial number.
func TestRenewalGoesOn(t *testing.T) {
	t.Parallel()
	h, who := aged(t)
	key := servicetest.NewKey(t)
	away := func() error { return ra.E(ra.CodeIssuerAway) }
	for _, c := range []struct{ before, after func() error }{{away, nil}, {nil, away}} {
		h.Issuer.Around(c.before, c.after)
		_, err := h.Renew(t.Context(), who.Key.Certificate, key.Request(t, nil))
		servicetest.WantCode(t, "no certificate", err, ra.CodeIssuerAway, "")
		mustBe(t, h, who)
	}
	h.Issuer.Around(nil, nil)
	bound := h.CertificatesOf(t, who.Kiosk.ID)[1]
	r, err := h.Renew(t.Context(), who.Key.Certificate, key.Request(t, nil))
	if err != nil || fmt.Sprintf("%x", parse(t, r.Certificate).SerialNumber) != bound.SerialNumber {
		t.Errorf("another serial number than what was bound, %v", err)
	}
	h.Sound(t)
}

// TestReplacedWhileItWasSigned: what the CA signs for a request that was replaced is given to nobody and revoked.
func TestReplacedWhileItWasSigned(t *testing.T) {
	t.Parallel()
	h, who := aged(t)
	var next servicetest.Identity
	h.Issuer.Around(nil, func() error {
		h.Issuer.Around(nil, nil)
		h.Clock.Advance(24 * time.Hour)
		next = h.Renewed(t, who)
		return nil
	})
	_, err := h.Renew(t.Context(), who.Key.Certificate, servicetest.NewKey(t).Request(t, nil))
	servicetest.WantCode(t, "the replaced request", err, ra.CodeConflict, "")
	replaced := h.CertificatesOf(t, who.Kiosk.ID)[1]
	known, err := h.Store.RevocationStatuses(t.Context(), "ca", []string{replaced.SerialNumber})
	if err != nil || known[replaced.SerialNumber].RevokedAt == nil || replaced.DER != nil {
		t.Errorf("it is %+v, %v, want it revoked and kept by nobody", known, err)
	}
	mustBe(t, h, next)
	h.Sound(t)
}

// TestRenewalNearTheEndOfTheCA: one that lasts no longer is of no use, however often it is asked for.
func TestRenewalNearTheEndOfTheCA(t *testing.T) {
	t.Parallel()
	h, who := aged(t)
	h.Issuer.EndsOn(t, parse(t, who.Key.Certificate).NotAfter)
	request := servicetest.NewKey(t).Request(t, nil)
	_, err := h.Renew(t.Context(), who.Key.Certificate, request)
	servicetest.WantCode(t, "the CA ends with the certificate", err, ra.CodeTermPastCA, "")
	if n := len(h.CertificatesOf(t, who.Kiosk.ID)); n != 1 {
		t.Errorf("%d certificates, want one", n)
	}
	h.Issuer.EndsOn(t, parse(t, who.Key.Certificate).NotAfter.AddDate(0, 1, 0))
	_, err = h.Renew(t.Context(), who.Key.Certificate, request)
	servicetest.Must(t, err)
}
