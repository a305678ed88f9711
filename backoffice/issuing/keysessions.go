package issuing

import (
	"context"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// byKey refuses another key than the one whose session it is: CodeKeyWrong (args: expected, found; field "key").
func byKey(member ra.Membership, key ra.KeyIdentity) error {
	if member.Key == nil || member.Key.Key == key {
		return nil
	}
	return ra.E(ra.CodeKeyWrong, "expected", member.Key.Key.Serial, "found", key.Serial).At("key")
}

// mayKnow tells whether an operation is of the membership, or of the key whose session it is, whoever ordered it.
func mayKnow(member ra.Membership, p book.OperationRecord) bool {
	if member.Key != nil {
		return p.Key == member.Key.Key && p.ProjectID == member.ProjectID
	}
	return p.MembershipID == member.ID && (member.OrderID == "" || p.OrderID == member.OrderID)
}

// standIn is in whose membership work on a key is done: a key does that of whoever ordered it.
func (is *Issuing) standIn(ctx context.Context, tx Tx, member ra.Membership, w work) (ra.Membership, error) {
	if member.Key == nil || w.order.ID == "" || w.order.MembershipID == member.ID {
		return member, nil
	}
	ordered, err := tx.Membership(ctx, w.order.MembershipID)
	ordered.Key = member.Key
	return ordered, err
}
