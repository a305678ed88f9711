package workflow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/write"
	"keyhall/kiosk/write/writetest"
)

// direct is the real rules on a real database, called without a wire in between.
type direct struct {
	*servicetest.Hall
	kiosk ra.Kiosk
	lose  func(method string, after bool) error // breaks the line, may be nil
}

var _ rules = (*direct)(nil)

func with[T any](ctx context.Context, d *direct, session string, do func(ra.Membership) (T, error)) (T, error) {
	var zero T
	caller, err := d.Hall.Session(ctx, d.kiosk, session)
	if err != nil {
		return zero, err
	}
	member, err := caller.Member()
	if err != nil {
		return zero, err
	}
	return do(member)
}

// broken is one call over a line that may break before or after it.
func broken[T any](d *direct, method string, do func() (T, error)) (T, error) {
	var zero T
	if d.lose != nil {
		if err := d.lose(method, false); err != nil {
			return zero, err
		}
	}
	v, err := do()
	if d.lose != nil {
		if lost := d.lose(method, true); lost != nil {
			return zero, lost
		}
	}
	return v, err
}

func (d *direct) Projects(ctx context.Context) ([]ra.Project, error) {
	return d.Hall.Projects(ctx, d.kiosk)
}

func (d *direct) Register(ctx context.Context, session string, r ra.Registration) (ra.Membership, error) {
	if session == "" {
		return d.Hall.Register(ctx, d.kiosk, r)
	}
	caller, err := d.Hall.Session(ctx, d.kiosk, session)
	if err != nil {
		return ra.Membership{}, err
	}
	return d.Join(ctx, d.kiosk, caller, r)
}

func (d *direct) CheckAccount(ctx context.Context, login, password string) error {
	return d.Hall.CheckAccount(ctx, d.kiosk, login, password)
}

func (d *direct) Amend(ctx context.Context, session string, to ra.Applicant, insisted []string) (ra.Membership, error) {
	return with(ctx, d, session, func(x ra.Membership) (ra.Membership, error) { return d.Hall.Amend(ctx, d.kiosk, x, to, insisted) })
}

func (d *direct) SendCode(ctx context.Context, session, id string) error {
	_, err := with(ctx, d, session, func(x ra.Membership) (ra.Order, error) { return ra.Order{}, d.Hall.SendCode(ctx, d.kiosk, x, id) })
	return err
}

func (d *direct) SendAccount(ctx context.Context, session, id string) error {
	_, err := with(ctx, d, session, func(x ra.Membership) (ra.Order, error) { return ra.Order{}, d.Hall.SendAccount(ctx, d.kiosk, x, id) })
	return err
}

func (d *direct) Certificates(ctx context.Context, session, id string) ([]ra.Certificate, error) {
	return with(ctx, d, session, func(x ra.Membership) ([]ra.Certificate, error) { return d.Hall.Certificates(ctx, x, id) })
}

func (d *direct) Holdings(ctx context.Context, session string, q ra.HoldingQuery) (ra.HoldingPage, error) {
	return with(ctx, d, session, func(x ra.Membership) (ra.HoldingPage, error) { return d.Hall.Holdings(ctx, d.kiosk, x, q) })
}

func (d *direct) ReportLost(ctx context.Context, session, id string) error {
	_, err := with(ctx, d, session, func(x ra.Membership) (ra.Order, error) { return ra.Order{}, d.Hall.ReportLost(ctx, d.kiosk, x, id) })
	return err
}

func (d *direct) Work(ctx context.Context, session string) ([]ra.Work, error) {
	return with(ctx, d, session, func(x ra.Membership) ([]ra.Work, error) { return d.Hall.Work(ctx, d.kiosk, x) })
}

func (d *direct) LogIn(ctx context.Context, login, password string) (ra.Session, error) {
	return d.Hall.LogIn(ctx, d.kiosk, login, password)
}

func (d *direct) Choose(ctx context.Context, session, id string) (ra.Membership, error) {
	caller, err := d.Hall.Session(ctx, d.kiosk, session)
	if err != nil {
		return ra.Membership{}, err
	}
	return d.ChooseMembership(ctx, d.kiosk, caller, id)
}

func (d *direct) AskSlipCode(ctx context.Context, number string) error {
	return d.Hall.AskSlipCode(ctx, d.kiosk, number)
}

func (d *direct) LogInBySlip(ctx context.Context, number, code string) (ra.Session, error) {
	return d.Hall.LogInBySlip(ctx, d.kiosk, number, code)
}

func (d *direct) Agreement(ctx context.Context, session, id string, version int) (ra.Agreement, error) {
	return with(ctx, d, session, func(x ra.Membership) (ra.Agreement, error) { return d.Hall.Agreement(ctx, x, id, version) })
}

func (d *direct) ChangePassword(ctx context.Context, session, old, password string) error {
	caller, err := d.Hall.Session(ctx, d.kiosk, session)
	if err != nil {
		return err
	}
	return d.Hall.ChangePassword(ctx, d.kiosk, caller, old, password)
}

func (d *direct) ForgotPassword(ctx context.Context, login string) error {
	return d.Hall.ForgotPassword(ctx, d.kiosk, login)
}

func (d *direct) AskMobileCode(ctx context.Context, registrationID, projectID string, holder ra.Person) error {
	return d.Hall.AskMobileCode(ctx, d.kiosk, registrationID, projectID, holder)
}

func (d *direct) CheckMobile(ctx context.Context, registrationID, projectID, mobile, code string) error {
	return d.Hall.CheckMobile(ctx, d.kiosk, registrationID, projectID, mobile, code)
}

func (d *direct) RecoverPassword(ctx context.Context, login, code, password string) error {
	return d.Hall.RecoverPassword(ctx, d.kiosk, login, code, password)
}

func (d *direct) LogOut(ctx context.Context, session string) error {
	return d.Hall.LogOut(ctx, d.kiosk, session)
}

func (d *direct) Place(ctx context.Context, session string, a ra.Application) (ra.Order, error) {
	return broken(d, "Place", func() (ra.Order, error) {
		return with(ctx, d, session, func(x ra.Membership) (ra.Order, error) { return d.Hall.Place(ctx, d.kiosk, x, a) })
	})
}

func (d *direct) Orders(ctx context.Context, session string) ([]ra.Order, error) {
	return with(ctx, d, session, func(x ra.Membership) ([]ra.Order, error) { return d.Hall.Orders(ctx, x) })
}

func (d *direct) Order(ctx context.Context, session, id string) (ra.Order, error) {
	return with(ctx, d, session, func(x ra.Membership) (ra.Order, error) { return d.Hall.Order(ctx, x, id) })
}

func (d *direct) Upload(ctx context.Context, sha256 string, data []byte) error {
	return d.StoreBlob(ctx, d.Kiosk, bytes.NewReader(data), sha256, int64(len(data)))
}

func (d *direct) AddPage(ctx context.Context, session, id string, kind ra.MaterialKind, page ra.Page) (ra.Order, error) {
	return broken(d, "AddPage", func() (ra.Order, error) {
		return with(ctx, d, session, func(x ra.Membership) (ra.Order, error) { return d.Hall.AddPage(ctx, x, id, kind, page) })
	})
}

func (d *direct) RemovePage(ctx context.Context, session, id string, kind ra.MaterialKind, pageID string) (ra.Order, error) {
	return with(ctx, d, session, func(x ra.Membership) (ra.Order, error) { return d.Hall.RemovePage(ctx, x, id, kind, pageID) })
}

func (d *direct) Submit(ctx context.Context, session, id string) (ra.Order, error) {
	return broken(d, "Submit", func() (ra.Order, error) {
		return with(ctx, d, session, func(x ra.Membership) (ra.Order, error) { return d.Hall.Submit(ctx, x, id) })
	})
}

func (d *direct) GiveMandate(ctx context.Context, m ra.Mandate) error {
	_, err := broken(d, "GiveMandate", func() (struct{}, error) { return struct{}{}, d.Hall.GiveMandate(ctx, d.kiosk, m) })
	return err
}

func (d *direct) MandatePage(ctx context.Context, id, pageID string) error {
	_, err := broken(d, "MandatePage", func() (struct{}, error) { return struct{}{}, d.Hall.MandatePage(ctx, d.kiosk, id, pageID) })
	return err
}

func (d *direct) MandateSubmit(ctx context.Context, id string) error {
	_, err := broken(d, "MandateSubmit", func() (struct{}, error) { return struct{}{}, d.Hall.MandateSubmit(ctx, d.kiosk, id) })
	return err
}

func (d *direct) Changes(ctx context.Context, after string, wait time.Duration) ([]ra.Change, string, error) {
	return d.Hall.Changes(ctx, d.kiosk, after, wait)
}

func (d *direct) Reserve(ctx context.Context, session string, r ra.Reservation) (ra.Release, error) {
	return broken(d, "Reserve", func() (ra.Release, error) {
		return with(ctx, d, session, func(x ra.Membership) (ra.Release, error) { return d.Hall.Reserve(ctx, d.kiosk, x, r) })
	})
}

func (d *direct) Resume(ctx context.Context, session string, r ra.Resumption) (ra.Release, error) {
	return broken(d, "Resume", func() (ra.Release, error) {
		member, err := d.may(ctx, session)
		if err != nil {
			return ra.Release{}, err
		}
		return d.Hall.Resume(ctx, d.kiosk, member, r)
	})
}

func (d *direct) Takeover(ctx context.Context, session, operationID string) (ra.Takeover, error) {
	return with(ctx, d, session, func(x ra.Membership) (ra.Takeover, error) { return d.Hall.Takeover(ctx, d.kiosk, x, operationID) })
}

func (d *direct) TakeoverCode(ctx context.Context, session, operationID string) error {
	_, err := with(ctx, d, session, func(x ra.Membership) (ra.Order, error) {
		return ra.Order{}, d.SendTakeoverCode(ctx, d.kiosk, x, operationID)
	})
	return err
}

// may is the membership of a session, zero without one.
func (d *direct) may(ctx context.Context, session string) (ra.Membership, error) {
	if session == "" {
		return ra.Membership{}, nil
	}
	return with(ctx, d, session, func(x ra.Membership) (ra.Membership, error) { return x, nil })
}

func (d *direct) Operation(ctx context.Context, h ra.Hold) (ra.Operation, error) {
	return d.Hall.Operation(ctx, d.kiosk, h)
}

func (d *direct) Administrator(ctx context.Context, h ra.Hold, a ra.AdminAttempt) (ra.Opening, error) {
	return broken(d, "Administrator", func() (ra.Opening, error) { return d.Hall.Administrator(ctx, d.kiosk, h, a) })
}

func (d *direct) GiveBack(ctx context.Context, h ra.Hold, because ra.Code) error {
	_, err := broken(d, "GiveBack", func() (struct{}, error) { return struct{}{}, d.Hall.GiveBack(ctx, d.kiosk, h, because) })
	return err
}

func (d *direct) Certify(ctx context.Context, h ra.Hold, csr []byte, pin int) (ra.Issued, error) {
	return broken(d, "Certify", func() (ra.Issued, error) { return d.Hall.Certify(ctx, d.kiosk, h, csr, pin) })
}

func (d *direct) Challenge(ctx context.Context, h ra.Hold) ([]byte, error) {
	return broken(d, "Challenge", func() ([]byte, error) { return d.Hall.Challenge(ctx, d.kiosk, h) })
}

func (d *direct) Confirm(ctx context.Context, h ra.Hold, p ra.Proof) (ra.Completion, error) {
	return broken(d, "Confirm", func() (ra.Completion, error) { return d.Hall.Confirm(ctx, d.kiosk, h, p) })
}

func (d *direct) KeyStatus(ctx context.Context, session string, key ra.KeyIdentity) (ra.KeyStatus, error) {
	member, err := d.may(ctx, session)
	if err != nil {
		return ra.KeyStatus{}, err
	}
	return d.Hall.KeyStatus(ctx, d.kiosk, member, key)
}

// softKeys is what the back office knows of the hall's software keys.
func softKeys(t *testing.T, office *servicetest.Hall) {
	t.Helper()
	rule := book.AdminPINRule{Factory: []byte(ukeytest.FactoryAdminPIN), Customer: []byte(ukeytest.FactoryCustomerPIN), Length: 8,
		Alphabet: "0123456789", Tries: 3, Tells: true}
	office.PutModel(t, office.Project.Models[0], rule)
}

// realHall is a hall on the real rules, whose software keys have the factory's administrator PIN.
func realHall(t *testing.T, keys int) (*hall, *direct) {
	t.Helper()
	office := servicetest.New(t)
	softKeys(t, office)
	d := &direct{Hall: office, kiosk: office.Kiosk}
	return openHallOn(t, keys, d, office.Kiosk), d
}

// TestVisitOnTheRealRules plays what the fake office could get wrong: an order from the form to the second key, with a paper and the
// slip sent back on the way.
func TestVisitOnTheRealRules(t *testing.T) {
	t.Parallel()
	h, d := realHall(t, 2)
	r := d.Registration(t)
	if _, err := d.Register(t.Context(), "", r); err != nil {
		t.Fatal(err)
	}
	see(h, func(p HomePage) bool { return len(p.Services) == 6 })
	h.do(ChooseKind{ra.KindNew})
	h.ready()
	h.form(FormLogIn, "login", r.Login, "password", r.Password)
	see(h, func(p ServicesPage) bool { return len(p.Items) == 2 && !p.Ready })
	h.do(SetQuantity{servicetest.ServiceID, 2}, Go{})
	h.form(FormInvoice)
	h.form(FormDelivery)
	see(h, func(p SummaryPage) bool { return p.TotalFen == 40000 })
	h.do(Go{})
	number := see[PrintPage](h, nil).Number
	h.do(Skip{})
	for _, m := range see(h, func(p ScanPage) bool { return len(p.Sources) == 2 }).Materials {
		h.do(ChooseMaterial{m.Kind})
		for n := range m.MinPages {
			h.do(Scan{"flatbed"})
			see(h, func(p ScanPage) bool {
				return p.Materials[p.Showing].Pages == n+1 && p.Materials[p.Showing].Kind == m.Kind && !p.Busy
			})
		}
	}
	h.do(Go{})
	pays(h)
	sentBack(t, h, d)
	order := d.judged(t)
	order, err := d.RefusePayment(t.Context(), d.Supervisor, order.ID, []ra.Reason{{Kind: ra.ReasonNoTransfer, Material: ra.MaterialRemittance}}, order.Version)
	if err != nil {
		t.Fatal(err)
	}
	see(h, func(p WaitPage) bool { return p.Order.Next == "pay" && p.Mend && p.Order.State == "sent_back" })
	h.do(Go{})
	see(h, func(p PayPage) bool { return len(p.Sources) == 2 && p.Slip.Verdict == ra.VerdictReturned })
	h.do(Go{})
	see(h, func(p PayPage) bool { return isFault(p.Fault, ra.CodeMaterialMissing) })
	h.do(Scan{"flatbed"})
	see(h, func(p PayPage) bool { return p.Slip.Pages == 2 && !p.Busy })
	h.do(Go{})
	see(h, func(p WaitPage) bool { return p.Order.State == "awaiting_confirmation" })
	order = d.Paid(t, d.newest(t, order.ID))
	if _, err = d.Approve(t.Context(), d.Supervisor, order.ID, order.Version); err != nil {
		t.Fatal(err)
	}
	see(h, func(p WaitPage) bool { return p.Make })
	h.do(Go{})
	d.makes(t, h, number)
	h.end()
	d.Sound(t)
}

func pays(h *hall) {
	h.t.Helper()
	see(h, func(p PayPage) bool { return len(p.Sources) == 2 })
	h.do(Scan{"flatbed"})
	see(h, func(p PayPage) bool { return p.Slip.Pages == 1 && !p.Busy })
	h.do(Go{})
	see(h, func(p WaitPage) bool { return p.Order.State == "under_review" })
}

// sentBack: the form comes back without a seal; handing in the same again is refused, a new scan goes through.
func sentBack(t *testing.T, h *hall, d *direct) {
	t.Helper()
	d.returnsForm(t, d.newest(t, see[WaitPage](h, nil).Order.ID))
	see(h, func(p WaitPage) bool { return p.Order.State == "sent_back" && p.Mend })
	h.do(Go{})
	see(h, func(p ScanPage) bool {
		m := p.Materials[p.Current]
		return m.Kind == ra.MaterialForm && len(m.Reasons) == 1 && !p.Ready && len(p.Sources) == 2
	})
	h.do(Go{})
	see(h, func(p ScanPage) bool { return isFault(p.Fault, ra.CodeMaterialMissing) })
	h.do(ShowPage{0}, Retake{"flatbed"})
	see(h, func(p ScanPage) bool { return p.Ready && !p.Busy && p.Image != nil })
	h.do(Go{})
	see(h, func(p WaitPage) bool { return p.Order.State == "under_review" })
}

func (d *direct) newest(t *testing.T, id string) ra.Order {
	t.Helper()
	c, err := d.Case(t.Context(), d.Supervisor, id)
	if err != nil {
		t.Fatal(err)
	}
	return c.Order
}

// judged accepts what is not accepted yet of the only order.
func (d *direct) judged(t *testing.T) ra.Order {
	t.Helper()
	all, err := d.SearchOrders(t.Context(), d.Supervisor, book.OrderQuery{})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d orders, %v", len(all), err)
	}
	order := all[0]
	d.Seen(t, d.Supervisor, order)
	for _, m := range order.Papers {
		if m.Kind == ra.MaterialRemittance || m.Verdict == ra.VerdictAccepted {
			continue
		}
		if order, err = d.Judge(t.Context(), d.Supervisor, order.ID, m.Kind, ra.VerdictAccepted, nil, order.Version); err != nil {
			t.Fatal(err)
		}
	}
	return order
}

// makes makes both keys of the order; the first is interrupted by a lost answer.
func (d *direct) makes(t *testing.T, h *hall, number string) {
	t.Helper()
	if _, err := d.DeliverMessages(t.Context()); err != nil {
		t.Fatal(err)
	}
	code, err := d.Sender.Code(number)
	if err != nil {
		t.Fatal(err)
	}
	wrong := "00000000"
	see(h, func(p KeyPage) bool { return p.Of == 2 && p.NeedsCode })
	h.hub.Plug(t, 0)
	see(h, func(p KeyPage) bool { return p.Ready })
	h.do(Go{})
	h.form(FormCode, "auth_code", wrong)
	h.problem("auth_code", ra.CodeAuthCodeWrong)
	h.form(FormCode, "auth_code", code)
	h.form(FormPIN, "pin", "13579246", "pin_again", "13579246")
	see(h, func(p DonePage) bool { return p.Remaining == 1 && p.Slip == PrintDone })
	h.hub.Pull(t, 0)
	see(h, func(p KeyPage) bool { return p.Index == 2 && !p.NeedsCode })
	h.hub.Plug(t, 1)
	see(h, func(p KeyPage) bool { return p.Ready })
	h.do(Go{})
	h.form(FormPIN, "pin", "97531864", "pin_again", "97531864")
	see(h, func(p DonePage) bool { return p.Remaining == 0 && p.Order.State == "done" && p.Order.Done == 2 })
}

var errLine = ra.E(ra.CodeOfficeAway).Because(errors.New("line broke"))

// TestRealRulesStruckAtEveryCall breaks the line at both sides of every call of a write, with a new kiosk process after
// each, one key after the other; in the end the back office's own audit finds nothing.
func TestRealRulesStruckAtEveryCall(t *testing.T) {
	t.Parallel()
	office := servicetest.New(t)
	softKeys(t, office)
	for _, method := range []string{"Reserve", "Resume", "Administrator", "Certify", "Confirm"} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, after %v", method, after), func(t *testing.T) {
				struckOnRealRules(t, office, method, after)
			})
		}
	}
	office.Sound(t)
}

func struckOnRealRules(t *testing.T, office *servicetest.Hall, method string, after bool) {
	r := office.Registration(t)
	account, err := office.Register(t.Context(), office.Kiosk, r)
	if err != nil {
		t.Fatal(err)
	}
	order := office.Paid(t, office.Judged(t, office.Submitted(t, account, 1)))
	if _, err = office.Approve(t.Context(), office.Supervisor, order.ID, order.Version); err != nil {
		t.Fatal(err)
	}
	if _, err := office.DeliverMessages(t.Context()); err != nil {
		t.Fatal(err)
	}
	code, err := office.Sender.Code(order.Number)
	if err != nil {
		t.Fatal(err)
	}
	session, err := office.LogIn(t.Context(), office.Kiosk, r.Login, r.Password)
	if err != nil {
		t.Fatal(err)
	}
	hub := ukeytest.NewHub(t, 1)
	var once sync.Once
	d := &direct{Hall: office, kiosk: office.Kiosk, lose: func(m string, a bool) (err error) {
		if m == method && a == after {
			once.Do(func() { err = errLine })
		}
		return err
	}}
	j := writetest.Journal(t, filepath.Join(t.TempDir(), "journal.db"))
	keys := writetest.Reader(t, ukeytest.SoftHSM, hub.Env())
	begun := ra.Write{ID: newID(), Plan: ra.PlanMake, OrderID: order.ID, OrderNumber: order.Number, ProjectID: order.ProjectID, Model: servicetest.Model, Key: ra.KeyIdentity(hub.Identity(0))}
	finished := func() (bool, error) {
		m := write.New(write.Config{Office: d, Journal: j, Keys: keys})
		open, err := j.OpenWrites(t.Context())
		if err != nil {
			return false, err
		}
		var job *write.Job
		if len(open) > 0 {
			job, err = m.Resume(t.Context(), session.Token, code, open[0])
		}
		if len(open) == 0 || ra.CodeOf(err) == ra.CodeNotFound {
			job, err = m.Reserve(t.Context(), session.Token, code, begun)
		}
		if err == nil && (method == "Resume" || method == "Administrator") && len(open) == 0 {
			return false, errLine // the kiosk dies here, so that it has something to resume
		}
		if err == nil {
			_, err = m.Run(t.Context(), job, []byte("13572468"), nil)
		}
		return err == nil, err
	}
	var errs []error
	for range 4 {
		ok, err := finished()
		if ok {
			if len(errs) == 0 {
				t.Error("the line did not break")
			}
			return
		}
		errs = append(errs, err)
	}
	t.Errorf("never done: %v", slices.Compact(errs))
}

// TestKeysOfNoUseOnTheRealRules: a key with an administrator PIN that nobody knows, and one that is somebody's though nothing shows
// before a login, cost one attempt once, give their unit back without anybody's help and are never tried again.
func TestKeysOfNoUseOnTheRealRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		own  func(context.Context, ukey.Token) error
		want ra.Code
		free int // logins of any role that a first visit may cost
	}{
		{"another administrator PIN", func(ctx context.Context, k ukey.Token) error {
			return errors.Join(k.Login(ctx, ukey.Administrator, []byte(ukeytest.FactoryAdminPIN)),
				k.SetPIN(ctx, []byte(ukeytest.FactoryAdminPIN), []byte("somebody's")))
		}, ra.CodeKeyAdminPIN, 1},
		{"another customer PIN", func(ctx context.Context, k ukey.Token) error {
			return errors.Join(k.Login(ctx, ukey.Customer, []byte(ukeytest.FactoryCustomerPIN)),
				k.SetPIN(ctx, []byte(ukeytest.FactoryCustomerPIN), []byte("24682468")))
		}, ra.CodeKeyNotBlank, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			office := servicetest.New(t)
			softKeys(t, office)
			r := office.Registration(t)
			member, err := office.Register(t.Context(), office.Kiosk, r)
			if err != nil {
				t.Fatal(err)
			}
			order, code := office.Approved(t, member, 1)
			session, err := office.LogIn(t.Context(), office.Kiosk, r.Login, r.Password)
			if err != nil {
				t.Fatal(err)
			}
			hub := ukeytest.NewHub(t, 1)
			keys := ukeytest.NewFaults(writetest.Reader(t, ukeytest.SoftHSM, hub.Env()))
			token, err := keys.Open(t.Context(), hub.Identity(0))
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(c.own(t.Context(), token), token.Close()); err != nil {
				t.Fatal(err)
			}
			j := writetest.Journal(t, filepath.Join(t.TempDir(), "journal.db"))
			m := write.New(write.Config{Office: &direct{Hall: office, kiosk: office.Kiosk}, Journal: j, Keys: keys})
			for visit, logins := range []int{c.free, 0, 0} {
				before := countLogins(keys)
				w := ra.Write{ID: newID(), Plan: ra.PlanMake, OrderID: order.ID, Model: servicetest.Model, Key: ra.KeyIdentity(hub.Identity(0))}
				job, err := m.Reserve(t.Context(), session.Token, code, w)
				if err == nil {
					_, err = m.Run(t.Context(), job, []byte("13572468"), nil)
				}
				if f := FaultOf(err); f == nil || f.Code != c.want {
					t.Errorf("visit %d: got %v, want %s", visit, err, c.want)
				}
				if got := countLogins(keys) - before; got != logins {
					t.Errorf("visit %d: %d logins, want %d", visit, got, logins)
				}
				if open, err := j.OpenWrites(t.Context()); err != nil || len(open) != 0 {
					t.Errorf("visit %d: %d writes are open, %v", visit, len(open), err)
				}
			}
			office.Made(t, member, order, code) // another key takes the unit
			office.Sound(t)
		})
	}
}

func countLogins(keys *ukeytest.Faults) (n int) {
	for _, c := range keys.Calls() {
		if c == "Login" {
			n++
		}
	}
	return n
}
