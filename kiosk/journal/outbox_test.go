package journal

import (
	"reflect"
	"testing"
	"time"

	"keyhall/backoffice/ra"
)

// left is what a member left to be done for an order.
func left(order, seal string) ra.Mandate {
	return ra.Mandate{OrderID: order, SessionID: "s", MembershipID: "member", Submit: true, Seal: []byte(seal),
		Application: &ra.Application{ID: order, Number: "XH03-000001-2"},
		Pages:       []ra.MandatePage{{Material: ra.MaterialForm, Page: ra.Page{ID: "p", SHA256: "x", At: testNow}}}}
}

func mustSave(t *testing.T, j *Journal, m ra.Mandate) {
	t.Helper()
	if err := j.SaveMandate(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

func mandates(t *testing.T, j *Journal, member string) []ra.KeptMandate {
	t.Helper()
	all, err := j.Mandates(t.Context(), member)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestMandateComesBackWhole(t *testing.T) {
	t.Parallel()
	j, path := setup(t)
	mustSave(t, j, left("o", "first"))
	m := left("o", "second")
	mustSave(t, j, m)
	_ = j.Close()
	j = reopen(t, path)
	want := []ra.KeptMandate{{Mandate: m, Since: testNow}}
	if got := mandates(t, j, "member"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := mandates(t, j, ""); len(got) != 1 {
		t.Errorf("%d of everybody's, want 1", len(got))
	}
	if got := mandates(t, j, "somebody"); len(got) != 0 {
		t.Errorf("another member got %+v", got)
	}
}

// TestDraftIsConfirmedByItsMandate: one row says so, whatever was written last before the power went.
func TestDraftIsConfirmedByItsMandate(t *testing.T) {
	t.Parallel()
	j, _ := setup(t)
	d := ra.Draft{Application: ra.Application{ID: "o"}, MembershipID: "member"}
	confirmed := func() bool {
		all, err := j.Drafts(t.Context(), "member")
		if err != nil || len(all) != 1 {
			t.Fatalf("%d drafts, %v", len(all), err)
		}
		return all[0].Confirmed
	}
	if err := j.SaveDraft(t.Context(), d); err != nil || confirmed() {
		t.Errorf("confirmed before it was, or %v", err)
	}
	mustSave(t, j, left("o", "seal"))
	if err := j.SaveDraft(t.Context(), d); err != nil || !confirmed() {
		t.Errorf("not confirmed with its mandate, or %v", err)
	}
	if err := j.DropMandate(t.Context(), left("o", "seal")); err != nil || confirmed() {
		t.Errorf("confirmed without its mandate, or %v", err)
	}
}

// TestAnotherMandateIsNotTouched: what was done with the one before says nothing about the one that took its place.
func TestAnotherMandateIsNotTouched(t *testing.T) {
	t.Parallel()
	j, _ := setup(t)
	mustSave(t, j, left("o", "second"))
	if err := j.DropMandate(t.Context(), left("o", "first")); err != nil {
		t.Error(err)
	}
	if err := j.ShelveMandate(t.Context(), left("o", "first"), ra.E(ra.CodeState)); err != nil {
		t.Error(err)
	}
	if got := mandates(t, j, ""); len(got) != 1 || got[0].Refused != nil {
		t.Errorf("got %+v", got)
	}
	for _, want := range []bool{true, false} {
		if had, err := j.Recall(t.Context(), "o"); had != want || err != nil {
			t.Errorf("Recall = %v, %v, want %v", had, err, want)
		}
	}
}

// TestSweepKeepsWhatWaits: what was confirmed is not swept, however long it waits; what was refused goes with its pages.
func TestSweepKeepsWhatWaits(t *testing.T) {
	t.Parallel()
	j, _ := setup(t)
	for _, id := range []string{"waits", "refused"} {
		page := ra.KeptPage{OrderID: id, Page: ra.Page{ID: "page of " + id}, JPEG: []byte("x")}
		draft := ra.Draft{Application: ra.Application{ID: id}, MembershipID: "member"}
		if err := j.SavePage(t.Context(), page); err != nil {
			t.Fatal(err)
		}
		if err := j.SaveDraft(t.Context(), draft); err != nil {
			t.Fatal(err)
		}
		mustSave(t, j, left(id, id))
	}
	why := ra.E(ra.CodeMaterialMissing, "material", "licence").At("materials")
	if err := j.ShelveMandate(t.Context(), left("refused", "refused"), why); err != nil {
		t.Fatal(err)
	}
	if got := mandates(t, j, "")[0]; got.OrderID != "refused" || !reflect.DeepEqual(got.Refused, why) {
		t.Errorf("shelved %+v because of %+v, want %+v", got.OrderID, got.Refused, why)
	}
	if err := j.Sweep(t.Context(), testNow.Add(time.Hour), time.Minute); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{"waits": true, "refused": false} {
		if _, kept, err := j.Page(t.Context(), "page of "+id); kept != want || err != nil {
			t.Errorf("page of %s kept %v, %v, want %v", id, kept, err, want)
		}
	}
	drafts, err := j.Drafts(t.Context(), "member")
	if all := mandates(t, j, ""); len(all) != 1 || all[0].OrderID != "waits" || len(drafts) != 1 || err != nil {
		t.Errorf("after the sweep %d mandates, %d drafts, %v", len(all), len(drafts), err)
	}
}
