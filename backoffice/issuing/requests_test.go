package issuing_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// TestRefusedRequestLeavesNothing: whatever was sent before, the right request of the same operation gets its certificate.
func TestRefusedRequestLeavesNothing(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	_, release, key := h.Begun(t)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	otherKind, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{RawSubject: release.Subject}, rsaKey)
	if err != nil {
		t.Fatal(err)
	}
	before := h.Dump(t)
	for name, c := range map[string]struct {
		csr   []byte
		code  ra.Code
		field string
	}{
		"exponent 3":       {servicetest.WeakRequest(t, "e3.csr.der"), ra.CodeKeyWeak, "public_key"},
		"ROCA fingerprint": {servicetest.WeakRequest(t, "roca.csr.der"), ra.CodeKeyWeak, "public_key"},
		"another kind":     {otherKind, ra.CodeRequestBad, "public_key"},
		"another subject":  {servicetest.NewKey(t).Request(t, []byte{0x30, 0}), ra.CodeRequestBad, "subject"},
		"no request":       {[]byte("x"), ra.CodeRequestBad, ""},
	} {
		_, err := h.Certify(ctx, h.Kiosk, release.Hold(), c.csr, 1)
		servicetest.WantCode(t, name, err, c.code, c.field)
	}
	if after := h.Dump(t); len(after) <= len(before) || strings.Count(after, "request.refuse") != 5 || !strings.Contains(after, "roca") {
		t.Errorf("the trail does not tell of the refused requests and their key")
	}
	h.Sound(t)
	h.Certified(t, release, key)
	h.Sound(t)
}

// TestOnePublicKeyOneCertificate: not for two units, two customers, two kiosks, nor for a kiosk and a customer.
func TestOnePublicKeyOneCertificate(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 2)
	first := servicetest.NewKey(t)
	h.Certified(t, h.Reserved(t, account, order, code, first), first)

	twin := *first
	twin.Identity.Serial = "ANOTHER-KEY"
	release := h.Reserved(t, account, order, code, &twin)
	_, err := h.Certify(ctx, h.Kiosk, release.Hold(), twin.Request(t, release.Subject), 1)
	servicetest.WantCode(t, "two units", err, ra.CodeKeyDuplicate, "public_key")

	stranger := h.Registered(t)
	theirs, theirCode := h.Approved(t, stranger, 1)
	twin.Identity.Serial = "A-THIRD-KEY"
	foreign := h.Reserved(t, stranger, theirs, theirCode, &twin)
	_, err = h.Certify(ctx, h.Kiosk, foreign.Hold(), twin.Request(t, foreign.Subject), 1)
	servicetest.WantCode(t, "two customers", err, ra.CodeKeyDuplicate, "public_key")

	enrol := func(prefix string, key *servicetest.Key) error {
		text := ra.Text{ZH: "窗口"}
		code, err := h.EnrolmentCode(ctx, h.Admin, prefix, servicetest.HallID, text, []string{servicetest.ProjectID})
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.Enrol(ctx, code, key.Request(t, nil), nil)
		return err
	}
	servicetest.WantCode(t, "a customer's key for a kiosk", enrol("XH11", first), ra.CodeKeyDuplicate, "public_key")
	kioskKey := servicetest.NewKey(t)
	if err := enrol("XH12", kioskKey); err != nil {
		t.Fatal(err)
	}
	servicetest.WantCode(t, "two kiosks", enrol("XH13", kioskKey), ra.CodeKeyDuplicate, "public_key")
	_, err = h.Certify(ctx, h.Kiosk, foreign.Hold(), kioskKey.Request(t, foreign.Subject), 1)
	servicetest.WantCode(t, "a kiosk's key for a customer", err, ra.CodeKeyDuplicate, "public_key")
	h.Sound(t)

	own := servicetest.NewKey(t)
	own.Identity = twin.Identity
	h.Certified(t, foreign, own)
	h.Sound(t)
}

// TestNothingIsSoldThatCannotBeIssued: names and terms are checked before an order is placed and before a unit is bound.
func TestNothingIsSoldThatCannotBeIssued(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	long := h.Registration(t)
	long.Organisation.Name = strings.Repeat("长", 65)
	_, err := h.Register(ctx, h.Kiosk, long)
	servicetest.WantCode(t, "a name of 65 without a short form", err, ra.CodeRequired, "organisation.short_name")
	long.Organisation.Name = strings.Repeat("长", 64)
	if _, err := h.Register(ctx, h.Kiosk, long); err != nil {
		t.Errorf("a name of 64: %v", err)
	}

	account := h.Registered(t)
	order, code := h.Approved(t, account, 1)
	h.Issuer.EndsOn(t, h.Clock.Now().AddDate(0, 6, 0))
	_, err = h.Place(ctx, h.Kiosk, account, h.Application(t, 1))
	servicetest.WantCode(t, "a term of a year, placed", err, ra.CodeTermPastCA, "")
	_, err = h.Reserve(ctx, h.Kiosk, account, servicetest.ReservationFor(t, order, code, "S1"))
	servicetest.WantCode(t, "a term of a year, reserved", err, ra.CodeTermPastCA, "")
	if now := h.OrderOf(t, account, order.ID); now.State != ra.OrderApproved || now.Units[0].State != ra.UnitWaiting {
		t.Errorf("order %s, unit %s after the refusal", now.State, now.Units[0].State)
	}
	kiosk := h.Enrolled(t, "XH21")
	record, err := h.Store.Kiosk(ctx, kiosk.ID)
	if err != nil || record.NotAfter.After(h.Clock.Now().AddDate(0, 6, 0)) {
		t.Errorf("a kiosk's certificate until %s, %v: outlives the CA", record.NotAfter, err)
	}
	h.Issuer.EndsOn(t, h.Clock.Now().Add(time.Hour))
	text := ra.Text{ZH: "窗口"}
	enrolment, err := h.EnrolmentCode(ctx, h.Admin, "XH22", servicetest.HallID, text, []string{servicetest.ProjectID})
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Enrol(ctx, enrolment, servicetest.NewKey(t).Request(t, nil), nil)
	servicetest.WantCode(t, "a kiosk of a CA that ends", err, ra.CodeTermPastCA, "")
}

// TestTermToTheLastSecond: one that ends with the CA is sold, one that ends a second later is not.
func TestTermToTheLastSecond(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	account := h.Registered(t)
	end := ra.TermEnd(h.Clock.Now(), 12)
	h.Issuer.EndsOn(t, end.Add(-time.Second))
	_, err := h.Place(t.Context(), h.Kiosk, account, h.Application(t, 1))
	servicetest.WantCode(t, "a second too long", err, ra.CodeTermPastCA, "")
	h.Issuer.EndsOn(t, end)
	order, code := h.Approved(t, account, 1)
	h.Made(t, account, order, code)
	h.Sound(t)
}

// TestCABeforeItsBegin: its clock was ahead when it was made, or is set back since. Nothing is sold, bound or signed that its certificate
// would not cover, and right after its begin a certificate begins with it.
func TestCABeforeItsBegin(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 1)
	now := h.Clock.Now()
	h.Issuer.Lasts(t, now.Add(time.Minute), now.AddDate(9, 0, 0))
	_, err := h.Place(ctx, h.Kiosk, account, h.Application(t, 1))
	servicetest.WantCode(t, "placed", err, ra.CodeIssuerAway, "")
	key := servicetest.NewKey(t)
	_, err = h.Reserve(ctx, h.Kiosk, account, servicetest.Reservation(t, order, code, key))
	servicetest.WantCode(t, "reserved", err, ra.CodeIssuerAway, "")
	_, err = h.Enrol(ctx, h.CodeFor(t, "XH23", servicetest.HallID), servicetest.NewKey(t).Request(t, nil), nil)
	servicetest.WantCode(t, "a kiosk", err, ra.CodeIssuerAway, "")
	h.Clock.Advance(2 * time.Minute)
	release := h.Reserved(t, account, order, code, key)
	h.Certified(t, release, key)
	if got := h.Issuer.Issued()[0].NotBefore; !got.Equal(now.Add(time.Minute)) {
		t.Errorf("begins %s, want %s, with the CA", got, now.Add(time.Minute))
	}
	h.Sound(t)
}

// TestTermsAddUp: what was paid for and is not written yet counts, else somebody pays for a term that the CA can never give.
func TestTermsAddUp(t *testing.T) {
	t.Parallel()
	h := holding(t)
	h.Issuer.EndsOn(t, h.CertificateEnd(t, h.certificate).AddDate(0, 30, 0))
	renew := func() error {
		_, err := h.Place(t.Context(), h.Kiosk, h.member, h.On(t, ra.KindRenew, ra.ReasonNone, h.certificate))
		return err
	}
	h.Passed(t, h.member, h.On(t, ra.KindRenew, ra.ReasonNone, h.certificate))
	h.Passed(t, h.member, h.On(t, ra.KindRenew, ra.ReasonNone, h.certificate))
	servicetest.WantCode(t, "a third year", renew(), ra.CodeTermPastCA, "targets")
	order := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate)) // by the first term
	servicetest.WantCode(t, "a third year while one is held", renew(), ra.CodeTermPastCA, "targets")
	h.certified(t, h.reserved(t, order, ra.PlanExtend, ""))
	h.Sound(t)

	h = holding(t)
	h.Issuer.EndsOn(t, h.CertificateEnd(t, h.certificate).AddDate(0, 20, 0))
	_, err := h.Place(t.Context(), h.Kiosk, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	servicetest.Must(t, err)
	servicetest.WantCode(t, "a year beside an extension that is open", renew(), ra.CodeTermPastCA, "targets")
}

// TestCertifyAgainWithAnotherWrapping: the same key in another request gets the same certificate.
func TestCertifyAgainWithAnotherWrapping(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	_, release, key := h.Begun(t)
	first := h.Certified(t, release, key)
	if again := h.Certified(t, release, key); !bytes.Equal(first.Certificate, again.Certificate) {
		t.Error("another certificate for the same key")
	}
}
