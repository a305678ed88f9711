package ra

import (
	"testing"
	"time"
)

func TestTermEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		begin  string
		months int
		want   string
	}{
		{"2026-01-31T10:00:00+08:00", 1, "2026-02-28T10:00:00+08:00"},
		{"2027-01-31T10:00:00+08:00", 13, "2028-02-29T10:00:00+08:00"},
		{"2028-02-29T10:00:00+08:00", 12, "2029-02-28T10:00:00+08:00"},
		{"2026-08-31T23:59:59+08:00", 3, "2026-11-30T23:59:59+08:00"},
		{"2027-08-31T23:59:59+08:00", 6, "2028-02-29T23:59:59+08:00"},
		// In the hall it is the first of March already: a month later is the first of April.
		{"2026-02-28T17:00:00Z", 1, "2026-03-31T17:00:00Z"},
		{"2026-01-30T10:00:00+08:00", 1, "2026-02-28T10:00:00+08:00"},
		{"2028-01-31T10:00:00+08:00", 1, "2028-02-29T10:00:00+08:00"},
		{"2026-01-31T10:00:00+08:00", 12, "2027-01-31T10:00:00+08:00"},
		{"2026-12-31T10:00:00+08:00", 2, "2027-02-28T10:00:00+08:00"},
		{"2027-11-30T10:00:00+08:00", 3, "2028-02-29T10:00:00+08:00"},
		{"2026-05-31T10:00:00+08:00", 1, "2026-06-30T10:00:00+08:00"},
		{"2100-01-31T10:00:00+08:00", 1, "2100-02-28T10:00:00+08:00"}, // no leap year
		{"2026-03-31T10:00:00+08:00", -1, "2026-02-28T10:00:00+08:00"},
		{"2026-03-31T10:00:00+08:00", 0, "2026-03-31T10:00:00+08:00"},
		{"2026-02-28T16:00:00Z", 12, "2027-02-28T16:00:00Z"}, // midnight in the hall, of the first of March
		{"2026-02-28T15:59:59Z", 12, "2027-02-28T15:59:59Z"}, // a second before
		{"2027-08-30T16:00:00Z", 6, "2028-02-28T16:00:00Z"},  // the 31st has begun in the hall, and the 29th of February
		{"2049-12-31T23:59:59+08:00", 1, "2050-01-31T23:59:59+08:00"},
		{"2026-01-31T10:00:00+08:00", 1200, "2126-01-31T10:00:00+08:00"},
		{"2028-02-29T10:00:00+08:00", 1200, "2128-02-29T10:00:00+08:00"},
		{"1991-08-31T10:00:00+08:00", 6, "1992-02-29T10:00:00+08:00"}, // the clock was an hour ahead in the summer
		{"2026-05-15T10:00:00.9+08:00", 12, "2027-05-15T10:00:00+08:00"},
	} {
		if got := TermEnd(moment(t, c.begin), c.months); !got.Equal(moment(t, c.want)) {
			t.Errorf("%s and %d months: %s, want %s", c.begin, c.months, got, c.want)
		}
	}
}

func TestExtendedEnd(t *testing.T) {
	t.Parallel()
	old := moment(t, "2026-08-31T10:00:00+08:00")
	for now, want := range map[string]string{
		"2026-06-15T09:00:00+08:00": "2027-02-28T10:00:00+08:00", // at the old end
		"2026-09-10T09:00:00+08:00": "2027-03-10T09:00:00+08:00", // it has passed
	} {
		if got := ExtendedEnd(old, moment(t, now), 6); !got.Equal(moment(t, want)) {
			t.Errorf("extended on %s: until %s, want %s", now, got, want)
		}
	}
}

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
