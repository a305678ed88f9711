package play

import (
	"context"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/customers"
	"keyhall/packaging/sandbox/document"
	"keyhall/packaging/sandbox/visit"
)

// service is a row of the table of what can be played.
type service struct {
	name   string
	kind   ra.Kind
	reason ra.ServiceReason
	has    string // the service by which the customer got their keys
	keys   int    // that they have
	before func(ctx context.Context, p *Play) error
	ask    func(p *Play) []visit.Step // from the start page to the summary
	priced bool
	byRule bool // it is approved once it is paid
	writes int  // keys that are written to
}

// services in the order of the start page.
var services = []service{
	{name: "new", kind: ra.KindNew, ask: askNew, priced: true, writes: 1},
	{name: "renew", kind: ra.KindExtend, has: customers.Trial, keys: 1, ask: askRenew, priced: true, writes: 1},
	{name: "extend", kind: ra.KindExtend, has: customers.Trial, keys: 1, ask: askExtend, priced: true, writes: 1},
	{name: "change-legal", kind: ra.KindChange, reason: ra.ReasonLegal, has: customers.Year, keys: 1, before: newLegal, ask: askLegal},
	{name: "change-name", kind: ra.KindChange, reason: ra.ReasonName, has: customers.Year, keys: 2, before: newName, ask: askName, priced: true, writes: 2},
	{name: "change-data", kind: ra.KindChange, reason: ra.ReasonData, has: customers.Year, keys: 1, before: newHandler, ask: askData},
	{name: "reissue", kind: ra.KindReissue, reason: ra.ReasonLost, has: customers.Year, keys: 1, ask: askReissue, priced: true, writes: 1},
	{name: "unlock", kind: ra.KindUnlock, has: customers.Year, keys: 1, before: lock, ask: askUnlock, writes: 1},
}

// Services are the names of all that can be played.
func Services() (names []string) {
	for _, s := range services {
		names = append(names, s.name)
	}
	return names
}

func serviceNamed(name string) (service, bool) {
	for _, s := range services {
		if s.name == name {
			return s, true
		}
	}
	return service{}, false
}

func lock(ctx context.Context, p *Play) error { return customers.Lock(ctx, p.House, p.Who.Keys[0]) }

func newName(_ context.Context, p *Play) error {
	p.Now.Name = customers.Renamed(p.Now.Name)
	return nil
}

func newLegal(_ context.Context, p *Play) error {
	p.Now.Legal = somebody()
	return nil
}

func newHandler(_ context.Context, p *Play) error {
	p.Now.Handler = somebody()
	return nil
}

// somebody is the legal representative of a company that has nothing to do with this.
func somebody() document.Person { return document.NewCompany(6).Legal }

// chosen goes from the start page to the login for a service, and logs in.
func (p *Play) chosen() []visit.Step {
	c := p.Customer
	steps := []visit.Step{c.Pressing("kind." + string(p.service.kind)), c.PressingNamed(p.Project.Name.ZH)}
	if p.service.reason != ra.ReasonNone {
		steps = append(steps, c.PressingNamed(c.Word("choose."+string(p.service.kind)+"."+string(p.service.reason))))
	}
	return append(append(steps, c.Pressing("action.begin")), p.logIn()...)
}

func (p *Play) logIn() []visit.Step {
	c := p.Customer
	return []visit.Step{c.Filling("login", p.Who.Login), c.Filling("password", p.Who.Password), c.Pressing("action.login")}
}

func askNew(p *Play) []visit.Step {
	c, a := p.Customer, p.Application()
	return []visit.Step{
		{Name: "register", Do: func(ctx context.Context) error { return c.Register(ctx, a) }},
		{Name: "order", Do: func(ctx context.Context) error { return c.Choose(ctx, a) }},
	}
}

// Application is the wish of who has never been there.
func (p *Play) Application() visit.Application {
	return visit.Application{Company: p.Now, Project: p.Project.Name.ZH, Service: p.Project.ServicesFor(ra.KindNew, ra.ReasonNone)[0].Name.ZH, Keys: 1,
		Login: p.Who.Login, Password: p.Who.Password}
}

// term is the name of the first term that is sold.
func (p *Play) term(k ra.Kind) string { return p.Project.ServicesFor(k, ra.ReasonNone)[0].Name.ZH }

// askRenew is how somebody comes back: they log in, and the kiosk offers to renew what ends soon.
func askRenew(p *Play) []visit.Step {
	c := p.Customer
	steps := append([]visit.Step{c.Pressing("action.orders")}, p.logIn()...)
	return append(steps, c.Pressing("action.renew_now"), c.Pressing("action.begin"),
		c.PressingNamed(p.term(ra.KindExtend)), c.Pressing("action.no_files"), p.uninvoiced("action.place"))
}

// uninvoiced goes past the page of the invoice, which is shown where there was none before.
func (p *Play) uninvoiced(next string) visit.Step {
	c := p.Customer
	return visit.Step{Name: "the invoice", Do: func(ctx context.Context) error {
		at, err := c.SeeOneOf(ctx, "form.invoice.title", next)
		if err != nil || at == next {
			return err
		}
		return c.Press(ctx, "action.next")
	}}
}

func askExtend(p *Play) []visit.Step {
	c := p.Customer
	return append(p.chosen(), c.Seeing("targets.about"), c.Pressing("action.next"), c.PressingNamed(p.term(ra.KindExtend)), c.Pressing("action.no_files"),
		p.uninvoiced("action.place"))
}

func askLegal(p *Play) []visit.Step {
	c := p.Customer
	return append(p.chosen(), c.Filling("legal.name", p.Now.Legal.Name), c.Filling("legal.id_number", p.Now.Legal.IDNumber), c.Pressing("action.next"))
}

func askName(p *Play) []visit.Step {
	c := p.Customer
	return append(p.chosen(), c.Filling("organisation.name", p.Now.Name), c.Pressing("action.next"), c.Seeing("targets.all.about"), c.Pressing("action.next"),
		c.Pressing("action.no_files"), p.uninvoiced("action.place"))
}

func askData(p *Play) []visit.Step {
	c := p.Customer
	return append(p.chosen(), c.Filling("handler.name", p.Now.Handler.Name), c.Filling("handler.id_number", p.Now.Handler.IDNumber), c.Pressing("action.next"))
}

func askReissue(p *Play) []visit.Step {
	c := p.Customer
	return append(p.chosen(), c.Seeing("targets.about"), c.Pressing("action.next"), c.Pressing("action.no_files"), p.uninvoiced("form.delivery.title"), c.Seeing("form.delivery.title"), c.Pressing("action.next"))
}

func askUnlock(p *Play) []visit.Step {
	c := p.Customer
	return append(p.chosen(), c.Seeing("targets.about"), c.Pressing("action.next"))
}
