package main

import (
	"testing"
	"time"
)

// TestLivingInThePast: a new register can be founded and used so many days ago; one that has lived later does not go back.
func TestLivingInThePast(t *testing.T) {
	t.Parallel()
	s, c := register(t)
	c.Demonstration.DaysAgo = 45
	ago := time.Now().AddDate(0, 0, -45)
	if err := found(t.Context(), s, c); err != nil {
		t.Fatal(err)
	}
	f, err := s.Foundation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range f.Authorities {
		if late := a.SignsFrom.Sub(ago); late > time.Minute || late < -2*time.Hour {
			t.Errorf("the CA %s signs from %s, want %s", a.Name, a.SignsFrom, ago)
		}
	}
	if err := opens(t, c); err != nil {
		t.Errorf("the same day: %v", err)
	}
	c.Demonstration.DaysAgo = 46
	wantWords(t, "the day before", opens(t, c), "demonstration.days_ago")
	c.Demonstration.DaysAgo = 0
	if err := opens(t, c); err != nil {
		t.Errorf("today: %v", err)
	}
}
