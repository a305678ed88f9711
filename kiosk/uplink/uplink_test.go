package uplink

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"keyhall/backoffice/api"
	"keyhall/backoffice/api/apitest"
	"keyhall/backoffice/ra"
	"keyhall/kiosk/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeClient is a back office behind a line that breaks as often as a test says.
type fakeClient struct {
	mu         sync.Mutex
	calls      []string
	away       int  // calls still to be lost
	lostAfter  bool // the answer is what gets lost
	pages      []string
	changes    []ra.Change
	cursor     string
	wake       chan struct{}
	refuse     error          // of AddPage and MandatePage
	strike     func(call int) // called at every call, with its number from 1
	placed     map[string]int // applications, by order: how often one was made of them
	submitted  map[string]int
	ended      int // sessions
	given      map[string]bool
	refuseGive error
}

func newFake() *fakeClient {
	return &fakeClient{wake: make(chan struct{}, 8), cursor: "0", placed: map[string]int{}, submitted: map[string]int{}, given: map[string]bool{}}
}

// line answers by the methods below.
func (f *fakeClient) line() *apitest.Line {
	l := apitest.New()
	apitest.Answer(l, api.CallProjects, func(ctx context.Context, _ *api.Asked, _ api.None) (api.Projects, error) {
		all, err := f.Projects(ctx)
		return api.Projects{Projects: all}, err
	})
	apitest.Answer(l, api.CallLogIn, func(ctx context.Context, _ *api.Asked, in api.Say[api.LogInRequest]) (ra.Session, error) {
		return f.LogIn(ctx, in.Body.Login, in.Body.Password)
	})
	apitest.Answer(l, api.CallLogOut, func(ctx context.Context, a *api.Asked, _ api.None) (api.None, error) {
		return api.None{}, f.LogOut(ctx, a.Session)
	})
	apitest.Answer(l, api.CallPlace, func(ctx context.Context, a *api.Asked, in api.Say[ra.Application]) (ra.Order, error) {
		return f.Place(ctx, a.Session, in.Body)
	})
	apitest.Answer(l, api.CallOrder, func(ctx context.Context, a *api.Asked, in api.OfOrder) (ra.Order, error) {
		return f.Order(ctx, a.Session, in.Order)
	})
	apitest.Answer(l, api.CallAddPage, func(ctx context.Context, a *api.Asked, in api.OnPage[ra.Page]) (ra.Order, error) {
		return f.AddPage(ctx, in.Order, in.Page)
	})
	apitest.Answer(l, api.CallSubmit, func(ctx context.Context, a *api.Asked, in api.OfOrder) (ra.Order, error) {
		return f.Submit(ctx, a.Session, in.Order)
	})
	apitest.Answer(l, api.CallGiveMandate, func(ctx context.Context, _ *api.Asked, in api.OnOrder[ra.Mandate]) (api.None, error) {
		return api.None{}, f.GiveMandate(ctx, in.Body)
	})
	apitest.Answer(l, api.CallMandatePage, func(ctx context.Context, _ *api.Asked, in api.OfMandatePage) (api.None, error) {
		return api.None{}, f.MandatePage(ctx, in.Order, in.Page)
	})
	apitest.Answer(l, api.CallMandateSubmit, func(ctx context.Context, _ *api.Asked, in api.OfOrder) (api.None, error) {
		return api.None{}, f.DeliverSubmit(ctx, in.Order)
	})
	apitest.Answer(l, api.CallChanges, func(ctx context.Context, a *api.Asked, in api.Since) (api.Changes, error) {
		changes, cursor, err := f.Changes(ctx, in.After, a.Wait)
		return api.Changes{Changes: changes, Cursor: cursor}, err
	})
	return l
}

func (f *fakeClient) enter(name string) (before, after error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, name)
	if f.strike != nil {
		f.strike(len(f.calls))
	}
	if f.away == 0 {
		return nil, nil
	}
	f.away--
	if f.lostAfter {
		return nil, ra.E(ra.CodeOfficeAway)
	}
	return ra.E(ra.CodeOfficeAway), nil
}

func (f *fakeClient) count(name string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.calls {
		if c == name {
			n++
		}
	}
	return n
}

func (f *fakeClient) lose(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = n
}

func (f *fakeClient) Projects(context.Context) ([]ra.Project, error) {
	before, _ := f.enter("Projects")
	return []ra.Project{{ID: "p"}}, before
}

func (f *fakeClient) LogIn(_ context.Context, login, _ string) (ra.Session, error) {
	before, _ := f.enter("LogIn")
	return ra.Session{Token: "token", Login: login}, before
}

func (f *fakeClient) LogOut(context.Context, string) error {
	before, _ := f.enter("LogOut")
	if before == nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.ended++
	}
	return before
}

func (f *fakeClient) Place(_ context.Context, _ string, a ra.Application) (ra.Order, error) {
	before, after := f.enter("Place")
	if before != nil {
		return ra.Order{}, before
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.placed[a.ID] = 1
	return ra.Order{ID: a.ID}, after
}

func (f *fakeClient) GiveMandate(_ context.Context, m ra.Mandate) error {
	before, after := f.enter("GiveMandate")
	if before != nil {
		return before
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuseGive != nil {
		return f.refuseGive
	}
	if m.Application != nil {
		f.placed[m.OrderID] = 1
	}
	f.given[m.OrderID] = true
	return after
}

func (f *fakeClient) MandatePage(ctx context.Context, orderID, pageID string) error {
	f.mu.Lock()
	given := f.given[orderID]
	f.mu.Unlock()
	if !given {
		return ra.E(ra.CodeMandateOver, "why", "none")
	}
	_, err := f.AddPage(ctx, orderID, pageID)
	return err
}

func (f *fakeClient) DeliverSubmit(_ context.Context, orderID string) error {
	before, after := f.enter("DeliverSubmit")
	if before != nil {
		return before
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.given[orderID] {
		return ra.E(ra.CodeMandateOver, "why", "none")
	}
	f.submitted[orderID] = 1
	return after
}

func (f *fakeClient) Order(_ context.Context, _, id string) (ra.Order, error) {
	before, _ := f.enter("Order")
	return ra.Order{ID: id}, before
}

func (f *fakeClient) AddPage(_ context.Context, orderID, pageID string) (ra.Order, error) {
	before, after := f.enter("AddPage")
	if before != nil {
		return ra.Order{}, before
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse != nil {
		return ra.Order{}, f.refuse
	}
	if !slices.Contains(f.pages, pageID) {
		f.pages = append(f.pages, pageID)
	}
	return ra.Order{ID: orderID}, after
}

func (f *fakeClient) Submit(_ context.Context, _, id string) (ra.Order, error) {
	before, after := f.enter("Submit")
	if before != nil {
		return ra.Order{}, before
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.submitted[id] = 1
	return ra.Order{ID: id, Materials: ra.MaterialsSubmitted}, after
}

func (f *fakeClient) Changes(ctx context.Context, after string, wait time.Duration) ([]ra.Change, string, error) {
	if before, _ := f.enter("Changes"); before != nil {
		return nil, "", before
	}
	if after == "of another history" {
		return nil, "", ra.E(ra.CodeFeedAnew)
	}
	f.mu.Lock()
	changes, cursor := f.changes, f.cursor
	f.changes = nil
	f.mu.Unlock()
	if len(changes) > 0 || after != cursor {
		return changes, cursor, nil
	}
	select {
	case <-f.wake:
	case <-time.After(wait):
	case <-ctx.Done():
		return nil, "", ra.E(ra.CodeOfficeAway).Because(ctx.Err())
	}
	return nil, cursor, nil
}

func (f *fakeClient) change(cursor string, c ...ra.Change) {
	f.mu.Lock()
	f.changes, f.cursor = append(f.changes, c...), cursor
	f.mu.Unlock()
	f.wake <- struct{}{}
}

func setup(t *testing.T) (*Uplink, *fakeClient, *journal.Journal) {
	t.Helper()
	j, err := journal.Open(t.Context(), filepath.Join(t.TempDir(), "j.db"), bytes.Repeat([]byte{1}, journal.KeyBytes), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	f := newFake()
	u := New(Config{Line: f.line(), Journal: j, Pause: time.Millisecond, Retry: 5 * time.Millisecond, Wait: time.Second})
	return u, f, j
}

func start(t *testing.T, u *Uplink) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = u.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func keep(t *testing.T, j *journal.Journal, order string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := j.SavePage(t.Context(), ra.KeptPage{OrderID: order, Material: ra.MaterialForm, Page: ra.Page{ID: id}, JPEG: []byte("jpeg")}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBrokenLineIsTriedAgain(t *testing.T) {
	t.Parallel()
	u, f, _ := setup(t)
	f.lose(2)
	if _, err := u.Order(t.Context(), "s", "o"); err != nil || !u.Up() {
		t.Errorf("got %v, up %v", err, u.Up())
	}
	f.lose(3)
	if _, err := u.Order(t.Context(), "s", "o"); ra.CodeOf(err) != ra.CodeOfficeAway || u.Up() {
		t.Errorf("got %v, up %v, want office_away", err, u.Up())
	}
	f.lose(1)
	if _, err := u.LogIn(t.Context(), "l", "p"); ra.CodeOf(err) != ra.CodeOfficeAway || f.count("LogIn") != 1 {
		t.Errorf("a login was repeated by itself: %v", err)
	}
}

func TestProjectsAreRemembered(t *testing.T) {
	t.Parallel()
	u, f, _ := setup(t)
	f.lose(3)
	if _, err := u.Projects(t.Context()); ra.CodeOf(err) != ra.CodeOfficeAway {
		t.Errorf("got %v, want office_away", err)
	}
	for range 2 {
		if got, err := u.Projects(t.Context()); err != nil || len(got) != 1 {
			t.Errorf("got %v, %v", got, err)
		}
		f.lose(3)
	}
}

func TestChangesArrive(t *testing.T) {
	t.Parallel()
	u, f, j := setup(t)
	start(t, u)
	eventually(t, "cursor", func() bool { c, _ := j.Cursor(t.Context()); return c == "0" })
	f.lose(2)
	f.change("7", ra.Change{ID: "o1"}, ra.Change{ID: "o2"})
	for _, want := range []string{"", "o1", "o2"} { // first that everything is to be looked at
		select {
		case c := <-u.Changed():
			if c.ID != want {
				t.Errorf("got %s, want %s", c.ID, want)
			}
		case <-time.After(time.Minute):
			t.Fatal("no change")
		}
	}
	eventually(t, "stored cursor", func() bool { c, _ := j.Cursor(t.Context()); return c == "7" })
	eventually(t, "up", u.Up)
}

// TestAnotherHistory: a kiosk whose cursor is of another history begins anew, and looks at everything.
func TestAnotherHistory(t *testing.T) {
	t.Parallel()
	u, _, j := setup(t)
	if err := j.SetCursor(t.Context(), "of another history"); err != nil {
		t.Fatal(err)
	}
	start(t, u)
	select {
	case c := <-u.Changed():
		if c.Kind != ra.ChangeAnew {
			t.Errorf("got %+v", c)
		}
	case <-time.After(time.Minute):
		t.Fatal("nothing is looked at")
	}
	eventually(t, "a new cursor", func() bool { c, _ := j.Cursor(t.Context()); return c == "0" })
}
