package server_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"maps"
	"math/big"
	"testing"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// counter is a kiosk that works over the wire.
type counter struct {
	*servicetest.Hall
	bench  *bench
	who    servicetest.Identity
	client *api.Client
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	hall, b := realBench(t)
	who := hall.IdentityAt(t, "XH05", servicetest.HallID)
	return &counter{hall, b, who, b.dial(t, &tls.Certificate{Certificate: [][]byte{who.Key.Certificate}, PrivateKey: who.Key.Private})}
}

// begun reserves units of a new customer's order for these keys.
func (c *counter) begun(t *testing.T, keys ...*servicetest.Key) (all []ra.Release) {
	t.Helper()
	registration := c.Registration(t)
	member, err := c.client.Register(t.Context(), "", registration)
	servicetest.Must(t, err)
	session, err := c.client.LogIn(t.Context(), registration.Login, registration.Password)
	servicetest.Must(t, err)
	order, code := c.Approved(t, member, len(keys))
	for _, key := range keys {
		release, err := c.client.Reserve(t.Context(), session.Token, servicetest.Reservation(t, order, code, key))
		servicetest.Must(t, err)
		all = append(all, release)
	}
	return all
}

// certify asks for the certificate of a release over the wire.
func (c *counter) certify(t *testing.T, r ra.Release, csr []byte) error {
	t.Helper()
	_, err := c.client.Certify(t.Context(), r.Hold(), csr, r.Opening.Set.Version)
	return err
}

// TestRealRefusedRequests: whatever request was refused, nothing of it is kept but a line of the trail that names the model, and a good
// one for the same operation gets its certificate.
func TestRealRefusedRequests(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	key := servicetest.NewKey(t)
	release := c.begun(t, key)[0]
	requests := refusedRequests(t, release.Subject)
	requests["another subject"] = refused{servicetest.NewKey(t).Request(t, []byte{0x30, 0}), ra.CodeRequestBad, "subject", ""}
	said, before := refusals(t, c.Hall), c.Contents(t)
	for name, r := range requests {
		err := c.certify(t, release, r.csr)
		lines := said()
		r.want(t, name, err, lines)
		if len(lines) == 1 && (lines[0]["model"] != servicetest.Model || lines[0]["serial"] != key.Identity.Serial) {
			t.Errorf("%s: the trail says %v, want the key and its model named", name, lines[0])
		}
	}
	if after := c.Contents(t); !maps.Equal(before, after) {
		t.Errorf("refused requests left something: %v, before %v", after, before)
	}
	servicetest.Must(t, c.certify(t, release, key.Request(t, release.Subject)))
	c.Sound(t)
}

// TestRealRefusedEnrolments: a refused request of a kiosk neither burns its code nor retires the kiosk that works under the prefix.
func TestRealRefusedEnrolments(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	code := c.CodeFor(t, c.who.Kiosk.Prefix, servicetest.HallID)
	if _, err := c.client.Kiosk(t.Context()); err != nil {
		t.Fatal(err)
	}
	stranger := c.bench.dial(t, nil)
	said, before := refusals(t, c.Hall), c.Contents(t)
	for name, r := range refusedRequests(t, nil) {
		_, err := stranger.Enrol(t.Context(), api.EnrolRequest{Code: code, CSR: r.csr})
		lines := said()
		r.want(t, name, err, lines)
		if len(lines) == 1 && lines[0]["prefix"] != c.who.Kiosk.Prefix {
			t.Errorf("%s: the trail says %v, want the prefix named", name, lines[0])
		}
	}
	if after := c.Contents(t); !maps.Equal(before, after) {
		t.Errorf("refused requests left something: %v, before %v", after, before)
	}
	if _, err := c.client.Kiosk(t.Context()); err != nil {
		t.Errorf("the working kiosk: %v", err)
	}
	if _, err := stranger.Enrol(t.Context(), api.EnrolRequest{Code: code, CSR: servicetest.NewKey(t).Request(t, nil)}); err != nil {
		t.Errorf("a good request with the same code: %v", err)
	}
	if _, err := c.client.Kiosk(t.Context()); ra.CodeOf(err) != ra.CodeKioskUnknown {
		t.Errorf("the kiosk before: got %v, want it retired now", err)
	}
	c.Sound(t)
}

// TestRealOnePublicKey: a public key is certified once, whoever comes with it and in whatever form; each other time is told to the
// caller and to the trail.
func TestRealOnePublicKey(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	mine := servicetest.NewKey(t)
	other := func(serial string) *servicetest.Key {
		return &servicetest.Key{Identity: servicetest.KeyIdentity(serial), Private: mine.Private}
	}
	order := c.begun(t, mine, other("S2"))
	servicetest.Must(t, c.certify(t, order[0], mine.Request(t, order[0].Subject)))
	theirs := c.begun(t, other("S3"))[0]
	said := refusals(t, c.Hall)
	duplicate := func(what string, err error) {
		t.Helper()
		refused{code: ra.CodeKeyDuplicate, field: "public_key"}.want(t, what, err, said())
	}
	enrol := func(prefix string, csr []byte) error {
		_, err := c.bench.dial(t, nil).Enrol(t.Context(), api.EnrolRequest{Code: c.CodeFor(t, prefix, servicetest.HallID), CSR: csr})
		return err
	}
	renew := func(csr []byte) error { _, err := c.client.Renew(t.Context(), csr); return err }
	duplicate("two units", c.certify(t, order[1], mine.Request(t, order[1].Subject)))
	duplicate("two customers", c.certify(t, theirs, mine.Request(t, theirs.Subject)))
	duplicate("mirrored", c.certify(t, theirs, mirrored(mine).Request(t, theirs.Subject)))
	duplicate("a customer's key for a kiosk", enrol("XH11", mine.Request(t, nil)))
	duplicate("mirrored, for a kiosk", enrol("XH11", mirrored(mine).Request(t, nil)))
	duplicate("the key of a kiosk for another", enrol("XH12", c.who.Key.Request(t, nil)))
	duplicate("a kiosk's key for a customer", c.certify(t, theirs, c.who.Key.Request(t, theirs.Subject)))

	p, q := primeOf(t, 1024), primeOf(t, 1024)
	request := func(e int64) []byte {
		csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, oddKey(e, p, q))
		servicetest.Must(t, err)
		return csr
	}
	servicetest.Must(t, enrol("XH13", request(65537)))
	duplicate("one modulus, two exponents", enrol("XH14", request(65539)))
	c.Clock.Advance(2 * 365 * 24 * 3600 * 1e9)
	duplicate("a kiosk's own old key at its renewal", renew(c.who.Key.Request(t, nil)))
	duplicate("a customer's key at a kiosk's renewal", renew(mine.Request(t, nil)))
	servicetest.Must(t, renew(servicetest.NewKey(t).Request(t, nil)))
	c.Sound(t)
}

// mirrored is the key of the other point with the same x, which whoever has the one has too.
func mirrored(key *servicetest.Key) *servicetest.Key {
	private := *key.Private
	//lint:ignore SA1019 the mirrored point has no other maker
	private.Y, private.D = new(big.Int).Sub(private.Params().P, key.Private.Y), new(big.Int).Sub(private.Params().N, key.Private.D)
	return &servicetest.Key{Identity: key.Identity, Private: &private}
}

// TestRealTermBeyondTheCA: what would end after its CA is told with that day when it is ordered, before anything is paid; nothing is kept of
// it, and the same application goes through once there is a CA that lasts.
func TestRealTermBeyondTheCA(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	registration := c.Registration(t)
	member, err := c.client.Register(t.Context(), "", registration)
	servicetest.Must(t, err)
	session, err := c.client.LogIn(t.Context(), registration.Login, registration.Password)
	servicetest.Must(t, err)
	application := c.Application(t, 1) // for a year
	application.Number = ra.OrderNumber("XH05", 1)
	end := c.Clock.Now().AddDate(0, 6, 0)
	c.Issuer.EndsOn(t, end)
	for range 2 {
		_, err = c.client.Place(t.Context(), session.Token, application)
		servicetest.WantCode(t, "a year from a CA of half a year", err, ra.CodeTermPastCA, "")
		if got, want := servicetest.Argument(err, "until"), end.In(ra.HallTime).Format(time.DateOnly); got != want {
			t.Errorf("told until %q, want %q", got, want)
		}
	}
	if kept, err := c.Store.OrdersOfMembership(t.Context(), member.ID); err != nil || len(kept) != 0 {
		t.Errorf("%d orders are kept of it, %v, want none", len(kept), err)
	}
	c.Issuer.EndsOn(t, c.Clock.Now().AddDate(2, 0, 0))
	order, err := c.client.Place(t.Context(), session.Token, application)
	if err != nil || order.ID != application.ID || order.Payment != ra.PaymentUnpaid {
		t.Errorf("from a CA that lasts: order %s, %s, %v, want it placed and unpaid", order.ID, order.Payment, err)
	}
	c.Sound(t)
}
