package cashier

import (
	"context"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// owedAtOnce is how many rows a page of what is owed has.
const owedAtOnce = 100

// Owed lists what was paid for nothing and is to be offered back, as a refund or a credit, oldest first, after the one of that id; more
// tells that others come after these. Who looked is written down.
func (c *Cashier) Owed(ctx context.Context, staff ra.Staff, after string) (all []book.OwedRow, more bool, err error) {
	if after != "" && ra.CheckID(after) != nil {
		return nil, false, ra.E(ra.CodeNotFound)
	}
	if all, err = c.store.Owed(ctx, staff.For(ra.ActOwed), after, owedAtOnce+1); err != nil {
		return nil, false, err
	}
	if more = len(all) > owedAtOnce; more {
		all = all[:owedAtOnce]
	}
	return all, more, c.clerk.LookAtList(ctx, c.store, book.StaffActor(staff), "owed", len(all))
}
