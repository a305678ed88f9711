package customers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/packaging/sandbox/customers"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/house/housetest"
)

// TestDemo: a new hall has its customers of before, made by the real plans, and the audit finds nothing.
func TestDemo(t *testing.T) {
	h := housetest.NewWith(t, house.Options{Keys: customers.HubKeys, Past: customers.Demo()})
	residents := h.Residents()
	if len(residents) != 5 {
		t.Fatalf("customers of before: %d, want 5", len(residents))
	}
	var keys int
	for _, r := range residents {
		for _, n := range r.Keys {
			keys++
			if err := h.Agrees(t.Context(), n); err != nil {
				t.Errorf("%s, key %d: %v", r.Company.Name, n, err)
			}
		}
	}
	if keys != 6 {
		t.Errorf("their keys: %d, want 6", keys)
	}
	wantEnds(t, h)
	if out, err := h.Office(t.Context(), "audit"); err != nil {
		t.Errorf("audit: %v\n%s", err, out)
	}
}

// wantEnds looks at when the certificates end: one is over for less than the window's month, one ends in less than its three months.
func wantEnds(t *testing.T, h *house.House) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), h.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(t.Context())
	rows, err := db.Query(t.Context(), `SELECT not_after FROM certificates WHERE state = 'active' ORDER BY not_after`)
	if err != nil {
		t.Fatal(err)
	}
	ends, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
	if err != nil || len(ends) != 6 {
		t.Fatalf("%d certificates, %v; want 6", len(ends), err)
	}
	const day = 24 * time.Hour
	for i, want := range []struct{ from, to time.Duration }{{-25 * day, -day}, {day, 60 * day}, {300 * day, 400 * day}} {
		if left := time.Until(ends[i]); left < want.from || left > want.to {
			t.Errorf("certificate %d ends %s, want in %v to %v days", i+1, ends[i].Format(time.DateOnly), want.from/day, want.to/day)
		}
	}
}

func TestRenamed(t *testing.T) {
	t.Parallel()
	if got := customers.Renamed("杭州晨光科技有限公司"); got != "杭州晨光科技集团有限公司" || strings.Count(got, "有限公司") != 1 {
		t.Errorf("got %s", got)
	}
}
