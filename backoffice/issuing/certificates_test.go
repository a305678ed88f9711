package issuing_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/issuing"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store"
)

func TestCertify(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account, release, key := h.Begun(t)
	hold := release.Hold()

	good := key.Request(t, release.Subject)
	damaged := bytes.Clone(good)
	damaged[len(damaged)-1] ^= 1
	weak, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	request := func(key any) []byte {
		der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{RawSubject: release.Subject}, key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	for name, c := range map[string]struct {
		hold    ra.Hold
		csr     []byte
		version int
		code    ra.Code
	}{
		"no request":                 {hold, []byte("x"), 1, ra.CodeRequestBad},
		"signature wrong":            {hold, damaged, 1, ra.CodeRequestBad},
		"another algorithm":          {hold, request(weak), 1, ra.CodeRequestBad},
		"another curve":              {hold, request(curve), 1, ra.CodeRequestBad},
		"version that was not given": {hold, good, 2, ra.CodeConflict},
		"factory's version":          {hold, good, 0, ra.CodeConflict},
		"no such operation":          {ra.Hold{OperationID: servicetest.ID(t)}, good, 1, ra.CodeNotFound},
	} {
		_, err := h.Certify(ctx, h.Kiosk, c.hold, c.csr, c.version)
		servicetest.WantCode(t, name, err, c.code, "")
	}
	_, err = h.Challenge(ctx, h.Kiosk, hold)
	servicetest.WantCode(t, "challenge before the certificate", err, ra.CodeState, "")

	first, err := h.Certify(ctx, h.Kiosk, hold, good, 1)
	if err != nil {
		t.Fatal(err)
	}
	hold.Presence = "" // the ticket is enough for the same again
	again, err := h.Certify(ctx, h.Kiosk, hold, key.Request(t, release.Subject), 1)
	if err != nil || !bytes.Equal(again.Certificate, first.Certificate) || again.CertificateID != first.CertificateID {
		t.Errorf("the same key again: another certificate, %v", err)
	}
	if n := len(h.Issuer.Issued()); n != 1 {
		t.Errorf("the CA signed %d times", n)
	}
	_, err = h.Certify(ctx, h.Kiosk, hold, servicetest.NewKey(t).Request(t, release.Subject), 1)
	servicetest.WantCode(t, "another key", err, ra.CodeRequestDiffers, "")

	parsed, err := x509.ParseCertificate(first.Certificate)
	if err != nil || !bytes.Equal(parsed.RawSubject, release.Subject) || parsed.NotAfter.Before(h.Clock.Now().AddDate(0, 12, 0).Add(-time.Minute)) {
		t.Errorf("certificate of %s until %s, %v", parsed.Subject, parsed.NotAfter, err)
	}
	if s := parsed.Subject.String(); !strings.Contains(s, "杭州示范科技有限公司") || strings.Contains(s, "110101") {
		t.Errorf("subject %s", s)
	}
	if resumed, err := h.Resume(ctx, h.Kiosk, account, ra.Resumption{OperationID: hold.OperationID, Ticket: hold.Ticket}); err != nil || resumed.Ticket != hold.Ticket {
		t.Errorf("Resume after the certificate: another ticket, %v", err)
	}
	h.Sound(t)
}

func TestIssuerAwayIsTriedAgain(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	_, release, key := h.Begun(t)
	h.Issuer.Around(func() error { return ra.E(ra.CodeIssuerAway) }, nil)
	_, err := h.Certify(t.Context(), h.Kiosk, release.Hold(), key.Request(t, release.Subject), 1)
	servicetest.WantCode(t, "CA away", err, ra.CodeIssuerAway, "")
	h.Sound(t)
	h.Issuer.Around(nil, nil)
	h.Certified(t, release, key)
}

// crashing is a transaction whose process dies before it can register a certificate.
type crashing struct{ issuing.Tx }

var errCrash = errors.New("crash")

func (crashing) InsertCertificate(context.Context, ra.Certificate, time.Time) error { return errCrash }

func TestCrashBetweenIssueAndAnswer(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	_, release, key := h.Begun(t)
	request := key.Request(t, release.Subject)

	config := h.IssuingConfig
	config.Store = store.For(h.Store, func(tx *store.Tx) issuing.Tx { return crashing{tx} })
	dying := issuing.New(config)
	if _, err := dying.Certify(ctx, h.Kiosk, release.Hold(), request, 1); !errors.Is(err, errCrash) {
		t.Fatalf("Certify = %v, want the crash", err)
	}
	h.Clock.Advance(time.Hour)
	_, err := h.Store.Pool().Exec(ctx, `UPDATE projects SET profile = profile || '{"handler": true, "usage": "sign_decrypt"}'`) // for what comes
	servicetest.Must(t, err)
	issued, err := h.Certify(ctx, h.Kiosk, release.Hold(), key.Request(t, release.Subject), 1) // signed anew by the same key
	if err != nil {
		t.Fatal(err)
	}
	signed := h.Issuer.Issued()
	if len(signed) != 2 || !reflect.DeepEqual(signed[0], signed[1]) || !bytes.Equal(signed[0].Request, request) {
		t.Errorf("the CA was asked for %+v", signed)
	}
	parsed, err := x509.ParseCertificate(issued.Certificate)
	if err != nil || parsed.SerialNumber.Cmp(signed[0].SerialNumber) != 0 {
		t.Errorf("serial number %x, %v", parsed.SerialNumber, err)
	}
	key.Certificate = issued.Certificate
	if _, err := h.Confirm(ctx, h.Kiosk, release.Hold(), h.Proof(t, release, key)); err != nil {
		t.Error(err)
	}
	h.Sound(t)
}

func TestSameRequestAtOnceGetsOneCertificate(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	_, release, key := h.Begun(t)
	request := key.Request(t, release.Subject)
	var group sync.WaitGroup
	answers := make([][]byte, 8)
	for i := range answers {
		group.Go(func() {
			issued, err := h.Certify(t.Context(), h.Kiosk, release.Hold(), request, 1)
			if err != nil {
				t.Error(err)
			}
			answers[i] = issued.Certificate
		})
	}
	group.Wait()
	for _, a := range answers {
		if !bytes.Equal(a, answers[0]) {
			t.Fatal("two answers hold two certificates")
		}
	}
	h.Sound(t)
}

func TestReleaseWhileTheCASigns(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 1)
	key := servicetest.NewKey(t)
	release := h.Reserved(t, account, order, code, key)
	h.Issuer.Around(nil, func() error { return h.ReleaseUnit(ctx, h.Supervisor, release.Operation.ID, "zu spät") })
	_, err := h.Certify(ctx, h.Kiosk, release.Hold(), key.Request(t, release.Subject), 1)
	servicetest.WantCode(t, "released meanwhile", err, ra.CodeState, "")
	all, err := h.SearchCertificates(ctx, h.Supervisor, book.CertificateQuery{})
	if err != nil || len(all) != 1 || all[0].State != ra.CertificateRevoked {
		t.Errorf("register %+v, %v, want the signed serial number revoked", all, err)
	}
	h.Issuer.Around(nil, nil)
	h.Sound(t)
	h.Made(t, account, order, code)
	h.Sound(t)
}

// wilful is a CA that gives other certificates than was asked for.
type wilful struct {
	issuing.Issuer
	change func(*book.IssueRequest)
}

func (w wilful) Issue(ctx context.Context, r book.IssueRequest) ([]byte, error) {
	w.change(&r)
	return w.Issuer.Issue(ctx, r)
}

func TestCertificateThatDiffersIsRefused(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	_, release, key := h.Begun(t)
	for want, change := range map[string]func(*book.IssueRequest){
		"key usage":                     func(r *book.IssueRequest) { r.Usage = ra.UsageDecrypt },
		"serial number, key or subject": func(r *book.IssueRequest) { r.Subject = []byte{0x30, 0} },
		"asked for":                     func(r *book.IssueRequest) { r.NotAfter = r.NotAfter.AddDate(1, 0, 0) },
		"from 2":                        func(r *book.IssueRequest) { r.NotBefore = r.NotBefore.AddDate(-1, 0, 0) },
	} {
		config := h.IssuingConfig
		config.Issuer = wilful{h.Issuer, change}
		_, err := issuing.New(config).Certify(t.Context(), h.Kiosk, release.Hold(), key.Request(t, release.Subject), 1)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it refused: %s", err, want)
		}
	}
	h.Certified(t, release, key)
}

// TestUnfitCertificateIsGivenToNobody: its serial number is burnt, the unit waits for another try, and the trail says why.
func TestUnfitCertificateIsGivenToNobody(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	account := h.Registered(t)
	order, code := h.Approved(t, account, 1)
	key := servicetest.NewKey(t)
	release := h.Reserved(t, account, order, code, key)
	h.Issuer.Around(nil, func() error {
		return ra.E(ra.CodeCertificateUnfit).Because(errors.New("name: 2.5.4.10 has 65 characters"))
	})
	request := key.Request(t, release.Subject)
	issued, err := h.Certify(t.Context(), h.Kiosk, release.Hold(), request, 1)
	servicetest.WantCode(t, "unfit", err, ra.CodeCertificateUnfit, "")
	if issued.Certificate != nil {
		t.Error("it was handed out")
	}
	h.Issuer.Around(nil, nil)
	_, err = h.Certify(t.Context(), h.Kiosk, release.Hold(), request, 1)
	if ra.CodeOf(err) == "" {
		t.Error("the same serial number was signed again")
	}
	var state, unit string
	var why int
	if err := h.Store.Pool().QueryRow(t.Context(), `
		SELECT c.state, u.state, (SELECT count(*) FROM audit WHERE action = 'certificate.unfit' AND facts->>'why' LIKE '%65 characters%')
		FROM certificates c JOIN operations p ON p.id = c.operation_id JOIN units u ON u.id = p.unit_id
		WHERE p.id = $1 AND c.serial_number = p.serial_number AND c.der IS NULL`, release.Operation.ID).Scan(&state, &unit, &why); err != nil {
		t.Fatal(err)
	}
	if state != "revoked" || unit != "waiting" || why != 1 {
		t.Errorf("the certificate is %s, the unit %s, %d lines say why", state, unit, why)
	}
	h.Sound(t)
}

// TestCertificatesAreFoundByWhatStandsInThem: the credit code, and a name whose characters mean something in a written subject.
func TestCertificatesAreFoundByWhatStandsInThem(t *testing.T) {
	t.Parallel()
	h := holding(t)
	if _, err := h.Store.Pool().Exec(t.Context(), `UPDATE certificates SET subject = $1`,
		`CN=甲+乙,丙\丁; O=甲+乙,丙\丁; organizationIdentifier=91330100MA00000072; C=CN`); err != nil {
		t.Fatal(err)
	}
	found, err := h.SearchCertificates(t.Context(), h.Supervisor, book.CertificateQuery{})
	servicetest.Must(t, err)
	number := found[0].SerialNumber
	decimal, err := pki.SerialNumber(number)
	servicetest.Must(t, err)
	for text, want := range map[string]int{
		"\u200e" + number[:2] + " " + number[2:]: 1, strings.ToUpper(number[:2]) + ":" + number[2:6]: 1, "0x00" + number: 1, decimal.String(): 1, number[1:]: 0,
		"VATCN-91330100MA00000072": 1, "ntrcn-91330100ma00000072": 1, "9133 0100 MA00 0000 72": 1, "2.5.4.97=91330100MA00000072": 1, "CN = 甲+乙": 1, "O=甲": 1,
		"91330100MA00000072": 1, "甲+乙": 1, "乙,丙": 1, `丙\丁`: 1, "organizationIdentifier=9133": 1, "甲乙": 0, "%": 0} {
		found, err := h.SearchCertificates(t.Context(), h.Supervisor, book.CertificateQuery{Text: text})
		if err != nil || len(found) != want {
			t.Errorf("%s: found %d, %v, want %d", text, len(found), err, want)
		}
	}
}

// TestSubjectInTheRegisterIsReadable.
func TestSubjectInTheRegisterIsReadable(t *testing.T) {
	t.Parallel()
	h := holding(t)
	c, err := h.Store.CertificateByID(t.Context(), h.certificate)
	servicetest.Must(t, err)
	if !strings.Contains(c.Subject, "; organizationIdentifier=9") || strings.Contains(c.Subject, "2.5.4.97") {
		t.Errorf("got %s", c.Subject)
	}
}

// TestShapeIsCommitted: the catalogue may say something else later; what was asked for stays, pointers too.
func TestShapeIsCommitted(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	account := h.Registered(t)
	order, code := h.Approved(t, account, 1)
	if _, err := h.Store.Pool().Exec(t.Context(), `UPDATE projects SET profile = profile ||
		'{"extended_usages": ["document_signing"], "policies": [{"oid": "1.2.3"}]}'`); err != nil {
		t.Fatal(err)
	}
	key := servicetest.NewKey(t)
	h.Certified(t, h.Reserved(t, account, order, code, key), key)
	got := h.Issuer.Issued()[0]
	want := book.Shape{Extended: []ra.ExtendedUsage{ra.ExtendedDocuments}, Policies: []ra.Policy{{OID: "1.2.3"}},
		CRLURL: "http://127.0.0.1/crl/ca", OCSPURL: "http://127.0.0.1/ocsp", CAURL: "http://127.0.0.1/ca/ca"}
	if !reflect.DeepEqual(got.Shape, want) || got.Authority != "ca" {
		t.Errorf("got %+v of %s, want %+v", got.Shape, got.Authority, want)
	}
}
