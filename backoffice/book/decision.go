package book

import (
	"context"

	"keyhall/backoffice/ra"
)

// CasesTx is what deciding on an order takes of a transaction. LockOrder holds the order until it ends.
type CasesTx interface {
	OrdersTx
	Order(ctx context.Context, id string) (ra.Order, error)
	LockOrder(ctx context.Context, id string) (ra.Order, error)
}

// Decision is what a member of staff decides on an order that they have before them.
type Decision[T CasesTx] struct {
	OrderID string
	Version int // the one they saw
	// May tells whether they may; it is asked first.
	May func(tx T, o ra.Order) error
	// Already reports that what is asked for has happened: then the order is returned as it is, whatever its version.
	Already func(tx T, o ra.Order) (bool, error)
	Change  func(tx T, o *ra.Order) error
}

// Decide carries a decision out in one transaction, which do begins, and returns the order as it is then. CodeNotFound,
// CodeConflict for another version, and what the decision says.
func Decide[T CasesTx](ctx context.Context, do func(context.Context, func(tx T) error) error, d Decision[T]) (ra.Order, error) {
	if err := ra.CheckID(d.OrderID); err != nil {
		return ra.Order{}, ra.E(ra.CodeNotFound)
	}
	var order ra.Order
	err := do(ctx, func(tx T) (err error) {
		if order, err = tx.LockOrder(ctx, d.OrderID); err != nil {
			return err
		}
		if err := d.May(tx, order); err != nil {
			return err
		}
		if did, err := d.Already(tx, order); did || err != nil {
			return err
		}
		if err := order.CheckVersion(d.Version); err != nil {
			return err
		}
		if err := d.Change(tx, &order); err != nil {
			return err
		}
		order, err = tx.Order(ctx, d.OrderID)
		return err
	})
	if err != nil {
		return ra.Order{}, err
	}
	return order, nil
}
