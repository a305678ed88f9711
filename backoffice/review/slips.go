package review

import (
	"context"
	"time"

	"github.com/google/uuid"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Limits of the codes with which somebody goes on with an order that they found by its paper or number.
const (
	SlipCodeLifetime = 10 * time.Minute
	// MaxSlipCodes is how many may be asked for an order in password.Pause, MaxSlipCodesAtKiosk at a kiosk, for whatever orders.
	MaxSlipCodes        = 5
	MaxSlipCodesAtKiosk = 20
)

// slipOpens is what an order's code opens: this order for who has this mobile. After another mobile was registered it opens nothing.
func slipOpens(orderID, mobile string) (string, error) {
	order, err := uuid.Parse(orderID)
	return uuid.NewSHA1(order, []byte("slip "+mobile)).String(), err
}

// CountSlip counts that somebody asked at the kiosk for a code for an order's number, before anything is done about it. Refused is told to
// them, in a transaction that is kept: CodeSMSPaused (args: minutes).
func (r *Review) CountSlip(ctx context.Context, tx book.CodesTx, kiosk ra.Kiosk, number string) (refused, err error) {
	refused, err = r.countSent(ctx, tx, sentLimit{"slip", MaxSlipCodes, MaxSlipCodesAtKiosk, ""}, kiosk, number)
	if refused == nil || err != nil {
		return nil, err
	}
	return refused, r.slipRefused(ctx, tx, kiosk, "", ra.CodeSMSPaused)
}

// SendSlipCode makes a code that opens the order for its member, and sends it; an older one is worth nothing from then on.
func (r *Review) SendSlipCode(ctx context.Context, tx book.ResetsTx, o ra.Order, to book.Told) error {
	opens, err := slipOpens(o.ID, to.Mobile)
	if err != nil {
		return err
	}
	code, err := r.newCode(ctx, tx, o.ID, opens, SlipCodeLifetime)
	if err != nil {
		return err
	}
	if err := r.messages.SlipCode(ctx, tx, o, to, opens, code, SlipCodeLifetime); err != nil {
		return err
	}
	return r.clerk.Write(ctx, tx, book.PersonAt(to.Kiosk, to.PersonID), "slip.code", o.ID, "")
}

// CheckSlipCode compares and counts an order's code, which is good once. Refused is as in CheckCode: CodeRequired, CodeSMSCodeWrong (args:
// left), CodeSMSCodeOver, each with the field "slip_code".
func (r *Review) CheckSlipCode(ctx context.Context, tx book.CodesTx, kiosk ra.Kiosk, o ra.Order, mobile, given string) (refused, err error) {
	opens, err := slipOpens(o.ID, mobile)
	if err != nil {
		return nil, err
	}
	refused, err = r.checkSent(ctx, tx, opens, "slip_code", given, true)
	if refused == nil || err != nil || ra.CodeOf(refused) == ra.CodeRequired {
		return refused, err
	}
	return refused, r.slipRefused(ctx, tx, kiosk, o.ID, ra.CodeOf(refused))
}

func (r *Review) slipRefused(ctx context.Context, tx book.Trail, kiosk ra.Kiosk, orderID string, why ra.Code) error {
	return r.clerk.Write(ctx, tx, book.KioskActor(kiosk), "slip.code_refuse", orderID, "", "code", string(why))
}
