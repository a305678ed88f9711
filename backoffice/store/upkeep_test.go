package store_test

import (
	"testing"
	"time"

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
