package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/google/uuid"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// staffCmd are the commands for staff. What they do counts at once, as whoever can give them holds the server anyway; the
// trail says that a command did it.
type staffCmd struct {
	Add      staffAddCmd      `cmd:"" help:"Add a member of staff; the password comes from standard input."`
	List     staffListCmd     `cmd:"" help:"List staff with their grants."`
	Grant    staffGrantCmd    `cmd:"" help:"Give a role, in one project or all, at one hall or all."`
	Withdraw staffWithdrawCmd `cmd:"" help:"Withdraw a role and end the member's sessions."`
	Password staffPasswordCmd `cmd:"" help:"Set a password, read from standard input, and end the member's sessions."`
	Disable  staffDisableCmd  `cmd:"" help:"Keep a member of staff out and end their sessions."`
	Enable   staffEnableCmd   `cmd:"" help:"Let a member of staff in again."`
	Key      staffKeyCmd      `cmd:"" help:"The keys that staff show beside their password at a kiosk."`
}

type staffAddCmd struct {
	configFlag
	Login  string    `arg:"" help:"Login name."`
	Name   string    `required:"" help:"Name as colleagues know it."`
	Mobile string    `help:"Mobile number: cases with it are their own, which they do not decide on."`
	Roles  []ra.Role `name:"role" enum:"counter,reviewer,finance,supervisor,auditor,administrator" help:"Roles in all projects at all halls; staff grant gives narrower ones."`
}

// Run reads one line from standard input as the password.
func (c staffAddCmd) Run(ctx context.Context) error {
	password, err := readPassword(os.Stdin)
	if err != nil {
		return err
	}
	return c.with(ctx, func(o *office) error {
		id, err := newID()
		if err != nil {
			return err
		}
		m := ra.Staff{ID: id, Login: c.Login, Name: c.Name, Mobile: c.Mobile}
		if err := o.people.AddStaff(ctx, book.Command(), m, password); err != nil {
			return err
		}
		return grantRoles(ctx, o, id, c.Roles)
	})
}

func grantRoles(ctx context.Context, o *office, staffID string, roles []ra.Role) error {
	for _, role := range roles {
		id, err := newID()
		if err != nil {
			return err
		}
		if err := o.people.Grant(ctx, book.Command(), ra.Grant{ID: id, StaffID: staffID, Role: role}); err != nil {
			return fmt.Errorf("role %s: %w", role, err)
		}
	}
	return nil
}

func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("id: %w", err)
	}
	return id.String(), nil
}

func readPassword(r io.Reader) (string, error) {
	fmt.Fprint(os.Stderr, "Password (密码): ")
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil && line == "" {
		return "", fmt.Errorf("password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

type staffListCmd struct{ configFlag }

// Run prints a table.
func (c staffListCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(o *office) error {
		all, err := o.people.StaffList(ctx, book.Command())
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		for _, m := range all {
			state := "active"
			if m.Disabled {
				state = "disabled"
			}
			grants := make([]string, len(m.Grants))
			for i, g := range m.Grants {
				grants[i] = grantText(g)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", m.Login, m.Name, state, strings.Join(grants, ", "))
		}
		return w.Flush()
	})
}

// grantText is "reviewer in eseal at xihu (waits for confirmation)".
func grantText(g ra.Grant) string {
	text := placeText(g.Role, g.ProjectID, g.HallID)
	if !g.Live() {
		text += " (waits for confirmation)"
	}
	return text
}

// placeText is "reviewer in eseal at xihu".
func placeText(role ra.Role, projectID, hallID string) string {
	text := string(role)
	if projectID != "" {
		text += " in " + projectID
	}
	if hallID != "" {
		text += " at " + hallID
	}
	return text
}

// ofStaff is a command about one member.
type ofStaff struct {
	configFlag
	Login string `arg:"" help:"Login name."`
}

func (c ofStaff) with(ctx context.Context, do func(*office, ra.Staff) error) error {
	return c.configFlag.with(ctx, func(o *office) error {
		all, err := o.people.StaffList(ctx, book.Command())
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(m ra.Staff) bool { return m.Login == ra.NormalLogin(c.Login) })
		if i < 0 {
			return fmt.Errorf("staff: nobody has the login name %q", c.Login)
		}
		return do(o, all[i])
	})
}

// where limits a role.
type where struct {
	Role    ra.Role `arg:"" enum:"counter,reviewer,finance,supervisor,auditor,administrator" help:"counter, reviewer, finance, supervisor, auditor or administrator."`
	Project string  `help:"Id of the project; all when none is named."`
	Hall    string  `help:"Id of the hall; all when none is named."`
}

type staffGrantCmd struct {
	ofStaff
	where
}

// Run gives the role; having it already is fine.
func (c staffGrantCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(o *office, m ra.Staff) error {
		id, err := newID()
		if err != nil {
			return err
		}
		g := ra.Grant{ID: id, StaffID: m.ID, Role: c.Role, ProjectID: c.Project, HallID: c.Hall}
		return o.people.Grant(ctx, book.Command(), g)
	})
}

type staffWithdrawCmd struct {
	ofStaff
	where
}

// Run withdraws exactly that grant.
func (c staffWithdrawCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(o *office, m ra.Staff) error {
		for _, g := range m.Grants {
			if g.Role == c.Role && g.ProjectID == c.Project && g.HallID == c.Hall {
				return o.people.WithdrawGrant(ctx, book.Command(), g.ID)
			}
		}
		return fmt.Errorf("staff: %s has no grant %q: staff list shows the ones they have", m.Login, placeText(c.Role, c.Project, c.Hall))
	})
}

type staffPasswordCmd struct{ ofStaff }

// Run reads one line from standard input as the password.
func (c staffPasswordCmd) Run(ctx context.Context) error {
	password, err := readPassword(os.Stdin)
	if err != nil {
		return err
	}
	return c.with(ctx, func(o *office, m ra.Staff) error {
		return o.people.SetPassword(ctx, book.Command(), m.ID, password, false)
	})
}

type staffDisableCmd struct{ ofStaff }

// Run may be repeated.
func (c staffDisableCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(o *office, m ra.Staff) error { return o.people.DisableStaff(ctx, book.Command(), m.ID, true) })
}

type staffEnableCmd struct{ ofStaff }

// Run may be repeated.
func (c staffEnableCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(o *office, m ra.Staff) error { return o.people.DisableStaff(ctx, book.Command(), m.ID, false) })
}
