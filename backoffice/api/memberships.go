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
var CallAmend = Call[Say[AmendRequest], ra.Membership]{Route{ID: "amend", At: "PUT /v1/session/membership/applicant", Who: ByOrderMember,
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

// CallKeyChallenge is KeyChallenge.
var CallKeyChallenge = Call[Say[ra.KeyAsked], ra.KeyChallenge]{Route{ID: "key-challenge", At: "POST /v1/key-challenges", Who: ByPersonOrNone,
	Summary: "Bytes for a key to sign that is plugged in"}}

// KeyChallenge returns what a key signs, within ra.KeyNonceLife, to log in or, in a session, to confirm who is logged in; what stands
// against the key is told before: CodeKeyNoCertificate, CodeKeyOtherProject, CodeKeyLost, CodeKeyRetired, CodeKeySuspended,
// CodeKeyRevoked, CodeKeyExpired (args: until).
func (c Calls) KeyChallenge(ctx context.Context, session string, a ra.KeyAsked) (ra.KeyChallenge, error) {
	return ask(ctx, c, CallKeyChallenge, signed(session), Say[ra.KeyAsked]{a})
}

// CallLogInByKey is LogInByKey.
var CallLogInByKey = Call[Say[ra.KeyAnswer], ra.Session]{Route{ID: "log-in-by-key", At: "POST /v1/key-sessions", Who: ByKiosk, Once: true,
	Summary: "Open a session of a key"}}

// LogInByKey opens a session of a key that signed: CodeChallengeStale, CodeProofBad (field "signature"), and as KeyChallenge.
func (c Calls) LogInByKey(ctx context.Context, a ra.KeyAnswer) (ra.Session, error) {
	return ask(ctx, c, CallLogInByKey, Asked{}, Say[ra.KeyAnswer]{a})
}

// CallConfirmByKey is ConfirmByKey.
var CallConfirmByKey = Call[Say[ra.KeyAnswer], ra.Membership]{Route{ID: "confirm-by-key", At: "POST /v1/session/membership/key", Who: ByMember, Once: true,
	Summary: "Confirm the membership by a key of the organisation"}}

// ConfirmByKey confirms the membership that the session is in: CodeKeyOtherOrganisation, and as LogInByKey.
func (c Calls) ConfirmByKey(ctx context.Context, session string, a ra.KeyAnswer) (ra.Membership, error) {
	return ask(ctx, c, CallConfirmByKey, signed(session), Say[ra.KeyAnswer]{a})
}

// CallSession is Session.
var CallSession = Call[None, ra.Session]{Route{ID: "session", At: "GET /v1/session", Who: BySession, Summary: "Who a session belongs to"}}

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

// OfAgreement names a version of an agreement.
type OfAgreement struct {
	Agreement string `path:"agreement"`
	Version   int    `path:"version"`
}

// CallAgreement is Agreement.
var CallAgreement = Call[OfAgreement, ra.Agreement]{Route{ID: "agreement", At: "GET /v1/session/membership/agreements/{agreement}/{version}", Who: ByMember,
	Summary: "What the member agreed to, in the version of then"}}

// Agreement returns what the session's member agreed to: CodeNotFound for what they did not.
func (c Calls) Agreement(ctx context.Context, session, id string, version int) (ra.Agreement, error) {
	return ask(ctx, c, CallAgreement, signed(session), OfAgreement{Agreement: id, Version: version})
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

// ForgotRequest names who forgot their password.
type ForgotRequest struct {
	Login string `json:"login" maxLength:"200"`
}

// CallForgotPassword is ForgotPassword.
var CallForgotPassword = Call[Say[ForgotRequest], None]{Route{ID: "forgot-password", At: "POST /v1/password-codes", Who: ByKiosk, Once: true,
	Summary: "Send a code with which a forgotten password is set anew"}}

// ForgotPassword has a code sent to the registered mobile of who has a login name; the answer is the same where nobody has. Field errors,
// CodeSMSPaused (field "login", args: minutes).
func (c Calls) ForgotPassword(ctx context.Context, login string) error {
	return done(ctx, c, CallForgotPassword, Asked{}, Say[ForgotRequest]{ForgotRequest{Login: login}})
}

// RecoverRequest sets a forgotten password.
type RecoverRequest struct {
	Login    string `json:"login" maxLength:"200"`
	Code     string `json:"code" maxLength:"64"`
	Password string `json:"password" maxLength:"200"`
}

// CallRecoverPassword is RecoverPassword.
var CallRecoverPassword = Call[Say[RecoverRequest], None]{Route{ID: "recover-password", At: "POST /v1/passwords", Who: ByKiosk, Once: true,
	Summary: "Set a forgotten password by the code that was sent"}}

// RecoverPassword sets a forgotten password by the code that was sent, and ends everything that the old one gave: CodeRequired,
// CodeSMSCodeWrong (args: left), CodeSMSCodeOver (field "code"), CodePasswordWeak (field "password").
func (c Calls) RecoverPassword(ctx context.Context, login, code, password string) error {
	return done(ctx, c, CallRecoverPassword, Asked{}, Say[RecoverRequest]{RecoverRequest{Login: login, Code: code, Password: password}})
}

// SlipCodeRequest names an order by its number.
type SlipCodeRequest struct {
	Number string `json:"number" maxLength:"64"`
}

// CallAskSlipCode is AskSlipCode.
var CallAskSlipCode = Call[Say[SlipCodeRequest], None]{Route{ID: "ask-slip-code", At: "POST /v1/slip-codes", Who: ByKiosk, Once: true,
	Summary: "Send a code with which somebody goes on with their order"}}

// AskSlipCode has a code sent to the registered mobile of whose order has the number; the answer is the same where there is none.
// CodeSlipNumber (field "number"), CodeSMSPaused (args: minutes).
func (c Calls) AskSlipCode(ctx context.Context, number string) error {
	return done(ctx, c, CallAskSlipCode, Asked{}, Say[SlipCodeRequest]{SlipCodeRequest{Number: number}})
}

// SlipLogInRequest opens a session of one order.
type SlipLogInRequest struct {
	Number string `json:"number" maxLength:"64"`
	Code   string `json:"code" maxLength:"64"`
}

// CallLogInBySlip is LogInBySlip.
var CallLogInBySlip = Call[Say[SlipLogInRequest], ra.Session]{Route{ID: "log-in-by-slip", At: "POST /v1/slip-sessions", Who: ByKiosk, Once: true,
	Summary: "Open a session of one order by the code that was sent"}}

// LogInBySlip opens a session of an order's member that is about that order alone, by the code that was sent: CodeRequired, CodeSMSCodeWrong
// (args: left), CodeSMSCodeOver (field "slip_code").
func (c Calls) LogInBySlip(ctx context.Context, number, code string) (ra.Session, error) {
	return ask(ctx, c, CallLogInBySlip, Asked{}, Say[SlipLogInRequest]{SlipLogInRequest{Number: number, Code: code}})
}

// MobileCodeRequest asks for a code to the mobile of somebody who registers.
type MobileCodeRequest struct {
	RegistrationID string `json:"registration_id" maxLength:"36"`
	ProjectID      string `json:"project_id" maxLength:"64"`
	Mobile         string `json:"mobile" maxLength:"200"`
	Name           string `json:"name" maxLength:"200"`
}

// CallAskMobileCode is AskMobileCode.
var CallAskMobileCode = Call[Say[MobileCodeRequest], None]{Route{ID: "ask-mobile-code", At: "POST /v1/mobile-codes", Who: ByKiosk, Once: true,
	Summary: "Send a code to the mobile of somebody who registers"}}

// AskMobileCode has a code sent to the mobile of somebody who registers, where the project asks for it: field errors, CodeSMSPaused (field
// "mobile", args: minutes), CodeForbidden.
func (c Calls) AskMobileCode(ctx context.Context, registrationID, projectID string, holder ra.Person) error {
	return done(ctx, c, CallAskMobileCode, Asked{}, Say[MobileCodeRequest]{MobileCodeRequest{RegistrationID: registrationID, ProjectID: projectID,
		Mobile: holder.Mobile, Name: holder.Name}})
}

// MobileProofRequest shows that a mobile is of who registers.
type MobileProofRequest struct {
	RegistrationID string `json:"registration_id" maxLength:"36"`
	ProjectID      string `json:"project_id" maxLength:"64"`
	Mobile         string `json:"mobile" maxLength:"200"`
	Code           string `json:"code" maxLength:"64"`
}

// CallCheckMobile is CheckMobile.
var CallCheckMobile = Call[Say[MobileProofRequest], None]{Route{ID: "check-mobile", At: "POST /v1/mobile-proofs", Who: ByKiosk, Once: true,
	Summary: "Tell whether the code of a mobile is right"}}

// CheckMobile tells whether a code that was sent is right, which stays good for the registration: CodeRequired, CodeSMSCodeWrong (args:
// left), CodeSMSCodeOver (field "mobile_code"), CodeForbidden.
func (c Calls) CheckMobile(ctx context.Context, registrationID, projectID, mobile, code string) error {
	return done(ctx, c, CallCheckMobile, Asked{}, Say[MobileProofRequest]{MobileProofRequest{RegistrationID: registrationID, ProjectID: projectID,
		Mobile: mobile, Code: code}})
}

// CallLogOut is LogOut.
var CallLogOut = Call[None, None]{Route{ID: "log-out", At: "DELETE /v1/session", Who: ByAnySession, Summary: "End a session"}}

// LogOut ends a session; ending an ended one is fine.
func (c Calls) LogOut(ctx context.Context, session string) error {
	return done(ctx, c, CallLogOut, signed(session), None{})
}
