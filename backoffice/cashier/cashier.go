// Package cashier confirms and refuses what was paid, and knows what is owed.
package cashier

import (
	"context"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Store runs f in one transaction, again after a serialization failure or deadlock.
type Store interface {
	Do(ctx context.Context, f func(tx Tx) error) error
	book.Looks
	Owed(ctx context.Context, v ra.Viewer, after string, limit int) ([]book.OwedRow, error)
}

// Tx is a transaction in the hand. A missing row is ra.CodeNotFound.
type Tx interface {
	book.ApprovalTx
	book.OwnersTx
	InsertPayment(ctx context.Context, orderID string, amountFen int64, reference, staffID string, at time.Time) error
	Payment(ctx context.Context, orderID string) (amountFen int64, reference string, err error)
	SetVerdict(ctx context.Context, orderID string, m ra.Material, staffID string, at time.Time) error
}

// People know who may settle payments (backoffice/people).
type People interface {
	MayAct(ctx context.Context, tx book.OwnersTx, staff ra.Staff, act ra.Act, o ra.Order) error
}

// Messages tells the customer (backoffice/notify).
type Messages interface {
	SlipReturned(ctx context.Context, tx book.MessagesTx, o ra.Order, reasons []ra.Reason) error
}

// Approvals approves what nobody has to review, or somebody has already (backoffice/review).
type Approvals interface {
	ApproveByRule(ctx context.Context, tx book.ApprovalTx, o *ra.Order) error
}

// Config is what a Cashier stands on. All of it is required.
type Config struct {
	Clerk     book.Clerk
	Store     Store
	People    People
	Messages  Messages
	Approvals Approvals
}

// Cashier settles payments. It is safe for concurrent use and keeps no state of its own.
type Cashier struct {
	clerk     book.Clerk
	store     Store
	people    People
	messages  Messages
	approvals Approvals
}

// New makes a Cashier.
func New(c Config) *Cashier {
	return &Cashier{clerk: c.Clerk, store: c.Store, people: c.People, messages: c.Messages, approvals: c.Approvals}
}

// decided carries out what a member of staff who settles payments decided on an order.
func (c *Cashier) decided(ctx context.Context, staff ra.Staff, id string, version int, already func(Tx, ra.Order) (bool, error),
	change func(Tx, *ra.Order) error) (ra.Order, error) {
	return book.Decide(ctx, c.store.Do, book.Decision[Tx]{OrderID: id, Version: version, Already: already, Change: change,
		May: func(tx Tx, o ra.Order) error { return c.people.MayAct(ctx, tx, staff, ra.ActSettle, o) }})
}
