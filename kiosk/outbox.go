package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"text/tabwriter"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/journal"
)

// outboxCmd lists what customers left with this kiosk and the back office does not have: orders, never persons.
type outboxCmd struct {
	Config string `required:"" type:"path" help:"Configuration file."`
}

// Run lists it.
func (c outboxCmd) Run(ctx context.Context) error {
	config, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	secrets, store, err := openStopped(ctx, config, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	defer secrets.Close()
	defer store.Close()
	return listOutbox(ctx, store, os.Stdout)
}

func listOutbox(ctx context.Context, store *journal.Journal, out io.Writer) error {
	all, err := store.Mandates(ctx, "")
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ORDER\tSINCE\tPAGES\tHAND IN\tSTATE")
	for _, k := range all {
		fmt.Fprintf(w, "%s\t%s\t%d\t%v\t%s\n", k.OrderID, outboxSince(k), len(k.Pages), k.Submit, outboxState(k))
	}
	return w.Flush()
}

func outboxSince(k ra.KeptMandate) string {
	if k.Since.IsZero() {
		return "unknown" // the back office, whose time counts, was not there since
	}
	return k.Since.Format("2006-01-02 15:04 MST")
}

func outboxState(k ra.KeptMandate) string {
	if k.Refused == nil {
		return "waiting"
	}
	return "refused: " + k.Refused.Error()
}
