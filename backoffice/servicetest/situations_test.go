package servicetest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// situation is where an order of a service stands, with its one unit.
type situation struct {
	rule      ra.ServiceRule
	state     ra.OrderState
	payment   ra.PaymentState
	materials ra.MaterialsState
	unit      ra.UnitState
}

func (s situation) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s: %s, %s, %s, unit %s", s.rule.Kind, s.rule.Reason, s.state, s.payment, s.materials, s.unit))
}

// begun tells whether an operation has, or had, the unit.
func (s situation) begun() bool {
	return s.unit == ra.UnitReserved || s.unit == ra.UnitIssued || s.unit == ra.UnitDone && s.rule.Plan != ra.PlanNone
}

// situations are all that the tables let an order of a service be in.
func situations(rule ra.ServiceRule) (all []situation) {
	settled := []ra.PaymentState{ra.PaymentPaid, ra.PaymentNothingDue}
	for _, payment := range ra.PaymentStates() {
		for _, materials := range ra.MaterialsStates() {
			all = append(all, situation{rule, ra.OrderOpen, payment, materials, ra.UnitWaiting},
				situation{rule, ra.OrderCancelled, payment, materials, ra.UnitReleased})
		}
	}
	for _, payment := range settled {
		all = append(all, situation{rule, ra.OrderDone, payment, ra.MaterialsAccepted, ra.UnitDone})
		if rule.Plan == ra.PlanNone {
			continue
		}
		all = append(all, situation{rule, ra.OrderApproved, payment, ra.MaterialsAccepted, ra.UnitWaiting},
			situation{rule, ra.OrderInProgress, payment, ra.MaterialsAccepted, ra.UnitWaiting},
			situation{rule, ra.OrderInProgress, payment, ra.MaterialsAccepted, ra.UnitReserved})
		if rule.Plan.Has(ra.StepCertificate) {
			all = append(all, situation{rule, ra.OrderInProgress, payment, ra.MaterialsAccepted, ra.UnitIssued})
		}
	}
	return all
}

// scene is a hall with one order of a service, from which orders in every situation are copied: each with a member, an organisation and a
// certificate of its own.
type scene struct {
	*servicetest.Hall
	member ra.Membership
	key    *servicetest.Key
	target string // id of the certificate
	order  ra.Order
	page   ra.Page
	conn   *pgx.Conn // on which no trigger and no foreign key counts
	copies int
}

// newScene is a hall in which every service costs something and asks for a paper.
func newScene(t *testing.T, rule ra.ServiceRule) *scene {
	t.Helper()
	s := &scene{Hall: servicetest.New(t)}
	s.Project.Required = nil
	for _, r := range ra.ServiceRules() {
		form := ra.Requirement{Material: ra.MaterialForm, MinPages: 1, MaxPages: 3}
		s.Project.Required = append(s.Project.Required, ra.Requirements{Kind: r.Kind, Reason: r.Reason, Materials: []ra.Requirement{form}})
	}
	for i := range s.Project.Services {
		s.Project.Services[i].PriceFen = 100
	}
	s.PutProject(t, 2, s.Project)
	s.member = s.Registered(t)
	order, code := s.Approved(t, s.member, 1)
	done, _, key := s.Made(t, s.member, order, code)
	made, err := s.Store.CertificateOfOperation(t.Context(), done.Unit.OperationID)
	servicetest.Must(t, err)
	s.member, s.key, s.target = s.MemberAgain(t, s.member), key, made.ID
	s.Clock.Advance(made.NotAfter.Sub(s.Clock.Now()) - 40*24*time.Hour)
	s.order, err = s.Place(t.Context(), s.Kiosk, s.member, s.application(t, rule))
	servicetest.Must(t, err)
	scan, page := servicetest.Scan(t, 7)
	servicetest.Must(t, s.StoreBlob(t.Context(), s.Kiosk, bytes.NewReader(scan), page.SHA256, page.Bytes))
	s.page = page
	s.conn, err = pgx.Connect(t.Context(), s.DSN)
	servicetest.Must(t, err)
	t.Cleanup(func() { _ = s.conn.Close(t.Context()) })
	_, err = s.conn.Exec(t.Context(), `SET session_replication_role = replica`)
	servicetest.Must(t, err)
	return s
}

// application is a valid one of a service.
func (s *scene) application(t *testing.T, rule ra.ServiceRule) ra.Application {
	t.Helper()
	switch rule.Targets {
	case ra.TargetsNone:
		return s.Application(t, 1)
	case ra.TargetsChosen:
		return s.On(t, rule.Kind, rule.Reason, s.target)
	}
	return s.Change(t, s.member, rule.Reason, func(a *ra.Applicant) {
		a.Organisation.Name, a.Legal.Name, a.Handler.Name = "杭州更名科技有限公司", "王五", "孙七"
	})
}

// placed is a copy of the scene's order in a situation.
type placed struct {
	*scene
	situation
	member  ra.Membership
	id      string
	form    string // id of its page
	target  string
	key     *servicetest.Key
	code    string
	release ra.Release // of its operation; zero before one was begun
	request []byte
	proof   ra.Proof
}

// row copies a row of a table, but for some of its columns.
func row(t *testing.T, b *pgx.Batch, table, id string, changes map[string]any) {
	t.Helper()
	text, err := json.Marshal(changes)
	servicetest.Must(t, err)
	b.Queue(`INSERT INTO `+table+` SELECT r.* FROM `+table+` x, jsonb_populate_record(x, $2::jsonb) r WHERE x.id = $1`, id, string(text))
}

// put copies the scene's order into a situation. Where an operation has its unit, that is begun as a kiosk does.
func (s *scene) put(t *testing.T, at situation) *placed {
	t.Helper()
	s.copies++
	c := &placed{scene: s, situation: at, id: servicetest.ID(t), form: servicetest.ID(t), target: servicetest.ID(t), key: s.key}
	if at.rule.Plan.Blank() {
		c.key = servicetest.NewKey(t)
	}
	begin := at
	if at.begun() {
		begin.state, begin.unit = ra.OrderApproved, ra.UnitWaiting
	}
	s.insert(t, c, begin)
	var err error
	c.member, err = s.Store.Membership(t.Context(), c.member.ID)
	servicetest.Must(t, err)
	if at.begun() {
		c.begin(t)
	}
	return c
}

// insert puts the rows of a copy.
func (s *scene) insert(t *testing.T, c *placed, at situation) {
	t.Helper()
	number := fmt.Sprintf("91330100%09d", 500_000+s.copies)
	applicant, member := s.order.Applicant, s.member
	applicant.Organisation.CreditCode = number + string(ra.CreditCheck(number))
	member.Organisation.CreditCode = applicant.Organisation.CreditCode
	organisation, unit := servicetest.ID(t), servicetest.ID(t)
	c.member.ID = servicetest.ID(t)
	amount := 100
	if at.payment == ra.PaymentNothingDue {
		amount = 0
	}
	var organisationID string
	servicetest.Must(t, s.conn.QueryRow(t.Context(), `SELECT organisation_id FROM memberships WHERE id = $1`, member.ID).Scan(&organisationID))
	b := &pgx.Batch{}
	row(t, b, "organisations", organisationID, map[string]any{"id": organisation, "number": member.Organisation.CreditCode, "record": member.Organisation})
	row(t, b, "memberships", member.ID, map[string]any{"id": c.member.ID, "organisation_id": organisation, "organisation": member.Organisation})
	row(t, b, "certificates", s.target, map[string]any{"id": c.target, "serial_number": strings.ReplaceAll(c.target, "-", ""), "operation_id": servicetest.ID(t), "unit_id": servicetest.ID(t),
		"membership_id": c.member.ID, "state": "active", "revoked_at": nil, "revocation_reason": 0})
	row(t, b, "orders", s.order.ID, map[string]any{"id": c.id, "number": "COPY-" + c.id, "membership_id": c.member.ID, "applicant": applicant, "state": at.state,
		"payment": at.payment, "materials": at.materials, "amount_fen": amount, "approved_at": s.Clock.Now()})
	b.Queue(`INSERT INTO order_lines SELECT $1, 0, $2, '{"zh":"x","en":"x"}', 1, $3, 12`, c.id, s.Project.ServicesFor(at.rule.Kind, at.rule.Reason)[0].ID, amount)
	var target *string
	if at.rule.Targets != ra.TargetsNone {
		target = &c.target
	}
	b.Queue(`INSERT INTO units (id, order_id, kind, index, service_id, term_months, state, target_id) VALUES ($1, $2, $3, 1, $4, $5, $6, $7)`,
		unit, c.id, at.rule.Kind, s.Project.ServicesFor(at.rule.Kind, at.rule.Reason)[0].ID, map[bool]int{true: 12}[at.rule.Term], at.unit, target)
	verdict := map[ra.MaterialsState]ra.Verdict{ra.MaterialsReturned: ra.VerdictReturned, ra.MaterialsAccepted: ra.VerdictAccepted}[at.materials]
	if verdict == "" {
		verdict = ra.VerdictNone
	}
	paper := `INSERT INTO materials (order_id, kind, position, min_pages, max_pages, verdict) VALUES ($1, $2, $3, 1, 3, $4)`
	b.Queue(paper, c.id, ra.MaterialForm, 0, verdict)
	b.Queue(paper, c.id, ra.MaterialRemittance, 1, ra.VerdictNone)
	scan := `INSERT INTO pages (id, order_id, kind, place, sha256, bytes, width, height, at) VALUES ($1, $2, $3, 0, $4, $5, 40, 60, $6)`
	b.Queue(scan, c.form, c.id, ra.MaterialForm, s.page.SHA256, s.page.Bytes, s.Clock.Now())
	b.Queue(scan, servicetest.ID(t), c.id, ra.MaterialRemittance, s.page.SHA256, s.page.Bytes, s.Clock.Now())
	b.Queue(`INSERT INTO page_looks VALUES ($1, $2, $3, $4)`, c.id, s.Supervisor.ID, s.page.SHA256, s.Clock.Now())
	// The copies share one key: what others left on it is gone.
	b.Queue(`DELETE FROM admin_attempts`)
	b.Queue(`UPDATE operations SET state = 'released' WHERE state IN ('reserved', 'issued')`)
	b.Queue(`UPDATE ukeys SET life = 'active' WHERE serial = $1`, s.key.Identity.Serial)
	servicetest.Must(t, s.conn.SendBatch(t.Context(), b).Close())
}

// begin takes the copy's unit to where its situation has it.
func (c *placed) begin(t *testing.T) {
	t.Helper()
	var err error
	c.release, err = c.reserve(t)
	servicetest.Must(t, err)
	fresh := servicetest.NewKey(t)
	fresh.Identity = c.key.Identity
	c.request = fresh.Request(t, c.release.Subject)
	if c.unit == ra.UnitReserved {
		return
	}
	signer := c.key
	if c.rule.Plan.Has(ra.StepCertificate) {
		issued, err := c.certify(t)
		servicetest.Must(t, err)
		fresh.Certificate = issued.Certificate
		signer = fresh
	}
	c.proof = c.prove(t, signer)
	if c.unit == ra.UnitDone {
		servicetest.Must(t, c.confirm(t))
	}
}

// reserve asks for the copy's unit, with its code where it has one.
func (c *placed) reserve(t *testing.T) (ra.Release, error) {
	t.Helper()
	order, err := c.Store.Order(t.Context(), c.id)
	servicetest.Must(t, err)
	if opened := order.State == ra.OrderApproved || order.State == ra.OrderInProgress; c.rule.Code && opened && c.code == "" {
		_, err = c.NewCode(t.Context(), c.Supervisor, c.id, order.Version)
		servicetest.Must(t, err)
		_, err = c.DeliverMessages(t.Context())
		servicetest.Must(t, err)
		c.code, err = c.Sender.Code(order.Number)
		servicetest.Must(t, err)
	}
	r := servicetest.Reservation(t, order, c.code, c.key)
	if !c.rule.Plan.Blank() {
		r.CertificateID = c.target
	}
	if !c.rule.Plan.Has(ra.StepAdministrator) {
		r.Attempt.ID = ""
	}
	return c.Reserve(t.Context(), c.Kiosk, c.member, r)
}

// hold is the operation's; of one that never was where there is none.
func (c *placed) hold(t *testing.T) ra.Hold {
	t.Helper()
	if c.release.Operation.ID == "" {
		return ra.Hold{OperationID: servicetest.ID(t), Ticket: "none"}
	}
	return c.release.Hold()
}

func (c *placed) version() int {
	if o := c.release.Opening; o != nil {
		return o.Set.Version
	}
	return 0
}

func (c *placed) certify(t *testing.T) (ra.Issued, error) {
	t.Helper()
	return c.Certify(t.Context(), c.Kiosk, c.hold(t), c.request, c.version())
}

func (c *placed) prove(t *testing.T, signer *servicetest.Key) ra.Proof {
	t.Helper()
	challenge, err := c.Challenge(t.Context(), c.Kiosk, c.release.Hold())
	servicetest.Must(t, err)
	return ra.Proof{OperationID: c.release.Operation.ID, Challenge: challenge, Signature: signer.Sign(t, challenge), Certificate: signer.Certificate,
		Inside: true, PINOpens: true, AdminPIN: c.version()}
}

func (c *placed) confirm(t *testing.T) error {
	t.Helper()
	_, err := c.Confirm(t.Context(), c.Kiosk, c.hold(t), c.proof)
	return err
}
