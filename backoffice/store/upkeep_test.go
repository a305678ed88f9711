package store_test

import (
	"bytes"
	"testing"
	"time"

	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store/storetest"
)

// TestPrune: what is kept for a while goes then and not before.
func TestPrune(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	now := time.Now()
	count := func() (n int) {
		t.Helper()
		if err := s.Pool().QueryRow(t.Context(), `SELECT (SELECT count(*) FROM login_attempts) + (SELECT count(*) FROM changes)
			+ (SELECT count(*) FROM followers)`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if _, err := s.Pool().Exec(t.Context(), `
		INSERT INTO login_attempts (audience, login, wrong, updated_at) SELECT 'staff', '?' || n, 1, now() FROM generate_series(1, 2500) n;
		INSERT INTO changes (kind, entity_id, version, at) VALUES ('order', gen_random_uuid(), 1, now());
		INSERT INTO followers (order_id, kiosk_id, at) VALUES (gen_random_uuid(), gen_random_uuid(), now())`); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Changes(t.Context(), kiosk, "", 1); err != nil { // gives the change its place
		t.Fatal(err)
	}
	for _, c := range []struct {
		later time.Duration
		left  int
	}{{time.Hour, 2502}, {25 * time.Hour, 2}, {15 * 24 * time.Hour, 1}, {61 * 24 * time.Hour, 0}} {
		before := count()
		n, err := s.Prune(t.Context(), now.Add(c.later))
		if err != nil || n != before-c.left || count() != c.left {
			t.Errorf("after %s: %d went, %v, %d left, want %d", c.later, n, err, count(), c.left)
		}
	}
}

// TestPruneWhatVisitsLeave: each kind of row that a visit leaves for a while is there, and goes after its time; the code of an order that waits
// for its key stays, since it tells that it has expired.
func TestPruneWhatVisitsLeave(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	registration := h.Registration(t)
	member, err := h.Register(t.Context(), h.Kiosk, registration)
	servicetest.Must(t, err)
	h.LoggedIn(t, h.Kiosk, member.Login, registration.Password, "")
	order, code := h.Approved(t, member, 2)
	key := servicetest.NewKey(t)
	release := h.Reserved(t, member, order, code, key)
	h.Certified(t, release, key)
	_, page := servicetest.Scan(t, 1)
	servicetest.Must(t, h.Store.InsertPageLook(t.Context(), order.ID, h.Supervisor.ID, page.SHA256, h.Clock.Now()))
	pool := h.Store.Pool()
	_, err = pool.Exec(t.Context(), `INSERT INTO challenges (challenge, operation_id, purpose, expires_at) VALUES ($1, $2, 'proof', $3)`,
		bytes.Repeat([]byte{1}, 32), release.Operation.ID, h.Clock.Now())
	servicetest.Must(t, err)
	_, err = pool.Exec(t.Context(), `INSERT INTO authorization_codes (opens, order_id, code_hash, created_at, expires_at) VALUES ($1, $2, 'x', $3, $3), ($4, NULL, 'x', $3, $3)`,
		servicetest.ID(t), order.ID, h.Clock.Now(), member.PersonID)
	servicetest.Must(t, err)
	_, err = pool.Exec(t.Context(), `INSERT INTO outbox (id, order_id, project_id, hall_id, mobile, template, body, state, created_at, ended_at)
		SELECT $1, id, project_id, hall_id, '13800138000', 'returned', 'x', 'failed', $3, $3 FROM orders WHERE id = $2`, servicetest.ID(t), order.ID, h.Clock.Now())
	servicetest.Must(t, err)
	left := func(what string) (n int) {
		t.Helper()
		servicetest.Must(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM `+what).Scan(&n))
		return n
	}
	kinds := []string{"sessions", "challenges", "presences", "page_looks", "outbox WHERE body IS NOT NULL", "authorization_codes WHERE opens IS DISTINCT FROM order_id"}
	for _, what := range kinds {
		if left(what) == 0 {
			t.Errorf("no %s to begin with", what)
		}
	}
	codes := left("authorization_codes WHERE opens = order_id")
	for _, later := range []time.Duration{0, 200 * 24 * time.Hour} {
		_, err := h.Store.Prune(t.Context(), h.Clock.Now().Add(later))
		servicetest.Must(t, err)
		for _, what := range kinds {
			if n := left(what); (n == 0) != (later > 0) {
				t.Errorf("after %s: %d of %s left", later, n, what)
			}
		}
	}
	if n := left("authorization_codes WHERE opens = order_id"); codes == 0 || n != codes {
		t.Errorf("%d of %d codes of orders under way left", n, codes)
	}
}
