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

// TestFilesAreAskedFor: the answer is wanted where certificates are replaced whose keys may have been encrypted for, and nowhere else.
func TestFilesAreAskedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind   Kind
		reason ServiceReason
		answer FilesAnswer
		units  int
		want   Code
	}{
		{KindNew, "", FilesUnasked, 2, ""}, {KindNew, "", FilesNone, 2, CodeInvalid}, {KindUnlock, "", FilesSome, 1, CodeInvalid},
		{KindExtend, "", FilesUnasked, 1, CodeRequired}, {KindExtend, "", FilesNone, 1, ""}, {KindExtend, "", FilesSome, 1, ""},
		{KindExtend, "", "maybe", 1, CodeInvalid}, {KindReissue, ReasonLost, FilesUnasked, 1, CodeRequired},
		{KindChange, ReasonName, FilesUnasked, 0, CodeRequired}, // also where the organisation has no live certificate
		{KindChange, ReasonLegal, FilesUnasked, 0, ""}, {KindChange, ReasonLegal, FilesUnasked, 1, CodeRequired},
		{KindChange, ReasonData, FilesNone, 0, ""}, // the kiosk asked, and none is rewritten after all
	} {
		rule, _ := RuleOf(c.kind, c.reason)
		err := rule.CheckFiles(c.answer, c.units)
		if got := CodeOf(err); got != c.want {
			t.Errorf("%s %s, %d certificates, answer %q: got %q, want %q", c.kind, c.reason, c.units, c.answer, got, c.want)
		}
	}
}
