package main

import (
	"context"
	"errors"
	"fmt"

	"keyhall/backoffice/book"
	"keyhall/backoffice/demo"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/store"
)

type migrateCmd struct{ configFlag }

// Run migrates as the owner of the tables, and lets the program's role do what it has to; it may run while others do. A database that was
// founded with another data folder is left alone.
func (c migrateCmd) Run(ctx context.Context) error {
	config, _, err := c.read()
	if err != nil {
		return err
	}
	owner, err := config.owner()
	if err != nil {
		return err
	}
	if err := checkBeforeMigrating(ctx, owner, config.Data); err != nil {
		return err
	}
	role, err := store.RoleOf(config.Database)
	if err != nil {
		return err
	}
	if err := store.Migrate(ctx, owner, role); err != nil {
		return err
	}
	return tellMigration(ctx, config)
}

// checkBeforeMigrating finds nothing wrong with a database that is empty or not founded yet.
func checkBeforeMigrating(ctx context.Context, owner, dir string) error {
	s, err := store.New(ctx, owner)
	if err != nil {
		return err
	}
	defer s.Close()
	there, err := s.HasFoundation(ctx)
	if err != nil || !there {
		return err
	}
	if err := checkFoundation(ctx, s, dir); !errors.Is(err, errNotFounded) {
		return err
	}
	return nil
}

// with opens the back office for one command.
func (f configFlag) with(ctx context.Context, do func(*office) error) error {
	config, log, err := f.read()
	if err != nil {
		return err
	}
	o, err := open(ctx, config, log)
	if err != nil {
		return err
	}
	return errors.Join(do(o), o.close())
}

// withStore opens only the database, after the data folder was compared with it.
func (f configFlag) withStore(ctx context.Context, do func(*store.Store) error) error {
	config, _, err := f.read()
	if err != nil {
		return err
	}
	return withSchema(ctx, config, func(s *store.Store) error {
		if err := checkFoundation(ctx, s, config.Data); err != nil {
			return err
		}
		if _, _, err := keepTrail(s, config.Data); err != nil {
			return err
		}
		return do(s)
	})
}

// withSchema opens a database that was migrated, and seals what do left in the trail: no back office may be running.
func withSchema(ctx context.Context, c Config, do func(*store.Store) error) error {
	if err := store.CheckSchema(ctx, c.Database); err != nil {
		return err
	}
	s, err := store.New(ctx, c.Database)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.CheckRole(ctx); err != nil {
		return err
	}
	return errors.Join(do(s), sealLeft(ctx, s, c))
}

type seedCmd struct {
	configFlag
	Demo     bool   `help:"A hall, two projects, SoftHSM as the UKey model, five members of staff."`
	Password string `env:"KEYHALL_DEMO_PASSWORD" help:"Of all members of staff."`
}

// Run may be repeated: it stores the same again.
func (c seedCmd) Run(ctx context.Context) error {
	if !c.Demo {
		return errors.New("seed: say --demo; the data are for a demonstration only")
	}
	if c.Password == "" {
		return errors.New("seed: a password is needed in KEYHALL_DEMO_PASSWORD")
	}
	return c.with(ctx, func(o *office) error {
		all, err := demo.Catalogue()
		if err != nil {
			return err
		}
		if _, err := storeCatalogue(ctx, o.store, o.config, all); err != nil {
			return err
		}
		for _, m := range demo.Staff() {
			if err := c.putMember(ctx, o, m); err != nil {
				return fmt.Errorf("staff %s: %w", m.Login, err)
			}
		}
		return nil
	})
}

// putMember adds a member of the demonstration's staff, or leaves one who is there as they are.
func (c seedCmd) putMember(ctx context.Context, o *office, m demo.Member) error {
	_, err := o.people.Staff(ctx, m.ID)
	if ra.CodeOf(err) == ra.CodeNotFound {
		err = o.people.AddStaff(ctx, book.Command(), ra.Staff{ID: m.ID, Login: m.Login, Name: m.Name}, c.Password)
	}
	if err != nil {
		return err
	}
	return grantRoles(ctx, o, m.ID, m.Roles)
}
