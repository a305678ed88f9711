// Package servicetest gives tests a ready hall: all the rules on a real database, a CA, blobs and text messages in
// memory, a clock that stands still, one project, one hall with two kiosks, a supervisor who also reviews and handles money, a
// counter clerk and an administrator; and the steps that bring an order to where a test begins.
package servicetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"keyhall/backoffice/access"
	"keyhall/backoffice/audit"
	"keyhall/backoffice/book"
	"keyhall/backoffice/cashier"
	"keyhall/backoffice/fleet"
	"keyhall/backoffice/intake"
	"keyhall/backoffice/issuing"
	"keyhall/backoffice/jobs"
	"keyhall/backoffice/notify"
	"keyhall/backoffice/password"
	"keyhall/backoffice/people"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
	"keyhall/backoffice/store"
	"keyhall/backoffice/store/storetest"
	"keyhall/backoffice/vault"
)

// Names of what every hall has.
const (
	ProjectID = "demo"
	HallID    = "xihu"
	ServiceID = "organisation-1y"
	Model     = "softkey"
	Password  = "hangzhou2026"
)

// Hall is the ready rules with all their parts.
type Hall struct {
	*intake.Intake
	*review.Review
	*issuing.Issuing
	*cashier.Cashier
	*people.People
	*fleet.Fleet
	Access     *access.Access
	Store      *store.Store
	DSN        string // of its database
	Issuer     *Issuer
	Vault      *vault.Vault
	Clock      *Clock
	Blobs      *Blobs
	Sender     *Sender
	Outbox     *notify.Outbox
	Kiosk      ra.Kiosk // XH01
	Other      ra.Kiosk // XH02
	Project    ra.Project
	Supervisor ra.Staff // reviewer and finance too
	Counter    ra.Staff
	Admin      ra.Staff
	Trail      *audit.Trail
	Board      jobs.Board
	// The configurations of intake and issuing, for a second one on other parts.
	IntakeConfig  intake.Config
	IssuingConfig issuing.Config

	key      *audit.Key // of the trail
	writer   *audit.Writer
	sequence atomic.Int64
}

// New makes a hall; options are of its store.
func New(t testing.TB, options ...store.Option) *Hall {
	t.Helper()
	v, err := vault.New(map[int][]byte{1: bytes.Repeat([]byte{7}, vault.MasterBytes)})
	if err != nil {
		t.Fatal(err)
	}
	dsn := storetest.DSN(t)
	h := &Hall{
		Store: storetest.Open(t, dsn, options...), DSN: dsn, Issuer: NewIssuer(t), Vault: v, Blobs: &Blobs{all: map[string][]byte{}}, Sender: &Sender{},
		Clock: &Clock{at: time.Now().UTC().Truncate(time.Second)}, Project: Project(), key: storetest.AuditKey(t),
	}
	h.assemble()
	h.furnish(t)
	return h
}

// assemble makes the rules of the hall's parts.
func (h *Hall) assemble() {
	h.writer = audit.NewWriter(h.key)
	clerk := book.NewClerk(h.Clock.Now, nil)
	passwords := func(audience string) *password.Guard {
		return password.New(password.Config{Audience: audience, Tries: h.Store, Now: h.Clock.Now, Memory: 64})
	}
	h.Outbox = notify.NewOutbox(clerk, h.Store, h.Vault, h.Sender)
	h.Trail = audit.NewTrail(audit.Config{Clerk: clerk, Store: store.For(h.Store, func(tx *store.Tx) audit.Tx { return tx }),
		Writer: h.writer, Key: h.key, Register: "hall"})
	h.Store.KeepTrail(h.writer)
	h.People = people.New(people.Config{Clerk: clerk, Store: store.For(h.Store, func(tx *store.Tx) people.Tx { return tx }),
		Vault: h.Vault, Passwords: passwords(password.Staff)})
	h.Fleet = fleet.New(fleet.Config{Clerk: clerk, Store: store.For(h.Store, func(tx *store.Tx) fleet.Tx { return tx }),
		Issuer: h.Issuer, Vault: h.Vault, People: h.People})
	h.Review = review.New(review.Config{Clerk: clerk, Store: store.For(h.Store, func(tx *store.Tx) review.Tx { return tx }),
		Vault: h.Vault, Blobs: h.Blobs, People: h.People, Messages: h.Outbox,
		Register: issuing.NewRegister(clerk)})
	h.Cashier = cashier.New(cashier.Config{Clerk: clerk, Store: store.For(h.Store, func(tx *store.Tx) cashier.Tx { return tx }),
		People: h.People, Messages: h.Outbox, Approvals: h.Review})
	h.IntakeConfig = intake.Config{Clerk: clerk, Store: store.For(h.Store, func(tx *store.Tx) intake.Tx { return tx }),
		CA: h.Issuer, Vault: h.Vault, Blobs: h.Blobs, Fleet: h.Fleet, Approvals: h.Review, Resets: h.Review, Mobiles: h.Review, Slips: h.Review, Passwords: passwords(password.Customers)}
	h.Intake = intake.New(h.IntakeConfig)
	h.Access = access.New(access.Config{Clerk: clerk, Store: store.For(h.Store, func(tx *store.Tx) access.Tx { return tx }),
		People: h.People, Scans: h.Intake, Blobs: h.Blobs, Codes: h.Review, Messages: h.Outbox})
	h.IssuingConfig = issuing.Config{Clerk: clerk, Store: store.For(h.Store, func(tx *store.Tx) issuing.Tx { return tx }),
		Issuer: h.Issuer, Revoker: h.Issuer, Status: h.Issuer, Signed: h.Issuer,
		Vault: h.Vault, Trail: h.Trail, Fleet: h.Fleet, Intake: h.Intake, Codes: h.Review, People: h.People, Messages: h.Outbox,
		PKIURL: "http://127.0.0.1"}
	h.Issuing = issuing.New(h.IssuingConfig)
	h.Board = jobs.Board{Clerk: clerk, Store: store.For(h.Store, func(tx *store.Tx) jobs.BoardTx { return tx }), People: h.People,
		Tasks: []string{"crl", "prune"}}
}

// DeliverMessages sends what waits in the outbox, as its jobs do, and returns how many went out and what the others failed with.
func (h *Hall) DeliverMessages(ctx context.Context) (sent int, err error) {
	ids, err := h.Store.WaitingMessages(ctx)
	for _, id := range ids {
		one := h.Outbox.Deliver(ctx, id, false)
		if err = errors.Join(err, one); one == nil {
			sent++
		}
	}
	return sent, err
}

// SealAudit seals the new lines of the trail.
func (h *Hall) SealAudit(ctx context.Context) (int, error) { return h.Trail.SealAudit(ctx) }

// Copy is the same hall on a copy of its database. The store must be closed before.
func (h *Hall) Copy(t testing.TB) *Hall {
	t.Helper()
	dsn := storetest.Copy(t, h.DSN)
	c := &Hall{Store: storetest.Open(t, dsn), DSN: dsn, Issuer: h.Issuer, Vault: h.Vault, Clock: h.Clock, Blobs: h.Blobs, Sender: h.Sender,
		Kiosk: h.Kiosk, Other: h.Other, Project: h.Project, Supervisor: h.Supervisor, Counter: h.Counter, Admin: h.Admin, key: h.key}
	c.sequence.Store(h.sequence.Load())
	c.assemble()
	return c
}

// Project is the catalogue of every hall.
func Project() ra.Project {
	return ra.Project{
		ID: ProjectID, Name: ra.Text{ZH: "示范印章中心", EN: "Demo Seal Centre"}, MaxUnits: 5, Window: ra.DefaultWindow(), MobileCountries: []string{"852"},
		Bank:    ra.BankAccount{Holder: "示范印章中心", Bank: "示范银行", Number: "6222000011112222"},
		Profile: ra.SubjectProfile{Algorithm: "ec-p256", Usage: ra.UsageSign, Country: "CN"},
		Services: []ra.Service{
			{ID: ServiceID, Kind: ra.KindNew, Name: ra.Text{ZH: "机构证书一年", EN: "Organisation, one year"}, PriceFen: 20000, TermMonths: 12},
			{ID: "free-trial", Kind: ra.KindNew, Name: ra.Text{ZH: "试用证书", EN: "Trial"}, PriceFen: 0, TermMonths: 1},
			{ID: "renew-1y", Kind: ra.KindRenew, Name: ra.Text{ZH: "续期一年", EN: "Renewal, one year"}, PriceFen: 18000, TermMonths: 12},
			{ID: "extend-1y", Kind: ra.KindExtend, Name: ra.Text{ZH: "延期一年", EN: "Extension, one year"}, PriceFen: 19000, TermMonths: 12},
			{ID: "legal", Kind: ra.KindChange, Reason: ra.ReasonLegal, Name: ra.Text{ZH: "法定代表人变更"}},
			{ID: "name", Kind: ra.KindChange, Reason: ra.ReasonName, Name: ra.Text{ZH: "名称变更"}, PriceFen: 5000},
			{ID: "data", Kind: ra.KindChange, Reason: ra.ReasonData, Name: ra.Text{ZH: "信息变更"}},
			{ID: "lost", Kind: ra.KindReissue, Reason: ra.ReasonLost, Name: ra.Text{ZH: "遗失补办"}, PriceFen: 9000},
			{ID: "damaged", Kind: ra.KindReissue, Reason: ra.ReasonDamaged, Name: ra.Text{ZH: "损坏补办"}, PriceFen: 8000},
			{ID: "unlock", Kind: ra.KindUnlock, Name: ra.Text{ZH: "解锁"}},
		},
		Agreements: []ra.Agreement{{ID: "terms", Version: 2, Title: ra.Text{ZH: "服务协议"}, Body: ra.Text{ZH: "……"}}},
		Required: []ra.Requirements{{Kind: ra.KindNew, Materials: []ra.Requirement{
			{Material: ra.MaterialLicence, MinPages: 1, MaxPages: 2}, {Material: ra.MaterialIdentity, MinPages: 2, MaxPages: 2},
			{Material: ra.MaterialForm, MinPages: 1, MaxPages: 3},
		}}, {Kind: ra.KindChange, Reason: ra.ReasonName, Materials: []ra.Requirement{
			{Material: ra.MaterialProof, MinPages: 1, MaxPages: 5}, {Material: ra.MaterialLicence, MinPages: 1, MaxPages: 2},
		}}},
		Models: []ra.UKeyModel{{ID: Model, Name: ra.Text{ZH: "软件钥匙"}, Manufacturer: "SoftHSM", Model: "SoftHSM v2", PINMin: 6, PINMax: 16}},
	}
}

func (h *Hall) furnish(t testing.TB) {
	t.Helper()
	ctx := t.Context()
	fingerprint, err := h.Vault.Fingerprint(1)
	Must(t, err)
	rule := book.AdminPINRule{Factory: []byte("12345678"), Customer: []byte("11111111"), Length: 8, Alphabet: "0123456789", Tries: 3}
	h.Furnish(t, func(tx *store.Tx) error {
		return errors.Join(tx.InsertMasterKey(ctx, 1, fingerprint, h.Clock.Now()), tx.PutUKeyModel(ctx, h.Project.Models[0], rule), tx.PutProject(ctx, 1, h.Project))
	})
	Must(t, h.Store.PutHall(ctx, 1, ra.Hall{ID: HallID, Name: ra.Text{ZH: "西湖服务大厅", EN: "West Lake Hall"}}))
	h.Supervisor = h.Hired(t, "wang@hall.example", "王主管", Grants(ra.RoleSupervisor, ra.RoleReviewer, ra.RoleFinance)...)
	h.Counter = h.Hired(t, "zhao@hall.example", "赵柜员", Grants(ra.RoleCounter)...)
	h.Admin = h.Hired(t, "liu@hall.example", "刘管理", Grants(ra.RoleAdministrator)...)
	h.Kiosk = h.Enrolled(t, "XH01")
	h.Other = h.Enrolled(t, "XH02")
}

// Furnish changes the register past the rules, with a line in the trail.
func (h *Hall) Furnish(t testing.TB, f func(tx *store.Tx) error) {
	t.Helper()
	line := book.AuditRow{At: h.Clock.Now(), ActorKind: "system", ActorID: "test", Action: "test.furnish"}
	Must(t, h.Store.Do(t.Context(), func(tx *store.Tx) error { return errors.Join(f(tx), tx.InsertAudit(t.Context(), line)) }))
}

// PutProject changes a project of the catalogue.
func (h *Hall) PutProject(t testing.TB, position int, p ra.Project) {
	t.Helper()
	h.Furnish(t, func(tx *store.Tx) error { return tx.PutProject(t.Context(), position, p) })
}

// PutModel changes the rules of a model of key.
func (h *Hall) PutModel(t testing.TB, m ra.UKeyModel, r book.AdminPINRule) {
	t.Helper()
	h.Furnish(t, func(tx *store.Tx) error { return tx.PutUKeyModel(t.Context(), m, r) })
}

// Grants are roles in all projects at all halls.
func Grants(roles ...ra.Role) []ra.Grant {
	all := make([]ra.Grant, len(roles))
	for i, r := range roles {
		all[i] = ra.Grant{Role: r}
	}
	return all
}

// Hired adds a member of staff with grants that count.
func (h *Hall) Hired(t testing.TB, login, name string, grants ...ra.Grant) ra.Staff {
	t.Helper()
	id := ID(t)
	Must(t, h.AddStaff(t.Context(), book.Command(), ra.Staff{ID: id, Login: login, Name: name}, Password))
	for _, g := range grants {
		g.ID, g.StaffID = ID(t), id
		Must(t, h.Grant(t.Context(), book.Command(), g))
	}
	m, err := h.Staff(t.Context(), id)
	Must(t, err)
	return m
}

// Sound fails the test when the audit finds anything.
func (h *Hall) Sound(t testing.TB) {
	t.Helper()
	h.Sealed(t)
	found, err := h.Audit(t.Context())
	Must(t, err)
	if len(found) > 0 {
		t.Errorf("the audit found:\n%s", Told(found))
	}
}

// Sealed seals the whole audit trail.
func (h *Hall) Sealed(t testing.TB) {
	t.Helper()
	_, err := h.SealAudit(t.Context())
	Must(t, err)
}

// Told is one line for each finding.
func Told(found []book.Finding) string {
	lines := make([]string, len(found))
	for i, f := range found {
		lines[i] = fmt.Sprintf("%d: %s: %s", f.Invariant, f.Subject, f.What)
	}
	return strings.Join(lines, "\n")
}
