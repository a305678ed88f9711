package uplink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/api/apitest"
	"keyhall/backoffice/ra"
	"keyhall/kiosk/journal"
)

// leave keeps an application with two pages, to be handed in.
func leave(t *testing.T, j *journal.Journal, id string) ra.Mandate {
	t.Helper()
	m := mandate(id, id+"-1", id+"-2")
	m.Application, m.Submit = &ra.Application{ID: id}, true
	m, err := ra.MandateKey{SessionID: "s", Key: []byte("key")}.Seal("kiosk", m)
	if err != nil {
		t.Fatal(err)
	}
	keep(t, j, id, id+"-1", id+"-2")
	draft := ra.Draft{Application: *m.Application, MembershipID: m.MembershipID}
	if err := errors.Join(j.SaveDraft(t.Context(), draft), j.SaveMandate(t.Context(), m)); err != nil {
		t.Fatal(err)
	}
	return m
}

func mandate(order string, pages ...string) ra.Mandate {
	m := ra.Mandate{OrderID: order, MembershipID: "member", Seal: []byte("seal of " + order)}
	for _, id := range pages {
		m.Pages = append(m.Pages, ra.MandatePage{Material: ra.MaterialForm, Page: ra.Page{ID: id}})
	}
	return m
}

// rest counts what a journal still keeps of an order.
func rest(t *testing.T, j *journal.Journal, id string) (mandates, drafts, pages int) {
	t.Helper()
	m, err := j.Mandates(t.Context(), "")
	d, err2 := j.Drafts(t.Context(), "member")
	p, err3 := j.Pages(t.Context(), id)
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	m = slices.DeleteFunc(m, func(k ra.KeptMandate) bool { return k.OrderID != id })
	d = slices.DeleteFunc(d, func(x ra.Draft) bool { return x.Application.ID != id })
	return len(m), len(d), len(p)
}

func TestPagesStayUntilDelivered(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		u, f, j := setup(t)
		f.lostAfter = after
		keep(t, j, "o", "a", "b", "c")
		keep(t, j, "other", "d")
		m := mandate("o", "a", "b", "c")
		f.lose(3)
		if _, err := u.Submit(t.Context(), "s", m); ra.CodeOf(err) != ra.CodeOfficeAway {
			t.Fatalf("got %v, want office_away", err)
		}
		if mandates, _, pages := rest(t, j, "o"); pages != 3 || mandates != 1 {
			t.Errorf("%d pages and %d mandates are kept, want all", pages, mandates)
		}
		if order, err := u.Submit(t.Context(), "s", m); err != nil || order.Materials != ra.MaterialsSubmitted {
			t.Errorf("got %+v, %v", order, err)
		}
		mandates, _, pages := rest(t, j, "o")
		_, _, others := rest(t, j, "other")
		if pages != 0 || mandates != 0 || others != 1 || !slices.Equal(f.pages, []string{"a", "b", "c"}) {
			t.Errorf("kept %d pages, %d mandates and %d of another order, delivered %v", pages, mandates, others, f.pages)
		}
	}
}

func TestRefusedPageIsNamed(t *testing.T) {
	t.Parallel()
	u, f, j := setup(t)
	keep(t, j, "o", "a")
	f.refuse = ra.E(ra.CodeScanNotImage)
	_, err := u.Submit(t.Context(), "s", mandate("o", "a"))
	var e *ra.Error
	if !errors.As(err, &e) || e.Code != ra.CodeScanNotImage || e.Field != "page.a" {
		t.Errorf("got %v", err)
	}
	if mandates, _, pages := rest(t, j, "o"); mandates != 0 || pages != 1 {
		t.Errorf("%d mandates and %d pages are kept, want the page for the person who is there", mandates, pages)
	}
}

// TestConfirmedIsKeptFirst: the row is on the disk before the world is touched, and stays when the answer or the session is lost.
func TestConfirmedIsKeptFirst(t *testing.T) {
	t.Parallel()
	u, f, j := setup(t)
	m := mandate("o")
	m.Application = &ra.Application{ID: "o"}
	f.strike = func(int) {
		if mandates, _, _ := rest(t, j, "o"); mandates != 1 {
			t.Errorf("%d mandates are kept when the back office is asked, want 1", mandates)
		}
	}
	f.lose(3)
	if _, err := u.Place(t.Context(), "s", m); ra.CodeOf(err) != ra.CodeOfficeAway {
		t.Errorf("got %v, want office_away", err)
	}
	if _, err := u.Place(t.Context(), "s", m); err != nil {
		t.Errorf("once more: %v", err)
	}
	if mandates, _, _ := rest(t, j, "o"); mandates != 0 {
		t.Error("a mandate that was carried out is still kept")
	}
}

// TestLeftIsCarriedOut: the kiosk is alone with what the customer left, the back office comes back after a while.
func TestLeftIsCarriedOut(t *testing.T) {
	t.Parallel()
	u, f, j := setup(t)
	f.lose(20)
	m := leave(t, j, "o")
	start(t, u)
	u.Leave("token")
	if err := u.Keep(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	eventually(t, "carried out", func() bool { mandates, _, _ := rest(t, j, "o"); return mandates == 0 && f.count("LogOut") > 0 })
	if _, drafts, pages := rest(t, j, "o"); drafts != 0 || pages != 0 || len(f.pages) != 2 || f.submitted["o"] != 1 || f.placed["o"] != 1 {
		t.Errorf("left %d drafts and %d pages, delivered %v, placed %v, submitted %v", drafts, pages, f.pages, f.placed, f.submitted)
	}
	if f.count("Place") != 0 || f.count("Submit") != 0 {
		t.Errorf("the session was used: %v", f.calls)
	}
}

// TestKilledAtEveryCall: the kiosk dies at each call, with the answer given or not, and goes on after a restart.
func TestKilledAtEveryCall(t *testing.T) {
	t.Parallel()
	for at := 1; at <= 5; at++ {
		for _, after := range []bool{false, true} {
			u, f, j := setup(t)
			m := leave(t, j, "o")
			ctx, kill := context.WithCancel(t.Context())
			f.strike = func(call int) {
				if call == at {
					kill()
					f.away, f.lostAfter = 1, after
				}
			}
			done := make(chan struct{})
			go func() { defer close(done); _ = u.Run(ctx) }()
			if err := u.Keep(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			<-ctx.Done()
			<-done
			f.mu.Lock()
			f.strike = nil
			f.mu.Unlock()
			start(t, New(u.cfg))
			eventually(t, "carried out", func() bool { mandates, _, _ := rest(t, j, "o"); return mandates == 0 })
			_, drafts, pages := rest(t, j, "o")
			f.mu.Lock()
			if drafts+pages != 0 || !slices.Equal(f.pages, []string{"o-1", "o-2"}) || f.placed["o"] != 1 || f.submitted["o"] != 1 {
				t.Errorf("killed at call %d, after %v: %d drafts, %d pages, delivered %v, placed %v, submitted %v",
					at, after, drafts, pages, f.pages, f.placed, f.submitted)
			}
			f.mu.Unlock()
		}
	}
}

// TestRefusedForGoodIsShelved: it stays with its reason, is not tried again, and holds up nobody else's.
func TestRefusedForGoodIsShelved(t *testing.T) {
	t.Parallel()
	u, f, j := setup(t)
	f.refuse = ra.E(ra.CodeScanDamaged)
	leave(t, j, "bad")
	good := mandate("good")
	good.Submit = true
	if err := j.SaveMandate(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	start(t, u)
	shelved := func() *ra.Error {
		all, err := j.Mandates(t.Context(), "")
		if err != nil || len(all) != 1 {
			return nil
		}
		return all[0].Refused
	}
	eventually(t, "shelved", func() bool { return shelved() != nil })
	if why := shelved(); why.Code != ra.CodeScanDamaged || why.Field != "page.bad-1" {
		t.Errorf("shelved because of %v", why)
	}
	n := f.count("AddPage")
	eventually(t, "several looks later", func() bool { u.wakeOutbox(); f.mu.Lock(); defer f.mu.Unlock(); return f.submitted["good"] == 1 })
	if f.count("AddPage") != n {
		t.Error("what was refused for good is tried again")
	}
	refused, err := u.Flush(t.Context(), "member")
	if err != nil || ra.CodeOf(refused["bad"]) != ra.CodeScanDamaged {
		t.Errorf("Flush = %v, %v", refused, err)
	}
	if mandates, drafts, pages := rest(t, j, "bad"); mandates != 0 || drafts != 0 || pages != 2 {
		t.Errorf("after its customer came back %d mandates, %d drafts, %d pages are kept", mandates, drafts, pages)
	}
}

// TestFlush: somebody who is here again need not wait for the pause to end, and what others left is not touched.
func TestFlush(t *testing.T) {
	t.Parallel()
	u, f, j := setup(t)
	leave(t, j, "o")
	other := mandate("other")
	other.MembershipID = "somebody"
	if err := j.SaveMandate(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	f.lose(3)
	if _, err := u.Flush(t.Context(), "member"); ra.CodeOf(err) != ra.CodeOfficeAway {
		t.Errorf("got %v, want office_away", err)
	}
	if refused, err := u.Flush(t.Context(), "member"); err != nil || len(refused) != 0 {
		t.Errorf("got %v, %v", refused, err)
	}
	mandates, _, _ := rest(t, j, "o")
	others, _, _ := rest(t, j, "other")
	if mandates != 0 || others != 1 || f.submitted["o"] != 1 || f.given["other"] {
		t.Errorf("kept %d and %d of somebody else, submitted %v", mandates, others, f.submitted)
	}
}

// TestRecallWaitsForTheOneAtWork: what was taken back is not carried out any more, and what was being carried out is done.
func TestRecallWaitsForTheOneAtWork(t *testing.T) {
	t.Parallel()
	u, f, j := setup(t)
	m := leave(t, j, "o")
	at, on := make(chan struct{}), make(chan struct{})
	f.strike = func(call int) {
		if call == 1 {
			close(at)
			<-on
		}
	}
	worker := make(chan error, 1)
	go func() { worker <- u.carryOut(context.Background(), m) }()
	<-at
	second := make(chan error, 1)
	go func() { second <- u.carryOut(context.Background(), m) }()
	recalled := make(chan error, 1)
	go func() { _, err := u.Recall(context.Background(), "o"); recalled <- err }()
	select {
	case <-recalled:
		t.Error("taken back while it was being carried out")
	default:
	}
	close(on)
	for _, c := range []chan error{worker, recalled, second} {
		if err := <-c; err != nil {
			t.Error(err)
		}
	}
	if f.count("DeliverSubmit") != 1 || f.count("GiveMandate") != 1 {
		t.Errorf("carried out twice: %v", f.calls)
	}
}

// TestPausesGrowAndDiffer: whatever is tried again is put off longer each time, up to a limit, and not everywhere for the same time.
func TestPausesGrowAndDiffer(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{longest, silence, tries} {
		seen := map[time.Duration]bool{}
		for failed := range 20 {
			most := min(time.Second<<min(failed, 10), time.Duration(limit)*time.Second)
			for range 20 {
				d := pause(time.Second, failed, limit)
				seen[d] = true
				if d < most/2 || d > most {
					t.Errorf("pause after %d failures is %v, want %v to %v", failed, d, most/2, most)
				}
			}
		}
		if len(seen) < 100 {
			t.Errorf("only %d different pauses of 400", len(seen))
		}
	}
}

// TestLeftWhileItWaits: somebody who leaves while their hand-in waits for its turn has handed in.
func TestLeftWhileItWaits(t *testing.T) {
	t.Parallel()
	u, _, j := setup(t)
	done, err := u.orders.take(t.Context(), "o")
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if _, err := u.Submit(ctx, "s", mandate("o")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that nobody waits", err)
	}
	if mandates, _, _ := rest(t, j, "o"); mandates != 1 {
		t.Errorf("%d mandates are kept, want 1", mandates)
	}
}

// TestRefusedWhileTheCustomerComesBack: the refusal that the kiosk met by itself is the one that its customer is told.
func TestRefusedWhileTheCustomerComesBack(t *testing.T) {
	t.Parallel()
	u, f, j := setup(t)
	m := leave(t, j, "o")
	f.refuseGive = ra.E(ra.CodeConflict).At("number")
	at, on := make(chan struct{}), make(chan struct{})
	f.strike = func(int) { close(at); <-on }
	worker := make(chan error, 1)
	go func() { worker <- u.carryOut(context.Background(), m) }()
	<-at
	flushed := make(chan map[string]error, 1)
	go func() {
		undone, err := u.Flush(context.Background(), "member")
		if err != nil {
			t.Error(err)
		}
		flushed <- undone
	}()
	close(on)
	if err := <-worker; ra.CodeOf(err) != ra.CodeConflict {
		t.Errorf("got %v, want the conflict", err)
	}
	if undone := <-flushed; ra.CodeOf(undone["o"]) != ra.CodeConflict || f.count("GiveMandate") != 1 {
		t.Errorf("Flush = %v after %d calls, want the conflict after one", undone, f.count("GiveMandate"))
	}
	if mandates, drafts, _ := rest(t, j, "o"); mandates != 0 || drafts != 1 {
		t.Errorf("%d mandates and %d drafts are kept, want the draft to be changed", mandates, drafts)
	}
}

// TestOneOrderHoldsUpNoOther: one whose answer does not come, and as many as go at a time which the back office fails at again and again,
// hold up neither what others left nor who is there.
func TestOneOrderHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	u, f, j := setup(t)
	stuck, on := make(chan struct{}), make(chan struct{})
	failed := map[string]int{}
	var mu sync.Mutex
	enough := func(n int) bool {
		mu.Lock()
		defer mu.Unlock()
		for i := range sideBySide {
			if failed[fmt.Sprint("fails", i)] < n {
				return false
			}
		}
		return true
	}
	l := f.line()
	apitest.Answer(l, api.CallGiveMandate, func(ctx context.Context, _ *api.Asked, in api.OnOrder[ra.Mandate]) (api.None, error) {
		switch {
		case in.Order == "stuck":
			close(stuck)
			<-on
		case strings.HasPrefix(in.Order, "fails"):
			mu.Lock()
			failed[in.Order]++
			mu.Unlock()
			return api.None{}, ra.E(ra.CodeInternal)
		}
		return api.None{}, f.GiveMandate(ctx, in.Body)
	})
	u = New(Config{Line: l, Journal: j, Pause: u.cfg.Pause, Retry: u.cfg.Retry, Wait: u.cfg.Wait})
	leave(t, j, "stuck")
	for i := range sideBySide {
		leave(t, j, fmt.Sprint("fails", i))
	}
	start(t, u)
	t.Cleanup(func() { close(on) }) // before the uplink ends
	<-stuck
	eventually(t, "all that fail were tried again", func() bool { return enough(2) })
	if err := u.Keep(t.Context(), leave(t, j, "left")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what somebody left is carried out", func() bool { mandates, _, _ := rest(t, j, "left"); return mandates == 0 })
	if _, err := u.Submit(t.Context(), "s", mandate("there")); err != nil {
		t.Errorf("handed in by who is there: %v", err)
	}
	leave(t, j, "changed")
	if _, err := u.Recall(t.Context(), "changed"); err != nil {
		t.Errorf("taken back: %v", err)
	}
	eventually(t, "what fails goes on", func() bool { return enough(3) })
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.submitted["left"] != 1 || f.submitted["there"] != 1 || f.submitted["stuck"] != 0 {
		t.Errorf("submitted %v", f.submitted)
	}
}

// TestStuckOnesLeaveTurns: however many orders hang, once each was tried who comes new does not queue behind them.
func TestStuckOnesLeaveTurns(t *testing.T) {
	t.Parallel()
	u, f, j := setup(t)
	hanging := make(chan struct{}, 4*sideBySide)
	on := make(chan struct{})
	tried := map[string]bool{}
	var mu sync.Mutex
	l := f.line()
	apitest.Answer(l, api.CallGiveMandate, func(ctx context.Context, _ *api.Asked, in api.OnOrder[ra.Mandate]) (api.None, error) {
		mu.Lock()
		again := tried[in.Order]
		tried[in.Order] = true
		mu.Unlock()
		if !strings.HasPrefix(in.Order, "hangs") {
			return api.None{}, f.GiveMandate(ctx, in.Body)
		}
		if again {
			hanging <- struct{}{}
			<-on
		}
		return api.None{}, ra.E(ra.CodeInternal)
	})
	u = New(Config{Line: l, Journal: j, Pause: u.cfg.Pause, Retry: u.cfg.Retry, Wait: u.cfg.Wait})
	for i := range 2 * sideBySide {
		leave(t, j, fmt.Sprint("hangs", i))
	}
	start(t, u)
	t.Cleanup(func() { close(on) })
	for range sideBySide {
		<-hanging
	}
	if err := u.Keep(t.Context(), leave(t, j, "new")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "who comes new is served", func() bool { mandates, _, _ := rest(t, j, "new"); return mandates == 0 })
}

// TestSessionsEndThoughTheOfficeWasAway: one after the other, none is lost.
func TestSessionsEndThoughTheOfficeWasAway(t *testing.T) {
	t.Parallel()
	u, f, _ := setup(t)
	f.lose(4 * tries)
	start(t, u)
	for range 3 {
		u.Leave("token")
	}
	eventually(t, "ended", func() bool { f.mu.Lock(); defer f.mu.Unlock(); return f.away == 0 && f.ended == 3 })
}
