package ra

import (
	"testing"
	"time"
)

// TestWindowIsOfWholeDays: whatever the hour at which a certificate ends, the days that a refusal names are days on which it is served.
func TestWindowIsOfWholeDays(t *testing.T) {
	t.Parallel()
	w := Window{BeforeDays: 90, AfterDays: 30}
	at := func(day, clock string) time.Time {
		when, err := time.ParseInLocation(time.DateTime, day+" "+clock, HallTime)
		if err != nil {
			t.Fatal(err)
		}
		return when.UTC()
	}
	end := at("2026-11-26", "20:54:00")
	for _, c := range []struct {
		kind   Kind
		reason ServiceReason
		now    time.Time
		want   Code
	}{
		{KindRenew, "", at("2026-08-27", "23:59:59"), CodeWindowEarly}, {KindRenew, "", at("2026-08-28", "00:00:00"), ""},
		{KindExtend, "", at("2026-12-26", "23:59:59"), ""}, {KindExtend, "", at("2026-12-27", "00:00:00"), CodeWindowOver},
		{KindUnlock, "", at("2026-12-26", "23:59:59"), ""}, {KindUnlock, "", at("2026-12-27", "00:00:00"), CodeWindowOver},
		{KindReissue, ReasonLost, end, ""}, {KindReissue, ReasonLost, end.Add(time.Second), CodeWindowOver},
	} {
		rule, _ := RuleOf(c.kind, c.reason)
		if got := CodeOf(rule.CheckEnd(w, end, c.now)); got != c.want {
			t.Errorf("%s at %s: got %q, want %q", c.kind, c.now.In(HallTime), got, c.want)
		}
	}
}
