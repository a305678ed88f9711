package visit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"keyhall/packaging/sandbox/document"
)

// Hall is what the customer needs beside the screen: a scanner's glass to lay papers on.
type Hall interface {
	Lay(ctx context.Context, document string) error
}

// Application is one customer's wish for new certificates.
type Application struct {
	Company  document.Company
	Project  string // its name
	Service  string // its name
	Keys     int
	Login    string
	Password string
}

// Register goes from the home screen through the whole registration; the customer is then logged in and sees the services.
func (c *Customer) Register(ctx context.Context, a Application) error {
	return Do(ctx, Step{"register", func(ctx context.Context) error { return c.FillRegistration(ctx, a) }}, c.Seeing("services.title"))
}

// FillRegistration goes from the home screen to the end of the registration and asks for the account.
func (c *Customer) FillRegistration(ctx context.Context, a Application) error {
	company := a.Company
	return Do(ctx,
		c.Pressing("kind.new"),
		c.PressingNamed(a.Project),
		c.Pressing("action.begin"),
		c.Pressing("action.register"),
		c.Filling("login", a.Login),
		c.Filling("password", a.Password),
		c.Filling("password_again", a.Password),
		c.Pressing("action.next"),
		c.Filling("organisation.name", company.Name),
		c.Filling("organisation.credit_code", company.CreditCode),
		c.Filling("organisation.credit_code_again", company.CreditCode),
		c.Filling("organisation.address", company.Address),
		c.Pressing("action.next"),
		c.Filling("legal.name", company.Legal.Name),
		c.Filling("legal.id_number", company.Legal.IDNumber),
		c.Pressing("action.next"),
		c.Filling("handler.name", company.Handler.Name),
		c.Filling("handler.id_number", company.Handler.IDNumber),
		c.Filling("handler.mobile", company.Handler.Mobile),
		c.Pressing("action.next"),
		Step{"read the agreements", c.ReadAgreements},
		c.Pressing("action.next"),
		c.Seeing("form.check.title"),
		c.Pressing("action.create"),
	)
}

// OpenOrder logs in from the home screen and goes on with the order whose number begins so.
func (c *Customer) OpenOrder(ctx context.Context, a Application, number string) error {
	return Do(ctx,
		c.Pressing("action.orders"),
		c.Filling("login", a.Login),
		c.Filling("password", a.Password),
		c.Pressing("action.login"),
		c.PressingNamed(number),
	)
}

// ReadAgreements opens and agrees to each.
func (c *Customer) ReadAgreements(ctx context.Context) error {
	if err := c.See(ctx, "agreements.title"); err != nil {
		return err
	}
	all, err := c.Names(ctx, c.Word("action.open")+" ")
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fmt.Errorf("no agreement on the screen")
	}
	for _, name := range all {
		err := Do(ctx, c.PressingNamed(name), c.Pressing("action.agree"), c.Seeing("agreements.title"))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// Order goes from the services to the printed form and on to the scanner.
func (c *Customer) Order(ctx context.Context, a Application) error {
	return Do(ctx,
		Step{"choose", func(ctx context.Context) error { return c.Choose(ctx, a) }},
		c.Pressing("action.place"),
		c.Seeing("print.title"),
		c.Pressing("action.print"),
		c.Seeing("print.done"),
		c.Pressing("action.next"),
		c.Seeing("scan.title"),
	)
}

// Choose goes from the services to the summary.
func (c *Customer) Choose(ctx context.Context, a Application) error {
	steps := []Step{c.Seeing("services.title")}
	for range a.Keys {
		steps = append(steps, c.PressingNamed(c.Word("action.more")+" "+a.Service))
	}
	return Do(ctx, append(steps,
		c.Pressing("action.next"),
		c.Seeing("form.invoice.title"),
		c.Pressing("action.next"),
		c.Seeing("form.delivery.title"),
		c.Pressing("action.next"),
	)...)
}

// Scan lays each paper on the glass, scans it, hands them in and pays with the remittance slip.
func (c *Customer) Scan(ctx context.Context, h Hall) error {
	if err := c.ScanPapers(ctx, h); err != nil {
		return err
	}
	return Do(ctx, c.Pressing("action.submit"), Step{"pay", func(ctx context.Context) error { return c.Pay(ctx, h) }})
}

// ScanPapers scans all but the remittance slip.
func (c *Customer) ScanPapers(ctx context.Context, h Hall) error {
	papers := []struct{ material, document string }{
		{"business_licence", "licence"},
		{"handler_identity", "identity-front"},
		{"handler_identity", "identity-back"},
		{"registration_form", "stamped-form"},
	}
	for _, p := range papers {
		err := Do(ctx,
			Step{"choose " + p.material, func(ctx context.Context) error { return c.Press(ctx, "material."+p.material) }},
			Step{"lay " + p.document, func(ctx context.Context) error { return h.Lay(ctx, p.document) }},
			c.Pressing("action.scan_flatbed"),
			Step{"see the page", func(ctx context.Context) error { return c.scanned(ctx) }},
		)
		if err != nil {
			return err
		}
	}
	return nil
}

// Pay scans the remittance slip and hands it in.
func (c *Customer) Pay(ctx context.Context, h Hall) error {
	return Do(ctx,
		c.Seeing("pay.title"),
		Step{"lay the slip", func(ctx context.Context) error { return h.Lay(ctx, "remittance") }},
		c.Pressing("action.scan_flatbed"),
		c.Pressing("action.submit_slip"),
		c.Seeing("wait.title"),
	)
}

// scanned waits until the scanner is free again: its button can be pressed.
func (c *Customer) scanned(ctx context.Context) error {
	return c.See(ctx, "action.retake")
}

// ScanOnce scans what lies on the glass, and waits until the page is there.
func (c *Customer) ScanOnce(ctx context.Context) error {
	return Do(ctx, c.Pressing("action.scan_flatbed"), Step{"see the page", c.scanned})
}

// PressingNamed is a step.
func (c *Customer) PressingNamed(name string) Step {
	return Step{"press " + name, func(ctx context.Context) error { return c.PressNamed(ctx, name) }}
}

// Names lists the buttons on the screen whose names begin so.
func (c *Customer) Names(ctx context.Context, begin string) ([]string, error) {
	nodes, err := c.desktop.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, n := range nodes {
		if strings.HasPrefix(n.Name, begin) && n.Role == "push button" && !slices.Contains(names, n.Name) {
			names = append(names, n.Name)
		}
	}
	return names, nil
}
