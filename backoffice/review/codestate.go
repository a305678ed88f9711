package review

import (
	"context"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// CodeState is what an order's authorization code is worth.
type CodeState string

// The states of a code. One that waits for its key is kept as long as the order does, so one that is not there was ended: by a new password.
const (
	CodeGood      CodeState = "good"
	CodeUsedUp    CodeState = "used_up"
	CodeExpired   CodeState = "expired"
	CodeWithdrawn CodeState = "withdrawn"
)

// CodeStatus is an order's authorization code as staff see it: never the code itself.
type CodeStatus struct {
	State CodeState
	Wrong int // wrong ones so far
	Left  int // how many more it takes
	Until time.Time
	// The text message with it, "" where there is none; the mobile masked.
	Sent   book.MessageState
	Mobile string
}

// Opens reports whether the customer has it, and it opens their work: that nothing is to be done for it.
func (s CodeStatus) Opens() bool { return s.State == CodeGood && s.Sent == book.MessageSent }

// codeOf tells what the code of an order is worth whose work a code opens now, nil for every other.
func (r *Review) codeOf(ctx context.Context, o ra.Order, messages []book.SentMessage) (*CodeStatus, error) {
	if !coded(o) {
		return nil, nil
	}
	code, err := r.store.AuthorizationCode(ctx, o.ID)
	if ra.CodeOf(err) == ra.CodeNotFound {
		return &CodeStatus{State: CodeWithdrawn}, nil
	}
	if err != nil {
		return nil, err
	}
	s := CodeStatus{State: r.stateOf(code), Wrong: code.Wrong, Left: MaxWrongCodes - code.Wrong, Until: code.ExpiresAt}
	for _, m := range messages {
		if m.Template == book.TemplateApproved {
			s.Sent, s.Mobile = m.State, m.Mobile
		}
	}
	return &s, nil
}

// stateOf is the one rule of when a code that is there opens nothing.
func (r *Review) stateOf(code book.AuthorizationCode) CodeState {
	switch {
	case code.Wrong >= MaxWrongCodes:
		return CodeUsedUp
	case !r.clerk.Now().Before(code.ExpiresAt):
		return CodeExpired
	}
	return CodeGood
}

// coded reports whether the work of an order is opened by a code, now.
func coded(o ra.Order) bool {
	rule, _ := ra.RuleOf(o.Kind, o.Reason)
	return rule.Code && (o.State == ra.OrderApproved || o.State == ra.OrderInProgress)
}
