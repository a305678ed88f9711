package api

import (
	"context"

	"keyhall/backoffice/ra"
)

// CallRegister is Register.
var CallRegister = Call[Say[ra.Registration], ra.Membership]{Route{ID: "register", At: "POST /v1/memberships", Who: ByPersonOrNone, Once: true,
	Summary: "Become a member of an organisation in a project"}}

// Register makes somebody a member of an organisation in a project: with the login name and password of the registration, or
// as the person of a session with neither. Field errors, CodeAgreementUnread, CodeLoginKnown (field "password", args: left),
// CodeLoginPaused, CodeMobileDiffers.
func (c Calls) Register(ctx context.Context, session string, r ra.Registration) (ra.Membership, error) {
	return ask(ctx, c, CallRegister, signed(session), Say[ra.Registration]{r})
}

// CallCheckAccount is CheckAccount.
var CallCheckAccount = Call[Say[LogInRequest], None]{Route{ID: "check-account", At: "POST /v1/accounts", Who: ByKiosk, Once: true,
	Summary: "Whether a registration may begin with this login name"}}

// CheckAccount tells before a registration is filled in whether its login name is free, or its password the right one: field errors,
// CodeLoginKnown (field "password", args: left), CodeLoginPaused.
func (c Calls) CheckAccount(ctx context.Context, login, password string) error {
	return done(ctx, c, CallCheckAccount, Asked{}, Say[LogInRequest]{LogInRequest{Login: login, Password: password}})
}

// AmendRequest is what was entered, as it should have been.
type AmendRequest struct {
	Applicant ra.Applicant `json:"applicant"`
	Insisted  []string     `json:"insisted,omitempty"`
}

// CallAmend is Amend.
var CallAmend = Call[Say[AmendRequest], ra.Membership]{Route{ID: "amend", At: "PUT /v1/session/membership/applicant", Who: ByMember,
	Summary: "Correct what was entered, until it is confirmed"}}

// Amend corrects what the member entered, until a review has confirmed it; open orders follow. Field errors, CodeForbidden (with the
// field) for the credit code and the mobile, CodeState.
func (c Calls) Amend(ctx context.Context, session string, to ra.Applicant, insisted []string) (ra.Membership, error) {
	return ask(ctx, c, CallAmend, signed(session), Say[AmendRequest]{AmendRequest{Applicant: to, Insisted: insisted}})
}

// LogInRequest opens a session.
type LogInRequest struct {
	Login    string `json:"login" maxLength:"200"`
	Password string `json:"password" maxLength:"200"`
}

// CallLogIn is LogIn.
var CallLogIn = Call[Say[LogInRequest], ra.Session]{Route{ID: "log-in", At: "POST /v1/sessions", Who: ByKiosk, Once: true, Summary: "Open a session"}}

// LogIn opens a session, and brings the key that seals its mandates: CodeLoginWrong (args: left), CodeLoginPaused (args: minutes).
func (c Calls) LogIn(ctx context.Context, login, password string) (ra.Session, error) {
	return ask(ctx, c, CallLogIn, Asked{}, Say[LogInRequest]{LogInRequest{Login: login, Password: password}})
}

// CallSession is Session.
var CallSession = Call[None, ra.Session]{Route{ID: "session", At: "GET /v1/session", Who: ByPerson, Summary: "Who a session belongs to"}}

// Session describes a session, without its token, and keeps it open: CodeSessionOver.
func (c Calls) Session(ctx context.Context, session string) (ra.Session, error) {
	return ask(ctx, c, CallSession, signed(session), None{})
}

// ChooseRequest puts a session into one of the person's memberships.
type ChooseRequest struct {
	ID string `json:"id" maxLength:"64"`
}

// CallChoose is Choose.
var CallChoose = Call[Say[ChooseRequest], ra.Membership]{Route{ID: "choose-membership", At: "PUT /v1/session/membership", Who: ByPerson,
	Summary: "Put the session into a membership"}}

// Choose puts a session into one of the person's memberships: CodeNotFound.
func (c Calls) Choose(ctx context.Context, session, membershipID string) (ra.Membership, error) {
	return ask(ctx, c, CallChoose, signed(session), Say[ChooseRequest]{ChooseRequest{ID: membershipID}})
}

// PasswordRequest changes the person's password.
type PasswordRequest struct {
	Old      string `json:"old" maxLength:"200"`
	Password string `json:"password" maxLength:"200"`
}

// CallChangePassword is ChangePassword.
var CallChangePassword = Call[Say[PasswordRequest], None]{Route{ID: "change-password", At: "PUT /v1/session/password", Who: ByPerson, Once: true,
	Summary: "Change the password, ending other sessions"}}

// ChangePassword sets the person's password and ends their other sessions: CodePasswordWrong (field "old", args: left),
// CodeLoginPaused, CodePasswordSame, CodePasswordWeak (field "password").
func (c Calls) ChangePassword(ctx context.Context, session, old, password string) error {
	return done(ctx, c, CallChangePassword, signed(session), Say[PasswordRequest]{PasswordRequest{Old: old, Password: password}})
}

// CallLogOut is LogOut.
var CallLogOut = Call[None, None]{Route{ID: "log-out", At: "DELETE /v1/session", Who: ByAnySession, Summary: "End a session"}}

// LogOut ends a session; ending an ended one is fine.
func (c Calls) LogOut(ctx context.Context, session string) error {
	return done(ctx, c, CallLogOut, signed(session), None{})
}
