package workflow

import (
	"bytes"
	"context"
	"fmt"
	"image/color"
	"log/slog"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/scanner"
	"keyhall/device/scanner/scannertest"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/device/usb"
	"keyhall/kiosk/journal"
	"keyhall/kiosk/keys"
	"keyhall/kiosk/uplink"
	"keyhall/kiosk/write"
	"keyhall/kiosk/write/writetest"
	"keyhall/printer"
	papers "keyhall/printer/form"
)

// fakeClient is a back office for the whole visit; the uplink in front of it is the real one.
type fakeClient struct {
	*writetest.Office
	lock     sync.Mutex
	projects []ra.Project
	members  map[string][]ra.Membership // by login, newest first
	words    map[string]string          // passwords
	swift    bool                       // what is placed is approved at once
	sent     []string                   // registrations and mobiles that were sent a code
	codes    int                        // asked for to set a password anew
	sessions map[string]*fakeSession    // by token
	orders   map[string]*ra.Order
	changes  chan ra.Change
	away     bool
	loggedIn int
	out      int                     // sessions ended
	refuse   map[string]error        // the next answer of a method
	lost     map[string]int          // answers of a method that get lost on the way
	mandates map[string]ra.Mandate   // given, by order
	keys     [][]byte                // of the mandates of every session
	made     []ra.Certificate        // for the only order
	held     []ra.Holding            // by the only organisation, newest first
	known    map[string]ra.KeyStatus // what is told of a key whatever waits for it, by serial
	pins     []ra.PINChange
}

var _ rules = (*fakeClient)(nil)

func newFakeClient(t *testing.T) *fakeClient {
	c := &fakeClient{
		Office: writetest.New(t, 0), members: map[string][]ra.Membership{}, words: map[string]string{}, sessions: map[string]*fakeSession{},
		orders: map[string]*ra.Order{}, changes: make(chan ra.Change, 16), refuse: map[string]error{},
		lost: map[string]int{}, mandates: map[string]ra.Mandate{},
	}
	for _, id := range []string{"seal", "trade"} {
		c.projects = append(c.projects, ra.Project{
			ID: id, Name: ra.Text{ZH: "电子印章中心 " + id}, MaxUnits: 3, Bank: ra.BankAccount{Number: "6222"},
			Services:   []ra.Service{{ID: "one-year", Kind: ra.KindNew, PriceFen: 20000, TermMonths: 12}, {ID: "renew", Kind: ra.KindRenew}},
			Agreements: []ra.Agreement{{ID: "terms", Version: 3}, {ID: "privacy", Version: 1}},
			Required: []ra.Requirements{{Kind: ra.KindNew, Materials: []ra.Requirement{
				{Material: ra.MaterialLicence, MinPages: 1, MaxPages: 2}, {Material: ra.MaterialForm, MinPages: 1, MaxPages: 3}}}},
			Models: []ra.UKeyModel{{ID: "softhsm", Name: ra.Text{ZH: "软件钥匙"}, Manufacturer: "SoftHSM", Model: "SoftHSM"}},
		})
	}
	c.projects = append(c.projects, ra.Project{ID: "closed", Name: ra.Text{ZH: "已停止受理"}}) // its orders go on
	return c
}

// fakeSession is somebody logged in, in a membership once that is chosen.
type fakeSession struct {
	login  string
	member ra.Membership
}

// guard answers for a call whether it gets through, and in whose name.
func (c *fakeClient) guard(method, session string) (member ra.Membership, err error) {
	if c.away {
		return member, ra.E(ra.CodeOfficeAway)
	}
	if err := c.refuse[method]; err != nil {
		delete(c.refuse, method)
		return member, err
	}
	if session == "" {
		return member, nil
	}
	s, ok := c.sessions[session]
	if !ok {
		return member, ra.E(ra.CodeSessionOver)
	}
	return s.member, nil
}

func (c *fakeClient) Projects(context.Context) ([]ra.Project, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	_, err := c.guard("Projects", "")
	return c.projects, err
}

func (c *fakeClient) Register(_ context.Context, session string, r ra.Registration) (ra.Membership, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if _, err := c.guard("Register", session); err != nil {
		return ra.Membership{}, err
	}
	check := r.Validate
	if session != "" {
		check, r.Login = r.ValidateClaim, c.sessions[session].login
	}
	if err := check(ra.Setting{}); err != nil {
		return ra.Membership{}, err
	}
	if c.words[r.Login] != "" && session == "" && c.words[r.Login] != r.Password {
		return ra.Membership{}, ra.E(ra.CodeLoginKnown, "left", "4").At("password")
	}
	all := c.members[r.Login]
	if i := slices.IndexFunc(all, func(m ra.Membership) bool { return m.ID == r.ID }); i >= 0 {
		return all[i], nil
	}
	if len(all) > 0 && all[0].Handler.Mobile != r.Handler.Mobile {
		return ra.Membership{}, ra.E(ra.CodeMobileDiffers, "mobile", ra.MaskMobile(all[0].Handler.Mobile)).At("handler.mobile")
	}
	if c.projects[0].ProveMobile && r.MobileCode != "12345678" {
		return ra.Membership{}, ra.E(ra.CodeSMSCodeOver).At("mobile_code")
	}
	m := ra.Membership{ID: r.ID, PersonID: "person " + r.Login, ProjectID: r.ProjectID, State: ra.MembershipClaimed, Login: r.Login,
		Organisation: r.Organisation, Legal: r.Legal, Handler: r.Handler, Agreed: r.Agreed}
	c.members[r.Login] = append([]ra.Membership{m}, all...)
	if session == "" {
		c.words[r.Login] = r.Password
	}
	return m, nil
}

func (c *fakeClient) CheckAccount(_ context.Context, login, password string) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if _, err := c.guard("CheckAccount", ""); err != nil {
		return err
	}
	if c.words[login] != "" && c.words[login] != password {
		return ra.E(ra.CodeLoginKnown, "left", "4").At("password")
	}
	return nil
}

// Amend corrects the member's data, and asks for the forms of their orders again.
func (c *fakeClient) Amend(_ context.Context, session string, to ra.Applicant, _ []string) (ra.Membership, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	m, err := c.guard("Amend", session)
	if err != nil {
		return m, err
	}
	m.Organisation, m.Legal, m.Handler = to.Organisation, to.Legal, to.Handler
	for login, all := range c.members {
		if i := slices.IndexFunc(all, func(x ra.Membership) bool { return x.ID == m.ID }); i >= 0 {
			c.members[login][i] = m
		}
	}
	for _, o := range c.orders {
		o.Applicant = to
		o.Version++
	}
	c.sessions[session].member = m
	return m, nil
}

func (c *fakeClient) LogIn(_ context.Context, login, password string) (ra.Session, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if _, err := c.guard("LogIn", ""); err != nil {
		return ra.Session{}, err
	}
	if c.words[login] == "" || c.words[login] != password {
		return ra.Session{}, ra.E(ra.CodeLoginWrong, "left", "4")
	}
	s := ra.Session{Token: newID(), Login: login, Memberships: slices.Clone(c.members[login])}
	s.Mandate = ra.MandateKey{SessionID: "session of " + login, Key: []byte("key of " + s.Token)}
	c.keys = append(c.keys, slices.Clone(s.Mandate.Key))
	c.sessions[s.Token] = &fakeSession{login: login}
	if len(s.Memberships) == 1 {
		s.Membership = &s.Memberships[0]
		c.sessions[s.Token].member = s.Memberships[0]
	}
	c.loggedIn++
	return s, nil
}

func (c *fakeClient) Choose(_ context.Context, session, id string) (ra.Membership, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if _, err := c.guard("Choose", session); err != nil {
		return ra.Membership{}, err
	}
	s := c.sessions[session]
	for _, m := range c.members[s.login] {
		if m.ID == id {
			s.member = m
			if c.lost["Choose"] > 0 {
				c.lost["Choose"]--
				return ra.Membership{}, ra.E(ra.CodeOfficeAway)
			}
			return m, nil
		}
	}
	return ra.Membership{}, ra.E(ra.CodeNotFound)
}

func (c *fakeClient) AskSlipCode(context.Context, string) error { return nil }

func (c *fakeClient) LogInBySlip(context.Context, string, string) (ra.Session, error) {
	return ra.Session{}, ra.E(ra.CodeSMSCodeOver).At("slip_code")
}

func (c *fakeClient) Agreement(context.Context, string, string, int) (ra.Agreement, error) {
	return ra.Agreement{}, ra.E(ra.CodeNotFound)
}

func (c *fakeClient) ChangePassword(_ context.Context, session, old, password string) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if _, err := c.guard("ChangePassword", session); err != nil {
		return err
	}
	login := c.sessions[session].login
	if c.words[login] != old {
		return ra.E(ra.CodePasswordWrong, "left", "4").At("old")
	}
	c.words[login] = password
	return nil
}

// ForgotPassword: the code is always the same.
func (c *fakeClient) ForgotPassword(context.Context, string) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.away {
		return ra.E(ra.CodeOfficeAway)
	}
	c.codes++
	if c.codes > 3 {
		return ra.E(ra.CodeSMSPaused, "minutes", "15").At("login")
	}
	return nil
}

func (c *fakeClient) RecoverPassword(_ context.Context, login, code, password string) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.away {
		return ra.E(ra.CodeOfficeAway)
	}
	if code != "12345678" {
		return ra.E(ra.CodeSMSCodeWrong, "left", "4").At("code")
	}
	c.words[login] = password
	return nil
}

// AskMobileCode notes where a code went.
func (c *fakeClient) AskMobileCode(_ context.Context, registrationID, _ string, holder ra.Person) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if _, err := c.guard("AskMobileCode", ""); err != nil {
		return err
	}
	c.sent = append(c.sent, registrationID+" "+holder.Mobile)
	return nil
}

// CheckMobile: the code is always the same.
func (c *fakeClient) CheckMobile(_ context.Context, registrationID, _, mobile, code string) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if _, err := c.guard("CheckMobile", ""); err != nil {
		return err
	}
	if code != "12345678" || !slices.Contains(c.sent, registrationID+" "+mobile) {
		return ra.E(ra.CodeSMSCodeWrong, "left", "4").At("mobile_code")
	}
	return nil
}

func (c *fakeClient) LogOut(_ context.Context, session string) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.away {
		return ra.E(ra.CodeOfficeAway)
	}
	delete(c.sessions, session)
	c.out++
	return nil
}

func (c *fakeClient) Place(_ context.Context, session string, a ra.Application) (ra.Order, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	member, err := c.guard("Place", session)
	if err != nil {
		return ra.Order{}, err
	}
	return c.place(member, a)
}

// place is Place for a member; the fake's lock is held.
func (c *fakeClient) place(member ra.Membership, a ra.Application) (ra.Order, error) {
	if o, ok := c.orders[a.ID]; ok {
		return c.clone(o), nil
	}
	o := &ra.Order{
		ID: a.ID, Number: a.Number, Kind: a.Kind, ProjectID: member.ProjectID, MembershipID: member.ID, State: ra.OrderOpen, Payment: ra.PaymentUnpaid,
		Materials: ra.MaterialsMissing, Version: 1, AmountFen: 20000 * int64(a.Lines[0].Quantity), Invoice: a.Invoice, Delivery: a.Delivery,
		Papers: []ra.Material{{Kind: ra.MaterialLicence, MinPages: 1, MaxPages: 2}, {Kind: ra.MaterialForm, MinPages: 1, MaxPages: 3},
			{Kind: ra.MaterialRemittance, MinPages: 1, MaxPages: 3}},
	}
	if c.swift {
		o.State, o.Payment, o.Materials = ra.OrderApproved, ra.PaymentPaid, ra.MaterialsAccepted
	}
	for i := range a.Lines[0].Quantity {
		o.Units = append(o.Units, ra.Unit{ID: newID(), OrderID: o.ID, Index: i + 1, State: ra.UnitWaiting})
	}
	c.orders[a.ID] = o
	c.Office.Lock.Lock()
	c.Units, o.Units = o.Units, nil
	c.Whole = func() ra.Order { return c.copy(o) }
	c.Office.Lock.Unlock()
	return c.clone(o), nil
}

// clone is the order as it is now, sharing nothing; the fake's lock is held.
func (c *fakeClient) clone(o *ra.Order) ra.Order {
	c.Office.Lock.Lock()
	defer c.Office.Lock.Unlock()
	return c.copy(o)
}

// copy is clone with the locks of both halves held.
func (c *fakeClient) copy(o *ra.Order) ra.Order {
	x := *o
	x.Papers = slices.Clone(o.Papers)
	if len(c.Units) > 0 && c.Units[0].OrderID == o.ID {
		x.Units = slices.Clone(c.Units)
		if x.Remaining() == 0 {
			x.State = ra.OrderDone
		}
	}
	return x
}

func (c *fakeClient) find(session, id string) (*ra.Order, error) {
	member, err := c.guard("Order", session)
	if err != nil {
		return nil, err
	}
	if o := c.orders[id]; o != nil && o.MembershipID == member.ID {
		return o, nil
	}
	return nil, ra.E(ra.CodeNotFound)
}

func (c *fakeClient) Orders(_ context.Context, session string) ([]ra.Order, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	member, err := c.guard("Orders", session)
	var all []ra.Order
	for _, o := range c.orders {
		if o.MembershipID == member.ID {
			all = append(all, c.clone(o))
		}
	}
	return all, err
}

func (c *fakeClient) Order(_ context.Context, session, id string) (ra.Order, error) {
	return c.with(session, id, func(*ra.Order) error { return nil })
}

func (c *fakeClient) SendCode(_ context.Context, session, id string) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if _, err := c.guard("SendCode", session); err != nil {
		return err
	}
	_, err := c.find(session, id)
	return err
}

func (c *fakeClient) SendAccount(_ context.Context, session, id string) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if _, err := c.guard("SendAccount", session); err != nil {
		return err
	}
	_, err := c.find(session, id)
	return err
}

func (c *fakeClient) Certificates(_ context.Context, session, id string) ([]ra.Certificate, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if _, err := c.guard("Certificates", session); err != nil {
		return nil, err
	}
	_, err := c.find(session, id)
	return c.made, err
}

func (c *fakeClient) with(session, id string, do func(*ra.Order) error) (ra.Order, error) {
	return c.change(func() (*ra.Order, error) { return c.find(session, id) }, do)
}

func (c *fakeClient) change(find func() (*ra.Order, error), do func(*ra.Order) error) (ra.Order, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	o, err := find()
	if err != nil {
		return ra.Order{}, err
	}
	if err := do(o); err != nil {
		return ra.Order{}, err
	}
	o.Version++
	return c.clone(o), nil
}

func paperOf(o *ra.Order, kind ra.MaterialKind) *ra.Material {
	return &o.Papers[slices.IndexFunc(o.Papers, func(m ra.Material) bool { return m.Kind == kind })]
}

// KeyStatus tells members of their own operations only.
func (c *fakeClient) KeyStatus(ctx context.Context, session string, key ra.KeyIdentity) (ra.KeyStatus, error) {
	status, err := c.Office.KeyStatus(ctx, session, key)
	c.lock.Lock()
	defer c.lock.Unlock()
	if known, ok := c.known[key.Serial]; ok && !status.Known {
		status = known
	}
	if c.away {
		return status, ra.E(ra.CodeOfficeAway)
	}
	if err != nil || status.Operation == nil {
		return status, err
	}
	if _, err := c.find(session, status.Operation.OrderID); err != nil {
		status.Operation = nil
	}
	return status, nil
}

// Upload is done with: the fake looks at no scan.
func (c *fakeClient) Upload(context.Context, string, []byte) error { return nil }

func (c *fakeClient) AddPage(_ context.Context, session, id string, kind ra.MaterialKind, page ra.Page) (ra.Order, error) {
	return c.with(session, id, func(o *ra.Order) error { return addPage(o, kind, page) })
}

func addPage(o *ra.Order, kind ra.MaterialKind, page ra.Page) error {
	m := paperOf(o, kind)
	if !slices.ContainsFunc(m.Pages, func(p ra.Page) bool { return p.ID == page.ID }) {
		m.Pages = append(slices.Clone(m.Pages), page)
	}
	return nil
}

func (c *fakeClient) RemovePage(_ context.Context, session, id string, kind ra.MaterialKind, pageID string) (ra.Order, error) {
	return c.with(session, id, func(o *ra.Order) error {
		m := paperOf(o, kind)
		m.Pages = slices.DeleteFunc(slices.Clone(m.Pages), func(p ra.Page) bool { return p.ID == pageID })
		return nil
	})
}

func (c *fakeClient) Submit(_ context.Context, session, id string) (ra.Order, error) {
	return c.with(session, id, submit)
}

func submit(o *ra.Order) error {
	for _, m := range o.Papers {
		if m.Kind != ra.MaterialRemittance && len(m.Pages) == 0 {
			return ra.E(ra.CodeMaterialMissing, "material", string(m.Kind))
		}
	}
	if o.Materials != ra.MaterialsAccepted {
		o.Materials = ra.MaterialsSubmitted
	}
	if len(paperOf(o, ra.MaterialRemittance).Pages) > 0 && o.Payment == ra.PaymentUnpaid {
		o.Payment = ra.PaymentAwaitingConfirmation
	}
	return nil
}

// GiveMandate takes what a session of any time sealed.
func (c *fakeClient) GiveMandate(_ context.Context, m ra.Mandate) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if _, err := c.guard("GiveMandate", ""); err != nil {
		return err
	}
	sealed := slices.ContainsFunc(c.keys, func(key []byte) bool {
		want, err := ra.MandateSeal(key, "", m)
		return err == nil && bytes.Equal(want, m.Seal)
	})
	member, ok := c.member(m.MembershipID)
	if !sealed || !ok {
		return ra.E(ra.CodeMandateOver, "why", "seal")
	}
	if m.Application != nil {
		if err := c.refuse["Place"]; err != nil {
			delete(c.refuse, "Place")
			return err
		}
		if _, err := c.place(member, *m.Application); err != nil {
			return err
		}
	}
	c.mandates[m.OrderID] = m
	return nil
}

func (c *fakeClient) member(id string) (ra.Membership, bool) {
	for _, all := range c.members {
		for _, m := range all {
			if m.ID == id {
				return m, true
			}
		}
	}
	return ra.Membership{}, false
}

func (c *fakeClient) MandatePage(_ context.Context, id, pageID string) error {
	_, err := c.change(func() (*ra.Order, error) { return c.mandated(id) }, func(o *ra.Order) error {
		p, ok := c.mandates[id].Page(pageID)
		if !ok {
			return ra.E(ra.CodeMandateOver, "why", "page")
		}
		return addPage(o, p.Material, p.Page)
	})
	return err
}

func (c *fakeClient) MandateSubmit(_ context.Context, id string) error {
	_, err := c.change(func() (*ra.Order, error) { return c.mandated(id) }, submit)
	return err
}

func (c *fakeClient) mandated(id string) (*ra.Order, error) {
	if _, err := c.guard("Mandate", ""); err != nil {
		return nil, err
	}
	if _, ok := c.mandates[id]; !ok || c.orders[id] == nil {
		return nil, ra.E(ra.CodeMandateOver, "why", "none")
	}
	return c.orders[id], nil
}

func (c *fakeClient) Changes(ctx context.Context, after string, _ time.Duration) ([]ra.Change, string, error) {
	if after == "" {
		return nil, "1", nil
	}
	select {
	case ch := <-c.changes:
		return []ra.Change{ch}, after + "1", nil
	case <-ctx.Done():
		return nil, "", ra.E(ra.CodeOfficeAway).Because(ctx.Err())
	}
}

// supervisor changes the only order, and the change feed tells of it.
func (c *fakeClient) supervisor(t *testing.T, do func(o *ra.Order)) {
	t.Helper()
	c.lock.Lock()
	defer c.lock.Unlock()
	for o := range maps.Values(c.orders) {
		do(o)
		o.Version++
		c.changes <- ra.Change{ID: o.ID, Kind: "order"}
	}
}

func (c *fakeClient) set(do func()) {
	c.lock.Lock()
	defer c.lock.Unlock()
	do()
}

// fakePrinter prints into memory.
type fakePrinter struct {
	mu      sync.Mutex
	err     error
	printed []string
	hold    chan struct{} // the paper is under way until it is closed; nil: at once
}

func (p *fakePrinter) Status(context.Context) (printer.Status, error) {
	return printer.Status{Name: "Hall Printer", State: printer.Idle, Accepting: true}, nil
}

func (p *fakePrinter) Print(ctx context.Context, d printer.Document) (printer.Job, error) {
	if p.hold != nil {
		select {
		case <-p.hold:
		case <-ctx.Done():
			return printer.Job{}, ctx.Err()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return printer.Job{}, p.err
	}
	p.printed = append(p.printed, string(d.PDF))
	return printer.Job{ID: 1, After: printer.Status{State: printer.Idle, Accepting: true}}, nil
}

func (p *fakePrinter) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
}

type fakeForms struct{}

func (fakeForms) Paper(_ context.Context, paper papers.Paper, o ra.Order, _ ra.Project, _ ra.Membership) (pdf, preview []byte, err error) {
	return []byte(string(paper) + " " + o.Number), []byte("png of " + string(paper)), nil
}

func (fakeForms) Sample(_ context.Context, _ ra.Kind, m ra.MaterialKind) ([]byte, error) {
	return []byte("sample of " + m), nil
}

func (fakeForms) Slip(_ context.Context, o ra.Order, _ ra.Project, keys []papers.Key) ([]byte, error) {
	text := "slip " + o.Number
	for _, k := range keys {
		text += fmt.Sprintf(" %d %s %s", k.Number, k.Model.ZH, k.Certificate.SerialNumber)
	}
	return []byte(text), nil
}

func (fakeForms) Transfer(_ context.Context, o ra.Order, p ra.Project) ([]byte, error) {
	return []byte("transfer " + o.Number + " " + p.Bank.Number), nil
}

// hall is one kiosk with everything around it, and the customer in front of it.
type hall struct {
	devices *fakeHealth // nil: not looked at
	t       *testing.T
	client  *fakeClient // nil on the real rules
	office  rules
	kiosk   ra.Kiosk
	hub     *ukeytest.Hub
	keys    *ukeytest.Faults
	usb     chan usb.Event
	journal *journal.Journal
	scanner *scannertest.Fake
	printer *fakePrinter
	clock   *clock
	heard   *uplink.Clock // the back office's time
	hook    func(string) error
	paper   int // of the last sheet on the glass: each is another
	w       *Workflow
	stop    func()

	mu     sync.Mutex
	frame  Frame
	page   Page
	fresh  bool
	shown  chan struct{}
	strays []string // message keys that Keys does not list
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() {
		return time.Now()
	}
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() {
		c.at = time.Now()
	}
	c.at = c.at.Add(d)
}

func openHall(t *testing.T, keys int) *hall {
	t.Helper()
	c := newFakeClient(t)
	h := openHallOn(t, keys, c, ra.Kiosk{Prefix: "XH03"})
	h.client = c
	return h
}

// openHallOn is a hall on another back office.
func openHallOn(t *testing.T, keys int, office rules, kiosk ra.Kiosk) *hall {
	t.Helper()
	if keys == 0 {
		return openHallAt(t, nil, noKeys{}, office, kiosk)
	}
	hub := ukeytest.NewHub(t, keys)
	for i := range keys {
		hub.Pull(t, i)
	}
	return openHallAt(t, hub, writetest.Reader(t, ukeytest.SoftHSM, hub.Env()), office, kiosk)
}

// openFaultyHall is a hall with one key, not plugged in yet, whose module makes faults.
func openFaultyHall(t *testing.T) (*hall, *ukeytest.FaultModule) {
	t.Helper()
	module := ukeytest.NewFaultModule(t, 1)
	module.Pull(t, 0)
	c := newFakeClient(t)
	h := openHallAt(t, module.Hub, writetest.Reader(t, module.Path, module.Env()), c, ra.Kiosk{Prefix: "XH03"})
	h.client = c
	return h, module
}

func openHallAt(t *testing.T, hub *ukeytest.Hub, reader ukey.Reader, office rules, kiosk ra.Kiosk) *hall {
	t.Helper()
	h := &hall{
		t: t, office: office, kiosk: kiosk, scanner: &scannertest.Fake{}, printer: &fakePrinter{}, clock: &clock{},
		shown: make(chan struct{}, 1), journal: writetest.Journal(t, filepath.Join(t.TempDir(), "journal.db")),
		hub: hub, usb: make(chan usb.Event), keys: ukeytest.NewFaults(reader),
	}
	h.scanner.Lay(scannertest.Sheet(40, 60, color.White))
	h.start()
	return h
}

type noKeys struct{}

func (noKeys) List(context.Context) ([]ukey.Info, error)               { return nil, nil }
func (noKeys) Open(context.Context, ukey.Identity) (ukey.Token, error) { return nil, ukey.ErrRemoved }

// hallPIN is the kiosk's maintenance PIN.
const hallPIN = "314159"

// hallDPI is another resolution than the scanner's own.
const hallDPI = 250

// start starts the kiosk, again after stop: only the journal and the world are as before.
func (h *hall) start() {
	h.t.Helper()
	h.heard = uplink.NewClock(h.clock.now)
	up := uplink.New(uplink.Config{Line: lineTo(h.office), Journal: h.journal, Clock: h.heard, Pause: time.Millisecond, Retry: 5 * time.Millisecond})
	watcher := keys.NewWatcher(keys.Config{
		Reader: h.keys, Office: up, Journal: h.journal, Tick: 10 * time.Millisecond, USB: func(context.Context) <-chan usb.Event { return h.usb },
	})
	jobs := write.NewJobs(write.New(write.Config{
		Office: up, Journal: h.journal, Keys: h.keys, Now: h.clock.now, Log: slog.New(&complaints{h: h}),
		Hook: func(p string) error {
			if h.hook != nil {
				return h.hook(p)
			}
			return nil
		},
	}), watcher)
	var devices Health
	if h.devices != nil {
		devices = h.devices
	}
	h.w = New(Config{
		Health: devices, StaffPIN: func(pin []byte) bool { return string(pin) == hallPIN },
		Office: up, Journal: h.journal, Watcher: watcher, Jobs: jobs, Scanner: h.scanner, DPI: hallDPI, Printer: h.printer, Forms: fakeForms{}, View: h,
		Kiosk: h.kiosk, Changed: up.Changed(), Now: h.clock.now, Idle: 3 * time.Minute, Tick: 10 * time.Millisecond,
		Log: slog.New(&complaints{h: h}),
	})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = up.Run(ctx) })
	wg.Go(func() { watcher.Run(ctx) })
	wg.Go(func() { jobs.Run(ctx) })
	wg.Go(func() { _ = h.w.Run(ctx) })
	h.stop = sync.OnceFunc(func() { cancel(); wg.Wait() })
	h.t.Cleanup(h.stop)
}

// Show implements View.
func (h *hall) Show(f Frame, p Page) {
	h.mu.Lock()
	if f.Serial <= h.frame.Serial && f.Serial != 1 {
		h.t.Errorf("serial %d after %d", f.Serial, h.frame.Serial)
	}
	h.frame, h.page = f, p
	h.fresh = h.fresh || f.Fresh
	h.strays = append(h.strays, strays(f, p)...)
	if !f.Staff && !staffElsewhere(p) {
		h.t.Errorf("staff cannot be found from %T %+[1]v", p)
	}
	h.mu.Unlock()
	select {
	case h.shown <- struct{}{}:
	default:
	}
}

// staffElsewhere lists the pages whose frame offers no way to staff: home has its own, one tells of it, one is staff's, and one hides
// everything until somebody touches it.
func staffElsewhere(p Page) bool {
	switch p := p.(type) {
	case HomePage, HealthPage:
		return true
	case FormPage:
		return p.ID == FormStaff
	case BusyPage: // between those
		return p.ID == "login" || p.ID == "health"
	case NoticePage:
		return slices.Contains([]string{noticeStaff, noticeRest, noticeRestApproved, noticeRestReturned}, p.ID)
	}
	return false
}

// strays finds message keys on a page that a catalogue does not know of.
func strays(f Frame, p Page) (bad []string) {
	known := Keys()
	need := func(key string) {
		if _, ok := slices.BinarySearch(known, key); !ok {
			bad = append(bad, key)
		}
	}
	for _, k := range f.Trail {
		need(k)
	}
	switch p := p.(type) {
	case FormPage:
		need("form." + p.ID + ".title")
		need("action." + p.Primary)
		for _, s := range p.Secondary {
			need("action." + s.Name())
		}
		for _, x := range p.Fields {
			need("field." + x.ID)
			if x.Hint != "" {
				need(x.Hint)
			}
			for _, c := range x.Choices {
				need("choice." + c)
			}
		}
		for _, r := range p.Facts {
			need("field." + r.ID)
		}
	case SummaryPage:
		for _, s := range p.Sections {
			need("section." + s.ID)
			for _, r := range s.Rows {
				need("field." + r.ID)
				if r.Key != "" {
					need(r.Key)
				}
			}
		}
	case BusyPage:
		need("busy." + p.ID)
	case NoticePage:
		need("notice." + p.ID + ".title")
	case FaultPage:
		for _, a := range p.Actions {
			need("action." + a.Name())
		}
	case ProgressPage:
		for _, m := range p.Marks {
			need("mark." + m.ID)
		}
	case DonePage:
		for _, m := range p.Proof {
			need("mark." + m.ID)
		}
		for _, r := range p.Facts {
			need("field." + r.ID)
		}
	case OrdersPage:
		for _, o := range p.Orders {
			need("state." + o.State)
			need("next." + o.Next)
		}
	}
	return bad
}

// see waits until the page in front of the customer is a P as wanted.
func see[P Page](h *hall, want func(P) bool) P {
	h.t.Helper()
	deadline := time.After(time.Minute)
	for {
		h.mu.Lock()
		p, ok := h.page.(P)
		h.mu.Unlock()
		if ok && (want == nil || want(p)) {
			return p
		}
		select {
		case <-h.shown:
		case <-time.After(50 * time.Millisecond): // another test's view may have taken the word
		case <-deadline:
			h.mu.Lock()
			defer h.mu.Unlock()
			h.t.Fatalf("no %s as wanted; the page is %s", reflect.TypeFor[P]().Name(), describe(h.page))
		}
	}
}

func describe(p Page) string {
	if scan, ok := p.(ScanPage); ok {
		scan.Image = nil
		p = scan
	}
	text := fmt.Sprintf("%+v", p)
	if k, ok := p.(KeyPage); ok {
		for _, c := range k.Keys {
			text = fmt.Sprintf("key %s fault %+v, ", c.Serial, c.Fault) + text
		}
	}
	if f := reflect.ValueOf(p).FieldByName("Fault"); f.IsValid() && f.Kind() == reflect.Pointer && !f.IsNil() {
		text = fmt.Sprintf("fault %+v, %s", f.Elem(), text)
	}
	return fmt.Sprintf("%T %s", p, text[:min(len(text), 800)])
}

func (h *hall) do(actions ...Action) {
	for _, a := range actions {
		h.mu.Lock()
		serial := h.frame.Serial
		h.mu.Unlock()
		h.w.Do(Event{Serial: serial, Do: a})
	}
}

// form waits for a form, fills it in and waits until it is ready.
func (h *hall) form(id string, values ...string) {
	h.t.Helper()
	see(h, func(p FormPage) bool { return p.ID == id })
	for i := 0; i+1 < len(values); i += 2 {
		h.do(Type{values[i], values[i+1]}, Leave{values[i]})
	}
	see(h, func(p FormPage) bool { return p.ID == id && p.Ready })
	h.do(Go{})
}

func (h *hall) problem(field string, code ra.Code) {
	h.t.Helper()
	see(h, func(p FormPage) bool {
		return slices.ContainsFunc(p.Fields, func(f Field) bool { return f.ID == field && f.Problem != nil && f.Problem.Code == code })
	})
}

// isFault makes a condition of a page's fault.
func isFault(f *Fault, code ra.Code) bool { return f != nil && f.Code == code }

func (h *hall) end() {
	h.t.Helper()
	h.stop()
	if len(h.strays) > 0 {
		slices.Sort(h.strays)
		h.t.Errorf("message keys that Keys does not list: %s", strings.Join(slices.Compact(h.strays), ", "))
	}
}

// account makes a member without going through the forms.
func (h *hall) account() {
	r := ra.Registration{
		ID: newID(), ProjectID: "seal", Login: "13800001234", Password: "secret123",
		Organisation: ra.Organisation{Name: "杭州某某有限公司", CreditCode: testCreditCode}, Legal: ra.Person{Name: "张三", IDNumber: testIDNumber},
		Handler: ra.Person{Name: "李四", IDNumber: testIDNumber, Mobile: "13800001234"},
	}
	if _, err := h.client.Register(h.t.Context(), "", r); err != nil {
		h.t.Fatal(err)
	}
}

// order makes an approved order of that member with n keys.
func (h *hall) order(n int, state ra.OrderState) string {
	s, err := h.client.LogIn(h.t.Context(), "13800001234", "secret123")
	if err != nil {
		h.t.Fatal(err)
	}
	o, err := h.client.Place(h.t.Context(), s.Token, ra.Application{
		ID: newID(), Number: ra.OrderNumber("XH03", 1), Kind: ra.KindNew, Lines: []ra.ChosenLine{{ServiceID: "one-year", Quantity: n}},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.client.set(func() { h.client.orders[o.ID].State = state })
	return o.ID
}

// ready reads what a service needs, and goes on.
func (h *hall) ready() {
	h.t.Helper()
	see[NeedsPage](h, nil)
	h.do(Go{})
}

// logIn goes from home to the customer's orders.
func (h *hall) logIn() {
	h.t.Helper()
	see[HomePage](h, nil)
	h.do(SeeOrders{})
	h.form(FormLogIn, "login", "13800001234", "password", "secret123")
}

// toScan logs in the member that account made, and opens their only order past the printing.
func (h *hall) toScan(id string) {
	h.t.Helper()
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(OpenOrder{id})
	see[ScanPage](h, nil)
}

var testCreditCode = "91330100MA2B3C4D5" + string(ra.CreditCheck("91330100MA2B3C4D5"))
var testIDNumber = "33010219900307123" + string(ra.IDCheck("33010219900307123"))

var _ scanner.Scanner = (*scannertest.Fake)(nil)

func blankSheet() scanner.Page { return scannertest.Sheet(30, 50, color.Gray{200}) }

// restart is start with an empty screen.
func (h *hall) restart() {
	h.mu.Lock()
	h.frame, h.page = Frame{}, nil
	h.mu.Unlock()
	h.start()
}

func (h *hall) now() Frame {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.frame
}

func (h *hall) wasFresh() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fresh
}

func (h *hall) clearFresh() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fresh = false
}

func (c *fakeClient) ended() int {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.out
}

func (c *fakeClient) placed() int {
	c.lock.Lock()
	defer c.lock.Unlock()
	return len(c.orders)
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// complaints fails the test for what the workflow logs as an error: it should not happen at all.
type complaints struct{ h *hall }

func (c *complaints) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }
func (c *complaints) WithAttrs([]slog.Attr) slog.Handler           { return c }
func (c *complaints) WithGroup(string) slog.Handler                { return c }

func (c *complaints) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool { text += " " + a.String(); return true })
	c.h.t.Errorf("logged: %s", text)
	return nil
}
