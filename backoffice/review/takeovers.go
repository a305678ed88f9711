package review

import (
	"context"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Limits of takeover codes: the authorization codes of operations that are to go on at another kiosk.
const (
	TakeoverCodeLifetime = 15 * time.Minute
	// MaxTakeoverCodes is how many are sent for an operation before it has to wait for password.Pause.
	MaxTakeoverCodes = 5
)

// NewTakeoverCode makes a code with which the operation, one of the order's, may go on at the kiosk, and sends it to the registered
// mobile; an older one is worth nothing from then on. Refused is the customer's error, in a transaction that is kept: CodeAuthCodePaused
// (args: minutes) after too many.
func (r *Review) NewTakeoverCode(ctx context.Context, tx book.TakeoversTx, who book.Actor, kiosk ra.Kiosk, o ra.Order, operationID string) (refused, err error) {
	err = r.countAsked(ctx, tx, "takeover "+operationID, MaxTakeoverCodes)
	if ra.CodeOf(err) == ra.CodeAuthCodePaused {
		return r.uncounted(ctx, tx, who, o, err)
	}
	if err != nil {
		return nil, err
	}
	code, err := r.newCode(ctx, tx, o.ID, operationID, TakeoverCodeLifetime)
	if err != nil {
		return nil, err
	}
	if err := r.messages.Takeover(ctx, tx, o, operationID, kiosk, code, TakeoverCodeLifetime); err != nil {
		return nil, err
	}
	return nil, r.clerk.Write(ctx, tx, who, "code.takeover", o.ID, operationID)
}

// CheckTakeoverCode is CheckCode for a takeover code, which is good once: CodeAuthCodeExpired where none was sent, or it was used.
func (r *Review) CheckTakeoverCode(ctx context.Context, tx book.CodesTx, who book.Actor, o ra.Order, operationID, given string) (refused, err error) {
	refused, err = r.checkCode(ctx, tx, who, o, operationID, given)
	if refused != nil || err != nil {
		return refused, err
	}
	return nil, tx.DropAuthorizationCode(ctx, operationID)
}
