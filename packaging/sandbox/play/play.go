// Package play plays a service of the hall whole, as its people do: the customer at the kiosk's screen, the supervisor in the console. What
// a service needs, a customer with a key that is near its end or locked, is made before. At the end key and register must agree.
package play

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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
