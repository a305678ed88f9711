package workflow

import (
	"testing"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/device/scanner"
)

// TestProjectsWithLittleToHandIn: a project may want nothing but the remittance slip, nothing but papers, or nothing at all; each
// order comes before a reviewer, on the real rules, and to its approval.
func TestProjectsWithLittleToHandIn(t *testing.T) {
	t.Parallel()
	licence := []ra.Requirements{{Kind: ra.KindNew, Materials: []ra.Requirement{{Material: ra.MaterialLicence, MinPages: 1, MaxPages: 2, Grey: true}}}}
	for name, c := range map[string]struct {
		service  string
		required []ra.Requirements
		visit    func(*hall)
	}{
		"the slip alone": {servicetest.ServiceID, nil, func(h *hall) {
			see(h, func(p PayPage) bool { return len(p.Sources) == 2 })
			h.do(Scan{"flatbed"})
			see(h, func(p PayPage) bool { return p.Slip.Pages == 1 && !p.Busy })
			h.scannedAs(scanner.Request{Source: scanner.Flatbed, DPI: hallDPI, Color: true})
			h.do(Go{})
			see(h, func(p WaitPage) bool { return p.Order.State == "awaiting_confirmation" })
		}},
		"papers alone": {"free-trial", licence, func(h *hall) {
			see(h, func(p ScanPage) bool { return len(p.Materials) == 1 && len(p.Sources) == 2 })
			h.do(Scan{"flatbed"})
			see(h, func(p ScanPage) bool { return p.Ready && !p.Busy })
			h.scannedAs(scanner.Request{Source: scanner.Flatbed, DPI: hallDPI}) // in grey, as the catalogue says
			h.do(Go{})
		}},
		"nothing at all": {"free-trial", nil, func(*hall) {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			office := servicetest.New(t)
			office.Project.Required = c.required
			office.PutProject(t, 1, office.Project)
			d := &direct{Hall: office, kiosk: office.Kiosk}
			h := openHallOn(t, 0, d, office.Kiosk)
			r := d.Registration(t)
			_, err := d.Register(t.Context(), "", r)
			servicetest.Must(t, err)
			see(h, func(p HomePage) bool { return len(p.Services) == 6 })
			h.applies(r, c.service)
			c.visit(h)
			see(h, func(p WaitPage) bool { return p.Order.Next == "wait" })
			d.reviewed(t)
			see(h, func(p WaitPage) bool { return p.Make })
			h.end()
			d.Sound(t)
		})
	}
}

// applies goes from the start page to an order of one key.
func (h *hall) applies(r ra.Registration, service string) {
	h.do(ChooseKind{ra.KindNew})
	h.ready()
	h.form(FormLogIn, "login", r.Login, "password", r.Password)
	see[ServicesPage](h, nil)
	h.do(SetQuantity{service, 1}, Go{})
	if service == servicetest.ServiceID { // the other one costs nothing
		h.form(FormInvoice)
	}
	h.form(FormDelivery)
	see[SummaryPage](h, nil)
	h.do(Go{})
}

// reviewed takes the only order from the reviewers' queue to its approval.
func (d *direct) reviewed(t *testing.T) {
	t.Helper()
	queue, err := d.Queue(t.Context(), d.Supervisor)
	if err != nil || len(queue) != 1 || queue[0].WaitingSince.IsZero() {
		t.Fatalf("queue %+v, %v", queue, err)
	}
	order := d.judged(t)
	if !order.Payment.Settled() {
		order = d.Paid(t, order)
	}
	_, err = d.Approve(t.Context(), d.Supervisor, order.ID, order.Version)
	servicetest.Must(t, err)
	counts, err := d.SearchOrders(t.Context(), d.Supervisor, book.OrderQuery{State: ra.OrderApproved})
	if err != nil || len(counts) != 1 {
		t.Errorf("%d approved, %v", len(counts), err)
	}
}

// TestNumbersThatWereGivenBefore: a kiosk that lost its journal while its clock was behind gives numbers that the back office knows.
// It learns the next one, and the customer notices nothing.
func TestNumbersThatWereGivenBefore(t *testing.T) {
	t.Parallel()
	office := servicetest.New(t)
	before := office.Registered(t)
	for n := range int64(3) {
		a := office.Application(t, 1)
		a.Number = ra.OrderNumber(office.Kiosk.Prefix, n+1)
		_, err := office.Place(t.Context(), office.Kiosk, before, a)
		servicetest.Must(t, err)
	}
	d := &direct{Hall: office, kiosk: office.Kiosk}
	h := openHallOn(t, 0, d, office.Kiosk)
	r := d.Registration(t)
	_, err := d.Register(t.Context(), "", r)
	servicetest.Must(t, err)
	see(h, func(p HomePage) bool { return len(p.Services) == 6 })
	h.applies(r, servicetest.ServiceID)
	want := ra.OrderNumber(office.Kiosk.Prefix, 4)
	see(h, func(p PrintPage) bool { return p.Number == want })
	h.end()
}

// scannedAs compares how the last page was scanned.
func (h *hall) scannedAs(want scanner.Request) {
	h.t.Helper()
	if got := h.scanner.Last(); got != want {
		h.t.Errorf("scanned as %+v, want %+v", got, want)
	}
}

// TestPagesAreLimitedByTheOrder, and not by what the catalogue says by now.
func TestPagesAreLimitedByTheOrder(t *testing.T) {
	t.Parallel()
	today := []ra.Requirements{{Kind: ra.KindNew, Materials: []ra.Requirement{{Material: ra.MaterialLicence, MinPages: 1, MaxPages: 9}}}}
	w := &Workflow{visit: newVisit(nil), projects: []ra.Project{{ID: "p", Required: today}}}
	w.visit.order = &ra.Order{ProjectID: "p", Kind: ra.KindNew, Papers: []ra.Material{
		{Kind: ra.MaterialLicence, MinPages: 2, MaxPages: 4}, {Kind: ra.MaterialRemittance, MinPages: 1, MaxPages: 3}}}
	scan := (&scanStep{}).page(w).(ScanPage).Materials
	if len(scan) != 1 || scan[0].MinPages != 2 || scan[0].MaxPages != 4 {
		t.Errorf("got %+v, want 2 to 4 pages of the licence", scan)
	}
	if slip := (&payStep{}).page(w).(PayPage).Slip; slip.MinPages != 1 || slip.MaxPages != 3 {
		t.Errorf("got %+v, want 1 to 3 pages of the slip", slip)
	}
}

// TestPriced: an order is for so many new keys, or on so many certificates, of which those that were paid for cost nothing more.
func TestPriced(t *testing.T) {
	t.Parallel()
	p := &ra.Project{Services: []ra.Service{{ID: "new", Kind: ra.KindNew, PriceFen: 20000}, {ID: "extend", Kind: ra.KindExtend, PriceFen: 15000},
		{ID: "rename", Kind: ra.KindChange, Reason: ra.ReasonName, PriceFen: 6000}}}
	three := []ra.Holding{{ID: "a"}, {ID: "b", PaidMonths: 12}, {ID: "c"}}
	for name, c := range map[string]struct {
		of       inHand
		quantity string
		fen      int64
	}{
		"two new keys":                 {inHand{kind: ra.KindNew, quantity: map[string]int{"new": 2}}, "2", 40000},
		"three certificates, one paid": {inHand{kind: ra.KindExtend, targets: three}, "3", 30000},
		"each that changes":            {inHand{kind: ra.KindChange, reason: ra.ReasonName, targets: three[:2]}, "2", 12000},
	} {
		c.of.project = p
		rows, fen := (&visit{inHand: c.of}).priced()
		if len(rows) != 1 || rows[0].Args["quantity"] != c.quantity || fen != c.fen {
			t.Errorf("%s: got %v, %d fen, want %s, %d fen", name, rows, fen, c.quantity, c.fen)
		}
	}
}
