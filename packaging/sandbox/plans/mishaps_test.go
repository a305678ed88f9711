package plans

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/journal"
	"keyhall/kiosk/keys"
	"keyhall/kiosk/write"
)

// call is a customer's with a key of theirs and an order for it that went through: a write is about to begin. The key is behind a shim.
type call struct {
	*life
	plan  ra.Plan
	order ra.Order
	keys  *ukeytest.Faults
	// state is what the key says of its holder's PIN, PINUnknown for what is so.
	state ukey.PINState
	errand
}

// apply are applications for a write by each plan.
var apply = map[ra.Plan]func(t *testing.T, l *life) ra.Application{
	ra.PlanExtend: func(t *testing.T, l *life) ra.Application { return l.On(t, ra.KindExtend, ra.ReasonNone, l.target) },
	ra.PlanChange: func(t *testing.T, l *life) ra.Application {
		return l.Change(t, l.member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.Name = "杭州更名科技有限公司" })
	},
	ra.PlanUnlock: func(t *testing.T, l *life) ra.Application { return l.On(t, ra.KindUnlock, ra.ReasonNone, l.target) },
}

// pins are those that a holder types for each plan.
var pins = map[ra.Plan][]byte{ra.PlanExtend: firstPIN, ra.PlanChange: firstPIN, ra.PlanUnlock: newPIN}

func called(t *testing.T, plan ra.Plan) *call {
	t.Helper()
	l := born(t)
	order, code := l.Approved(t, l.member, 1)
	l.certified(t, l.done(t, ra.PlanMake, order, code, firstPIN))
	l.nearItsEnd(t)
	c := &call{life: l, plan: plan, keys: ukeytest.NewFaults(l.keys)}
	c.order, code = l.approved(t, apply[plan](t, l))
	c.errand = l.begun(t, plan, c.order, code, pins[plan])
	return c
}

// Open opens a key whose PIN says of itself what the call wants.
func (c *call) Open(ctx context.Context, key ukey.Identity) (ukey.Token, error) {
	token, err := c.keys.Open(ctx, key)
	if err != nil || c.state == ukey.PINUnknown {
		return token, err
	}
	return telling{token, c.state}, nil
}

// List lists the keys that are plugged in.
func (c *call) List(ctx context.Context) ([]ukey.Info, error) { return c.keys.List(ctx) }

// telling is a key that says of its holder's PIN what a test wants.
type telling struct {
	ukey.Token
	state ukey.PINState
}

// Info is what the key says of itself.
func (k telling) Info(ctx context.Context) (ukey.Info, error) {
	i, err := k.Token.Info(ctx)
	i.UserPIN = k.state
	return i, err
}

// attempt is one by a kiosk that was just started.
func (c *call) attempt(t *testing.T) error {
	t.Helper()
	return c.errand.run(t.Context(), write.Config{Keys: c}, func() error { return errStruck })
}

// wantCode has an attempt refused; the audit finds nothing then, and what was on the key is of use.
func (c *call) wantCode(t *testing.T, want ra.Code, args ...string) {
	t.Helper()
	err := c.attempt(t)
	got := ra.CodeOf(err)
	if got == ra.CodeInternal {
		got = cmp.Or(keys.Code(err), got)
	}
	if got != want {
		t.Errorf("got %v, want %q", err, want)
	}
	for i := 0; i < len(args); i += 2 {
		if got := servicetest.Argument(err, args[i]); got != args[i+1] {
			t.Errorf("%s: %s is %q, want %q", want, args[i], got, args[i+1])
		}
	}
	c.Sound(t)
}

// brokenOff stops the write in the middle, its unit reserved.
func (c *call) brokenOff(t *testing.T) {
	t.Helper()
	c.Die = 9
	if err := c.attempt(t); !errors.Is(err, errStruck) {
		t.Fatalf("got %v, want it struck", err)
	}
	c.Die = 0
}

// finishes carries the write out at last, and wants key and register to agree.
func (c *call) finishes(t *testing.T) {
	t.Helper()
	servicetest.Must(t, c.attempt(t))
	c.pin = c.PIN
	if c.plan.Has(ra.StepCertificate) {
		c.certified(t, c.Write.ID)
	}
	c.wantsUse(t, ra.PlanNone)
	if got := c.OrderOf(t, c.member, c.order.ID); got.State != ra.OrderDone || got.Units[0].State != ra.UnitDone {
		t.Errorf("the order is %s, its unit %s, want both done", got.State, got.Units[0].State)
	}
	c.wantOpen(t, 0)
}

// ended wants the unit given up, the kiosk's journal empty, and the key of use as it was.
func (c *call) ended(t *testing.T) {
	t.Helper()
	if got := c.OrderOf(t, c.member, c.order.ID); got.State != ra.OrderCancelled || got.Units[0].State != ra.UnitReleased {
		t.Errorf("the order is %s, its unit %s, want cancelled and released", got.State, got.Units[0].State)
	}
	c.decrypts(t)
	c.wantOpen(t, 0)
}

// wantOpen counts the writes that the kiosk's journal has open.
func (c *call) wantOpen(t *testing.T, want int) {
	t.Helper()
	j, err := journal.Open(t.Context(), c.Kiosk.Journal, make([]byte, journal.KeyBytes), time.Now)
	servicetest.Must(t, err)
	defer j.Close()
	if open, err := j.OpenWrites(t.Context()); err != nil || len(open) != want {
		t.Errorf("%d writes are open, %v, want %d", len(open), err, want)
	}
}

func (c *call) logIn(t *testing.T) {
	t.Helper()
	c.Kiosk.Session = c.LoggedIn(t, ra.Kiosk{ID: c.Kiosk.ID}, c.member.Login, servicetest.Password, c.member.ID)
}

// otherCode has another code sent and typed.
func (c *call) otherCode(t *testing.T) {
	t.Helper()
	o := c.OrderOf(t, c.member, c.order.ID)
	_, err := c.NewCode(t.Context(), c.Supervisor, o.ID, o.Version)
	servicetest.Must(t, err)
	_, err = c.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	c.Code, err = c.Sender.Code(o.Number)
	servicetest.Must(t, err)
}

// choose has the person choose what may go from a full key, of a write that waits for that.
func (c *call) choose(t *testing.T, remove ...ra.KeyObject) {
	t.Helper()
	line, err := c.Kiosk.line()
	servicetest.Must(t, err)
	j, err := journal.Open(t.Context(), c.Kiosk.Journal, make([]byte, journal.KeyBytes), time.Now)
	servicetest.Must(t, err)
	defer j.Close()
	x := write.New(write.Config{Keys: c, Office: line, Journal: j})
	job, err := c.job(t.Context(), x, line, j)
	servicetest.Must(t, err)
	servicetest.Must(t, x.Choose(t.Context(), job, remove))
}

// filled puts a pair of the holder's own onto the key, and names it.
func (c *call) filled(t *testing.T, id string) (names []ra.KeyObject) {
	t.Helper()
	token, err := c.life.keys.Open(t.Context(), ukey.Identity(c.key))
	servicetest.Must(t, err)
	defer token.Close()
	servicetest.Must(t, token.Login(t.Context(), ukey.Customer, firstPIN))
	_, err = token.GenerateKey(t.Context(), ukey.Pair{ID: []byte(id), Label: id, Algorithm: ukey.ECP256})
	servicetest.Must(t, err)
	objects, err := token.Objects(t.Context())
	servicetest.Must(t, err)
	for _, o := range objects {
		if string(o.ID) == id {
			names = append(names, write.NameOf(o))
		}
	}
	return names
}

// logins counts how often the key's PINs were tried.
func (c *call) logins() int {
	return len(slices.DeleteFunc(c.keys.Calls(), func(m string) bool { return m != "Login" }))
}

// all are the plans for a key of ours.
var all = []ra.Plan{ra.PlanExtend, ra.PlanChange, ra.PlanUnlock}

// mishaps are what goes wrong at a write, by what the person is told; each is mended, or ends without anything lost.
var mishaps = []struct {
	name  string
	plans []ra.Plan
	meet  func(t *testing.T, c *call)
}{
	{"no key", all, func(t *testing.T, c *call) {
		c.hub.Pull(t, 0)
		c.wantCode(t, ra.CodeKeyNone)
		c.hub.Plug(t, 0)
		c.finishes(t)
	}},
	{"pulled in the middle", all, func(t *testing.T, c *call) {
		c.brokenOff(t)
		c.hub.Pull(t, 0)
		c.wantCode(t, ra.CodeKeyNone)
		c.hub.Plug(t, 0)
		c.finishes(t)
	}},
	{"not the serial that was approved", all, func(t *testing.T, c *call) {
		own := c.Write.Key
		c.Write.Key = c.stranger(t)
		c.wantCode(t, ra.CodeKeyWrong, "expected", own.Serial, "found", c.Write.Key.Serial)
		c.Write.Key = own
		c.finishes(t)
	}},
	{"another key is plugged in instead", all, func(t *testing.T, c *call) {
		other := c.stranger(t)
		c.hub.Pull(t, 0)
		c.wantCode(t, ra.CodeKeyWrong, "expected", c.key.Serial, "found", other.Serial)
		c.hub.Plug(t, 0)
		c.finishes(t)
	}},
	{"somebody else's order", all, func(t *testing.T, c *call) {
		stranger := c.Registered(t)
		own := c.Kiosk.Session
		c.Kiosk.Session = c.LoggedIn(t, ra.Kiosk{ID: c.Kiosk.ID}, stranger.Login, servicetest.Password, stranger.ID)
		c.wantCode(t, ra.CodeNotFound)
		c.Kiosk.Session = own
		c.finishes(t)
	}},
	{"a hall that does not serve the project", all, func(t *testing.T, c *call) {
		c.Elsewhere(t)
		serves := func(project string) {
			_, err := c.Store.Pool().Exec(t.Context(), `UPDATE kiosk_projects SET project_id = $1`, project)
			servicetest.Must(t, err)
		}
		serves(servicetest.OtherProjectID)
		c.wantCode(t, ra.CodeForbidden)
		serves(servicetest.ProjectID)
		c.finishes(t)
	}},
	{"an order that is not approved", []ra.Plan{ra.PlanUnlock}, func(t *testing.T, c *call) {
		c.finishes(t)
		again, err := c.Place(t.Context(), c.life.Kiosk, c.member, apply[c.plan](t, c.life))
		servicetest.Must(t, err)
		again = c.HandIn(t, c.member, again)
		c.errand = c.begun(t, c.plan, again, "12345678", newPIN)
		c.wantCode(t, ra.CodeState)
		again = c.Judged(t, again)
		c.order, err = c.Approve(t.Context(), c.Supervisor, again.ID, again.Version)
		servicetest.Must(t, err)
		c.otherCode(t)
		c.finishes(t)
	}},
	{"five wrong codes", []ra.Plan{ra.PlanUnlock}, func(t *testing.T, c *call) {
		right := c.Code
		for i := range 5 {
			c.Code = fmt.Sprintf("0000000%d", i)
			if i < 4 {
				c.wantCode(t, ra.CodeAuthCodeWrong, "left", fmt.Sprint(4-i))
			} else {
				c.wantCode(t, ra.CodeAuthCodeUsedUp)
			}
		}
		c.Code = right
		c.wantCode(t, ra.CodeAuthCodeUsedUp)
		if n := c.logins(); n != 0 {
			t.Errorf("the key's PINs were tried %d times", n)
		}
		c.otherCode(t)
		c.finishes(t)
	}},
	{"another order's code", []ra.Plan{ra.PlanUnlock}, func(t *testing.T, c *call) {
		own := c.Code
		_, c.Code = c.Approved(t, c.member, 1)
		c.wantCode(t, ra.CodeAuthCodeWrong, "left", "4")
		c.Code = own
		c.finishes(t)
	}},
	{"a code that expired while the work was resumed", []ra.Plan{ra.PlanUnlock}, func(t *testing.T, c *call) {
		c.brokenOff(t)
		c.Clock.Advance(31 * 24 * time.Hour)
		c.logIn(t)
		c.wantCode(t, ra.CodeAuthCodeExpired)
		c.otherCode(t)
		c.finishes(t)
	}},
	{"a wrong PIN", []ra.Plan{ra.PlanExtend, ra.PlanChange}, func(t *testing.T, c *call) {
		right := c.PIN
		c.PIN = []byte("00000000")
		c.wantCode(t, ra.CodePINWrong)
		c.PIN = right
		c.finishes(t)
	}},
	{"one attempt at the PIN is left", []ra.Plan{ra.PlanExtend, ra.PlanChange}, func(t *testing.T, c *call) {
		c.state = ukey.PINFinal
		c.wantCode(t, ra.CodePINLast)
		if n := c.logins(); n != 0 {
			t.Errorf("the last attempt was spent: %d logins", n)
		}
		c.state = ukey.PINUnknown
		c.finishes(t)
	}},
	{"the PIN is locked", []ra.Plan{ra.PlanExtend, ra.PlanChange}, func(t *testing.T, c *call) {
		c.state = ukey.PINLocked
		c.wantCode(t, ra.CodePINLocked)
		c.state = ukey.PINUnknown
		c.finishes(t)
	}},
	{"no room on the key", []ra.Plan{ra.PlanExtend, ra.PlanChange}, func(t *testing.T, c *call) {
		c.filled(t, "kept")
		chosen := c.filled(t, "chosen")
		c.keys.FailAt("GenerateKey", ukeytest.Before, ukey.ErrFull)
		c.wantCode(t, ra.CodeKeyFull)
		c.wantOpen(t, 1)
		c.choose(t, chosen...)
		c.finishes(t)
		c.wantOnKey(t, map[string]bool{"kept": true, "chosen": false})
	}},
	{"a key that refuses another label", []ra.Plan{ra.PlanExtend, ra.PlanChange}, func(t *testing.T, c *call) {
		for range 3 {
			c.keys.FailAt("Relabel", ukeytest.Before, ukey.ErrReadOnly)
		}
		c.finishes(t)
		found, err := c.Case(t.Context(), c.Supervisor, c.order.ID)
		servicetest.Must(t, err)
		if len(found.Proofs) != 1 || len(found.Proofs[0].Notes) == 0 || !strings.HasPrefix(found.Proofs[0].Notes[0], "label kept") {
			t.Errorf("the proofs of the case are %+v, want one that notes it", found.Proofs)
		}
	}},
	{"the session is over in the middle", all, func(t *testing.T, c *call) {
		c.brokenOff(t)
		servicetest.Must(t, c.LogOut(t.Context(), ra.Kiosk{ID: c.Kiosk.ID}, c.Kiosk.Session))
		c.wantCode(t, ra.CodeSessionOver)
		c.wantOpen(t, 1)
		c.logIn(t)
		c.finishes(t)
	}},
	{"another service is at work on the key", []ra.Plan{ra.PlanExtend}, func(t *testing.T, c *call) {
		c.besides(t, ra.PlanUnlock)
	}},
	{"another service is at work on the key", []ra.Plan{ra.PlanUnlock}, func(t *testing.T, c *call) {
		c.besides(t, ra.PlanExtend)
	}},
	{"suspended since", all, func(t *testing.T, c *call) {
		servicetest.Must(t, c.Suspend(t.Context(), c.Supervisor, c.target, "x"))
		c.wantCode(t, ra.CodeCertificateSuspended)
		servicetest.Must(t, c.Restore(t.Context(), c.Supervisor, c.target, "x"))
		c.finishes(t)
	}},
	{"suspended in the middle", all, func(t *testing.T, c *call) {
		c.brokenOff(t)
		servicetest.Must(t, c.Suspend(t.Context(), c.Supervisor, c.target, "x"))
		c.wantCode(t, ra.CodeCertificateSuspended)
		servicetest.Must(t, c.Restore(t.Context(), c.Supervisor, c.target, "x"))
		c.finishes(t)
	}},
	{"revoked since", all, func(t *testing.T, c *call) {
		servicetest.Must(t, c.Revoke(t.Context(), c.Supervisor, c.target, ra.GroundCessation, "x"))
		c.wantCode(t, ra.CodeState)
		c.ended(t)
	}},
	{"revoked in the middle", all, func(t *testing.T, c *call) {
		c.brokenOff(t)
		servicetest.Must(t, c.Revoke(t.Context(), c.Supervisor, c.target, ra.GroundCessation, "x"))
		c.wantCode(t, ra.CodeState)
		c.ended(t)
	}},
	{"past its end, inside the window", []ra.Plan{ra.PlanExtend, ra.PlanUnlock}, func(t *testing.T, c *call) {
		c.Clock.Advance(45 * 24 * time.Hour)
		c.logIn(t)
		if c.rule().Code {
			c.otherCode(t)
		}
		c.finishes(t)
	}},
	{"past its end", []ra.Plan{ra.PlanChange}, func(t *testing.T, c *call) {
		c.Clock.Advance(45 * 24 * time.Hour)
		c.logIn(t)
		c.wantCode(t, ra.CodeWindowOver)
		c.ended(t)
	}},
	{"past its window", []ra.Plan{ra.PlanExtend, ra.PlanUnlock}, func(t *testing.T, c *call) {
		c.Clock.Advance(72 * 24 * time.Hour)
		c.logIn(t)
		if c.rule().Code {
			c.otherCode(t)
		}
		c.wantCode(t, ra.CodeWindowOver)
		c.ended(t)
	}},
	{"the CA ends before the new date", []ra.Plan{ra.PlanExtend, ra.PlanChange}, func(t *testing.T, c *call) {
		c.Issuer.EndsOn(t, c.Clock.Now().AddDate(0, 0, 20))
		c.wantCode(t, ra.CodeTermPastCA)
		c.Issuer.EndsOn(t, c.Clock.Now().AddDate(20, 0, 0))
		c.finishes(t)
	}},
	{"the CA ends before the new date, seen in the middle", []ra.Plan{ra.PlanExtend, ra.PlanChange}, func(t *testing.T, c *call) {
		c.brokenOff(t)
		c.Issuer.EndsOn(t, c.Clock.Now().AddDate(0, 0, 20))
		c.wantCode(t, ra.CodeTermPastCA)
		c.wantOpen(t, 1)
		c.Issuer.EndsOn(t, c.Clock.Now().AddDate(20, 0, 0))
		c.finishes(t)
	}},
	{"nobody knows the administrator PIN", []ra.Plan{ra.PlanUnlock}, func(t *testing.T, c *call) {
		known := func(version int) {
			_, err := c.Store.Pool().Exec(t.Context(), `UPDATE ukeys SET admin_pin = $1 WHERE serial = $2`, version, c.key.Serial)
			servicetest.Must(t, err)
		}
		known(0)
		if code := ra.CodeOf(c.attempt(t)); code != ra.CodeKeyUnmanaged || c.logins() != 0 {
			t.Errorf("got %s after %d logins, want key_unmanaged and none", code, c.logins())
		}
		known(1)
		c.finishes(t)
	}},
}

// rule is the call's row of the table of services.
func (c *call) rule() ra.ServiceRule {
	rule, _ := ra.RuleOf(c.order.Kind, c.order.Reason)
	return rule
}

// stranger plugs another key in, and says which.
func (c *call) stranger(t *testing.T) ra.KeyIdentity {
	t.Helper()
	c.hub.Plug(t, 1)
	return ra.KeyIdentity(c.hub.Identity(1))
}

// besides begins another service on the key, and ends that one first.
func (c *call) besides(t *testing.T, plan ra.Plan) {
	t.Helper()
	first := *c
	first.plan = plan
	var code string
	first.order, code = c.approved(t, apply[plan](t, c.life))
	first.errand = c.begun(t, plan, first.order, code, pins[plan])
	first.brokenOff(t)
	c.logIn(t)
	c.wantCode(t, ra.CodeKeyInUse)
	first.finishes(t)
	c.Write.Target.CertificateID = c.life.target
	if c.plan.Has(ra.StepAskPIN) {
		c.PIN = c.pin
	}
	c.finishes(t)
}

// wantOnKey compares which of these ids are on the key.
func (c *call) wantOnKey(t *testing.T, want map[string]bool) {
	t.Helper()
	token, err := c.life.keys.Open(t.Context(), ukey.Identity(c.key))
	servicetest.Must(t, err)
	defer token.Close()
	servicetest.Must(t, token.Login(t.Context(), ukey.Customer, c.pin))
	objects, err := token.Objects(t.Context())
	servicetest.Must(t, err)
	for id, there := range want {
		if got := slices.ContainsFunc(objects, func(o ukey.Object) bool { return string(o.ID) == id }); got != there {
			t.Errorf("%s is on the key: %v, want %v", id, got, there)
		}
	}
}

// TestMishaps: whatever goes wrong at a write by each plan is told by its code, on the key itself where that is concerned; the audit finds
// nothing, what was on the key is of use, and once it is mended the same write is carried out.
func TestMishaps(t *testing.T) {
	t.Parallel()
	for _, m := range mishaps {
		for _, plan := range m.plans {
			t.Run(string(plan)+" "+m.name, func(t *testing.T) {
				t.Parallel()
				m.meet(t, called(t, plan))
			})
		}
	}
}
