package servicetest_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store/storetest"
)

// action is something that is asked of an order, and what becomes of it in every situation.
type action struct {
	name string
	do   func(t *testing.T, c *placed, o ra.Order) error
	// want is where the order stands then; the code of what it is refused with, which leaves it as it is.
	want func(s situation) (situation, ra.Code)
}

// only is an action that leaves the order where it stands, and is possible only there.
func only(where func(s situation) bool) func(s situation) (situation, ra.Code) {
	return func(s situation) (situation, ra.Code) {
		if where(s) {
			return s, ""
		}
		return s, ra.CodeState
	}
}

func open(s situation) bool { return s.state == ra.OrderOpen }
func settled(s situation) bool {
	return s.payment == ra.PaymentPaid || s.payment == ra.PaymentNothingDue
}
func makable(s situation) bool { return s.state == ra.OrderApproved || s.state == ra.OrderInProgress }
func inHand(s situation) bool  { return s.unit == ra.UnitReserved || s.unit == ra.UnitIssued }

// scanning: the customer has the papers.
func scanning(s situation) bool {
	return open(s) && (s.materials == ra.MaterialsMissing || s.materials == ra.MaterialsReturned)
}

func judging(s situation) bool { return open(s) && s.materials == ra.MaterialsSubmitted }

// effective is an order that takes effect: at once where nothing is written.
func effective(s situation) situation {
	s.state, s.materials = ra.OrderApproved, ra.MaterialsAccepted
	if s.rule.Plan == ra.PlanNone {
		s.state, s.unit = ra.OrderDone, ra.UnitDone
	}
	return s
}

var bad = []ra.Reason{{Kind: ra.ReasonUnreadable}}

// actions is the table of every move of an order.
var actions = []action{
	{"add a page", func(t *testing.T, c *placed, o ra.Order) error { return c.add(t, ra.MaterialForm) }, only(scanning)},
	{"take a page away", func(t *testing.T, c *placed, o ra.Order) error {
		_, err := c.RemovePage(t.Context(), c.member, c.id, ra.MaterialForm, c.form)
		return err
	}, only(scanning)},
	{"add a slip", func(t *testing.T, c *placed, o ra.Order) error { return c.add(t, ra.MaterialRemittance) },
		only(func(s situation) bool { return open(s) && s.payment == ra.PaymentUnpaid })},
	{"submit", func(t *testing.T, c *placed, o ra.Order) error {
		_, err := c.Submit(t.Context(), c.member, c.id)
		return err
	}, func(s situation) (situation, ra.Code) {
		switch {
		case s.state == ra.OrderCancelled:
			return s, ra.CodeState
		case !open(s):
			return s, ""
		case s.materials == ra.MaterialsReturned: // what was sent back is unchanged
			return s, ra.CodeMaterialMissing
		case s.materials == ra.MaterialsMissing:
			s.materials = ra.MaterialsSubmitted
		}
		if s.payment == ra.PaymentUnpaid {
			s.payment = ra.PaymentAwaitingConfirmation
		}
		return s, ""
	}},
	{"accept a paper", func(t *testing.T, c *placed, o ra.Order) error {
		_, err := c.Judge(t.Context(), c.Supervisor, c.id, ra.MaterialForm, ra.VerdictAccepted, nil, o.Version)
		return err
	}, only(func(s situation) bool { return judging(s) || s.materials == ra.MaterialsAccepted })},
	{"send a paper back", func(t *testing.T, c *placed, o ra.Order) error {
		_, err := c.Judge(t.Context(), c.Supervisor, c.id, ra.MaterialForm, ra.VerdictReturned, bad, o.Version)
		return err
	}, only(judging)},
	{"return what nobody judged", func(t *testing.T, c *placed, o ra.Order) error {
		_, err := c.Return(t.Context(), c.Supervisor, c.id, o.Version)
		return err
	}, func(s situation) (situation, ra.Code) {
		switch {
		case s.materials == ra.MaterialsReturned:
			return s, ""
		case judging(s):
			return s, ra.CodeReasonMissing
		}
		return s, ra.CodeState
	}},
	{"return", func(t *testing.T, c *placed, o ra.Order) error {
		if c.judged(t, ra.VerdictReturned) {
			o.Version++
		}
		_, err := c.Return(t.Context(), c.Supervisor, c.id, o.Version)
		return err
	}, func(s situation) (situation, ra.Code) {
		if s.materials != ra.MaterialsReturned && !judging(s) {
			return s, ra.CodeState
		}
		s.materials = ra.MaterialsReturned
		return s, ""
	}},
	{"approve what nobody judged", func(t *testing.T, c *placed, o ra.Order) error {
		_, err := c.Approve(t.Context(), c.Supervisor, c.id, o.Version)
		return err
	}, func(s situation) (situation, ra.Code) {
		switch {
		case s.state == ra.OrderCancelled:
			return s, ra.CodeState
		case !open(s):
			return s, ""
		case s.materials != ra.MaterialsAccepted:
			return s, ra.CodeMaterialsUnjudged
		case settled(s):
			return effective(s), ""
		}
		return s, ""
	}},
	{"approve", func(t *testing.T, c *placed, o ra.Order) error {
		if c.judged(t, ra.VerdictAccepted) {
			o.Version++
		}
		_, err := c.Approve(t.Context(), c.Supervisor, c.id, o.Version)
		return err
	}, func(s situation) (situation, ra.Code) {
		switch {
		case s.state == ra.OrderCancelled:
			return s, ra.CodeState
		case !open(s):
			return s, ""
		case scanning(s):
			return s, ra.CodeMaterialsUnjudged
		case settled(s):
			return effective(s), ""
		}
		s.materials = ra.MaterialsAccepted
		return s, ""
	}},
	{"reject", func(t *testing.T, c *placed, o ra.Order) error {
		_, err := c.CancelOrder(t.Context(), c.Supervisor, c.id, bad, o.Version)
		return err
	}, func(s situation) (situation, ra.Code) {
		switch {
		case s.state == ra.OrderDone:
			return s, ra.CodeState
		case inHand(s):
			return s, ra.CodeUnitTaken
		}
		s.state, s.unit = ra.OrderCancelled, ra.UnitReleased
		return s, ""
	}},
	{"cancel", func(t *testing.T, c *placed, o ra.Order) error {
		_, err := c.Intake.Cancel(t.Context(), c.member, c.id, o.Version)
		return err
	}, func(s situation) (situation, ra.Code) {
		if s.state != ra.OrderCancelled && !open(s) {
			return s, ra.CodeState
		}
		s.state, s.unit = ra.OrderCancelled, ra.UnitReleased
		return s, ""
	}},
	{"confirm the payment", func(t *testing.T, c *placed, o ra.Order) error {
		_, err := c.ConfirmPayment(t.Context(), c.Supervisor, c.id, o.AmountFen, "R"+c.id, o.Version)
		return err
	}, func(s situation) (situation, ra.Code) {
		if !open(s) && s.state != ra.OrderCancelled || settled(s) {
			return s, ra.CodeState
		}
		if s.payment = ra.PaymentPaid; open(s) && s.materials == ra.MaterialsAccepted {
			return effective(s), ""
		}
		return s, ""
	}},
	{"refuse the payment", func(t *testing.T, c *placed, o ra.Order) error {
		_, err := c.RefusePayment(t.Context(), c.Supervisor, c.id, bad, o.Version)
		return err
	}, func(s situation) (situation, ra.Code) {
		if !open(s) && s.state != ra.OrderCancelled || s.payment != ra.PaymentAwaitingConfirmation {
			return s, ra.CodeState
		}
		s.payment = ra.PaymentUnpaid
		return s, ""
	}},
	{"tell the account", func(t *testing.T, c *placed, o ra.Order) error {
		return c.SendAccount(t.Context(), c.Kiosk, c.member, c.id)
	}, only(func(s situation) bool { return open(s) && !settled(s) })},
	{"another code", func(t *testing.T, c *placed, o ra.Order) error {
		_, err := c.NewCode(t.Context(), c.Supervisor, c.id, o.Version)
		return err
	}, only(func(s situation) bool { return makable(s) && s.rule.Code })},
	{"send the code again", func(t *testing.T, c *placed, o ra.Order) error {
		return c.SendCode(t.Context(), c.Kiosk, c.member, c.id)
	}, only(func(s situation) bool { return makable(s) && s.rule.Code })},
	{"reserve", func(t *testing.T, c *placed, o ra.Order) error {
		_, err := c.reserve(t)
		return err
	}, func(s situation) (situation, ra.Code) {
		switch {
		case s.rule.Plan == ra.PlanNone:
			return s, ra.CodeConflict
		case !makable(s):
			return s, ra.CodeState
		case inHand(s):
			return s, ra.CodeUnitTaken
		}
		s.state, s.unit = ra.OrderInProgress, ra.UnitReserved
		return s, ""
	}},
	{"certify", func(t *testing.T, c *placed, o ra.Order) error {
		_, err := c.certify(t)
		return err
	}, func(s situation) (situation, ra.Code) {
		switch {
		case !s.begun():
			return s, ra.CodeNotFound
		case !s.rule.Plan.Has(ra.StepCertificate):
			return s, ra.CodeState
		case s.unit == ra.UnitReserved:
			s.unit = ra.UnitIssued
		}
		return s, "" // the same request again has the same answer
	}},
	{"confirm the proof", func(t *testing.T, c *placed, o ra.Order) error {
		if c.situation.unit == ra.UnitReserved && c.rule.Plan.Has(ra.StepProvePIN) {
			c.proof = c.prove(t, c.key)
		}
		return c.confirm(t)
	}, func(s situation) (situation, ra.Code) {
		switch {
		case !s.begun():
			return s, ra.CodeNotFound
		case s.unit == ra.UnitReserved && s.rule.Plan.Has(ra.StepCertificate):
			return s, ra.CodeState
		}
		s.state, s.unit = ra.OrderDone, ra.UnitDone
		return s, ""
	}},
	{"give a useless key back", func(t *testing.T, c *placed, o ra.Order) error {
		return c.GiveBack(t.Context(), c.Kiosk, c.hold(t), ra.CodeKeyFull)
	}, func(s situation) (situation, ra.Code) {
		switch {
		case !s.begun():
			return s, ra.CodeNotFound
		case s.unit != ra.UnitReserved:
			return s, ra.CodeState
		}
		s.unit = ra.UnitWaiting
		return s, ""
	}},
	{"release", func(t *testing.T, c *placed, o ra.Order) error {
		return c.ReleaseUnit(t.Context(), c.Supervisor, c.hold(t).OperationID, "lost")
	}, func(s situation) (situation, ra.Code) {
		switch {
		case !s.begun():
			return s, ra.CodeNotFound
		case !inHand(s):
			return s, ra.CodeState
		}
		s.unit = ra.UnitWaiting
		return s, ""
	}},
}

func (c *placed) add(t *testing.T, kind ra.MaterialKind) error {
	t.Helper()
	page := c.page
	page.ID = servicetest.ID(t)
	_, err := c.AddPage(t.Context(), c.member, c.id, kind, page)
	return err
}

// judged gives a verdict on the paper, where a reviewer may.
func (c *placed) judged(t *testing.T, verdict ra.Verdict) bool {
	t.Helper()
	o, err := c.Store.Order(t.Context(), c.id)
	servicetest.Must(t, err)
	var reasons []ra.Reason
	if verdict == ra.VerdictReturned {
		reasons = bad
	}
	after, err := c.Judge(t.Context(), c.Supervisor, c.id, ra.MaterialForm, verdict, reasons, o.Version)
	return err == nil && after.Version > o.Version
}

// TestEveryActionInEverySituation asks everything of an order of every service, in every state that the tables let it be in: what is allowed
// leads where the table says, what is not is refused with its code, and leaves the order as it was.
func TestEveryActionInEverySituation(t *testing.T) {
	t.Parallel()
	for _, rule := range ra.ServiceRules() {
		t.Run(string(rule.Kind)+string(rule.Reason), func(t *testing.T) {
			t.Parallel()
			s := newScene(t, rule)
			for _, at := range situations(rule) {
				var c *placed
				for _, a := range actions {
					if c == nil {
						c = s.put(t, at)
					}
					if c.tried(t, a) {
						c = nil
					}
				}
			}
		})
	}
}

// tried asks one thing of an order, and tells whether it happened.
func (c *placed) tried(t *testing.T, a action) (happened bool) {
	t.Helper()
	before, err := c.Store.Order(t.Context(), c.id)
	servicetest.Must(t, err)
	want, code := a.want(c.situation)
	err = a.do(t, c, before)
	if got := ra.CodeOf(err); got != code {
		t.Errorf("%s, %s: %v, want %q", c.situation, a.name, err, code)
		return true
	}
	after, err := c.Store.Order(t.Context(), c.id)
	servicetest.Must(t, err)
	got := situation{c.rule, after.State, after.Payment, after.Materials, after.Units[0].State}
	if got != want {
		t.Errorf("%s, %s: now %s, want %s", c.situation, a.name, got, want)
	}
	if code != "" && !reflect.DeepEqual(after, before) {
		t.Errorf("%s, %s: refused, and it is changed:\n%+v\nwas\n%+v", c.situation, a.name, after, before)
	}
	return code == "" || got != want
}

// track is a column that says where an order or its unit stands, with what may be written into it by hand.
type track struct {
	table, column string
	states        []string
	may           func(from, to string) error
	// besides is what has to stand beside a state: "" for nothing.
	besides func(state string) string
}

func tracks(rule ra.ServiceRule, operation string) []track {
	nothing := func(string) string { return "" }
	return []track{
		{"orders", "state", words(ra.OrderStates()), func(a, b string) error { return ra.OrderState(a).Move(ra.OrderState(b)) },
			func(string) string { return ", payment = 'paid', materials = 'accepted', approved_at = now()" }},
		{"orders", "payment", words(ra.PaymentStates()), func(a, b string) error { return ra.PaymentState(a).Move(ra.PaymentState(b)) }, nothing},
		{"orders", "materials", words(ra.MaterialsStates()), func(a, b string) error { return ra.MaterialsState(a).Move(ra.MaterialsState(b)) }, nothing},
		{"units", "state", words(ra.UnitStates()), func(a, b string) error { return rule.MoveUnit(ra.UnitState(a), ra.UnitState(b)) }, func(state string) string {
			if s := ra.UnitState(state); s == ra.UnitWaiting || s == ra.UnitReleased {
				return ", operation_id = NULL"
			}
			return ", operation_id = '" + operation + "'"
		}},
	}
}

func words[S ~string](states []S) (all []string) {
	for _, s := range states {
		all = append(all, string(s))
	}
	return all
}

// TestTheDatabaseRefusesWhatTheTablesRefuse: an UPDATE by hand moves an order and its unit where the tables say, and nowhere else; an order
// stands approved only with its papers accepted and nothing due.
func TestTheDatabaseRefusesWhatTheTablesRefuse(t *testing.T) {
	t.Parallel()
	s := newScene(t, ra.ServiceRules()[0])
	owner := storetest.Owner(t, s.DSN).Pool()
	var operation string
	servicetest.Must(t, owner.QueryRow(t.Context(), `SELECT id FROM operations WHERE state = 'done'`).Scan(&operation))
	for _, rule := range ra.ServiceRules() {
		c := s.put(t, situation{rule, ra.OrderOpen, ra.PaymentUnpaid, ra.MaterialsMissing, ra.UnitWaiting})
		_, err := s.conn.Exec(t.Context(), `UPDATE orders SET kind = $2, reason = $3 WHERE id = $1`, c.id, rule.Kind, rule.Reason)
		servicetest.Must(t, err)
		for _, x := range tracks(rule, operation) {
			where := map[string]string{"orders": ` WHERE id = $1`, "units": ` WHERE order_id = $1`}[x.table]
			for _, from := range x.states {
				_, err := s.conn.Exec(t.Context(), `UPDATE `+x.table+` SET `+x.column+` = $2`+x.besides(from)+where, c.id, from)
				servicetest.Must(t, err)
				for _, to := range x.states {
					wantMoved(t, owner, fmt.Sprintf("%s %s, %s.%s from %s to %s", rule.Kind, rule.Reason, x.table, x.column, from, to), x.may(from, to) == nil,
						`UPDATE `+x.table+` SET `+x.column+` = $2`+x.besides(to)+where, c.id, to)
				}
			}
		}
		_, err = s.conn.Exec(t.Context(), `UPDATE orders SET state = 'open', approved_at = now() WHERE id = $1`, c.id)
		servicetest.Must(t, err)
		for _, payment := range ra.PaymentStates() {
			for _, materials := range ra.MaterialsStates() {
				_, err := s.conn.Exec(t.Context(), `UPDATE orders SET payment = $2, materials = $3 WHERE id = $1`, c.id, payment, materials)
				servicetest.Must(t, err)
				wantMoved(t, owner, fmt.Sprintf("%s %s, approved while %s, %s", rule.Kind, rule.Reason, payment, materials), payment.Settled() && materials == ra.MaterialsAccepted,
					`UPDATE orders SET state = 'approved' WHERE id = $1`, c.id)
			}
		}
	}
	wantMoved(t, owner, "a service that the table does not have", false, `UPDATE orders SET kind = 'new', reason = 'lost' WHERE id = $1`, s.order.ID)
}

// checkViolation is PostgreSQL's word for what a check, or keep_to_moves, refuses.
const checkViolation = "23514"

// wantMoved has a statement change one row, or be refused; nothing of it stays.
func wantMoved(t *testing.T, owner *pgxpool.Pool, what string, want bool, sql string, args ...any) {
	t.Helper()
	tx, err := owner.Begin(t.Context())
	servicetest.Must(t, err)
	defer func() { _ = tx.Rollback(t.Context()) }()
	done, err := tx.Exec(t.Context(), sql, args...)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == checkViolation {
		err = nil
	}
	servicetest.Must(t, err)
	if moved := refused == nil && done.RowsAffected() == 1; moved != want {
		t.Errorf("%s: moved %v, want %v", what, moved, want)
	}
}
