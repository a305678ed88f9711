package store

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// LockCatalogue lets nobody else store a catalogue until the transaction ends; who reads waits for nothing.
func (s statements) LockCatalogue(ctx context.Context) error {
	return s.exec(ctx, `LOCK TABLE projects, halls, ukey_models IN SHARE ROW EXCLUSIVE MODE`)
}

// WithdrawCatalogue takes everything off the catalogue. What PutHall, PutUKeyModel and PutProject store afterwards is listed
// again; the others stay as they are for the orders, keys and kiosks that they have, and are offered to nobody.
func (s statements) WithdrawCatalogue(ctx context.Context) error {
	b := &pgx.Batch{}
	b.Queue(`UPDATE halls SET listed = false WHERE listed`)
	b.Queue(`UPDATE ukey_models SET listed = false WHERE listed`)
	b.Queue(`UPDATE projects SET listed = false WHERE listed`)
	s.queue(b, "service", `UPDATE services SET offered = false WHERE offered`)
	return s.batch(ctx, b)
}

// ListedProjects lists the projects of the catalogue in their order, with what they offer.
func (s statements) ListedProjects(ctx context.Context) ([]ra.Project, error) {
	ids, err := list(ctx, s, pgx.RowTo[string], `SELECT id FROM projects WHERE listed`)
	if err != nil {
		return nil, err
	}
	return s.projects(ctx, ids)
}

// ListedModels lists the models of the catalogue by their ids, with what the back office alone knows of them.
func (s statements) ListedModels(ctx context.Context) ([]book.ModelRecord, error) {
	return list(ctx, s, func(row pgx.CollectableRow) (m book.ModelRecord, err error) {
		r := &m.Rule
		err = row.Scan(&m.ID, &m.Name, &m.Manufacturer, &m.Model, &m.PINMin, &m.PINMax, &r.Factory, &r.Customer, &r.Length, &r.Alphabet,
			&r.Tries, &r.Tells)
		return m, err
	}, `
		SELECT id, name, manufacturer, model, pin_min, pin_max, convert_to(factory_admin_pin, 'UTF8'), convert_to(factory_customer_pin, 'UTF8'),
			admin_pin_length, admin_pin_alphabet, admin_pin_tries, tells
		FROM ukey_models WHERE listed ORDER BY id`)
}

// Agreement returns a version of a project's agreement, current or not: CodeNotFound.
func (s statements) Agreement(ctx context.Context, projectID, id string, version int) (a ra.Agreement, err error) {
	err = s.row(ctx, []any{&a.ID, &a.Version, &a.Title, &a.Body}, `
		SELECT id, version, title, body FROM agreements WHERE project_id = $1 AND id = $2 AND version = $3`, projectID, id, version)
	return a, err
}

// Notice returns a version of a project's notice for a kind and reason, current or not: CodeNotFound.
func (s statements) Notice(ctx context.Context, projectID string, kind ra.Kind, reason ra.ServiceReason, version int) (n ra.Notice, err error) {
	err = s.row(ctx, []any{&n.Kind, &n.Reason, &n.Version, &n.Title, &n.Body}, `
		SELECT kind, reason, version, title, body FROM notices WHERE project_id = $1 AND kind = $2 AND reason = $3 AND version = $4`,
		projectID, kind, reason, version)
	return n, err
}

// offers are projects and rules of models as they are at an epoch of the catalogue, which each change of it ends.
type offers struct {
	mu    sync.Mutex
	epoch string
	all   map[any]any
}

// keptAs keeps the same name of different things apart.
type keptAs[T any] struct{ name string }

// kept returns what the catalogue says under a name. A transaction that knows the epoch asks once for each.
func kept[T any](s statements, name string, ask func() (T, error)) (T, error) {
	t, ok := s.db.(*transaction)
	if !ok || t.epoch == "" {
		return ask()
	}
	if v, ok := t.offers.find(t.epoch, keptAs[T]{name}); ok {
		return v.(T), nil
	}
	v, err := ask()
	if err == nil {
		t.offers.keep(t.epoch, keptAs[T]{name}, v)
	}
	return v, err
}

func (o *offers) find(epoch string, name any) (v any, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if epoch != o.epoch {
		return nil, false
	}
	v, ok = o.all[name]
	return v, ok
}

// keep keeps what was read after the epoch was: if it is newer than that, nobody finds it who knows the next epoch.
func (o *offers) keep(epoch string, name, v any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if epoch != o.epoch {
		o.epoch, o.all = epoch, map[any]any{}
	}
	o.all[name] = v
}
