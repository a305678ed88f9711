package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/google/uuid"

	"keyhall/backoffice/demo"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/service"
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
		found, err := o.service.Audit(ctx)
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

type staffCmd struct {
	configFlag
	Login string  `required:"" help:"Login name."`
	Name  string  `required:"" help:"Name as colleagues know it."`
	Role  ra.Role `required:"" enum:"supervisor,counter" help:"supervisor or counter."`
}

// Run reads one line from standard input as the password.
func (c staffCmd) Run(ctx context.Context) error {
	fmt.Fprint(os.Stderr, "Password (密码): ")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return fmt.Errorf("password: %w", err)
	}
	password := strings.TrimRight(line, "\r\n")
	if err := ra.CheckPassword(password); err != nil {
		return fmt.Errorf("password: %w", err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("id: %w", err)
	}
	hash, err := service.HashPassword(password)
	if err != nil {
		return err
	}
	return c.withStore(ctx, func(s *store.Store) error {
		return s.PutStaff(ctx, ra.Staff{ID: id.String(), Login: ra.NormalLogin(c.Login), Name: c.Name, Role: c.Role}, hash)
	})
}

type catalogueCmd struct {
	configFlag
	File string `arg:"" type:"existingfile" help:"JSON: {\"models\": […], \"projects\": […]}, as printed by seed --print."`
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
	return c.withStore(ctx, func(s *store.Store) error { return demo.Store(ctx, s, catalogue) })
}

type seedCmd struct {
	configFlag
	Demo     bool   `help:"Two projects, SoftHSM as the UKey model, a supervisor and a counter clerk."`
	Print    bool   `help:"Print the demonstration's catalogue, as a pattern for one's own, and store nothing."`
	Password string `env:"KEYHALL_DEMO_PASSWORD" help:"Of both members of staff."`
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
	hash, err := service.HashPassword(c.Password)
	if err != nil {
		return err
	}
	return c.withStore(ctx, func(s *store.Store) error {
		if err := demo.Store(ctx, s, demo.Example()); err != nil {
			return err
		}
		for _, m := range demo.Staff() {
			if err := s.PutStaff(ctx, m, hash); err != nil {
				return err
			}
		}
		return nil
	})
}

type enrolmentCodeCmd struct {
	configFlag
	Prefix   string   `required:"" help:"Of the kiosk's order numbers, as XH03."`
	Hall     string   `required:"" help:"Name of the hall, Chinese."`
	HallEN   string   `name:"hall-en" help:"Name of the hall, English."`
	Window   string   `required:"" help:"Name of the window, Chinese."`
	WindowEN string   `name:"window-en" help:"Name of the window, English."`
	Projects []string `help:"Ids of the projects that the kiosk offers; all when none is named."`
	Staff    string   `default:"supervisor" help:"Login name of the supervisor who answers for it."`
}

// Run prints the code and nothing else.
func (c enrolmentCodeCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(o *office) error {
		staff, _, err := o.store.StaffByLogin(ctx, ra.NormalLogin(c.Staff))
		if err != nil {
			return fmt.Errorf("staff %s: %w", c.Staff, err)
		}
		projects := c.Projects
		if len(projects) == 0 {
			if projects, err = o.store.ProjectIDs(ctx); err != nil {
				return err
			}
		}
		hall, window := ra.Text{ZH: c.Hall, EN: c.HallEN}, ra.Text{ZH: c.Window, EN: c.WindowEN}
		code, err := o.service.EnrolmentCode(ctx, staff, c.Prefix, hall, window, projects)
		if err != nil {
			return err
		}
		_, err = fmt.Println(code)
		return err
	})
}
