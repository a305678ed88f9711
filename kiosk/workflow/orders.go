package workflow

import (
	"context"
	"slices"

	"keyhall/backoffice/ra"
)

// OrdersPage lists the customer's orders.
type OrdersPage struct {
	Member MemberCard // whose they are
	Orders []OrderCard
	Fault  *Fault
	ByKey  bool // a key is logged in, which is of one organisation and applies for nothing new
	Only   bool // the session is about one order alone
	// Expiring are the certificates that may be renewed now: event RenewNow{}.
	Expiring []CertificateCard
}

func (OrdersPage) page() {}

// OpenOrder goes on with an order of the list.
type OpenOrder struct{ ID string }

func (OpenOrder) action() {}

// NewApplication begins an application.
type NewApplication struct{}

func (NewApplication) Name() string { return "new" }
func (NewApplication) action()      {}

// SeeMembers goes to the person's organisations.
type SeeMembers struct{}

func (SeeMembers) Name() string { return "members" }
func (SeeMembers) action()      {}

// ordersStep lists the customer's orders; each goes on where it stands.
type ordersStep struct {
	orders   []ra.Order
	expiring []ra.Holding
	fault    *Fault
}

func newOrders(*Workflow) step { return &ordersStep{} }

func (s *ordersStep) passing() {}

func (s *ordersStep) enter(w *Workflow) {
	v := w.visit
	v.setAside(w.cfg.Kiosk)
	v.order, v.sheets = nil, nil
	v.nextKey()
	session := v.session
	if v.onlyOrder == "" {
		w.lookForExpiring(func(all []ra.Holding) { s.expiring = all })
	}
	w.work("orders", func(ctx context.Context) func() {
		orders, err := w.cfg.Office.Orders(ctx, session)
		return func() {
			if err != nil {
				w.stop(err)
				return
			}
			s.orders = orders
			if len(orders) > 0 { // newest first
				v.former = &orders[0]
			}
		}
	})
}

func (s *ordersStep) page(w *Workflow) Page {
	p := OrdersPage{ByKey: w.visit.acting != nil, Only: w.visit.onlyOrder != "", Fault: s.fault, Member: w.memberCard(w.visit.member)}
	for _, o := range s.orders {
		p.Orders = append(p.Orders, cardOf(o))
	}
	for _, h := range s.expiring {
		p.Expiring = append(p.Expiring, w.certificateCard(h))
	}
	return p
}

func (s *ordersStep) act(w *Workflow, a Action) {
	switch a := a.(type) {
	case OpenOrder:
		if i := slices.IndexFunc(s.orders, func(o ra.Order) bool { return o.ID == a.ID }); i >= 0 {
			w.openOrder(a.ID, &s.orders[i])
		}
	case Retry:
		w.next()
	case RenewNow:
		if len(s.expiring) > 0 {
			w.renewNow(s.expiring)
		}
	case NewApplication:
		if w.visit.wholePerson() {
			w.apply(ra.KindNew, ra.ReasonNone)
		}
	case SeeMembers:
		if w.visit.wholePerson() {
			w.start(flowMembers)
		}
	case SeeCertificates:
		w.see(flowCertificates)
	case SeeWork:
		w.see(flowWork)
	}
}

// numbered is the order of that number, nil where it is not among them.
func numbered(orders []ra.Order, number string) *ra.Order {
	i := slices.IndexFunc(orders, func(o ra.Order) bool { return o.Number == number })
	if i < 0 {
		return nil
	}
	return &orders[i]
}

// see goes to another list of the member's, which the session of one order has not.
func (w *Workflow) see(list flowName) {
	if w.visit.onlyOrder == "" {
		w.start(list)
	}
}

// wholePerson: somebody logged in, neither a key nor for one order alone.
func (v *visit) wholePerson() bool { return v.acting == nil && v.onlyOrder == "" }

// openOrder goes on with an order as it is now: what was left for it may have been carried out since the list was asked for. While the
// back office is away the list is what is known, nil for nothing.
func (w *Workflow) openOrder(id string, known *ra.Order) {
	session := w.visit.session
	w.work("orders", func(ctx context.Context) func() {
		o, err := w.cfg.Office.Order(ctx, session, id)
		return func() {
			if err != nil && (known == nil || !ra.Passing(err) || ra.CodeOf(err) == ra.CodeSessionOver) {
				w.stop(err)
				return
			}
			if err != nil {
				o = *known
			}
			w.visit.code, w.visit.codeAt, w.visit.eager = "", "", false // what was typed and wanted was for another order: a code would count as a wrong one
			w.visit.setOrder(o)
			w.visit.printed = true // who lacks the form prints it from there
			w.start(flowApply)
		}
	})
}
