package api

import (
	"context"

	"keyhall/backoffice/ra"
)

// CallStaffLogIn is StaffLogIn.
var CallStaffLogIn = Call[Say[ra.StaffLogIn], ra.StaffSession]{Route{ID: "staff-log-in", At: "POST /v1/staff-sessions", Who: ByKiosk, Once: true,
	Summary: "Open a session of a member of staff"}}

// StaffLogIn opens a session of a member of staff, by password and what their key signed (KeyChallenge for ra.KeyPurposeStaff, which is
// CodeStaffKeyUnknown for a key that counts for nobody): CodeLoginWrong (args: left), CodeLoginPaused (args: minutes), CodeChallengeStale, CodeProofBad, CodeStaffKeyUnknown,
// CodeStaffKeyOther, CodeStaffKeyNeeded, CodeStaffElsewhere, CodeStaffTemporary.
func (c Calls) StaffLogIn(ctx context.Context, l ra.StaffLogIn) (ra.StaffSession, error) {
	return ask(ctx, c, CallStaffLogIn, Asked{}, Say[ra.StaffLogIn]{l})
}

// CallStaffSession is StaffSession.
var CallStaffSession = Call[None, ra.StaffSession]{Route{ID: "staff-session", At: "GET /v1/staff-session", Who: ByStaff,
	Summary: "Who a member of staff's session belongs to, and what they may do at this kiosk now"}}

// StaffSession describes a session of staff, without its token, and keeps it open: CodeSessionOver.
func (c Calls) StaffSession(ctx context.Context, session string) (ra.StaffSession, error) {
	return ask(ctx, c, CallStaffSession, Asked{Staff: session}, None{})
}

// CallStaffLogOut is StaffLogOut.
var CallStaffLogOut = Call[None, None]{Route{ID: "staff-log-out", At: "DELETE /v1/staff-session", Who: ByAnyStaff, Summary: "End a member of staff's session"}}

// StaffLogOut ends a session of staff; ending an ended one is fine.
func (c Calls) StaffLogOut(ctx context.Context, session string) error {
	return done(ctx, c, CallStaffLogOut, Asked{Staff: session}, None{})
}
