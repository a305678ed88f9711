package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/kiosk/safe"
)

// Parts of the three years that a kiosk's certificate lasts.
const (
	day      = 24 * time.Hour
	lifetime = 3 * 365 * day
)

// logged is a log that tests read while the kiosk writes.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// said returns what was logged since the last time, without what the safe says.
func (l *logged) said() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.b.Reset()
	lines := slices.DeleteFunc(strings.SplitAfter(l.b.String(), "\n"), func(s string) bool { return !strings.Contains(s, "client certificate") })
	return strings.Join(lines, "")
}

// running is what of a kiosk's run has to do with its certificate.
type running struct {
	renewal
	client *api.Client
	log    *logged
}

// start starts the kiosk with what is in its safe; the office's clock is its own too.
func (o *office) start(t *testing.T, c Config) running {
	t.Helper()
	own, err := who(t, c).tlsCertificate()
	if err != nil {
		t.Fatal(err)
	}
	b := newBadge(own)
	client, err := officeClient(c, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	log := &logged{}
	open := func(ctx context.Context) (*safe.Safe, error) { return openSafe(ctx, c, slog.New(slog.DiscardHandler)) }
	return running{client: client, log: log, renewal: renewal{badge: b, office: client, open: open, now: o.Clock.Now,
		after: func(time.Duration) <-chan time.Time { return nil }, log: slog.New(slog.NewTextHandler(log, nil))}}
}

// working wants the office to know the running kiosk.
func (k running) working(t *testing.T, id string) {
	t.Helper()
	if got, err := k.client.Kiosk(t.Context()); err != nil || got.ID != id {
		t.Errorf("the office answers %q, %v, want it to know %q", got.ID, err, id)
	}
}

// aged is an office with a running kiosk whose certificate has that much left.
func aged(t *testing.T, left time.Duration) (*office, Config, running) {
	t.Helper()
	o := newOffice(t)
	c, _ := configFor(t, o.http)
	mustEnrol(t, c, o.code(t, "XH05"))
	o.Clock.Advance(lifetime - left)
	return o, c, o.start(t, c)
}

func TestRenewal(t *testing.T) {
	t.Parallel()
	o, c, k := aged(t, lifetime/3+day)
	before := who(t, c)
	k.look(t.Context())
	if after := who(t, c); !slices.Equal(after.Key, before.Key) || len(o.certificates(t, before.Kiosk.ID)) != 1 {
		t.Error("it was renewed before its last third")
	}
	o.Clock.Advance(2 * day)
	k.look(t.Context())
	after := who(t, c)
	if slices.Equal(after.Key, before.Key) || after.Kiosk != before.Kiosk || !slices.Equal(k.badge.leaf().Raw, after.Chain[0]) {
		t.Errorf("the kiosk is %+v, want the same with a fresh key, shown and kept alike", after.Kiosk)
	}
	if said := k.log.said(); !strings.Contains(said, "is renewed") {
		t.Errorf("said %q", said)
	}
	o.forgot(t, before)
	k.working(t, before.Kiosk.ID)
	o.knows(t, c, before.Kiosk.ID)
	k.look(t.Context())
	if n := len(o.certificates(t, before.Kiosk.ID)); n != 2 {
		t.Errorf("%d certificates after another look, want two", n)
	}

	o.Clock.Advance(lifetime - day)
	k.look(t.Context()) // the next time, from the renewed one
	k.working(t, before.Kiosk.ID)
	o.forgot(t, after)
	o.Sound(t)
}

// A kiosk that is enrolled anew between two renewals, and one that renews after that, is still itself.
func TestRenewalAndEnrolmentTakeTurns(t *testing.T) {
	t.Parallel()
	o, c, k := aged(t, lifetime/3-day)
	id := who(t, c).Kiosk.ID
	k.look(t.Context())
	if again := mustEnrol(t, c, o.code(t, "XH05")); again.Kiosk.ID != id {
		t.Errorf("enrolled anew it is %s, want %s", again.Kiosk.ID, id)
	}
	o.Clock.Advance(lifetime - day)
	k = o.start(t, c)
	k.look(t.Context())
	k.working(t, id)
	if n := len(o.certificates(t, id)); n != 4 {
		t.Errorf("%d certificates, want four", n)
	}
	o.Sound(t)
}

// errKilled is how a test stops a renewal where a power cut would.
var errKilled = errors.New("killed")

// dying is an office that a kiosk is killed at: before or after one of its calls.
type dying struct {
	certifier
	at string
}

func (d dying) die(point string) error {
	if d.at == point {
		return errKilled
	}
	return nil
}

func (d dying) Renew(ctx context.Context, csr []byte) (api.Renewal, error) {
	if err := d.die("before it asks"); err != nil {
		return api.Renewal{}, err
	}
	r, err := d.certifier.Renew(ctx, csr)
	return r, errors.Join(err, d.die("before it has the answer"))
}

func (d dying) Kiosk(ctx context.Context) (ra.Kiosk, error) {
	if err := d.die("before the first use"); err != nil {
		return ra.Kiosk{}, err
	}
	k, err := d.certifier.Kiosk(ctx)
	return k, errors.Join(err, d.die("after the first use"))
}

// A kiosk that is killed at any moment of its renewal is the old one or the new one, works at once, and once it looked again
// it has one new certificate, not more.
func TestRenewalGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	for at, adopted := range map[string]bool{"before it asks": false, "before it has the answer": false,
		"before the next key is erased": true, "before the first use": true, "after the first use": true} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			o, c, k := aged(t, lifetime/3-day)
			before := who(t, c)
			k.office = dying{k.office, at}
			k.look(t.Context())
			if at == "before the next key is erased" {
				left := who(t, c)
				if err := writeSecret(secretsOf(t, c), nextSecret, pendingKey{Key: left.Key, Occasion: left.Occasion}); err != nil {
					t.Fatal(err)
				}
			}
			if now := who(t, c); slices.Equal(now.Key, before.Key) == adopted {
				t.Errorf("the new one is kept: %v, want %v", !adopted, adopted)
			}
			for range 2 {
				k = o.start(t, c)
				k.working(t, before.Kiosk.ID)
				k.look(t.Context())
				k.working(t, before.Kiosk.ID)
			}
			o.forgot(t, before)
			if n := len(o.certificates(t, before.Kiosk.ID)); n != 2 {
				t.Errorf("%d certificates, want two", n)
			}
			o.Sound(t)
		})
	}
}

// The disk gave out after the new identity was written: the kiosk runs on with the old one, and takes the same new one later.
func TestRenewalAfterTheDiskGaveOut(t *testing.T) {
	t.Parallel()
	o, c, k := aged(t, lifetime/3-day)
	before := who(t, c)
	shown := k.badge.current.Load()
	k.office = dying{k.office, "before the first use"}
	k.look(t.Context())
	after := who(t, c)
	if err := writeSecret(secretsOf(t, c), nextSecret, pendingKey{Key: after.Key, Occasion: after.Occasion}); err != nil {
		t.Fatal(err)
	}
	k = o.start(t, c)
	k.badge.change(shown)
	k.look(t.Context())
	if again := who(t, c); !slices.Equal(again.Chain[0], after.Chain[0]) || !slices.Equal(k.badge.leaf().Raw, after.Chain[0]) {
		t.Error("it got another certificate, or does not show it")
	}
	o.forgot(t, before)
	k.working(t, before.Kiosk.ID)
	o.Sound(t)
}

// What the log says of a certificate that is not renewed, by how much of its life is left.
func TestRenewalThatFailsIsTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		left time.Duration
		want []string
	}{
		"fresh":       {lifetime / 2, nil},
		"a third":     {lifetime/3 - day, []string{"level=INFO", "tried again", "kiosk_blocked"}},
		"a tenth":     {lifetime/10 - day, []string{"level=WARN", "ends soon", "kiosk_blocked"}},
		"over":        {0, []string{"level=ERROR", "keyhall-kiosk enrol", "office_away"}},
		"over for it": {-day, []string{"level=ERROR", "has ended", "it stays the kiosk that it is"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, config, k := aged(t, c.left-time.Second)
			before := who(t, config)
			if err := o.BlockKiosk(t.Context(), o.Admin, before.Kiosk.ID, "lost"); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				k.look(t.Context())
				said := k.log.said()
				for _, want := range c.want {
					if !strings.Contains(said, want) {
						t.Errorf("said %q, want %q in it", said, want)
					}
				}
				if len(c.want) == 0 && said != "" {
					t.Errorf("said %q, want nothing", said)
				}
			}
			if after := who(t, config); !slices.Equal(after.Key, before.Key) {
				t.Error("it changed without a certificate")
			}
			if n := len(o.certificates(t, before.Kiosk.ID)); n != 1 {
				t.Errorf("%d certificates, want one", n)
			}
			if err := o.UnblockKiosk(t.Context(), o.Admin, before.Kiosk.ID); err != nil {
				t.Fatal(err)
			}
			if c.left > 0 {
				k.look(t.Context())
				k.working(t, before.Kiosk.ID)
				return
			}
			if again := mustEnrol(t, config, o.code(t, "XH05")); again.Kiosk.ID != before.Kiosk.ID {
				t.Errorf("enrolled anew it is %s, want %s", again.Kiosk.ID, before.Kiosk.ID)
			}
		})
	}
}

// The loop looks at once and then after each pause, whose length is by chance, and ends with the kiosk.
func TestRenewalLooksAgain(t *testing.T) {
	t.Parallel()
	o, c, k := aged(t, lifetime/3-day)
	asked := make(chan struct{})
	pauses, next := make(chan time.Duration), make(chan time.Time)
	k.office = counting{k.office, asked}
	k.after = func(d time.Duration) <-chan time.Time { pauses <- d; return next }
	if err := o.BlockKiosk(t.Context(), o.Admin, who(t, c).Kiosk.ID, "lost"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { k.run(ctx); close(ended) }()
	seen := map[time.Duration]bool{}
	for range 5 {
		<-asked
		d := <-pauses
		if d < renewalRound*3/4 || d > renewalRound*5/4 {
			t.Errorf("pause of %v, want about %v", d, renewalRound)
		}
		seen[d] = true
		next <- o.Clock.Now()
	}
	if len(seen) < 2 {
		t.Error("every pause is as long as the other")
	}
	<-asked
	stop()
	<-pauses
	<-ended
}

// counting tells of every renewal that is asked for.
type counting struct {
	certifier
	asked chan struct{}
}

func (c counting) Renew(ctx context.Context, csr []byte) (api.Renewal, error) {
	c.asked <- struct{}{}
	return c.certifier.Renew(ctx, csr)
}

// A back office that answers nonsense does not make the kiosk lose its identity.
func TestRenewalWithAForeignCertificate(t *testing.T) {
	t.Parallel()
	o, c, k := aged(t, lifetime/3-day)
	before := who(t, c)
	for name, answer := range map[string][]byte{"nonsense": []byte("x"), "the old certificate": before.Chain[0], "nothing": nil} {
		k.office = answering{k.client, answer}
		k.look(t.Context())
		if now := who(t, c); !slices.Equal(now.Chain[0], before.Chain[0]) {
			t.Errorf("%s: it was adopted", name)
		}
	}
	k.office = k.client
	k.look(t.Context())
	k.working(t, before.Kiosk.ID)
	o.forgot(t, before)
}

// answering is an office that certifies with what it has.
type answering struct {
	certifier
	certificate []byte
}

func (a answering) Renew(context.Context, []byte) (api.Renewal, error) {
	return api.Renewal{Certificate: a.certificate}, nil
}
