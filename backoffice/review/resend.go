package review

import (
	"context"

	"keyhall/backoffice/book"
	"keyhall/backoffice/password"
	"keyhall/backoffice/ra"
)

// MaxCodesAsked is how many authorization codes of an order its customer may ask for before they have to wait for password.Pause.
const MaxCodesAsked = 5

// SendAgain makes a new authorization code of an approved order, for its customer, and sends it to the registered mobile; the one of before
// is worth nothing then, also where it waits to be sent. Refused is the customer's error, in a transaction that is kept:
// CodeAuthCodePaused (args: minutes) after too many. CodeState where no code opens the order.
func (r *Review) SendAgain(ctx context.Context, tx book.TakeoversTx, who book.Actor, o ra.Order) (refused, err error) {
	rule, _ := ra.RuleOf(o.Kind, o.Reason)
	if !rule.Code || o.State != ra.OrderApproved && o.State != ra.OrderInProgress {
		return nil, o.State.Bars(o.State)
	}
	of := "resend " + o.ID
	n, err := r.takeCodeAttempt(ctx, tx, of, MaxCodesAsked)
	if ra.CodeOf(err) == ra.CodeAuthCodePaused {
		return r.uncounted(ctx, tx, who, o, err)
	}
	if err != nil {
		return nil, err
	}
	if n == MaxCodesAsked {
		if err := tx.PauseLogin(ctx, audienceCode, of, r.clerk.Now().Add(password.Pause)); err != nil {
			return nil, err
		}
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
