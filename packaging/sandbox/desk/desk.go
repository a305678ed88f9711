// Package desk brings orders to where keys may be made, without any screen: as the customer over the kiosk's line, and as
// the supervisor by the forms that the console's pages send. For benchmarks and endurance runs that begin at the key.
package desk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/document"
	"keyhall/packaging/sandbox/house"
)

// Desk is a customer who is a member at the house, and a supervisor.
type Desk struct {
	Client  *api.Client
	Session string
	Project ra.Project
	Member  ra.Membership

	house    *house.House
	line     house.Line
	password string
	kiosk    ra.Kiosk
	console  *console
	company  document.Company
	sequence int64
}

// Order is an approved order and the authorization code of its text message.
type Order struct {
	ra.Order
	Code string
}

// firstNumber keeps the desk's order numbers away from those of the kiosk's window.
const firstNumber = 500_000

// Password is every made-up customer's.
const Password = "keyhall-Desk-2026"

// Open registers a customer, who is the same for the same seed, with a project whose keys are of that algorithm ("" for
// any), and logs everybody in.
func Open(ctx context.Context, h *house.House, algorithm string, seed uint64) (*Desk, error) {
	d := &Desk{house: h, line: h.Line(), password: Password, company: document.NewCompany(seed), sequence: firstNumber + int64(seed%1000)*10_000}
	return d.open(ctx, algorithm)
}

// OpenAt does so at another kiosk, for a company whose handler has that password. The numbers of its orders begin after sequence.
func OpenAt(ctx context.Context, h *house.House, line house.Line, algorithm string, c document.Company, password string, sequence int64) (*Desk, error) {
	d := &Desk{house: h, line: line, password: password, company: c, sequence: sequence}
	return d.open(ctx, algorithm)
}

func (d *Desk) open(ctx context.Context, algorithm string) (*Desk, error) {
	client, err := d.line.Client()
	if err != nil {
		return nil, err
	}
	d.Client = client
	look := func(ctx context.Context) error { return d.look(ctx, algorithm) }
	for _, step := range []func(context.Context) error{look, d.register, d.enterConsole} {
		if err := step(ctx); err != nil {
			client.Close()
			return nil, err
		}
	}
	return d, nil
}

// Close hangs up.
func (d *Desk) Close() { d.Client.Close() }

func (d *Desk) look(ctx context.Context, algorithm string) (err error) {
	if d.kiosk, err = d.line.Kiosk(); err != nil {
		return err
	}
	projects, err := d.Client.Projects(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(projects, func(p ra.Project) bool { return algorithm == "" || p.Profile.Algorithm == algorithm })
	if i < 0 {
		return fmt.Errorf("the hall offers no project with keys of %q", algorithm)
	}
	d.Project = projects[i]
	return nil
}

func (d *Desk) register(ctx context.Context) error {
	s, err := join(ctx, d.Client, d.Project, d.company, d.password)
	if err != nil {
		return err
	}
	d.Session, d.Member = s.Token, *s.Membership
	return nil
}

// Join makes a company's handler a member of it in the project and logs them in, both at the client's kiosk.
func Join(ctx context.Context, client *api.Client, project ra.Project, c document.Company) (ra.Session, error) {
	return join(ctx, client, project, c, Password)
}

func join(ctx context.Context, client *api.Client, project ra.Project, c document.Company, password string) (ra.Session, error) {
	r := ra.Registration{
		ID: newID(), ProjectID: project.ID, Login: c.Handler.Mobile, Password: password,
		Organisation: ra.Organisation{Name: c.Name, CreditCode: c.CreditCode, Address: c.Address},
		Legal:        ra.Person{Name: c.Legal.Name, IDNumber: c.Legal.IDNumber},
		Handler:      ra.Person{Name: c.Handler.Name, IDNumber: c.Handler.IDNumber, Mobile: c.Handler.Mobile},
	}
	for _, a := range project.Agreements {
		r.Agreed = append(r.Agreed, ra.Agreed{AgreementID: a.ID, Version: a.Version, At: time.Now()})
	}
	if _, err := client.Register(ctx, "", r); err != nil {
		return ra.Session{}, fmt.Errorf("registration: %w", err)
	}
	return client.LogIn(ctx, r.Login, r.Password)
}

// LogInAt opens a session of the customer's at another kiosk.
func (d *Desk) LogInAt(ctx context.Context, line house.Line) (string, error) {
	client, err := line.Client()
	if err != nil {
		return "", err
	}
	defer client.Close()
	s, err := client.LogIn(ctx, d.Member.Login, d.password)
	return s.Token, err
}

func (d *Desk) enterConsole(ctx context.Context) (err error) {
	d.console, err = openConsole(ctx, d.house)
	return err
}

// Approved places an order for so many keys, hands everything in, reviews it and reads the text message.
func (d *Desk) Approved(ctx context.Context, units int) (Order, error) {
	return d.ApprovedFor(ctx, d.Project.ServicesFor(ra.KindNew, ra.ReasonNone)[0].ID, units)
}

// ApprovedFor does so for keys with certificates of that service.
func (d *Desk) ApprovedFor(ctx context.Context, service string, units int) (Order, error) {
	o, err := d.submitted(ctx, service, units)
	if err != nil {
		return Order{}, fmt.Errorf("order: %w", err)
	}
	if err := d.review(ctx, o); err != nil {
		return Order{}, fmt.Errorf("review of %s: %w", o.Number, err)
	}
	if o, err = d.Client.Order(ctx, d.Session, o.ID); err != nil {
		return Order{}, err
	}
	code, err := d.code(ctx, o.Number)
	return Order{o, code}, err
}

func (d *Desk) submitted(ctx context.Context, service string, units int) (ra.Order, error) {
	d.sequence++
	a := ra.Application{
		ID: newID(), Number: ra.OrderNumber(d.kiosk.Prefix, d.sequence), Kind: ra.KindNew,
		Lines:    []ra.ChosenLine{{ServiceID: service, Quantity: units}},
		Invoice:  ra.Invoice{Kind: ra.InvoiceOrdinary, Title: d.company.Name, TaxNumber: d.company.CreditCode},
		Delivery: ra.Delivery{Kind: ra.DeliveryCounter}, Method: ra.MethodTransfer,
	}
	o, err := d.Client.Place(ctx, d.Session, a)
	if err != nil {
		return o, err
	}
	for _, m := range o.Papers {
		for range m.MinPages {
			if err := d.scan(ctx, o.ID, m.Kind); err != nil {
				return o, fmt.Errorf("%s: %w", m.Kind, err)
			}
		}
	}
	return d.Client.Submit(ctx, d.Session, o.ID)
}

// scan hands in a page: a blank sheet, which no other page equals.
func (d *Desk) scan(ctx context.Context, orderID string, kind ra.MaterialKind) error {
	id := uuid.Must(uuid.NewV7())
	sheet := image.NewRGBA(image.Rect(0, 0, 620, 877))
	draw.Draw(sheet, sheet.Bounds(), image.White, image.Point{}, draw.Src)
	for i, b := range id {
		square := image.Rect(i*32, 0, i*32+32, 32)
		draw.Draw(sheet, square, image.NewUniform(color.Gray{Y: b}), image.Point{}, draw.Src)
	}
	var scan bytes.Buffer
	if err := jpeg.Encode(&scan, sheet, nil); err != nil {
		return err
	}
	sum := sha256.Sum256(scan.Bytes())
	page := ra.Page{ID: id.String(), SHA256: hex.EncodeToString(sum[:]), Bytes: int64(scan.Len()), Width: 620, Height: 877, At: time.Now()}
	_, err := d.Client.UploadPage(ctx, d.Session, orderID, kind, page, scan.Bytes())
	return err
}

// review accepts every material, confirms the payment and approves.
func (d *Desk) review(ctx context.Context, o ra.Order) error {
	for _, m := range o.Papers {
		if m.Kind == ra.MaterialRemittance {
			continue
		}
		for _, page := range m.Pages { // nobody accepts what they did not look at
			if err := d.console.get(ctx, "/orders/"+o.ID+"/scans/"+page.SHA256); err != nil {
				return err
			}
		}
		if err := d.decide(ctx, o.ID, "verdict", "kind", string(m.Kind), "verdict", string(ra.VerdictAccepted)); err != nil {
			return err
		}
	}
	if !o.Payment.Settled() {
		amount := fmt.Sprintf("%d.%02d", o.AmountFen/100, o.AmountFen%100)
		if err := d.decide(ctx, o.ID, "payment", "amount", amount, "reference", "DESK-"+o.Number); err != nil {
			return err
		}
	}
	return d.decide(ctx, o.ID, "approve")
}

// Release gives up the write to a key that does not come back: its unit waits again.
func (d *Desk) Release(ctx context.Context, operationID, reason string) error {
	return d.console.post(ctx, "/operations/"+operationID+"/release", "reason", reason)
}

// decide sends a form of the case page for the order's version of now.
func (d *Desk) decide(ctx context.Context, orderID, what string, fields ...string) error {
	o, err := d.Client.Order(ctx, d.Session, orderID)
	if err != nil {
		return err
	}
	return d.console.post(ctx, "/orders/"+orderID+"/"+what, append(fields, "version", fmt.Sprint(o.Version))...)
}

var authCode = regexp.MustCompile(`授权码 ([0-9]{8})`)

// code waits for the text message with the order's authorization code.
func (d *Desk) code(ctx context.Context, number string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		for _, m := range d.house.Messages.All() {
			_, after, ok := strings.Cut(m.Text, number)
			if code := authCode.FindStringSubmatch(after); ok && code != nil {
				return code[1], nil
			}
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("no text message for %s: %w", number, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// newID makes an id as kiosks do.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
