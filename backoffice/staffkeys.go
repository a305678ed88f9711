package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// staffKeyCmd are the commands for the keys that staff show beside their password at a kiosk.
type staffKeyCmd struct {
	Add     staffKeyAddCmd     `cmd:"" help:"Bind a key by its certificate or public key; it counts at once."`
	List    staffKeyListCmd    `cmd:"" help:"List a member's keys."`
	Confirm staffKeyConfirmCmd `cmd:"" help:"Let a key count that an administrator asked for."`
	Remove  staffKeyRemoveCmd  `cmd:"" help:"Take a key away; what is done by it ends at once."`
}

type staffKeyAddCmd struct {
	ofStaff
	Name string `required:"" help:"What is written on the key: its serial number."`
	File string `arg:"" type:"existingfile" help:"Certificate or public key, PEM or DER."`
}

// maxKeyFile bounds a certificate with its chain's neighbours in bytes.
const maxKeyFile = 32 << 10

// Run binds the key; having it already is fine.
func (c staffKeyAddCmd) Run(ctx context.Context) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return err
	}
	return c.with(ctx, func(o *office, m ra.Staff) error {
		id, err := newID()
		if err != nil {
			return err
		}
		return o.people.BindKey(ctx, book.Command(), ra.StaffKey{ID: id, StaffID: m.ID, Name: c.Name}, content)
	})
}

type staffKeyListCmd struct{ ofStaff }

// Run prints a table.
func (c staffKeyListCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(_ *office, m ra.Staff) error {
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		for _, k := range m.Keys {
			state := "confirmed"
			if !k.Live() {
				state = "waits for confirmation"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\n", k.Name, k.Fingerprint(), state)
		}
		return w.Flush()
	})
}

// ofKey is a command about one key of a member.
type ofKey struct {
	ofStaff
	Key string `arg:"" help:"Name or fingerprint, as staff key list shows them."`
}

func (c ofKey) with(ctx context.Context, do func(*office, ra.StaffKey) error) error {
	return c.ofStaff.with(ctx, func(o *office, m ra.Staff) error {
		are := func(k ra.StaffKey) bool { return k.Name == c.Key || k.Fingerprint() == c.Key }
		i := slices.IndexFunc(m.Keys, are)
		if i < 0 {
			return fmt.Errorf("staff: %s has no key %q: staff key list shows the ones they have", m.Login, c.Key)
		}
		if slices.ContainsFunc(m.Keys[i+1:], are) {
			return fmt.Errorf("staff: %s has several keys %q: name the fingerprint", m.Login, c.Key)
		}
		return do(o, m.Keys[i])
	})
}

type staffKeyConfirmCmd struct{ ofKey }

// Run may be repeated.
func (c staffKeyConfirmCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(o *office, k ra.StaffKey) error { return o.people.ConfirmKey(ctx, book.Command(), k.ID) })
}

type staffKeyRemoveCmd struct{ ofKey }

// Run takes the key away.
func (c staffKeyRemoveCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(o *office, k ra.StaffKey) error { return o.people.RemoveKey(ctx, book.Command(), k.ID) })
}
