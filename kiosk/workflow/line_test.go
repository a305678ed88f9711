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
	Certificates(ctx context.Context, session, orderID string) ([]ra.Certificate, error)
	LogIn(ctx context.Context, login, password string) (ra.Session, error)
	Choose(ctx context.Context, session, membershipID string) (ra.Membership, error)
	ChangePassword(ctx context.Context, session, old, password string) error
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
	mandates(l, r)
	operations(l, r)
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
	apitest.Answer(l, api.CallChangePassword, func(ctx context.Context, a *api.Asked, in api.Say[api.PasswordRequest]) (api.None, error) {
		return api.None{}, r.ChangePassword(ctx, a.Session, in.Body.Old, in.Body.Password)
	})
	apitest.Answer(l, api.CallLogOut, func(ctx context.Context, a *api.Asked, _ api.None) (api.None, error) {
		return api.None{}, r.LogOut(ctx, a.Session)
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
}
