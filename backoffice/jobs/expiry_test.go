package jobs_test

import (
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/jobs"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store"
)

// ending is a hall with a certificate on a key, and what ends it.
type ending struct {
	*servicetest.Hall
	jobs.Expiry
	member      ra.Membership
	certificate string
}

func newEnding(t *testing.T) ending {
	t.Helper()
	h := servicetest.New(t)
	e := ending{Hall: h, Expiry: jobs.Expiry{Clerk: book.NewClerk(h.Clock.Now, nil), Messages: h.Outbox,
		Store: store.For(h.Store, func(tx *store.Tx) jobs.ExpiryTx { return tx })}}
	member, certificates := h.Holder(t, 1)
	e.member, e.certificate = member, certificates[0]
	_, err := h.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	return e
}

// to moves the clock to so long before the certificate's end.
func (e ending) to(t *testing.T, left time.Duration) {
	t.Helper()
	e.Clock.Advance(e.CertificateEnd(t, e.certificate).Add(-left).Sub(e.Clock.Now()))
}

// told is how many messages of the end go out, each told about twice to see that it is once.
func (e ending) told(t *testing.T) int {
	t.Helper()
	before := len(e.Sender.Sent())
	for range 2 {
		_, err := e.Tell(t.Context())
		servicetest.Must(t, err)
		_, err = e.DeliverMessages(t.Context())
		servicetest.Must(t, err)
	}
	sent := e.Sender.Sent()[before:]
	for _, m := range sent {
		if m.Template != "certificate_ends" || !strings.Contains(m.Text, e.CertificateEnd(t, e.certificate).In(ra.HallTime).Format("2006年1月2日")) {
			t.Errorf("sent %s", m.Text)
		}
	}
	return len(sent)
}

const day = 24 * time.Hour

func TestHoldersAreToldOfTheEnd(t *testing.T) {
	t.Parallel()
	e := newEnding(t)
	for _, c := range []struct {
		left time.Duration
		want int
	}{{91 * day, 0}, {90 * day, 1}, {89 * day, 0}, {31 * day, 0}, {30 * day, 1}, {7 * day, 1}, {day, 0}, {-day, 0}} {
		e.to(t, c.left)
		if got := e.told(t); got != c.want {
			t.Errorf("%s before the end: %d messages, want %d", c.left, got, c.want)
		}
	}
}

// TestOneNoticeAfterAnOutage: who was not told for months hears once, of the nearest.
func TestOneNoticeAfterAnOutage(t *testing.T) {
	t.Parallel()
	e := newEnding(t)
	e.to(t, 3*day)
	if got := e.told(t); got != 1 {
		t.Errorf("%d messages, want 1", got)
	}
}

// TestNoNoticeOfWhatIsRenewed: nobody is told to do what they have done.
func TestNoNoticeOfWhatIsRenewed(t *testing.T) {
	t.Parallel()
	e := newEnding(t)
	e.to(t, 80*day)
	_, err := e.Place(t.Context(), e.Kiosk, e.member, e.On(t, ra.KindRenew, ra.ReasonNone, e.certificate))
	servicetest.Must(t, err)
	if got := e.told(t); got != 0 {
		t.Errorf("%d messages, want none", got)
	}
}

func TestCertificatesExpire(t *testing.T) {
	t.Parallel()
	e := newEnding(t)
	for _, c := range []struct {
		left time.Duration
		want ra.CertificateState
	}{{day, ra.CertificateActive}, {-29 * day, ra.CertificateActive}, {-32 * day, ra.CertificateExpired}} {
		e.to(t, c.left)
		_, err := e.Expire(t.Context())
		servicetest.Must(t, err)
		got, err := e.Hall.Store.CertificateByID(t.Context(), e.certificate)
		servicetest.Must(t, err)
		if got.State != c.want {
			t.Errorf("%s before the end it is %s, want %s", c.left, got.State, c.want)
		}
	}
	c, err := e.Hall.Store.CertificateByID(t.Context(), e.certificate)
	servicetest.Must(t, err)
	lines := e.TrailOf(t, c.OrderID)
	if last := lines[len(lines)-1]; last.Action != "certificate.expire" || last.Subject != e.certificate {
		t.Errorf("the trail ends with %+v", last)
	}
	if n, err := e.Expire(t.Context()); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
	e.Sound(t)
}

// TestUnwrittenTermIsOwed: what was paid for a certificate that nobody extended in time is owed, once.
func TestUnwrittenTermIsOwed(t *testing.T) {
	t.Parallel()
	e := newEnding(t)
	e.to(t, 40*day)
	renewal := e.Passed(t, e.member, e.On(t, ra.KindRenew, ra.ReasonNone, e.certificate))
	for _, c := range []struct {
		left time.Duration
		want int
	}{{-29 * day, 0}, {-32 * day, 1}, {-33 * day, 1}} {
		e.to(t, c.left)
		_, err := e.Expire(t.Context())
		servicetest.Must(t, err)
		got, _, err := e.Owed(t.Context(), e.Supervisor, "")
		servicetest.Must(t, err)
		if len(got) != c.want || c.want > 0 && (got[0].OrderID != renewal.ID || got[0].AmountFen != renewal.AmountFen) {
			t.Errorf("%s before the end %+v is owed, want %d rows of order %s", c.left, got, c.want, renewal.ID)
		}
	}
	e.Sound(t)
}
