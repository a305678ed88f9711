package intake

import (
	"context"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Certificates are those that the order's units were made with, without their bytes: CodeNotFound, for others' orders too.
func (in *Intake) Certificates(ctx context.Context, member ra.Membership, orderID string) ([]ra.Certificate, error) {
	order, err := in.Order(ctx, member, orderID)
	if err != nil {
		return nil, err
	}
	all, err := in.store.CertificatesOfOrder(ctx, order.ID)
	if err != nil {
		return nil, err
	}
	made := []ra.Certificate{}
	for _, c := range all {
		if u := order.Unit(c.UnitID); u.State == ra.UnitDone && u.CertificateID == c.ID {
			c.DER = nil
			made = append(made, c)
		}
	}
	return made, nil
}

// SendCode sends a new authorization code of the member's order to the registered mobile; those of before are worth nothing then:
// CodeState, CodeNotFound, CodeSMSPaused (args: minutes) after too many.
func (in *Intake) SendCode(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, id string) error {
	return in.send(ctx, kiosk, member, id, in.approvals.SendAgain)
}

// SendAccount sends the account to which the member's order is paid to the registered mobile: CodeState where nothing is to be paid,
// CodeNotFound, CodeSMSPaused (args: minutes) after too many.
func (in *Intake) SendAccount(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, id string) error {
	return in.send(ctx, kiosk, member, id, in.approvals.TellAccount)
}

// send has something about the member's order sent to them.
func (in *Intake) send(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, id string,
	send func(context.Context, book.TakeoversTx, book.Actor, ra.Order) (refused, err error)) error {
	return book.Kept(ctx, in.store, func(tx Tx) (refused, err error) {
		order, err := in.LockOwn(ctx, tx, member, id)
		if err != nil {
			return nil, err
		}
		return send(ctx, tx, book.CustomerAt(kiosk, member), order)
	})
}

// mostWork bounds the list of what waits.
const mostWork = 200

// Work lists what waits to be done on keys over all orders of the member, oldest approval first; to a key what waits for itself.
func (in *Intake) Work(ctx context.Context, kiosk ra.Kiosk, member ra.Membership) ([]ra.Work, error) {
	var all []ra.Work
	var err error
	if member.Key == nil {
		all, err = in.store.WorkOf(ctx, member.ID, mostWork)
	} else {
		all, err = in.store.WorkOnKey(ctx, member.ProjectID, member.Key.Key, mostWork)
	}
	if err == nil {
		err = in.clerk.LookAtList(ctx, in.store, book.CustomerAt(kiosk, member), "work", len(all))
	}
	if err != nil {
		return nil, err
	}
	return all, nil
}
