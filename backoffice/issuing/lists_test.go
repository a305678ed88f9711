package issuing_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/issuing"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store/storetest"
)

// counting is a store that counts how often all that is revoked is looked up.
type counting struct {
	issuing.Store
	looks *atomic.Int32
}

type countingTx struct {
	issuing.Tx
	looks *atomic.Int32
}

func (c counting) EachRevoked(ctx context.Context, authority string, now time.Time, each func(book.Revocation) error) error {
	c.looks.Add(1)
	return c.Store.EachRevoked(ctx, authority, now, each)
}

func (c counting) Do(ctx context.Context, f func(tx issuing.Tx) error) error {
	return c.Store.Do(ctx, func(tx issuing.Tx) error { return f(countingTx{tx, c.looks}) })
}

func (c countingTx) EachRevoked(ctx context.Context, authority string, now time.Time, each func(book.Revocation) error) error {
	c.looks.Add(1)
	return c.Tx.EachRevoked(ctx, authority, now, each)
}

// TestCRLLooksOnce: all that is revoked is looked up once for each answer; a second look is worth it only where something was revoked early.
func TestCRLLooksOnce(t *testing.T) {
	t.Parallel()
	h := holding(t)
	config := h.IssuingConfig
	looks := &atomic.Int32{}
	config.Store = counting{config.Store, looks}
	is := issuing.New(config)
	for _, step := range []struct {
		name  string
		do    func()
		looks int32
	}{
		{"the first list", func() {}, 1},
		{"a young one", func() { h.Clock.Advance(9 * time.Minute) }, 1},
		{"one that is due", func() { h.Clock.Advance(time.Minute) }, 1},
		{"one from ahead", func() { h.Clock.Advance(-time.Hour) }, 1},
		{"something revoked since", func() { servicetest.Must(t, h.Suspend(t.Context(), h.Supervisor, h.certificate, "reported lost")) }, 2},
		{"the one made for it", func() {}, 1},
	} {
		step.do()
		looks.Store(0)
		_, err := is.CRL(t.Context(), "")
		servicetest.Must(t, err)
		if got := looks.Load(); got != step.looks {
			t.Errorf("%s: looked up %d times, want %d", step.name, got, step.looks)
		}
	}
}

// TestCRLAfterARestore: a young list that came with a dump, or from before commits were lost, is made anew at once, with a greater number;
// once.
func TestCRLAfterARestore(t *testing.T) {
	t.Parallel()
	h := holding(t).Hall
	number := func(h *servicetest.Hall) int64 {
		t.Helper()
		list, err := h.CRL(t.Context(), "")
		servicetest.Must(t, err)
		return list.Number
	}
	before := number(h)
	h.Store.Close()
	h = h.Copy(t)
	restored := number(h)
	if again := number(h); restored <= before || again != restored {
		t.Errorf("list %d before, %d and %d after a restore, want a greater one, once", before, restored, again)
	}
	_, err := h.Store.Pool().Exec(t.Context(), `UPDATE feed SET epoch = gen_random_uuid()`)
	servicetest.Must(t, err)
	if lost := number(h); lost <= restored {
		t.Errorf("list %d before, %d after commits were lost, want a greater one", restored, lost)
	}
}

// BenchmarkCRL is the list of a register of a million certificates, of which one in twenty is revoked: looked up, signed, stored. Say
// -benchtime 5x: filling the register takes half a minute.
func BenchmarkCRL(b *testing.B) {
	h := servicetest.New(b)
	fillRegister(b, h, 1_000_000, 20)
	for b.Loop() {
		h.Clock.Advance(time.Hour) // so that another one is due
		list, err := h.CRL(b.Context(), "")
		servicetest.Must(b, err)
		b.SetBytes(int64(len(list.DER)))
	}
}

// fillRegister puts certificates into the register that belong to nothing, since no list asks whose they are; one in every is revoked.
func fillRegister(t testing.TB, h *servicetest.Hall, certificates, every int) {
	t.Helper()
	storetest.Spoil(t, h.DSN, fmt.Sprintf(`
		INSERT INTO certificates (id, serial_number, operation_id, order_id, unit_id, membership_id, manufacturer, key_model, serial, state, authority,
			issuer, usage, subject, not_before, not_after, der, created_at, revoked_at, revocation_reason)
		SELECT gen_random_uuid(), '4' || lpad(md5(n::text), 31, '0'), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
			'm', 'k', n::text, CASE WHEN hit THEN 'revoked' ELSE 'active' END, '%s', 'CN=CA', 'sign', 'CN=' || n, now(), now() + interval '10 years',
			decode(repeat('3082', 400), 'hex'), now(), CASE WHEN hit THEN now() - n * interval '1 second' END, CASE WHEN hit THEN 4 ELSE 0 END
		FROM (SELECT n, n %% %d = 0 AS hit FROM generate_series(1, %d) n) x`, h.Issuer.Authority(), every, certificates),
		`VACUUM ANALYZE certificates`)
}
