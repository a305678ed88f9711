package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// kioskCmd are the commands for kiosks.
type kioskCmd struct {
	List    kioskListCmd    `cmd:"" help:"List the kiosks in use."`
	Block   kioskBlockCmd   `cmd:"" help:"Keep a kiosk out from its next request on."`
	Unblock kioskUnblockCmd `cmd:"" help:"Let a kiosk in again."`
}

type kioskListCmd struct{ configFlag }

// Run prints a table.
func (c kioskListCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(o *office) error {
		all, err := o.fleet.Kiosks(ctx, book.Command())
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		for _, k := range all {
			state := "in use"
			if k.BlockedAt != nil {
				state = "blocked since " + k.BlockedAt.Format(time.RFC3339)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", k.Kiosk.Prefix, k.Kiosk.HallID, k.Kiosk.Window.ZH, strings.Join(k.Projects, " "), state)
		}
		return w.Flush()
	})
}

// ofKiosk is a command about one kiosk.
type ofKiosk struct {
	configFlag
	Prefix string `arg:"" help:"Of the kiosk's order numbers, as XH03."`
}

func (c ofKiosk) with(ctx context.Context, do func(*office, ra.Kiosk) error) error {
	return c.configFlag.with(ctx, func(o *office) error {
		all, err := o.fleet.Kiosks(ctx, book.Command())
		if err != nil {
			return err
		}
		for _, k := range all {
			if k.Kiosk.Prefix == c.Prefix {
				return do(o, k.Kiosk)
			}
		}
		return fmt.Errorf("kiosk: none in use has the prefix %q", c.Prefix)
	})
}

type kioskBlockCmd struct {
	ofKiosk
	Reason string `required:"" help:"Why; it stands in the trail."`
}

// Run may be repeated.
func (c kioskBlockCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(o *office, k ra.Kiosk) error { return o.fleet.BlockKiosk(ctx, book.Command(), k.ID, c.Reason) })
}

type kioskUnblockCmd struct{ ofKiosk }

// Run may be repeated.
func (c kioskUnblockCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(o *office, k ra.Kiosk) error { return o.fleet.UnblockKiosk(ctx, book.Command(), k.ID) })
}

type enrolmentCodeCmd struct {
	configFlag
	Prefix   string   `required:"" help:"Of the kiosk's order numbers, as XH03."`
	Hall     string   `required:"" help:"Id of the hall, as in the catalogue."`
	Window   string   `required:"" help:"Name of the window, Chinese."`
	WindowEN string   `name:"window-en" help:"Name of the window, English."`
	Projects []string `help:"Ids of the projects that the kiosk offers; all when none is named."`
}

// Run prints the code and nothing else.
func (c enrolmentCodeCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(o *office) (err error) {
		projects := c.Projects
		if len(projects) == 0 {
			if projects, err = o.store.ProjectIDs(ctx); err != nil {
				return err
			}
		}
		code, err := o.fleet.EnrolmentCode(ctx, book.Command(), c.Prefix, c.Hall, ra.Text{ZH: c.Window, EN: c.WindowEN}, projects)
		if err != nil {
			return err
		}
		_, err = fmt.Println(code)
		return err
	})
}
