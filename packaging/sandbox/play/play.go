// Package play plays a service of the hall whole, as its people do: the customer at the kiosk's screen, the supervisor in the console. What
// a service needs, a customer with a key that is near its end or locked, is made before. At the end key and register must agree.
package play

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/customers"
	"keyhall/packaging/sandbox/document"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/visit"
)

// NewPIN is what a key's PIN becomes where a service sets one.
const NewPIN = "73915208"

// Stage is a hall with its kiosk, and who looks at its screen.
type Stage struct {
	*house.House
	At       *house.Terminal
	Customer *visit.Customer
	Keys     []int              // of the hub; three that may be thrown away
	Scene    func(string) error // is told of each scene, when it is over
	Then     *Place             // where the customer goes on after the review; nil: at the same kiosk
}

// Place is a kiosk, and who looks at its screen.
type Place struct {
	At       *house.Terminal
	Customer *visit.Customer
}

// Tally is what a service took, from the start page to the proof.
type Tally struct {
	Service         string
	Touches, Fields int
	Kiosk, All      time.Duration // with a person at the kiosk, and with the review
}

// Play is one service in hand.
type Play struct {
	*Stage
	service service
	Who     house.Resident   // as the hall knows them
	Now     document.Company // as their papers say it now
	Project ra.Project
	Order   Order
	blank   int // key that is written where the service takes a blank one

	reviewing time.Duration
}

// Order is what the register has of the service's order.
type Order struct {
	ID, Number string
	Due        int64 // fen
	State      ra.OrderState
}

// Run plays a service.
func (s *Stage) Run(ctx context.Context, name string) (*Play, Tally, error) {
	row, ok := serviceNamed(name)
	if !ok {
		return nil, Tally{}, fmt.Errorf("there is no service %q", name)
	}
	p := &Play{Stage: s, service: row, Now: document.NewCompany(rand.Uint64()), blank: s.Keys[len(s.Keys)-1]}
	if err := p.prepare(ctx); err != nil {
		return p, Tally{}, fmt.Errorf("before %s: %w", name, err)
	}
	s.Customer.Count()
	start := time.Now()
	err := p.scenes(ctx)
	t := Tally{Service: name, All: time.Since(start)}
	t.Kiosk = t.All - p.reviewing
	t.Touches, t.Fields = s.Customer.Count()
	return p, t, errors.Join(err, p.leave(ctx))
}

// prepare makes the customer and the keys that the service needs, and lets them come to the kiosk with nothing plugged in.
func (p *Play) prepare(ctx context.Context) error {
	if err := errors.Join(p.free(ctx), p.clear()); err != nil {
		return err
	}
	for _, n := range p.Keys {
		if err := p.Hub.Replace(ctx, n); err != nil {
			return err
		}
	}
	var err error
	if p.Project, err = p.project(ctx); err != nil {
		return err
	}
	p.Who = house.Resident{Company: p.Now, Login: p.Now.Handler.Mobile, Password: customers.Password, PIN: customers.PIN}
	if p.service.keys > 0 {
		c := customers.Customer{Company: p.Now, Service: p.service.has, Keys: p.Keys[:p.service.keys]}
		if p.Who, err = customers.Make(ctx, p.House, c); err != nil {
			return err
		}
	}
	if p.service.before != nil {
		if err := p.service.before(ctx, p); err != nil {
			return err
		}
	}
	return errors.Join(p.Comes(p.Now), p.Lay(ctx, "-"))
}

// free waits until nobody is at the kiosk.
func (p *Play) free(ctx context.Context) error {
	if err := p.Customer.See(ctx, "home.title"); err != nil {
		return fmt.Errorf("somebody is at the kiosk: %w", err)
	}
	return nil
}

// leave logs the customer out, wherever they are.
func (p *Play) leave(ctx context.Context) error {
	c := p.Customer
	for _, way := range []string{"action.logout", "action.home"} {
		if names, err := c.Names(ctx, c.Word(way)); err == nil && len(names) > 0 {
			return visit.Do(ctx, c.Pressing(way), c.Seeing("home.title"))
		}
	}
	return nil
}

// clear takes every key out of every kiosk.
func (p *Play) clear() (err error) {
	for _, t := range p.Terminals() {
		for _, k := range t.Hub.Keys() {
			if k.Plugged {
				err = errors.Join(err, t.Hub.Pull(k.Number))
			}
		}
	}
	return err
}

// project is the first one of the hall, of whom all of this is.
func (p *Play) project(ctx context.Context) (ra.Project, error) {
	client, err := p.Line().Client()
	if err != nil {
		return ra.Project{}, err
	}
	defer client.Close()
	all, err := client.Projects(ctx)
	if err != nil || len(all) == 0 {
		return ra.Project{}, errors.Join(err, errors.New("the hall offers no project"))
	}
	return all[0], nil
}

// scenes play the service from the start page on.
func (p *Play) scenes(ctx context.Context) error {
	all := []visit.Step{{Name: "it is asked for at the kiosk", Do: p.ask}}
	if len(p.papers()) > 0 || p.service.priced {
		all = append(all, visit.Step{Name: "papers and money are brought", Do: p.bring},
			visit.Step{Name: "it is reviewed in the console", Do: p.review})
	}
	for i := range p.service.writes {
		all = append(all, visit.Step{Name: fmt.Sprintf("key %d is written and proven", i+1), Do: func(ctx context.Context) error { return p.write(ctx, i) }})
	}
	all = append(all, visit.Step{Name: "key and register agree", Do: p.agrees})
	for _, scene := range all {
		err := scene.Do(ctx)
		if p.Scene != nil {
			err = errors.Join(err, p.Scene(scene.Name))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", scene.Name, err)
		}
	}
	return nil
}

// papers are the materials that the service wants.
func (p *Play) papers() []ra.Requirement {
	return p.Project.RequiredFor(p.service.kind, p.service.reason)
}

// printed are the papers that the kiosk prints for the customer's seal.
func printed(m ra.MaterialKind) bool { return m == ra.MaterialForm || m == ra.MaterialRiskNotice }

// ask goes from the start page to the placed order.
func (p *Play) ask(ctx context.Context) error {
	c := p.Customer
	if err := visit.Do(ctx, p.service.ask(p)...); err != nil {
		return err
	}
	if err := visit.Do(ctx, c.Pressing("action.place")); err != nil {
		return err
	}
	return p.placed(ctx)
}

// bring prints what is to be sealed, scans all papers, hands them in and pays.
func (p *Play) bring(ctx context.Context) error {
	c := p.Customer
	prints := false
	for _, m := range p.papers() {
		prints = prints || printed(m.Material)
	}
	if prints {
		if err := visit.Do(ctx, c.Seeing("print.title"), c.Pressing("action.print"), c.Seeing("print.done"), c.Pressing("action.next")); err != nil {
			return err
		}
	}
	if len(p.papers()) > 0 {
		if err := visit.Do(ctx, c.Seeing("scan.title")); err != nil {
			return err
		}
		for _, m := range p.papers() {
			if err := p.scan(ctx, m.Material); err != nil {
				return fmt.Errorf("%s: %w", m.Material, err)
			}
		}
		if err := visit.Do(ctx, c.Pressing("action.submit")); err != nil {
			return err
		}
	}
	if p.Order.Due > 0 {
		return c.Pay(ctx, p)
	}
	return nil
}

// documents are what is laid on the glass for a material.
var documents = map[ra.MaterialKind][]string{
	ra.MaterialLicence:    {house.FirstDocument},
	ra.MaterialIdentity:   {house.IdentityFront, house.IdentityBack},
	ra.MaterialForm:       {house.StampedForm},
	ra.MaterialRiskNotice: {house.StampedNotice},
	ra.MaterialProof:      {house.ProofOfChange},
}

// scan lays the pages of a material on the glass, one after the other. The kiosk turns to the next material by itself.
func (p *Play) scan(ctx context.Context, m ra.MaterialKind) error {
	c := p.Customer
	for _, name := range documents[m] {
		if err := p.lay(ctx, name); err != nil {
			return err
		}
		if err := c.ScanOnce(ctx); err != nil {
			return err
		}
	}
	return nil
}

// lay puts a paper on the glass: a notice that the kiosk did not print is brought as another paper of the customer's.
func (p *Play) lay(ctx context.Context, name string) error {
	err := p.Lay(ctx, name)
	if errors.Is(err, house.ErrNothingPrinted) && name == house.StampedNotice {
		return p.Lay(ctx, house.ProofOfChange)
	}
	return err
}

// review is the supervisor's part.
func (p *Play) review(ctx context.Context) error {
	start := time.Now()
	defer func() { p.reviewing += time.Since(start) }()
	boss, err := visit.NewSupervisor(ctx, p.ConsoleURL(), 1600, 1000)
	if err != nil {
		return err
	}
	defer boss.Leave()
	if err := boss.LogIn(house.Supervisor, house.DemoPassword); err != nil {
		return err
	}
	if err := boss.Open(p.Order.ID); err != nil {
		return err
	}
	if len(p.papers()) > 0 {
		if err := boss.AcceptAll(); err != nil {
			return err
		}
	}
	if p.Order.Due > 0 {
		if err := boss.ConfirmPayment(yuan(p.Order.Due), "PLAY-"+p.Order.Number); err != nil {
			return err
		}
	}
	if p.service.byRule {
		return nil
	}
	return boss.Approve()
}

func yuan(fen int64) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) }

var authorizationCode = regexp.MustCompile(`授权码 ([0-9]{8})`)

// code waits for the text message with the order's authorization code.
func (p *Play) code(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		for _, m := range p.Messages.All() {
			if code := authorizationCode.FindStringSubmatch(m.Text); code != nil && strings.Contains(m.Text, p.Order.Number) {
				return code[1], nil
			}
		}
		select {
		case <-ctx.Done():
			return "", errors.New("no text message with an authorization code came")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// write does the work on the i-th key.
func (p *Play) write(ctx context.Context, i int) error {
	if err := p.toKey(ctx, i); err != nil {
		return err
	}
	c, n := p.Customer, p.Written(i)
	if err := p.At.Hub.Plug(n); err != nil {
		return err
	}
	plan := ra.PlanFor(p.service.kind, p.service.reason)
	if err := visit.Do(ctx, c.Pressing("action.next")); err != nil {
		return err
	}
	if rule, _ := ra.RuleOf(p.service.kind, p.service.reason); rule.Code && i == 0 {
		code, err := p.code(ctx)
		if err != nil {
			return err
		}
		if err := visit.Do(ctx, c.Filling("auth_code", code), c.Pressing("action.next")); err != nil {
			return err
		}
	}
	pins := []visit.Step{c.Filling("held_pin", p.Who.PIN)}
	if plan.Has(ra.StepSetPIN) {
		pins = []visit.Step{c.Filling("pin", NewPIN), c.Filling("pin_again", NewPIN)}
	}
	if err := visit.Do(ctx, append(pins, c.Pressing("action.start"), c.Seeing("done.proof"))...); err != nil {
		return err
	}
	return p.At.Hub.Pull(n)
}

// toKey goes to where a key is asked for: right after the review, or in a later visit, which may be at another kiosk.
func (p *Play) toKey(ctx context.Context, i int) error {
	if i == 0 && p.Then == nil {
		return p.Customer.Press(ctx, "action.make")
	}
	if err := p.leave(ctx); err != nil {
		return err
	}
	if p.Then != nil {
		p.At, p.Customer = p.Then.At, p.Then.Customer
	}
	return p.Customer.OpenOrder(ctx, p.Application(), p.Order.Number)
}

// Written is the i-th key that the service writes to.
func (p *Play) Written(i int) int {
	if ra.PlanFor(p.service.kind, p.service.reason).Blank() {
		return p.blank
	}
	return p.Who.Keys[i]
}
