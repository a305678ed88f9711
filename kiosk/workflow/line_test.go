package workflow

import (
	"context"
	"time"

	"keyhall/backoffice/api"
	"keyhall/backoffice/api/apitest"
	"keyhall/backoffice/ra"
	"keyhall/kiosk/write"
)

// rules are what the halls of these tests stand on, those of a fake or the real ones. It names what a visit asks for; a call that no
// visit here makes needs none of it.
type rules interface {
	write.Office
	Projects(ctx context.Context) ([]ra.Project, error)
	Register(ctx context.Context, session string, r ra.Registration) (ra.Membership, error)
	CheckAccount(ctx context.Context, login, password string) error
	Amend(ctx context.Context, session string, to ra.Applicant, insisted []string) (ra.Membership, error)
	SendCode(ctx context.Context, session, orderID string) error
	SendAccount(ctx context.Context, session, orderID string) error
	Certificates(ctx context.Context, session, orderID string) ([]ra.Certificate, error)
	Holdings(ctx context.Context, session string, q ra.HoldingQuery) (ra.HoldingPage, error)
	Work(ctx context.Context, session string) ([]ra.Work, error)
	ReportLost(ctx context.Context, session, certificateID string) error
	LogIn(ctx context.Context, login, password string) (ra.Session, error)
	Choose(ctx context.Context, session, membershipID string) (ra.Membership, error)
	Agreement(ctx context.Context, session, id string, version int) (ra.Agreement, error)
	ChangePassword(ctx context.Context, session, old, password string) error
	ForgotPassword(ctx context.Context, login string) error
	RecoverPassword(ctx context.Context, login, code, password string) error
	AskMobileCode(ctx context.Context, registrationID, projectID string, holder ra.Person) error
	CheckMobile(ctx context.Context, registrationID, projectID, mobile, code string) error
	AskSlipCode(ctx context.Context, number string) error
	LogInBySlip(ctx context.Context, number, code string) (ra.Session, error)
	LogOut(ctx context.Context, session string) error
	Place(ctx context.Context, session string, a ra.Application) (ra.Order, error)
	Orders(ctx context.Context, session string) ([]ra.Order, error)
	Order(ctx context.Context, session, id string) (ra.Order, error)
	Upload(ctx context.Context, sha256 string, data []byte) error
	AddPage(ctx context.Context, session, orderID string, kind ra.MaterialKind, page ra.Page) (ra.Order, error)
	RemovePage(ctx context.Context, session, orderID string, kind ra.MaterialKind, pageID string) (ra.Order, error)
	Submit(ctx context.Context, session, orderID string) (ra.Order, error)
	GiveMandate(ctx context.Context, m ra.Mandate) error
	MandatePage(ctx context.Context, orderID, pageID string) error
	MandateSubmit(ctx context.Context, orderID string) error
	Changes(ctx context.Context, after string, wait time.Duration) ([]ra.Change, string, error)
}

// keyRules are the rules about a key that is only looked at.
type keyRules interface {
	KeyRecord(ctx context.Context, session string, key ra.KeyIdentity) (ra.KeyRecord, error)
	PINChange(ctx context.Context, session string, c ra.PINChange) error
}

// line brings calls to rules.
type line struct {
	*apitest.Line
	rules rules
}

// Upload is api.Line's.
func (l line) Upload(ctx context.Context, sha256 string, data []byte) error {
	return l.rules.Upload(ctx, sha256, data)
}

func lineTo(r rules) api.Line {
	l := apitest.New()
	people(l, r)
	orders(l, r)
	certificates(l, r)
	mandates(l, r)
	operations(l, r)
	if s, ok := r.(staffing); ok {
		staffCome(l, s)
	}
	if k, ok := r.(showingKeys); ok {
		keysShow(l, k)
	}
	return line{l, r}
}

func people(l *apitest.Line, r rules) {
	apitest.Answer(l, api.CallProjects, func(ctx context.Context, _ *api.Asked, _ api.None) (api.Projects, error) {
		all, err := r.Projects(ctx)
		return api.Projects{Projects: all}, err
	})
	apitest.Answer(l, api.CallRegister, func(ctx context.Context, a *api.Asked, in api.Say[ra.Registration]) (ra.Membership, error) {
		return r.Register(ctx, a.Session, in.Body)
	})
	apitest.Answer(l, api.CallLogIn, func(ctx context.Context, _ *api.Asked, in api.Say[api.LogInRequest]) (ra.Session, error) {
		return r.LogIn(ctx, in.Body.Login, in.Body.Password)
	})
	apitest.Answer(l, api.CallCheckAccount, func(ctx context.Context, _ *api.Asked, in api.Say[api.LogInRequest]) (api.None, error) {
		return api.None{}, r.CheckAccount(ctx, in.Body.Login, in.Body.Password)
	})
	apitest.Answer(l, api.CallAmend, func(ctx context.Context, a *api.Asked, in api.Say[api.AmendRequest]) (ra.Membership, error) {
		return r.Amend(ctx, a.Session, in.Body.Applicant, in.Body.Insisted)
	})
	apitest.Answer(l, api.CallChoose, func(ctx context.Context, a *api.Asked, in api.Say[api.ChooseRequest]) (ra.Membership, error) {
		return r.Choose(ctx, a.Session, in.Body.ID)
	})
	apitest.Answer(l, api.CallAgreement, func(ctx context.Context, a *api.Asked, in api.OfAgreement) (ra.Agreement, error) {
		return r.Agreement(ctx, a.Session, in.Agreement, in.Version)
	})
	apitest.Answer(l, api.CallChangePassword, func(ctx context.Context, a *api.Asked, in api.Say[api.PasswordRequest]) (api.None, error) {
		return api.None{}, r.ChangePassword(ctx, a.Session, in.Body.Old, in.Body.Password)
	})
	apitest.Answer(l, api.CallForgotPassword, func(ctx context.Context, _ *api.Asked, in api.Say[api.ForgotRequest]) (api.None, error) {
		return api.None{}, r.ForgotPassword(ctx, in.Body.Login)
	})
	apitest.Answer(l, api.CallRecoverPassword, func(ctx context.Context, _ *api.Asked, in api.Say[api.RecoverRequest]) (api.None, error) {
		return api.None{}, r.RecoverPassword(ctx, in.Body.Login, in.Body.Code, in.Body.Password)
	})
	apitest.Answer(l, api.CallAskMobileCode, func(ctx context.Context, _ *api.Asked, in api.Say[api.MobileCodeRequest]) (api.None, error) {
		return api.None{}, r.AskMobileCode(ctx, in.Body.RegistrationID, in.Body.ProjectID, ra.Person{Name: in.Body.Name, Mobile: in.Body.Mobile})
	})
	apitest.Answer(l, api.CallCheckMobile, func(ctx context.Context, _ *api.Asked, in api.Say[api.MobileProofRequest]) (api.None, error) {
		return api.None{}, r.CheckMobile(ctx, in.Body.RegistrationID, in.Body.ProjectID, in.Body.Mobile, in.Body.Code)
	})
	apitest.Answer(l, api.CallAskSlipCode, func(ctx context.Context, _ *api.Asked, in api.Say[api.SlipCodeRequest]) (api.None, error) {
		return api.None{}, r.AskSlipCode(ctx, in.Body.Number)
	})
	apitest.Answer(l, api.CallLogInBySlip, func(ctx context.Context, _ *api.Asked, in api.Say[api.SlipLogInRequest]) (ra.Session, error) {
		return r.LogInBySlip(ctx, in.Body.Number, in.Body.Code)
	})
	apitest.Answer(l, api.CallLogOut, func(ctx context.Context, a *api.Asked, _ api.None) (api.None, error) {
		return api.None{}, r.LogOut(ctx, a.Session)
	})
}

// showingKeys are rules that keys log in by; the fake's have none.
type showingKeys interface {
	KeyChallenge(ctx context.Context, session string, a ra.KeyAsked) (ra.KeyChallenge, error)
	LogInByKey(ctx context.Context, a ra.KeyAnswer) (ra.Session, error)
	ConfirmByKey(ctx context.Context, session string, a ra.KeyAnswer) (ra.Membership, error)
	RestoreLost(ctx context.Context, session, certificateID string, a ra.KeyAnswer) error
	Takeover(ctx context.Context, session, operationID string) (ra.Takeover, error)
	TakeoverCode(ctx context.Context, session, operationID string) error
}

func keysShow(l *apitest.Line, r showingKeys) {
	apitest.Answer(l, api.CallTakeover, func(ctx context.Context, a *api.Asked, in api.OfOperation) (ra.Takeover, error) {
		return r.Takeover(ctx, a.Session, in.Operation)
	})
	apitest.Answer(l, api.CallTakeoverCode, func(ctx context.Context, a *api.Asked, in api.OfOperation) (api.None, error) {
		return api.None{}, r.TakeoverCode(ctx, a.Session, in.Operation)
	})
	apitest.Answer(l, api.CallKeyChallenge, func(ctx context.Context, a *api.Asked, in api.Say[ra.KeyAsked]) (ra.KeyChallenge, error) {
		return r.KeyChallenge(ctx, a.Session, in.Body)
	})
	apitest.Answer(l, api.CallLogInByKey, func(ctx context.Context, _ *api.Asked, in api.Say[ra.KeyAnswer]) (ra.Session, error) {
		return r.LogInByKey(ctx, in.Body)
	})
	apitest.Answer(l, api.CallRestoreLost, func(ctx context.Context, a *api.Asked, in api.OnCertificate[ra.KeyAnswer]) (api.None, error) {
		return api.None{}, r.RestoreLost(ctx, a.Session, in.Certificate, in.Body)
	})
	apitest.Answer(l, api.CallConfirmByKey, func(ctx context.Context, a *api.Asked, in api.Say[ra.KeyAnswer]) (ra.Membership, error) {
		return r.ConfirmByKey(ctx, a.Session, in.Body)
	})
}

// staffing are rules that staff log in by; the fake's have none.
type staffing interface {
	StaffLogIn(ctx context.Context, l ra.StaffLogIn) (ra.StaffSession, error)
	StaffSession(ctx context.Context, session string) (ra.StaffSession, error)
	StaffLogOut(ctx context.Context, session string) error
}

func staffCome(l *apitest.Line, r staffing) {
	apitest.Answer(l, api.CallStaffLogIn, func(ctx context.Context, _ *api.Asked, in api.Say[ra.StaffLogIn]) (ra.StaffSession, error) {
		return r.StaffLogIn(ctx, in.Body)
	})
	apitest.Answer(l, api.CallStaffSession, func(ctx context.Context, a *api.Asked, _ api.None) (ra.StaffSession, error) {
		return r.StaffSession(ctx, a.Staff)
	})
	apitest.Answer(l, api.CallStaffLogOut, func(ctx context.Context, a *api.Asked, _ api.None) (api.None, error) {
		return api.None{}, r.StaffLogOut(ctx, a.Staff)
	})
}

func orders(l *apitest.Line, r rules) {
	apitest.Answer(l, api.CallPlace, func(ctx context.Context, a *api.Asked, in api.Say[ra.Application]) (ra.Order, error) {
		return r.Place(ctx, a.Session, in.Body)
	})
	apitest.Answer(l, api.CallOrders, func(ctx context.Context, a *api.Asked, _ api.None) (api.Orders, error) {
		all, err := r.Orders(ctx, a.Session)
		return api.Orders{Orders: all}, err
	})
	apitest.Answer(l, api.CallOrder, func(ctx context.Context, a *api.Asked, in api.OfOrder) (ra.Order, error) {
		return r.Order(ctx, a.Session, in.Order)
	})
	apitest.Answer(l, api.CallSendCode, func(ctx context.Context, a *api.Asked, in api.OfOrder) (api.None, error) {
		return api.None{}, r.SendCode(ctx, a.Session, in.Order)
	})
	apitest.Answer(l, api.CallSendAccount, func(ctx context.Context, a *api.Asked, in api.OfOrder) (api.None, error) {
		return api.None{}, r.SendAccount(ctx, a.Session, in.Order)
	})
	apitest.Answer(l, api.CallCertificates, func(ctx context.Context, a *api.Asked, in api.OfOrder) (api.Certificates, error) {
		all, err := r.Certificates(ctx, a.Session, in.Order)
		return api.Certificates{Certificates: all}, err
	})
	apitest.Answer(l, api.CallAddPage, func(ctx context.Context, a *api.Asked, in api.OnPage[ra.Page]) (ra.Order, error) {
		return r.AddPage(ctx, a.Session, in.Order, in.Kind, in.Body)
	})
	apitest.Answer(l, api.CallRemovePage, func(ctx context.Context, a *api.Asked, in api.OfPage) (ra.Order, error) {
		return r.RemovePage(ctx, a.Session, in.Order, in.Kind, in.Page)
	})
	apitest.Answer(l, api.CallSubmit, func(ctx context.Context, a *api.Asked, in api.OfOrder) (ra.Order, error) {
		return r.Submit(ctx, a.Session, in.Order)
	})
	apitest.Answer(l, api.CallChanges, func(ctx context.Context, a *api.Asked, in api.Since) (api.Changes, error) {
		changes, cursor, err := r.Changes(ctx, in.After, a.Wait)
		return api.Changes{Changes: changes, Cursor: cursor}, err
	})
}

func certificates(l *apitest.Line, r rules) {
	apitest.Answer(l, api.CallHoldings, func(ctx context.Context, a *api.Asked, in api.HoldingsQuery) (ra.HoldingPage, error) {
		return r.Holdings(ctx, a.Session, ra.HoldingQuery(in))
	})
	apitest.Answer(l, api.CallReportLost, func(ctx context.Context, a *api.Asked, in api.OfCertificate) (api.None, error) {
		return api.None{}, r.ReportLost(ctx, a.Session, in.Certificate)
	})
	apitest.Answer(l, api.CallWork, func(ctx context.Context, a *api.Asked, _ api.None) (api.WaitingWork, error) {
		all, err := r.Work(ctx, a.Session)
		return api.WaitingWork{Work: all}, err
	})
}

func mandates(l *apitest.Line, r rules) {
	apitest.Answer(l, api.CallGiveMandate, func(ctx context.Context, _ *api.Asked, in api.OnOrder[ra.Mandate]) (api.None, error) {
		return api.None{}, r.GiveMandate(ctx, in.Body)
	})
	apitest.Answer(l, api.CallMandatePage, func(ctx context.Context, _ *api.Asked, in api.OfMandatePage) (api.None, error) {
		return api.None{}, r.MandatePage(ctx, in.Order, in.Page)
	})
	apitest.Answer(l, api.CallMandateSubmit, func(ctx context.Context, _ *api.Asked, in api.OfOrder) (api.None, error) {
		return api.None{}, r.MandateSubmit(ctx, in.Order)
	})
}

func operations(l *apitest.Line, r rules) {
	apitest.Answer(l, api.CallReserve, func(ctx context.Context, a *api.Asked, in api.OnOperation[ra.Reservation]) (ra.Release, error) {
		return r.Reserve(ctx, a.Session, in.Body)
	})
	apitest.Answer(l, api.CallResume, func(ctx context.Context, a *api.Asked, in api.OnOperation[ra.Resumption]) (ra.Release, error) {
		return r.Resume(ctx, a.Session, in.Body)
	})
	apitest.Answer(l, api.CallOperation, func(ctx context.Context, a *api.Asked, _ api.OfOperation) (ra.Operation, error) {
		return r.Operation(ctx, a.Hold)
	})
	apitest.Answer(l, api.CallAdministrator, func(ctx context.Context, a *api.Asked, in api.OnOperation[ra.AdminAttempt]) (ra.Opening, error) {
		return r.Administrator(ctx, a.Hold, in.Body)
	})
	apitest.Answer(l, api.CallGiveBack, func(ctx context.Context, a *api.Asked, in api.OnOperation[api.GiveBackRequest]) (api.None, error) {
		return api.None{}, r.GiveBack(ctx, a.Hold, in.Body.Because)
	})
	apitest.Answer(l, api.CallCertify, func(ctx context.Context, a *api.Asked, in api.OnOperation[api.CertifyRequest]) (ra.Issued, error) {
		return r.Certify(ctx, a.Hold, in.Body.CSR, in.Body.AdminPIN)
	})
	apitest.Answer(l, api.CallChallenge, func(ctx context.Context, a *api.Asked, _ api.OfOperation) (api.Challenge, error) {
		challenge, err := r.Challenge(ctx, a.Hold)
		return api.Challenge{Challenge: challenge}, err
	})
	apitest.Answer(l, api.CallConfirm, func(ctx context.Context, a *api.Asked, in api.OnOperation[ra.Proof]) (ra.Completion, error) {
		return r.Confirm(ctx, a.Hold, in.Body)
	})
	apitest.Answer(l, api.CallKeyStatus, func(ctx context.Context, a *api.Asked, in api.OfKey) (ra.KeyStatus, error) {
		return r.KeyStatus(ctx, a.Session, ra.KeyIdentity(in))
	})
	k, ok := r.(keyRules)
	if !ok {
		return
	}
	apitest.Answer(l, api.CallKeyRecord, func(ctx context.Context, a *api.Asked, in api.OfKey) (ra.KeyRecord, error) {
		return k.KeyRecord(ctx, a.Session, ra.KeyIdentity(in))
	})
	apitest.Answer(l, api.CallPINChange, func(ctx context.Context, a *api.Asked, in api.OfPINChange) (api.None, error) {
		return api.None{}, k.PINChange(ctx, a.Session, ra.PINChange{ID: in.Change, Key: in.Body.Key, As: in.Body.As})
	})
}
