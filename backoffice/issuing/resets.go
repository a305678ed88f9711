package issuing

import (
	"context"
	"strconv"
	"time"

	"keyhall/backoffice/ra"
)

// FreshPassword is for how long after a password was set anew by a code its login neither starts nor resumes work on a key: whoever has
// somebody's telephone has no key yet.
const FreshPassword = 24 * time.Hour

// mayWork refuses the work of a membership whose person's password was set anew lately, unless its key has shown that it is there:
// CodePasswordFresh (args: hours). What a code opens is not a key's own work: CodeKeySession. Nor is it the work of a session that itself was
// opened by a code to that telephone: CodeOrderSession.
func (is *Issuing) mayWork(ctx context.Context, tx Tx, by ra.Membership, membershipID string, p ra.Plan) (refused, err error) {
	if by.Key != nil {
		if opened(p) {
			return ra.E(ra.CodeKeySession), nil
		}
		return nil, nil
	}
	if by.OrderID != "" && opened(p) {
		return ra.E(ra.CodeOrderSession), nil
	}
	reset, err := tx.PasswordResetAt(ctx, membershipID)
	if err != nil {
		return nil, err
	}
	left := FreshPassword - is.clerk.Now().Sub(reset)
	if reset.IsZero() || left <= 0 {
		return nil, nil
	}
	return ra.E(ra.CodePasswordFresh, "hours", strconv.Itoa(int((left+time.Hour-1)/time.Hour))), nil
}
