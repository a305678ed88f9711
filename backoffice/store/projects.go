package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// PutProject stores a project with all that it offers, new or changed. Services that are gone from it are no longer offered;
// older versions of agreements and notices stay, and the text of a version never changes.
func (s statements) PutProject(ctx context.Context, position int, p ra.Project) error {
	b := &pgx.Batch{}
	b.Queue(`
		INSERT INTO projects (id, position, name, contact, bank, profile, max_units, window_before, window_after, second_person,
			mobile_countries, prove_mobile)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, COALESCE($10::text[], '{}'), COALESCE($11::text[], '{}'), $12)
		ON CONFLICT (id) DO UPDATE SET position = $2, name = $3, contact = $4, bank = $5, profile = $6, max_units = $7, window_before = $8,
			window_after = $9, second_person = COALESCE($10::text[], '{}'), mobile_countries = COALESCE($11::text[], '{}'), prove_mobile = $12, listed = true`,
		p.ID, position, p.Name, p.Contact, p.Bank, p.Profile, p.MaxUnits, p.Window.BeforeDays, p.Window.AfterDays, p.SecondPerson, p.MobileCountries,
		p.ProveMobile)
	s.queueServices(b, p)
	s.queueAgreements(b, p)
	s.queueNotices(b, p)
	queueRequired(b, p)
	b.Queue(`DELETE FROM project_models WHERE project_id = $1`, p.ID)
	for i, v := range p.Models {
		b.Queue(`INSERT INTO project_models (project_id, model_id, position) VALUES ($1, $2, $3)`, p.ID, v.ID, i)
	}
	return s.batch(ctx, b)
}

func (s statements) queueServices(b *pgx.Batch, p ra.Project) {
	s.queue(b, "service", `UPDATE services SET offered = false WHERE project_id = $1`, p.ID)
	for i, v := range p.Services {
		s.queue(b, "service", `
			INSERT INTO services (project_id, id, position, kind, reason, name, about, price_fen, term_months)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (project_id, id) DO UPDATE SET position = $3, kind = $4, reason = $5, name = $6, about = $7, price_fen = $8,
				term_months = $9, offered = true`,
			p.ID, v.ID, i, v.Kind, v.Reason, v.Name, v.About, v.PriceFen, v.TermMonths)
	}
}

func (s statements) queueAgreements(b *pgx.Batch, p ra.Project) {
	s.queue(b, "agreement", `UPDATE agreements SET current = false WHERE project_id = $1 AND current`, p.ID)
	for i, v := range p.Agreements {
		s.queue(b, "agreement", `
			INSERT INTO agreements (project_id, id, version, position, title, body) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (project_id, id, version) DO UPDATE SET position = $4, current = true`,
			p.ID, v.ID, v.Version, i, v.Title, v.Body)
	}
}

func (s statements) queueNotices(b *pgx.Batch, p ra.Project) {
	s.queue(b, "notice", `UPDATE notices SET current = false WHERE project_id = $1 AND current`, p.ID)
	for i, v := range p.Notices {
		s.queue(b, "notice", `
			INSERT INTO notices (project_id, kind, reason, version, position, title, body) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (project_id, kind, reason, version) DO UPDATE SET position = $5, current = true`,
			p.ID, v.Kind, v.Reason, v.Version, i, v.Title, v.Body)
	}
}

func queueRequired(b *pgx.Batch, p ra.Project) {
	b.Queue(`DELETE FROM requirements WHERE project_id = $1`, p.ID)
	position := 0
	for _, r := range p.Required {
		for _, m := range r.Materials {
			position++
			b.Queue(`
				INSERT INTO requirements (project_id, kind, reason, material, position, min_pages, max_pages, grey)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, p.ID, r.Kind, r.Reason, m.Material, position, m.MinPages, m.MaxPages, m.Grey)
		}
	}
}

// PutUKeyModel stores a model of key of the catalogue, new or changed.
func (s statements) PutUKeyModel(ctx context.Context, m ra.UKeyModel, r book.AdminPINRule) error {
	return s.change(ctx, "model", `
		INSERT INTO ukey_models (id, name, manufacturer, model, pin_min, pin_max, factory_admin_pin, factory_customer_pin,
			admin_pin_length, admin_pin_alphabet, admin_pin_tries, tells)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (id) DO UPDATE SET name = $2, manufacturer = $3, model = $4, pin_min = $5, pin_max = $6,
			factory_admin_pin = $7, factory_customer_pin = $8, admin_pin_length = $9, admin_pin_alphabet = $10, admin_pin_tries = $11, tells = $12,
			listed = true`,
		m.ID, m.Name, m.Manufacturer, m.Model, m.PINMin, m.PINMax, string(r.Factory), string(r.Customer), r.Length, r.Alphabet, r.Tries, r.Tells)
}

// AdminPINRule returns what the back office alone knows of a model: CodeNotFound.
func (s statements) AdminPINRule(ctx context.Context, model string) (book.AdminPINRule, error) {
	return kept(s, model, func() (r book.AdminPINRule, err error) {
		err = s.row(ctx, []any{&r.Factory, &r.Customer, &r.Length, &r.Alphabet, &r.Tries, &r.Tells}, `
			SELECT convert_to(factory_admin_pin, 'UTF8'), convert_to(factory_customer_pin, 'UTF8'), admin_pin_length, admin_pin_alphabet,
				admin_pin_tries, tells
			FROM ukey_models WHERE id = $1`, model)
		return r, err
	})
}

// Project returns a project with what it offers, which nobody may change: CodeNotFound.
func (s statements) Project(ctx context.Context, id string) (ra.Project, error) {
	return kept(s, id, func() (ra.Project, error) { return one(s.projects(ctx, []string{id})) })
}

// ProjectsOfKiosk lists the projects that a kiosk is for; one that the catalogue lists no more offers nothing.
func (s statements) ProjectsOfKiosk(ctx context.Context, kioskID string) ([]ra.Project, error) {
	ids, err := list(ctx, s, pgx.RowTo[string], `SELECT project_id FROM kiosk_projects WHERE kiosk_id = $1`, kioskID)
	if err != nil {
		return nil, err
	}
	return s.projects(ctx, ids)
}

// ProjectIDs lists all projects in their order, also those that the catalogue lists no more: their orders go on.
func (s statements) ProjectIDs(ctx context.Context) ([]string, error) {
	return list(ctx, s, pgx.RowTo[string], `SELECT id FROM projects ORDER BY position, id`)
}

// AllProjects lists all projects in their order, with what they offer; those that the catalogue lists no more offer nothing.
func (s statements) AllProjects(ctx context.Context) ([]ra.Project, error) {
	ids, err := s.ProjectIDs(ctx)
	if err != nil {
		return nil, err
	}
	return s.projects(ctx, ids)
}

// KioskOffers reports whether a kiosk offers a project, and whether it is blocked, which changes only after the transaction.
func (s statements) KioskOffers(ctx context.Context, kioskID, projectID string) (ok, blocked bool, err error) {
	is, err := told(s, askOffers{kioskID, projectID}, func() (is [2]bool, err error) {
		err = s.row(ctx, []any{&is[0], &is[1]}, `
			SELECT EXISTS (SELECT FROM kiosk_projects WHERE kiosk_id = $1 AND project_id = $2), blocked_at IS NOT NULL
			FROM kiosks WHERE id = $1 FOR SHARE`, kioskID, projectID)
		return is, err
	})
	return is[0], is[1], err
}

func (s statements) projects(ctx context.Context, ids []string) ([]ra.Project, error) {
	all, err := list(ctx, s, scanProject, `
		SELECT id, name, contact, bank, profile, max_units, window_before, window_after,
			NULLIF(second_person, '{}'), NULLIF(mobile_countries, '{}'), prove_mobile FROM projects WHERE id = ANY($1) ORDER BY position, id`, ids)
	if err != nil {
		return nil, err
	}
	b := &pgx.Batch{}
	for i := range all {
		queueOffer(b, &all[i])
	}
	return all, s.batch(ctx, b)
}

func scanProject(row pgx.CollectableRow) (p ra.Project, err error) {
	err = row.Scan(&p.ID, &p.Name, &p.Contact, &p.Bank, &p.Profile, &p.MaxUnits, &p.Window.BeforeDays, &p.Window.AfterDays, &p.SecondPerson, &p.MobileCountries,
		&p.ProveMobile)
	return p, err
}

func queueOffer(b *pgx.Batch, p *ra.Project) {
	b.Queue(`
		SELECT id, kind, reason, name, about, price_fen, term_months FROM services WHERE project_id = $1 AND offered ORDER BY position`,
		p.ID).Query(into(&p.Services, func(row pgx.CollectableRow) (v ra.Service, err error) {
		err = row.Scan(&v.ID, &v.Kind, &v.Reason, &v.Name, &v.About, &v.PriceFen, &v.TermMonths)
		return v, err
	}))
	b.Queue(`SELECT id, version, title, body FROM agreements WHERE project_id = $1 AND current ORDER BY position`,
		p.ID).Query(into(&p.Agreements, func(row pgx.CollectableRow) (v ra.Agreement, err error) {
		err = row.Scan(&v.ID, &v.Version, &v.Title, &v.Body)
		return v, err
	}))
	b.Queue(`SELECT kind, reason, version, title, body FROM notices WHERE project_id = $1 AND current ORDER BY position`,
		p.ID).Query(into(&p.Notices, func(row pgx.CollectableRow) (v ra.Notice, err error) {
		err = row.Scan(&v.Kind, &v.Reason, &v.Version, &v.Title, &v.Body)
		return v, err
	}))
	b.Queue(`SELECT kind, reason, material, min_pages, max_pages, grey FROM requirements WHERE project_id = $1 ORDER BY position`,
		p.ID).Query(func(rows pgx.Rows) error { return collectRequired(rows, p) })
	b.Queue(`
		SELECT m.id, m.name, m.manufacturer, m.model, m.pin_min, m.pin_max
		FROM project_models p JOIN ukey_models m ON m.id = p.model_id WHERE p.project_id = $1 ORDER BY p.position`,
		p.ID).Query(into(&p.Models, func(row pgx.CollectableRow) (v ra.UKeyModel, err error) {
		err = row.Scan(&v.ID, &v.Name, &v.Manufacturer, &v.Model, &v.PINMin, &v.PINMax)
		return v, err
	}))
}

// collectRequired puts the materials of one kind and reason, which follow each other, together.
func collectRequired(rows pgx.Rows, p *ra.Project) error {
	var r ra.Requirements
	var m ra.Requirement
	_, err := pgx.ForEachRow(rows, []any{&r.Kind, &r.Reason, &m.Material, &m.MinPages, &m.MaxPages, &m.Grey}, func() error {
		last := len(p.Required) - 1
		if last < 0 || p.Required[last].Kind != r.Kind || p.Required[last].Reason != r.Reason {
			p.Required = append(p.Required, ra.Requirements{Kind: r.Kind, Reason: r.Reason})
			last++
		}
		p.Required[last].Materials = append(p.Required[last].Materials, m)
		return nil
	})
	return err
}

// into collects the rows of a query of a batch.
func into[T any](all *[]T, scan pgx.RowToFunc[T]) func(pgx.Rows) error {
	return func(rows pgx.Rows) (err error) {
		*all, err = pgx.CollectRows(rows, scan)
		return err
	}
}

// Titles names every project and model of key.
func (s statements) Titles(ctx context.Context) (book.Titles, error) {
	t := book.Titles{ProjectNames: map[string]ra.Text{}, ModelNames: map[string]ra.Text{}}
	rows, err := s.db.Query(ctx, `SELECT true, id, name FROM projects UNION ALL SELECT false, id, name FROM ukey_models`)
	if err != nil {
		return t, translate(err)
	}
	var project bool
	var id string
	var name ra.Text
	_, err = pgx.ForEachRow(rows, []any{&project, &id, &name}, func() error {
		if project {
			t.ProjectNames[id] = name
		} else {
			t.ModelNames[id] = name
		}
		name = ra.Text{}
		return nil
	})
	return t, translate(err)
}
