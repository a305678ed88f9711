package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"keyhall/backoffice/book"
	"keyhall/backoffice/demo"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/store"
)

type migrateCmd struct{ configFlag }

// Run migrates; it may run while others do. A database that was founded with another data folder is left alone.
func (c migrateCmd) Run(ctx context.Context) error {
	config, _, err := c.read()
	if err != nil {
		return err
	}
	if err := checkBeforeMigrating(ctx, config); err != nil {
		return err
	}
	return store.Migrate(ctx, config.Database)
}

// checkBeforeMigrating finds nothing wrong with a database that is empty or not founded yet.
func checkBeforeMigrating(ctx context.Context, c Config) error {
	s, err := store.New(ctx, c.Database)
	if err != nil {
		return err
	}
	defer s.Close()
	there, err := s.HasFoundation(ctx)
	if err != nil || !there {
		return err
	}
	if err := checkFoundation(ctx, s, c.Data); !errors.Is(err, errNotFounded) {
		return err
	}
	return nil
}

type auditCmd struct{ configFlag }

// Run prints one line for each finding.
func (c auditCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(o *office) error {
		found, err := o.issuing.Audit(ctx)
		if err != nil {
			return err
		}
		for _, f := range found {
			fmt.Printf("%d\t%s\t%s\n", f.Invariant, f.Subject, f.What)
		}
		if len(found) > 0 {
			return fmt.Errorf("audit: %d findings", len(found))
		}
		fmt.Println("audit: all invariants hold, the trail is whole")
		return nil
	})
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
		return do(s)
	})
}

// withSchema opens a database that was migrated.
func withSchema(ctx context.Context, c Config, do func(*store.Store) error) error {
	if err := store.CheckSchema(ctx, c.Database); err != nil {
		return err
	}
	s, err := store.New(ctx, c.Database)
	if err != nil {
		return err
	}
	defer s.Close()
	return do(s)
}

type catalogueCmd struct {
	configFlag
	File string `arg:"" type:"existingfile" help:"JSON: {\"halls\": […], \"models\": […], \"projects\": […]}, as printed by seed --print."`
}

// Run stores the file's catalogue; what it does not name stays.
func (c catalogueCmd) Run(ctx context.Context) error {
	b, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("catalogue: %w", err)
	}
	var catalogue demo.Catalogue
	if err := json.Unmarshal(b, &catalogue); err != nil {
		return fmt.Errorf("catalogue %s: %w", c.File, err)
	}
	for _, p := range catalogue.Projects {
		if err := pki.CheckProfile(p.Profile); err != nil {
			return fmt.Errorf("catalogue %s: project %s: %w", c.File, p.ID, err)
		}
	}
	return c.withStore(ctx, func(s *store.Store) error { return demo.Store(ctx, s, catalogue) })
}

type seedCmd struct {
	configFlag
	Demo     bool   `help:"A hall, two projects, SoftHSM as the UKey model, five members of staff."`
	Print    bool   `help:"Print the demonstration's catalogue, as a pattern for one's own, and store nothing."`
	Password string `env:"KEYHALL_DEMO_PASSWORD" help:"Of all members of staff."`
}

// Run may be repeated: it stores the same again.
func (c seedCmd) Run(ctx context.Context) error {
	if c.Print {
		b, err := json.MarshalIndent(demo.Example(), "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Printf("%s\n", b)
		return err
	}
	if !c.Demo {
		return errors.New("seed: say --demo; the data are for a demonstration only")
	}
	if c.Password == "" {
		return errors.New("seed: a password is needed in KEYHALL_DEMO_PASSWORD")
	}
	return c.with(ctx, func(o *office) error {
		if err := demo.Store(ctx, o.store, demo.Example()); err != nil {
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
