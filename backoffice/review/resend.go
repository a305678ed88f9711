package review

import (
	"context"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// MaxAsked is how many messages of a kind about an order its customer may ask for before they have to wait for password.Pause.
const MaxAsked = 5

// SendAgain makes a new authorization code of an approved order, for its customer, and sends it to the registered mobile; the one of before
// is worth nothing then, also where it waits to be sent. Refused is the customer's error, in a transaction that is kept:
// CodeSMSPaused (args: minutes) after too many. CodeState where no code opens the order.
func (r *Review) SendAgain(ctx context.Context, tx book.TakeoversTx, who book.Actor, o ra.Order) (refused, err error) {
	if !coded(o) {
		return nil, o.State.Bars(o.State)
	}
	if refused, err := r.mayAsk(ctx, tx, who, o, "resend "+o.ID); refused != nil || err != nil {
		return refused, err
	}
	code, err := r.newCode(ctx, tx, o.ID, o.ID, AuthCodeLifetime)
	if err != nil {
		return nil, err
	}
	if err := r.messages.Approved(ctx, tx, o, code, AuthCodeLifetime); err != nil {
		return nil, err
	}
	return nil, r.clerk.Write(ctx, tx, who, "code.resend", o.ID, "")
}

// TellAccount sends its customer where to pay an order, to the registered mobile. Refused is as in SendAgain. CodeState where nothing is to
// be paid.
func (r *Review) TellAccount(ctx context.Context, tx book.TakeoversTx, who book.Actor, o ra.Order) (refused, err error) {
	if o.State != ra.OrderOpen || o.Payment != ra.PaymentUnpaid && o.Payment != ra.PaymentAwaitingConfirmation {
		return nil, o.State.Bars(o.State)
	}
	if refused, err := r.mayAsk(ctx, tx, who, o, "account "+o.ID); refused != nil || err != nil {
		return refused, err
	}
	if err := r.messages.Account(ctx, tx, o); err != nil {
		return nil, err
	}
	return nil, r.clerk.Write(ctx, tx, who, "account.send", o.ID, "")
}

// mayAsk counts that a customer asks for a message about their order: CodeSMSPaused (args: minutes) after too many.
func (r *Review) mayAsk(ctx context.Context, tx book.TakeoversTx, who book.Actor, o ra.Order, what string) (refused, err error) {
	err = r.countAsked(ctx, tx, what, MaxAsked)
	if ra.CodeOf(err) == ra.CodeAuthCodePaused {
		return r.uncounted(ctx, tx, who, o, ra.Retold(ra.CodeSMSPaused, "", err))
	}
	return nil, err
}
