package audit_test

import (
	"testing"
	"time"

	"keyhall/backoffice/audit"
	"keyhall/backoffice/servicetest"
)

// lists are how many revocation lists the register has.
func lists(t *testing.T, h *servicetest.Hall) (n int) {
	t.Helper()
	servicetest.Must(t, h.Store.Pool().QueryRow(t.Context(), `SELECT count(*) FROM crls`).Scan(&n))
	return n
}

// TestOldListsAreDropped: the newest of each CA stay, the register is as the trail says before and after, also once the lines that tell of the
// lists are dropped themselves, and a list that comes back from elsewhere is found.
func TestOldListsAreDropped(t *testing.T) {
	t.Parallel()
	h := lived(t)
	for range 5 {
		_, err := h.KeepLists(t.Context())
		servicetest.Must(t, err)
		h.Clock.Advance(25 * time.Hour)
	}
	before, by := lists(t, h), owner(t, h)
	if before < 5 {
		t.Fatalf("only %d lists", before)
	}
	if n, err := h.Trail.DropLists(t.Context(), by, h.Clock.Now().AddDate(0, 0, -30)); n != 0 || err != nil {
		t.Errorf("%d young ones dropped, %v", n, err)
	}
	h.Clock.Advance(40 * 24 * time.Hour)
	old := h.Clock.Now().AddDate(0, 0, -30)
	n, err := h.Trail.DropLists(t.Context(), by, old)
	if err != nil || n == 0 || lists(t, h) != before-n {
		t.Errorf("%d of %d dropped, %v, %d left", n, before, err, lists(t, h))
	}
	var least int
	servicetest.Must(t, h.Store.Pool().QueryRow(t.Context(), `SELECT min(n) FROM (SELECT count(*) AS n FROM crls GROUP BY authority) a`).Scan(&least))
	if least != 2 {
		t.Errorf("of a CA %d lists stay, want 2", least)
	}
	if n, err := h.Trail.DropLists(t.Context(), by, old); n != 0 || err != nil {
		t.Errorf("again: %d dropped, %v", n, err)
	}
	h.Sealed(t)
	checkpoint(t, h)
	wantWhole(t, h)
	servicetest.Must(t, by.Do(t.Context(), func(tx audit.OwnerTx) error {
		words, err := tx.LastWords(t.Context(), h.Clock.Now().Add(time.Hour), "crl", 1000)
		for _, w := range words {
			if w.Value == "" {
				t.Errorf("the trail would carry on that %s is no more", w.Key)
			}
		}
		return err
	}))
	_, err = h.KeepLists(t.Context())
	servicetest.Must(t, err)
	h.Sealed(t)
	checkpoint(t, h)
	wantWhole(t, h)
	_, err = by.Pool().Exec(t.Context(), `INSERT INTO crls (authority, number, this_update, next_update, holds, history, der) VALUES ('ca', 1, now(), now(), 'x', 'x', 'x')`)
	servicetest.Must(t, err)
	if found, err := h.Store.Differences(t.Context(), 5); err != nil || len(found) != 1 || found[0].Subject != "crl ca/1" {
		t.Errorf("a list that nobody made: %v, %v", found, err)
	}
}
