package uplink

import (
	"testing"
	"time"
)

// TestClockGoesByTheBackOffice: a machine whose clock is wrong tells so and goes by the back office's time; before that was heard
// nothing is certain.
func TestClockGoesByTheBackOffice(t *testing.T) {
	t.Parallel()
	office := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		off   time.Duration
		wrong bool
	}{
		"right":             {0, false},
		"a minute":          {time.Minute, false},
		"an hour ahead":     {time.Hour, true},
		"an hour behind":    {-time.Hour, true},
		"two years ahead":   {2 * 365 * 24 * time.Hour, true},
		"since its battery": {-26 * 365 * 24 * time.Hour, true},
	} {
		own := office.Add(c.off)
		clock := NewClock(func() time.Time { return own })
		if at, known := clock.Time(); known || !at.IsZero() || !clock.Certain().IsZero() || clock.Wrong() || !clock.Now().Equal(own) {
			t.Errorf("%s: before anything was heard it is %v, %v", name, at, known)
		}
		clock.Hear(office)
		own = own.Add(90 * time.Second)
		if at, known := clock.Time(); !known || !at.Equal(office.Add(90*time.Second)) || !clock.Now().Equal(at) || !clock.Certain().Equal(at) {
			t.Errorf("%s: 90 s later it is %v, %v", name, at, known)
		}
		if clock.Wrong() != c.wrong {
			t.Errorf("%s: wrong %v, want %v", name, clock.Wrong(), c.wrong)
		}
	}
}

// TestClockMovesOnlyForMoreThanASecond: answers come in whole seconds; a back office whose clock was set is followed.
func TestClockMovesOnlyForMoreThanASecond(t *testing.T) {
	t.Parallel()
	office := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	own := office
	clock := NewClock(func() time.Time { return own })
	clock.Hear(office)
	own = own.Add(time.Minute)
	if got, want := clock.Certain(), office.Add(time.Minute); !got.Equal(want) {
		t.Errorf("a minute later %v, want %v", got, want)
	}
	clock.Hear(office.Add(time.Minute + time.Second)) // what is heard in whole seconds moves nothing
	if got, want := clock.Certain(), office.Add(time.Minute); !got.Equal(want) {
		t.Errorf("after an answer %v, want %v", got, want)
	}
	clock.Hear(office.Add(-time.Hour)) // the back office's clock was set back
	if got, want := clock.Certain(), office.Add(-time.Hour); !got.Equal(want) {
		t.Errorf("after the back office's clock was set %v, want %v", got, want)
	}
}
