// Package servicetest gives tests a ready service: real rules on a real database, a CA, blobs and text messages in
// memory, a clock that stands still, one project, two kiosks, a supervisor and a counter clerk; and the steps that bring
// an order to where a test begins.
package servicetest

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"keyhall/backoffice/audit"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/service"
	"keyhall/backoffice/store"
	"keyhall/backoffice/store/storetest"
	"keyhall/backoffice/vault"
)

var (
	_ service.Store  = (*store.Store)(nil)
	_ service.Vault  = (*vault.Vault)(nil)
	_ service.Chain  = audit.Chain{}
	_ service.Issuer = (*Issuer)(nil)
	_ service.Blobs  = (*Blobs)(nil)
	_ service.Sender = (*Sender)(nil)
)

// Names of what every hall has.
const (
	ProjectID = "demo"
	ServiceID = "organisation-1y"
	Model     = "softkey"
	Password  = "hangzhou2026"
)

// Hall is a ready service with all its parts.
type Hall struct {
	*service.Service
	Store      *store.Store
	DSN        string // of its database
	Issuer     *Issuer
	Vault      *vault.Vault
	Clock      *Clock
	Blobs      *Blobs
	Sender     *Sender
	Kiosk      ra.Kiosk // XH01
	Other      ra.Kiosk // XH02
	Project    ra.Project
	Supervisor ra.Staff
	Counter    ra.Staff
	// Config is the service's configuration, for a second service on other parts.
	Config service.Config

	sequence atomic.Int64
}

// New makes a hall.
func New(t testing.TB) *Hall {
	t.Helper()
	v, err := vault.New(bytes.Repeat([]byte{7}, vault.MasterBytes))
	if err != nil {
		t.Fatal(err)
	}
	dsn := storetest.DSN(t)
	h := &Hall{
		Store: storetest.Open(t, dsn), DSN: dsn, Issuer: NewIssuer(t), Vault: v, Blobs: &Blobs{all: map[string][]byte{}}, Sender: &Sender{},
		Clock: &Clock{at: time.Now().UTC().Truncate(time.Second)}, Project: Project(),
	}
	h.Config = service.Config{Store: h.Store, Issuer: h.Issuer, Vault: v, Blobs: h.Blobs, Chain: audit.Chain{}, Sender: h.Sender,
		Now: h.Clock.Now, PasswordCost: 64, CRLURL: "http://127.0.0.1/crl", OCSPURL: "http://127.0.0.1/ocsp"}
	if h.Service, err = service.New(h.Config); err != nil {
		t.Fatal(err)
	}
	h.furnish(t)
	return h
}

// Copy is the same hall on a copy of its database. The store must be closed before.
func (h *Hall) Copy(t testing.TB) *Hall {
	t.Helper()
	dsn := storetest.Copy(t, h.DSN)
	c := &Hall{Store: storetest.Open(t, dsn), DSN: dsn, Issuer: h.Issuer, Vault: h.Vault, Clock: h.Clock, Blobs: h.Blobs, Sender: h.Sender,
		Kiosk: h.Kiosk, Other: h.Other, Project: h.Project, Supervisor: h.Supervisor, Counter: h.Counter, Config: h.Config}
	c.Config.Store = c.Store
	c.sequence.Store(h.sequence.Load())
	var err error
	c.Service, err = service.New(c.Config)
	must(t, err)
	return c
}

// Project is the catalogue of every hall.
func Project() ra.Project {
	return ra.Project{
		ID: ProjectID, Name: ra.Text{ZH: "示范印章中心", EN: "Demo Seal Centre"}, MaxUnits: 5,
		Bank:    ra.BankAccount{Holder: "示范印章中心", Bank: "示范银行", Number: "6222000011112222"},
		Profile: ra.SubjectProfile{Algorithm: "ec-p256", Country: "CN"},
		Services: []ra.Service{
			{ID: ServiceID, Kind: ra.KindNew, Name: ra.Text{ZH: "机构证书一年", EN: "Organisation, one year"}, PriceFen: 20000, TermMonths: 12},
			{ID: "free-trial", Kind: ra.KindNew, Name: ra.Text{ZH: "试用证书", EN: "Trial"}, PriceFen: 0, TermMonths: 1},
		},
		Agreements: []ra.Agreement{{ID: "terms", Version: 2, Title: ra.Text{ZH: "服务协议"}, Body: ra.Text{ZH: "……"}}},
		Required: []ra.Requirement{
			{Material: ra.MaterialLicence, MinPages: 1, MaxPages: 2}, {Material: ra.MaterialIdentity, MinPages: 2, MaxPages: 2},
			{Material: ra.MaterialForm, MinPages: 1, MaxPages: 3},
		},
		Models: []ra.UKeyModel{{ID: Model, Name: ra.Text{ZH: "软件钥匙"}, Manufacturer: "SoftHSM", Model: "SoftHSM v2", PINMin: 6, PINMax: 16}},
	}
}

func (h *Hall) furnish(t testing.TB) {
	t.Helper()
	ctx := t.Context()
	rule := ra.AdminPINRule{Factory: "12345678", Length: 8, Alphabet: "0123456789"}
	must(t, h.Store.PutUKeyModel(ctx, h.Project.Models[0], rule))
	must(t, h.Store.PutProject(ctx, 1, h.Project))
	h.Supervisor = h.staff(t, "wang@hall.example", "王主管", ra.RoleSupervisor)
	h.Counter = h.staff(t, "zhao@hall.example", "赵柜员", ra.RoleCounter)
	h.Kiosk = h.Enrolled(t, "XH01")
	h.Other = h.Enrolled(t, "XH02")
}

func (h *Hall) staff(t testing.TB, login, name string, role ra.Role) ra.Staff {
	t.Helper()
	m := ra.Staff{ID: ID(t), Login: login, Name: name, Role: role}
	hash, err := passwordHash()
	must(t, err)
	must(t, h.Store.PutStaff(t.Context(), m, hash))
	return m
}

// Enrolled enrols one more kiosk.
func (h *Hall) Enrolled(t testing.TB, prefix string) ra.Kiosk {
	t.Helper()
	text := ra.Text{ZH: "西湖窗口 " + prefix, EN: "West Lake " + prefix}
	code, err := h.EnrolmentCode(t.Context(), h.Supervisor, prefix, text, text, []string{ProjectID})
	must(t, err)
	enrolled, err := h.Enrol(t.Context(), code, NewKey(t).Request(t, nil))
	must(t, err)
	return enrolled.Kiosk
}

// Registration is a valid one; each has a login of its own.
func (h *Hall) Registration(t testing.TB) ra.Registration {
	t.Helper()
	person := ra.Person{Name: "李四", IDNumber: "110101199003071233", Mobile: fmt.Sprintf("138%08d", h.sequence.Add(1))}
	return ra.Registration{
		ID: ID(t), ProjectID: ProjectID, Login: person.Mobile, Password: Password,
		Organisation: ra.Organisation{Name: "杭州示范科技有限公司", CreditCode: "91110000MA00000152"},
		Legal:        ra.Person{Name: "张三", IDNumber: "310115198512310045"}, Handler: person,
		Agreed: []ra.Agreed{{AgreementID: "terms", Version: 2}},
	}
}

// Account registers a new one.
func (h *Hall) Account(t testing.TB) ra.Account {
	t.Helper()
	account, err := h.Register(t.Context(), h.Kiosk, h.Registration(t))
	must(t, err)
	return account
}

// Application is a valid one for n keys.
func (h *Hall) Application(t testing.TB, n int) ra.Application {
	t.Helper()
	return ra.Application{
		ID: ID(t), Number: ra.OrderNumber(h.Kiosk.Prefix, h.sequence.Add(1)), Kind: ra.KindNew,
		Lines:    []ra.ChosenLine{{ServiceID: ServiceID, Quantity: n}},
		Invoice:  ra.Invoice{Kind: ra.InvoiceOrdinary, Title: "杭州示范科技有限公司", TaxNumber: "91110000MA00000152"},
		Delivery: ra.Delivery{Kind: ra.DeliveryCounter}, Method: ra.MethodTransfer,
	}
}

// Placed places an order for n keys.
func (h *Hall) Placed(t testing.TB, account ra.Account, n int) ra.Order {
	t.Helper()
	order, err := h.Place(t.Context(), h.Kiosk, account, h.Application(t, n))
	must(t, err)
	return order
}

// Page stores a new scan and puts it under a material.
func (h *Hall) Page(t testing.TB, account ra.Account, orderID string, kind ra.MaterialKind) ra.Order {
	t.Helper()
	scan, page := Scan(t, int(h.sequence.Add(1)))
	must(t, h.StoreBlob(t.Context(), bytes.NewReader(scan), page.SHA256, page.Bytes))
	order, err := h.AddPage(t.Context(), account, orderID, kind, page)
	must(t, err)
	return order
}

// Submitted places an order for n keys and hands everything in, the slip too.
func (h *Hall) Submitted(t testing.TB, account ra.Account, n int) ra.Order {
	t.Helper()
	order := h.Placed(t, account, n)
	for _, kind := range []ra.MaterialKind{ra.MaterialLicence, ra.MaterialIdentity, ra.MaterialIdentity, ra.MaterialForm, ra.MaterialRemittance} {
		h.Page(t, account, order.ID, kind)
	}
	order, err := h.Submit(t.Context(), account, order.ID)
	must(t, err)
	return order
}

// Judged accepts every material of an order.
func (h *Hall) Judged(t testing.TB, order ra.Order) ra.Order {
	t.Helper()
	for _, m := range order.Papers {
		if m.Kind == ra.MaterialRemittance {
			continue
		}
		var err error
		order, err = h.Judge(t.Context(), h.Supervisor, order.ID, m.Kind, ra.VerdictAccepted, nil, order.Version)
		must(t, err)
	}
	return order
}

// Paid confirms the order's transfer.
func (h *Hall) Paid(t testing.TB, order ra.Order) ra.Order {
	t.Helper()
	order, err := h.ConfirmPayment(t.Context(), h.Supervisor, order.ID, order.AmountFen, "REF-"+order.Number, order.Version)
	must(t, err)
	return order
}

// Approved brings an order for n keys to approved and returns the code of the text message.
func (h *Hall) Approved(t testing.TB, account ra.Account, n int) (ra.Order, string) {
	t.Helper()
	order := h.Paid(t, h.Judged(t, h.Submitted(t, account, n)))
	order, err := h.Approve(t.Context(), h.Supervisor, order.ID, order.Version)
	must(t, err)
	_, err = h.DeliverMessages(t.Context())
	must(t, err)
	code, err := h.Sender.Code(order.Number)
	must(t, err)
	return order, code
}

// Reserved reserves a unit for a key.
func (h *Hall) Reserved(t testing.TB, account ra.Account, order ra.Order, code string, key *Key) ra.Release {
	t.Helper()
	release, err := h.Reserve(t.Context(), h.Kiosk, account, ra.Reservation{OperationID: ID(t), OrderID: order.ID, Model: key.Model, Serial: key.Serial, AuthCode: code})
	must(t, err)
	return release
}

// Certified issues the certificate of a reserved key.
func (h *Hall) Certified(t testing.TB, release ra.Release, key *Key) ra.Issued {
	t.Helper()
	issued, err := h.Certify(t.Context(), h.Kiosk, release.Operation.ID, key.Request(t, release.Subject), release.AdminPIN.Version)
	must(t, err)
	key.Certificate = issued.Certificate
	return issued
}

// Proof makes a good proof of a certified key.
func (h *Hall) Proof(t testing.TB, release ra.Release, key *Key) ra.Proof {
	t.Helper()
	challenge, err := h.Challenge(t.Context(), h.Kiosk, release.Operation.ID)
	must(t, err)
	return ra.Proof{OperationID: release.Operation.ID, Challenge: challenge, Signature: key.Sign(t, challenge), Certificate: key.Certificate,
		AdminPIN: release.AdminPIN.Version, Durations: []ra.Lap{{Step: ra.StepWrite, Milliseconds: 12}}}
}

// Made makes one key of an approved order, from the reservation to the proof.
func (h *Hall) Made(t testing.TB, account ra.Account, order ra.Order, code string) (ra.Completion, ra.Release, *Key) {
	t.Helper()
	key := NewKey(t)
	release := h.Reserved(t, account, order, code, key)
	h.Certified(t, release, key)
	done, err := h.Confirm(t.Context(), h.Kiosk, h.Proof(t, release, key))
	must(t, err)
	return done, release, key
}

// Sound fails the test when the audit finds anything.
func (h *Hall) Sound(t testing.TB) {
	t.Helper()
	h.Sealed(t)
	found, err := h.Audit(t.Context())
	must(t, err)
	if len(found) > 0 {
		t.Errorf("the audit found:\n%s", Told(found))
	}
}

// Sealed seals the whole audit trail. Lines written a moment ago can be sealed only when every older transaction on the
// server has ended, those of other tests too: so it tries for a while.
func (h *Hall) Sealed(t testing.TB) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		_, err := h.SealAudit(t.Context())
		must(t, err)
		open, err := h.Store.OldUnsealed(t.Context(), h.Clock.Now().Add(time.Hour))
		must(t, err)
		if open == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d lines of the audit trail cannot be sealed", open)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Told is one line for each finding.
func Told(found []service.Finding) string {
	lines := make([]string, len(found))
	for i, f := range found {
		lines[i] = fmt.Sprintf("%d: %s: %s", f.Invariant, f.Subject, f.What)
	}
	return strings.Join(lines, "\n")
}

// passwordHash is costly on purpose, so it is made once.
var passwordHash = sync.OnceValues(func() (string, error) { return service.HashPassword(Password) })

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
