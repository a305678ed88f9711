package book

import (
	"context"
	"time"

	"keyhall/backoffice/ra"
)

// Owed is what was paid for a unit that nothing is made of any more, or for a term that nothing can use: a refund or a credit is to be
// offered for it. There is one for a unit at most.
type Owed struct {
	ID        string
	OrderID   string
	UnitID    string
	AmountFen int64
	Because   string // the act of the trail by which it came to that: "order.overtaken"
	At        time.Time
}

// OwedRow is one as who handles money sees it.
type OwedRow struct {
	Owed
	Number       string // of the order
	Kind         ra.Kind
	Reason       ra.ServiceReason
	Index        int // of the unit
	Organisation string
}

// OwedTx is what telling what is owed takes of a transaction.
type OwedTx interface {
	InsertOwed(ctx context.Context, o Owed) error
	OpenTerms(ctx context.Context, certificates []string) ([]ra.Term, error)
	OrderOfUnit(ctx context.Context, unitID string) (ra.Order, error)
}

// owe keeps what is owed for a unit of an order that was paid, with the line that the caller writes.
func (c Clerk) owe(ctx context.Context, tx OwedTx, o ra.Order, u ra.Unit, because string) error {
	fen := o.PriceOf(u)
	if o.Payment != ra.PaymentPaid || fen == 0 {
		return nil
	}
	id, err := c.ID()
	if err != nil {
		return err
	}
	return tx.InsertOwed(ctx, Owed{ID: id, OrderID: o.ID, UnitID: u.ID, AmountFen: fen, Because: because, At: c.Now()})
}

// OweUnits keeps what is owed for all units of an order that was given up before its payment was confirmed, with the line that the caller
// wrote.
func (c Clerk) OweUnits(ctx context.Context, tx OwedTx, o ra.Order, because string) error {
	for _, u := range o.Units {
		if err := c.owe(ctx, tx, o, u, because); err != nil {
			return err
		}
	}
	return nil
}

// OweTerms keeps what is owed for the terms of a certificate that nothing will ever use, with the line that the caller writes.
func (c Clerk) OweTerms(ctx context.Context, tx OwedTx, certificateID, because string) error {
	terms, err := tx.OpenTerms(ctx, []string{certificateID})
	for _, t := range terms {
		o, err := tx.OrderOfUnit(ctx, t.UnitID)
		if err != nil {
			return err
		}
		if err := c.owe(ctx, tx, o, o.Unit(t.UnitID), because); err != nil {
			return err
		}
	}
	return err
}
