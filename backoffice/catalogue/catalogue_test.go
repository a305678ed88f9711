package catalogue_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/catalogue"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/store"
	"keyhall/backoffice/store/storetest"
)

var now = time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)

// shelf is a store that turns up a transaction as each test wants it.
type shelf struct {
	*store.Store
	tx func(*store.Tx) catalogue.Tx
}

func (s shelf) Do(ctx context.Context, f func(tx catalogue.Tx) error) error {
	return s.Store.Do(ctx, func(tx *store.Tx) error { return f(s.tx(tx)) })
}

func newShelf(t *testing.T) shelf {
	t.Helper()
	return shelf{storetest.New(t), func(tx *store.Tx) catalogue.Tx { return tx }}
}

// put stores a catalogue and wants to hear whether that changed anything.
func (s shelf) put(t *testing.T, c catalogue.Catalogue, want bool) {
	t.Helper()
	clerk := book.NewClerk(func() time.Time { return now }, nil)
	if changed, err := catalogue.Store(t.Context(), s, clerk, c); err != nil || changed != want {
		t.Fatalf("store: got %v, %v, want %v", changed, err, want)
	}
}

func (s shelf) refuses(t *testing.T, c catalogue.Catalogue) error {
	t.Helper()
	changed, err := catalogue.Store(t.Context(), s, book.NewClerk(nil, nil), c)
	if err == nil || changed {
		t.Fatalf("store: got %v, %v, want an error", changed, err)
	}
	return err
}

// shown is what the command prints.
func (s shelf) shown(t *testing.T) string {
	t.Helper()
	c, err := catalogue.Load(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return textOf(t, c)
}

// column reads one column of text.
func (s shelf) column(t *testing.T, sql string) []string {
	t.Helper()
	rows, err := s.Pool().Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWhatIsShownIsWhatWasStored(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	c := read(t, example(t))
	s.put(t, c, true)
	if got, want := s.shown(t), textOf(t, c); got != want {
		t.Errorf("shown: got\n%s\nwant\n%s", got, want)
	}
	const rows = `SELECT to_jsonb(x)::text || xmin FROM projects x UNION ALL SELECT to_jsonb(x)::text || xmin FROM services x
		UNION ALL SELECT to_jsonb(x)::text || xmin FROM requirements x UNION ALL SELECT to_jsonb(x)::text || xmin FROM agreements x`
	before := s.column(t, rows)
	s.put(t, c, false)
	s.put(t, read(t, s.shown(t)), false)
	if after := s.column(t, rows); strings.Join(after, "\n") != strings.Join(before, "\n") {
		t.Errorf("stored again: got %v, want %v", after, before)
	}
	c.Projects[0].Services[0].PriceFen++
	s.put(t, c, true)
	lines := s.column(t, `SELECT actor_kind || ' ' || actor_id || ' ' || subject || ' ' || (facts ->> 'before') FROM audit WHERE action = 'catalogue.store' ORDER BY id`)
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "system command ") || strings.Fields(lines[1])[3] != strings.Fields(lines[0])[2] {
		t.Errorf("the trail: got %q, want a line for each change, the second after the first", lines)
	}
	if told := strings.Join(s.column(t, `SELECT facts::text FROM audit`), ""); strings.Contains(told, "12345678") {
		t.Errorf("the trail holds a PIN: %s", told)
	}
}

func TestWhatIsListedNoMoreIsOfferedNoMore(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	c := read(t, example(t))
	other, token, hall := c.Projects[0], c.Models[0], ra.Hall{ID: "binjiang", Name: c.Halls[0].Name}
	other.ID, token.ID = "trading", "old-token"
	both := catalogue.Catalogue{Halls: append([]ra.Hall{hall}, c.Halls...), Models: append([]book.ModelRecord{token}, c.Models...), Projects: append([]ra.Project{other}, c.Projects...)}
	s.put(t, both, true)
	less := read(t, textOf(t, c))
	less.Projects[0].Services = less.Projects[0].Services[:1]
	less.Projects[0].Required, less.Projects[0].Notices = less.Projects[0].Required[:1], nil
	less.Projects[0].Agreements[0].Version = 2
	s.put(t, less, true)
	if got, want := s.shown(t), textOf(t, less); got != want {
		t.Errorf("shown: got\n%s\nwant\n%s", got, want)
	}
	project, err := s.Project(t.Context(), other.ID)
	if err != nil || len(project.Services) != 0 || len(project.Required) != 2 || len(project.Models) != 1 || len(project.Agreements) != 1 {
		t.Errorf("the project that was taken off: got %+v, %v, want it to offer nothing and to be there for its orders", project, err)
	}
	if _, err := s.AdminPINRule(t.Context(), token.ID); err != nil {
		t.Errorf("the model that was taken off: %v", err)
	}
	if _, err := s.Hall(t.Context(), hall.ID); err != nil {
		t.Errorf("the hall that was taken off: %v", err)
	}
	if got, err := s.Agreement(t.Context(), c.Projects[0].ID, "service", 1); err != nil || got != c.Projects[0].Agreements[0] {
		t.Errorf("the agreement that was replaced: got %+v, %v", got, err)
	}
	s.put(t, both, true)
	if got, want := s.shown(t), textOf(t, both); got != want {
		t.Errorf("listed again: got\n%s\nwant\n%s", got, want)
	}
}

func TestWordsOfAVersionStay(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	c := read(t, example(t))
	s.put(t, c, true)
	before := s.shown(t)
	c.Projects[0].Agreements[0].Body.EN = "Other words."
	c.Halls[0].Name.EN = "Another name"
	var mistake *catalogue.Mistake
	if err := s.refuses(t, c); !errors.As(err, &mistake) || mistake.Place != "project eseal, agreement service" {
		t.Errorf("other words: got %v, want a mistake that names the agreement", err)
	}
	if got := s.shown(t); got != before {
		t.Errorf("after the refusal: got\n%s\nwant\n%s", got, before)
	}
	c.Projects[0].Agreements[0].Version = 2
	s.put(t, c, true)
	c.Projects[0].Notices[0].Body.ZH = "别的话。"
	if err := s.refuses(t, c); !errors.As(err, &mistake) || mistake.Place != "project eseal, notice for change name" {
		t.Errorf("other words of a notice: got %v, want a mistake that names it", err)
	}
	c.Projects[0].Notices[0].Version = 2
	s.put(t, c, true)
}

// TestPINsOfKeysStay: what the administrator PINs on keys came from is not changed, which would make others of them.
func TestPINsOfKeysStay(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.put(t, read(t, example(t)), true)
	exec := func(sql string) {
		if _, err := s.Pool().Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	changed := func(change func(*book.AdminPINRule)) catalogue.Catalogue {
		c := read(t, example(t))
		change(&c.Models[0].Rule)
		return c
	}
	length := changed(func(r *book.AdminPINRule) { r.Length = 12 })
	alphabet := changed(func(r *book.AdminPINRule) { r.Alphabet = "0123456789" })
	factory := changed(func(r *book.AdminPINRule) { r.Factory = []byte("87654321") })
	for _, c := range []catalogue.Catalogue{length, alphabet, factory, read(t, example(t))} {
		s.put(t, c, true) // no key has anything of it
	}
	refused := func(c catalogue.Catalogue, setting string) {
		t.Helper()
		before := s.shown(t)
		var mistake *catalogue.Mistake
		err := s.refuses(t, c)
		if !errors.As(err, &mistake) || mistake.Place != "model maker-token" || !strings.HasPrefix(mistake.What, setting+": ") {
			t.Errorf("another %s: got %v, want a mistake that names it", setting, err)
		}
		if strings.Contains(err.Error(), "12345678") || strings.Contains(err.Error(), "87654321") {
			t.Errorf("the mistake holds a PIN: %v", err)
		}
		if got := s.shown(t); got != before {
			t.Errorf("after the refusal: got\n%s\nwant\n%s", got, before)
		}
	}
	exec(`INSERT INTO master_keys (version, fingerprint, created_at) VALUES (1, 'x', now())`)
	exec(`INSERT INTO ukeys (manufacturer, key_model, serial, model, life, pin, custody, pending, created_at, updated_at)
		VALUES ('m', 'k', '1', 'maker-token', 'blank', 'ok', 'stock', 1, now(), now())`)
	exec(`INSERT INTO admin_pins (manufacturer, key_model, serial, version, master, check_hash, created_at) VALUES ('m', 'k', '1', 1, 1, 'x', now())`)
	refused(length, "admin_pin_length")
	refused(alphabet, "admin_pin_alphabet")
	refused(factory, "factory_admin_pin")
	exec(`UPDATE ukeys SET admin_pin = 1, pending = 0`)
	s.put(t, factory, true)
	refused(length, "admin_pin_length")
	refused(alphabet, "admin_pin_alphabet")
}

// failing stores everything but projects.
type failing struct{ *store.Tx }

var errFull = errors.New("no room")

func (failing) PutProject(context.Context, int, ra.Project) error { return errFull }

func TestNothingIsHalfStored(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	c := read(t, example(t))
	s.put(t, c, true)
	before := s.shown(t)
	c.Halls[0].Name.EN, c.Models[0].PINMax = "Another name", 12
	c.Projects[0].Models[0].PINMax = 12
	s.tx = func(tx *store.Tx) catalogue.Tx { return failing{tx} }
	if err := s.refuses(t, c); !errors.Is(err, errFull) {
		t.Errorf("got %v, want %v", err, errFull)
	}
	if got := s.shown(t); got != before {
		t.Errorf("after the failure: got\n%s\nwant\n%s", got, before)
	}
	if lines := s.column(t, `SELECT action FROM audit`); len(lines) != 1 {
		t.Errorf("the trail: got %q, want one line", lines)
	}
	c.Projects[0].Services = nil
	var mistake *catalogue.Mistake
	if err := s.refuses(t, c); !errors.As(err, &mistake) {
		t.Errorf("a project without services: got %v, want a mistake", err)
	}
}

// TestStoredAtOnce: of two files stored at the same moment one is there as a whole.
func TestStoredAtOnce(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	one, other := read(t, example(t)), read(t, example(t))
	for i := range other.Projects {
		other.Projects[i].MaxUnits++
		other.Projects[i].Services[0].PriceFen++
	}
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			c := []catalogue.Catalogue{one, other}[i%2]
			if _, err := catalogue.Store(t.Context(), s, book.NewClerk(func() time.Time { return now }, nil), c); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if got := s.shown(t); got != textOf(t, one) && got != textOf(t, other) {
		t.Errorf("stored is neither of the two:\n%s", got)
	}
}
