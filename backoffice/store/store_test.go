package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/store"
	"keyhall/backoffice/store/storetest"
)

// The kiosk follows the order.
const (
	kiosk = "00000000-0000-7000-8000-000000000001"
	order = "00000000-0000-7000-8000-000000000002"
)

// entry adds an entry to the feed inside a transaction.
func entry(t *testing.T, tx pgx.Tx, version int) {
	t.Helper()
	_, err := tx.Exec(context.Background(), `INSERT INTO changes (kind, entity_id, version, at) VALUES ('order', $1, $2, now())`, order, version)
	if err != nil {
		t.Error(err)
	}
}

// told adds committed entries.
func told(t *testing.T, s *store.Store, versions ...int) {
	t.Helper()
	for _, v := range versions {
		tx := begin(t, s)
		entry(t, tx, v)
		commit(t, tx)
	}
}

// feed is a store whose kiosk follows the order, and the cursor of now.
func feed(t *testing.T) (s *store.Store, dsn, cursor string) {
	t.Helper()
	dsn = storetest.DSN(t)
	s = storetest.Open(t, dsn)
	if err := s.Follow(t.Context(), kiosk, []string{order}, time.Now()); err != nil {
		t.Fatal(err)
	}
	_, cursor, err := s.Changes(t.Context(), kiosk, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	return s, dsn, cursor
}

func begin(t *testing.T, s *store.Store) pgx.Tx {
	t.Helper()
	tx, err := s.Pool().Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

func commit(t *testing.T, tx pgx.Tx) {
	t.Helper()
	if err := tx.Commit(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// follow reads the feed until it has seen want entries.
func follow(t *testing.T, s *store.Store, cursor string, want int) []int {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	var seen []int
	for len(seen) < want {
		changes, next, err := s.Changes(t.Context(), kiosk, cursor, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			seen = append(seen, c.Version)
		}
		cursor = next
		if time.Now().After(deadline) {
			t.Fatalf("saw %d of %d entries", len(seen), want)
		}
	}
	return seen
}

// TestFeedWaitsForNobody: what is committed is told, whatever is still open in this database or another, and what is committed later is not
// passed over.
func TestFeedWaitsForNobody(t *testing.T) {
	t.Parallel()
	s, _, cursor := feed(t)
	elsewhere := begin(t, storetest.New(t))
	defer func() { commit(t, elsewhere) }()
	entry(t, elsewhere, 9)
	slow, quick := begin(t, s), begin(t, s)
	entry(t, slow, 1)
	entry(t, quick, 2)
	commit(t, quick)
	if got := follow(t, s, cursor, 1); !slices.Equal(got, []int{2}) {
		t.Errorf("read %v, want 2 at once", got)
	}
	commit(t, slow)
	if got := follow(t, s, cursor, 2); !slices.Equal(got, []int{2, 1}) {
		t.Errorf("read %v, want 2 1", got)
	}
}

// TestFeedOfAnotherHistory: a copy of the database that goes its own way has another epoch, and no cursor of the other one is good there;
// neither is one that nobody gave away.
func TestFeedOfAnotherHistory(t *testing.T) {
	t.Parallel()
	s, dsn, cursor := feed(t)
	told(t, s, 1, 2)
	_, ahead, err := s.Changes(t.Context(), kiosk, cursor, 10)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, s *store.Store, cursor string, want ra.Code) {
		t.Helper()
		if got, _, err := s.Changes(t.Context(), kiosk, cursor, 10); ra.CodeOf(err) != want {
			t.Errorf("%s: %v, %v, want %s", what, got, err, want)
		}
	}
	refused("a cursor of before", s, "99999999999-1", ra.CodeInvalid)
	epoch, _, _ := strings.Cut(ahead, ".")
	refused("a place that is not there yet", s, epoch+".99999999999.1", ra.CodeFeedAnew)
	refused("another's change at the place", s, epoch+".1.1", ra.CodeFeedAnew)
	s.Close()
	restored := storetest.Open(t, storetest.Copy(t, dsn))
	refused("a copy", restored, ahead, ra.CodeFeedAnew)
	_, now, err := restored.Changes(t.Context(), kiosk, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	told(t, restored, 3)
	if got := follow(t, restored, now, 1); !slices.Equal(got, []int{3}) {
		t.Errorf("the copy tells %v, want 3", got)
	}
	var lines int
	if err := restored.Pool().QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE action = 'feed.anew' AND facts ->> 'why' = 'other_database'`).Scan(&lines); err != nil || lines != 1 {
		t.Errorf("%d lines of the trail tell of it, %v, want 1", lines, err)
	}
}

// TestFeedWhoseHeadIsGone: a restore of single tables leaves the head out, or an older one; changes get their places all the same.
func TestFeedWhoseHeadIsGone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql  string
		anew bool
	}{
		"gone":  {`DELETE FROM feed`, true},
		"older": {`UPDATE feed SET (place, mark) = (0, 0)`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dsn, cursor := feed(t)
			told(t, s, 1, 2)
			_, ahead, err := s.Changes(t.Context(), kiosk, cursor, 10)
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
			again := storetest.Open(t, dsn)
			if _, err := again.Pool().Exec(t.Context(), c.sql); err != nil {
				t.Fatal(err)
			}
			told(t, again, 3)
			if c.anew {
				if got, _, err := again.Changes(t.Context(), kiosk, ahead, 10); ra.CodeOf(err) != ra.CodeFeedAnew {
					t.Errorf("got %v, %v, want feed_anew", got, err)
				}
				if _, ahead, err = again.Changes(t.Context(), kiosk, "", 10); err != nil {
					t.Fatal(err)
				}
				told(t, again, 4)
			}
			want := 3
			if c.anew {
				want = 4
			}
			if got := follow(t, again, ahead, 1); !slices.Equal(got, []int{want}) {
				t.Errorf("heard %v, want %d", got, want)
			}
			var lines int
			if err := again.Pool().QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE action = 'feed.anew'`).Scan(&lines); err != nil || (lines == 1) != c.anew {
				t.Errorf("%d lines of the trail tell of it, %v", lines, err)
			}
		})
	}
}

// TestLostCommitsAreNoticed: a database that lacks what this back office saw begins another epoch, whether it was started again or not.
func TestLostCommitsAreNoticed(t *testing.T) {
	t.Parallel()
	s, dsn, cursor := feed(t)
	told(t, s, 1, 2)
	_, ahead, err := s.Changes(t.Context(), kiosk, cursor, 10)
	if err != nil {
		t.Fatal(err)
	}
	seen := s.FeedSeen()
	for _, lose := range []string{`DELETE FROM changes WHERE place = 2; UPDATE feed SET (place, mark) = (SELECT place, mark FROM changes WHERE place = 1)`} {
		if _, err := s.Pool().Exec(t.Context(), lose); err != nil {
			t.Fatal(err)
		}
	}
	again := storetest.Open(t, dsn)
	again.RememberFeed(seen)
	told(t, again, 7) // takes the place of what was lost
	if got, _, err := again.Changes(t.Context(), kiosk, ahead, 10); ra.CodeOf(err) != ra.CodeFeedAnew {
		t.Errorf("got %v, %v, want feed_anew", got, err)
	}
	if now := again.FeedSeen(); now.Epoch == seen.Epoch {
		t.Error("the epoch is the same")
	}
	var why string
	if err := again.Pool().QueryRow(t.Context(), `SELECT facts ->> 'why' FROM audit WHERE action = 'feed.anew'`).Scan(&why); err != nil || why != "commits_lost" {
		t.Errorf("the trail says %q, %v", why, err)
	}
}

// TestFeedOfWhoFollows: a kiosk hears of the orders that it shows, from then on.
func TestFeedOfWhoFollows(t *testing.T) {
	t.Parallel()
	s, _, cursor := feed(t)
	const other = "00000000-0000-7000-8000-000000000003"
	told(t, s, 1)
	if got, next, err := s.Changes(t.Context(), other, cursor, 10); err != nil || len(got) != 0 || next == cursor {
		t.Errorf("who shows nothing hears %v, %q, %v", got, next, err)
	}
	if err := s.Follow(t.Context(), other, []string{order}, time.Now()); err != nil {
		t.Fatal(err)
	}
	told(t, s, 2)
	if got, _, err := s.Changes(t.Context(), other, cursor, 10); err != nil || len(got) != 2 {
		t.Errorf("who shows it hears %v, %v", got, err)
	}
}

func TestFeedSkipsNothing(t *testing.T) {
	t.Parallel()
	s, _, cursor := feed(t)
	const writers, each = 3, 40
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				tx := begin(t, s)
				entry(t, tx, w*each+i)
				time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond) // interleaves; the outcome must not depend on it
				if i%5 == 4 {
					if err := tx.Rollback(context.Background()); err != nil {
						t.Error(err)
					}
					tx = begin(t, s)
					entry(t, tx, w*each+i)
				}
				commit(t, tx)
			}
		})
	}
	seen := follow(t, s, cursor, writers*each)
	group.Wait()
	slices.Sort(seen)
	for i, v := range seen {
		if v != i {
			t.Fatalf("entry %d is %d: one was left out or came twice", i, v)
		}
	}
}

func TestChangedWakes(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	deadline := time.After(time.Minute)
	for woken := 0; woken < 3; { // the first may be for the first look
		changed := s.Changed()
		tx := begin(t, s)
		entry(t, tx, woken)
		commit(t, tx)
		select {
		case <-changed:
			woken++
		case <-time.After(2 * time.Second): // told before the first look
		case <-deadline:
			t.Fatal("nobody was woken")
		}
	}
}

func TestDoRepeatsWhatTheDatabaseAsksFor(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	runs := 0
	err := s.Do(t.Context(), func(*store.Tx) error {
		runs++
		if runs < 3 {
			return fmt.Errorf("working: %w", &pgconn.PgError{Code: "40P01"})
		}
		return nil
	})
	if err != nil || runs != 3 {
		t.Errorf("%d runs, %v, want 3", runs, err)
	}
	runs = 0
	err = s.Do(t.Context(), func(*store.Tx) error {
		runs++
		return &pgconn.PgError{Code: "40001"}
	})
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || runs != 5 {
		t.Errorf("%d runs, %v, want 5 and the error", runs, err)
	}
	runs = 0
	if err := s.Do(t.Context(), func(*store.Tx) error { runs++; return ra.E(ra.CodeState) }); ra.CodeOf(err) != ra.CodeState || runs != 1 {
		t.Errorf("%d runs, %v, want one", runs, err)
	}
}

func TestDoRollsBack(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	member := ra.Staff{ID: kiosk, Login: "a@b.cn", Name: "王"}
	err := s.Do(t.Context(), func(tx *store.Tx) error {
		if err := tx.InsertStaff(t.Context(), member, "-", time.Now()); err != nil {
			return err
		}
		if _, _, err := tx.Staff(t.Context(), kiosk); err != nil {
			t.Errorf("inside: %v", err)
		}
		if _, _, err := s.Staff(t.Context(), kiosk); ra.CodeOf(err) != ra.CodeNotFound {
			t.Errorf("outside: %v, want CodeNotFound", err)
		}
		return ra.E(ra.CodeState)
	})
	if ra.CodeOf(err) != ra.CodeState {
		t.Errorf("Do = %v", err)
	}
	if _, _, err := s.Staff(t.Context(), kiosk); ra.CodeOf(err) != ra.CodeNotFound {
		t.Errorf("after the rollback: %v, want CodeNotFound", err)
	}
}

func TestPutIsRepeatable(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	ctx := t.Context()
	model := ra.UKeyModel{ID: "m", Manufacturer: "SoftHSM", Model: "v2", PINMin: 6, PINMax: 8}
	rule := book.AdminPINRule{Factory: []byte("12345678"), Tries: 3, Length: 8, Alphabet: "0123456789"}
	unlock := ra.Service{ID: "c", Kind: ra.KindUnlock}
	damaged := ra.Service{ID: "d", Kind: ra.KindReissue, Reason: ra.ReasonDamaged, PriceFen: 5000}
	licence := ra.Requirement{Material: ra.MaterialLicence, MinPages: 1, MaxPages: 2, Grey: true}
	papers := []ra.Requirements{
		{Kind: ra.KindNew, Materials: []ra.Requirement{licence, {Material: ra.MaterialForm, MinPages: 1, MaxPages: 3}}},
		{Kind: ra.KindReissue, Reason: ra.ReasonLost, Materials: []ra.Requirement{licence}},
		{Kind: ra.KindReissue, Reason: ra.ReasonDamaged, Materials: []ra.Requirement{licence}},
	}
	p := ra.Project{ID: "p", MaxUnits: 3, Services: []ra.Service{{ID: "a", Kind: ra.KindNew, TermMonths: 12}, unlock, damaged, {ID: "b", Kind: ra.KindNew, TermMonths: 12}},
		Required: papers, Agreements: []ra.Agreement{{ID: "x", Version: 1, Body: ra.Text{ZH: "一"}}}, Models: []ra.UKeyModel{model},
		Notices: []ra.Notice{{Kind: ra.KindUnlock, Version: 1, Body: ra.Text{ZH: "一"}}, {Kind: ra.KindNew, Version: 7, Body: ra.Text{ZH: "七"}}}}
	for range 2 {
		if err := storetest.Do(t, s, func(tx *store.Tx) error { return tx.PutUKeyModel(ctx, model, rule) }); err != nil {
			t.Fatal(err)
		}
		if err := storetest.Do(t, s, func(tx *store.Tx) error { return tx.PutProject(ctx, 1, p) }); err != nil {
			t.Fatal(err)
		}
	}
	p.Services = p.Services[:3]
	p.Agreements[0] = ra.Agreement{ID: "x", Version: 2, Body: ra.Text{ZH: "二"}}
	first := p.Notices[0]
	p.Notices = []ra.Notice{{Kind: ra.KindUnlock, Version: 2, Body: ra.Text{ZH: "二"}}}
	if err := storetest.Do(t, s, func(tx *store.Tx) error { return tx.PutProject(ctx, 1, p) }); err != nil {
		t.Fatal(err)
	}
	got, err := s.Project(ctx, "p")
	if !slices.Equal(got.ServicesFor(ra.KindReissue, ra.ReasonDamaged), []ra.Service{damaged}) || !slices.Equal(got.ServicesFor(ra.KindUnlock, ra.ReasonNone), []ra.Service{unlock}) ||
		got.ServicesFor(ra.KindReissue, ra.ReasonLost) != nil {
		t.Errorf("services %+v, want %+v", got.Services, p.Services)
	}
	if !reflect.DeepEqual(got.Required, papers) || !slices.Equal(got.RequiredFor(ra.KindNew, ra.ReasonNone), papers[0].Materials) || got.RequiredFor(ra.KindUnlock, ra.ReasonNone) != nil {
		t.Errorf("requirements %+v, want %+v", got.Required, papers)
	}
	if err != nil || len(got.Services) != 3 || len(got.Agreements) != 1 || got.Agreements[0].Body.ZH != "二" || len(got.Models) != 1 {
		t.Errorf("project %+v, %v", got, err)
	}
	if !slices.Equal(got.Notices, p.Notices) {
		t.Errorf("notices %+v, want %+v", got.Notices, p.Notices)
	}
	if old, err := s.Notice(ctx, "p", ra.KindUnlock, ra.ReasonNone, 1); err != nil || old != first {
		t.Errorf("the notice of before: %+v, %v", old, err)
	}
	for name, wrong := range map[string]ra.Service{"a term where the kind has none": {ID: "e", Kind: ra.KindUnlock, TermMonths: 12}, "no term": {ID: "e", Kind: ra.KindRenew},
		"no reason": {ID: "e", Kind: ra.KindChange}} {
		if err := storetest.Do(t, s, func(tx *store.Tx) error {
			return tx.PutProject(ctx, 1, ra.Project{ID: "p", MaxUnits: 3, Services: []ra.Service{wrong}})
		}); err == nil {
			t.Errorf("%s was stored", name)
		}
	}
	if _, err := s.Project(ctx, "q"); ra.CodeOf(err) != ra.CodeNotFound {
		t.Errorf("unknown project: %v, want CodeNotFound", err)
	}
	if got, err := s.AdminPINRule(ctx, "m"); err != nil || string(got.Factory) != "12345678" || len(got.Customer) != 0 || got.Tries != 3 || got.Tells {
		t.Errorf("rule %v, %v", got, err)
	}
}

func TestAuditIsAppendOnly(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	if err := s.InsertAudit(t.Context(), book.AuditRow{At: time.Now(), ActorKind: "system", Action: "x"}); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{`DELETE FROM audit`, `UPDATE audit SET action = 'y'`, `TRUNCATE audit`, `TRUNCATE audit_rest`, `TRUNCATE audit_sets`} {
		if _, err := s.Pool().Exec(t.Context(), sql); err == nil {
			t.Errorf("%s was let through", sql)
		}
	}
}
