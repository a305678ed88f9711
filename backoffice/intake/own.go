package intake

import (
	"context"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Orders lists a member's orders, newest first; to a key, whoever placed them, those on itself; in the session of one order that alone.
func (in *Intake) Orders(ctx context.Context, member ra.Membership) ([]ra.Order, error) {
	if member.OrderID != "" {
		order, err := in.Order(ctx, member, member.OrderID)
		return []ra.Order{order}, err
	}
	if member.Key == nil {
		return in.store.OrdersOfMembership(ctx, member.ID)
	}
	all, err := in.store.OrdersOnKey(ctx, member.ProjectID, member.Key.Key)
	for i := range all {
		all[i], _ = member.Key.Only(all[i])
	}
	return all, err
}

// Order returns one order of the member: CodeNotFound, for others' orders too.
func (in *Intake) Order(ctx context.Context, member ra.Membership, id string) (ra.Order, error) {
	if err := ra.CheckID(id); err != nil {
		return ra.Order{}, ra.E(ra.CodeNotFound)
	}
	order, err := in.store.Order(ctx, id)
	if err != nil || member.Key == nil {
		return ownOrder(member, order, err)
	}
	only, on := member.Key.Only(order)
	if !on || order.ProjectID != member.ProjectID {
		return ra.Order{}, ra.E(ra.CodeNotFound)
	}
	return only, nil
}

// LockWork is the order of work on a key, held until the transaction ends: the member's own, or for a key one that has a unit on it.
func (in *Intake) LockWork(ctx context.Context, tx book.CasesTx, member ra.Membership, id string) (ra.Order, error) {
	if member.Key == nil {
		return in.LockOwn(ctx, tx, member, id)
	}
	if err := ra.CheckID(id); err != nil {
		return ra.Order{}, ra.E(ra.CodeNotFound)
	}
	order, err := tx.LockOrder(ctx, id)
	if err != nil {
		return ra.Order{}, err
	}
	if _, on := member.Key.Only(order); !on || order.ProjectID != member.ProjectID {
		return ra.Order{}, ra.E(ra.CodeNotFound)
	}
	return order, nil
}

// LockOwn is Order, held until the transaction ends; for a key only one that is about nothing else.
func (in *Intake) LockOwn(ctx context.Context, tx book.CasesTx, member ra.Membership, id string) (ra.Order, error) {
	if err := ra.CheckID(id); err != nil {
		return ra.Order{}, ra.E(ra.CodeNotFound)
	}
	order, err := tx.LockOrder(ctx, id)
	return ownOrder(member, order, err)
}

func ownOrder(member ra.Membership, o ra.Order, err error) (ra.Order, error) {
	if err != nil {
		return ra.Order{}, err
	}
	own := o.MembershipID == member.ID && (member.OrderID == "" || member.OrderID == o.ID)
	if member.Key != nil {
		own = o.ProjectID == member.ProjectID && member.Key.Whole(o)
	}
	if !own {
		return ra.Order{}, ra.E(ra.CodeNotFound)
	}
	return o, nil
}

// Cancel gives an order up before it is approved; what was paid is owed then: CodeState, CodeConflict, CodeNotFound.
func (in *Intake) Cancel(ctx context.Context, member ra.Membership, id string, version int) (ra.Order, error) {
	var order ra.Order
	err := in.store.Do(ctx, func(tx Tx) (err error) {
		if order, err = in.LockOwn(ctx, tx, member, id); err != nil || order.State == ra.OrderCancelled {
			return err
		}
		if order.State != ra.OrderOpen {
			return order.State.Bars(ra.OrderCancelled)
		}
		if err := order.CheckVersion(version); err != nil {
			return err
		}
		return in.clerk.Cancel(ctx, tx, &order, book.CustomerActor(member), "order.cancel")
	})
	return order, err
}
