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
// CodeState, CodeNotFound, CodeAuthCodePaused (args: minutes) after too many.
func (in *Intake) SendCode(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, id string) error {
	var refused error
	err := in.store.Do(ctx, func(tx Tx) error {
		order, err := in.LockOwn(ctx, tx, member, id)
		if err != nil {
			return err
		}
		refused, err = in.approvals.SendAgain(ctx, tx, book.CustomerAt(kiosk, member), order)
		return err
	})
	if err != nil {
		return err
	}
	return refused
}
