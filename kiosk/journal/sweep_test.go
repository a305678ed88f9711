package journal

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"keyhall/backoffice/ra"
)

// TestSweepGoesByCertainTime: what was kept while no time was certain, or at one that has not come yet, is not swept with what is
// old; it counts from the first sweep on.
func TestSweepGoesByCertainTime(t *testing.T) {
	t.Parallel()
	const keep = 30 * 24 * time.Hour
	var certain time.Time
	j, err := Open(t.Context(), filepath.Join(t.TempDir(), "journal.db"), testKey, func() time.Time { return certain })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	for id, at := range map[string]time.Time{
		"old": testNow.Add(-keep - time.Hour), "fresh": testNow, "none certain": {}, "two years ahead": testNow.AddDate(2, 0, 0),
	} {
		certain = at
		if err := j.SavePage(t.Context(), ra.KeptPage{OrderID: id, Page: ra.Page{ID: id}, JPEG: []byte("x")}); err != nil {
			t.Fatal(err)
		}
		if err := j.SaveDraft(t.Context(), ra.Draft{Application: ra.Application{ID: id}, MembershipID: "member"}); err != nil {
			t.Fatal(err)
		}
	}
	swept := func(now time.Time, want map[string]bool) {
		t.Helper()
		if err := j.Sweep(t.Context(), now, keep); err != nil {
			t.Fatal(err)
		}
		drafts, err := j.Drafts(t.Context(), "member")
		if err != nil {
			t.Fatal(err)
		}
		there := map[string]bool{}
		for _, d := range drafts {
			there[d.Application.ID] = true
		}
		for id, want := range want {
			if _, kept, err := j.Page(t.Context(), id); kept != want || there[id] != want || err != nil {
				t.Errorf("%v: page %q kept %v, its draft %v, %v, want %v", now, id, kept, there[id], err, want)
			}
		}
	}
	swept(testNow.Add(time.Hour), map[string]bool{"old": false, "fresh": true, "none certain": true, "two years ahead": true})
	swept(testNow.Add(keep+30*time.Minute), map[string]bool{"fresh": false, "none certain": true, "two years ahead": true})
	swept(testNow.Add(keep+2*time.Hour), map[string]bool{"none certain": false, "two years ahead": false})
}

// TestRefusedKeepsItsPages: what was confirmed and refused stays whole until it goes itself, however old its pages are.
func TestRefusedKeepsItsPages(t *testing.T) {
	t.Parallel()
	const keep = 30 * 24 * time.Hour
	certain := testNow
	j, err := Open(t.Context(), filepath.Join(t.TempDir(), "journal.db"), testKey, func() time.Time { return certain })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	m := ra.Mandate{OrderID: "left", MembershipID: "member", Seal: []byte("seal")}
	saved := errors.Join(j.SavePage(t.Context(), ra.KeptPage{OrderID: "left", Page: ra.Page{ID: "page"}, JPEG: []byte("x")}),
		j.SaveDraft(t.Context(), ra.Draft{Application: ra.Application{ID: "left"}, MembershipID: "member"}), j.SaveMandate(t.Context(), m))
	certain = testNow.Add(keep)
	if err := errors.Join(saved, j.ShelveMandate(t.Context(), m, ra.E(ra.CodeMandateOver))); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		want  bool
	}{{keep + time.Hour, true}, {2*keep + time.Hour, false}} {
		err := j.Sweep(t.Context(), testNow.Add(c.after), keep)
		_, page, pageErr := j.Page(t.Context(), "page")
		drafts, draftErr := j.Drafts(t.Context(), "member")
		if err := errors.Join(err, pageErr, draftErr); err != nil || page != c.want || (len(drafts) == 1) != c.want {
			t.Errorf("after %v: page %v, %d drafts, %v, want %v", c.after, page, len(drafts), err, c.want)
		}
	}
}
