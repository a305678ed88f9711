package main

import (
	"context"
	"fmt"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// ruleFlags are what all rulings on a certificate by a command take. Whoever can give a command holds the server anyway; the trail says
// that a command did it. Where the project wants a second person a command is refused: one person can give it.
type ruleFlags struct {
	configFlag
	Serial string `required:"" help:"Serial number of the certificate, in hex."`
	Note   string `required:"" help:"Why, in words, for the trail."`
}

// rule carries a ruling out and prints how the certificate stands then; repeating it changes nothing.
func (f ruleFlags) rule(ctx context.Context, act ra.Act, reason string) error {
	return f.with(ctx, func(o *office) error {
		c, err := o.issuing.CertificateBySerial(ctx, f.Serial)
		if err != nil {
			return err
		}
		r := book.Ruling{CertificateID: c.ID, Act: act, Ground: ra.Ground(reason), Note: f.Note}
		if _, err := o.issuing.Rule(ctx, book.Command(), r); err != nil {
			return err
		}
		if c, err = o.issuing.CertificateBySerial(ctx, f.Serial); err != nil {
			return err
		}
		fmt.Printf("%s is %s: %s\n", c.SerialNumber, c.State, c.Subject)
		return nil
	})
}

type suspendCmd struct {
	ruleFlags
	Reason string `required:"" enum:"holder,misuse,authority,doubt,other" help:"holder, misuse, authority, doubt or other; its holder is told."`
}

// Run puts the certificate on hold.
func (c suspendCmd) Run(ctx context.Context) error { return c.rule(ctx, ra.ActSuspend, c.Reason) }

type restoreCmd struct {
	ruleFlags
	Reason string `required:"" enum:"holder,cleared,mistake,other" help:"holder, cleared, mistake or other; its holder is told."`
}

// Run lifts the hall's own suspension.
func (c restoreCmd) Run(ctx context.Context) error { return c.rule(ctx, ra.ActRestore, c.Reason) }

type revokeCmd struct {
	ruleFlags
	Reason string `required:"" enum:"keyCompromise,affiliationChanged,superseded,cessationOfOperation,privilegeWithdrawn" help:"As RFC 5280 names it: keyCompromise, affiliationChanged, superseded, cessationOfOperation or privilegeWithdrawn; its holder is told."`
}

// Run ends the certificate for good.
func (c revokeCmd) Run(ctx context.Context) error { return c.rule(ctx, ra.ActRevoke, c.Reason) }
