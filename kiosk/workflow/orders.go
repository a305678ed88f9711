package workflow

import (
	"context"
	"slices"

	"keyhall/backoffice/ra"
)

// ordersStep lists the customer's orders; each goes on where it stands.
type ordersStep struct {
	orders []ra.Order
	fault  *Fault
}

func (s *ordersStep) name() stepName      { return stepOrders }
func (s *ordersStep) back(*Workflow) step { return nil }
func (s *ordersStep) passing()            {}

func (s *ordersStep) enter(w *Workflow) {
	v := w.visit
	v.setAside(w.cfg.Kiosk)
	v.order, v.sheets = nil, nil
	v.dropJob()
	session := v.session
	w.work("orders", func(ctx context.Context) func() {
		orders, err := w.cfg.Office.Orders(ctx, session)
		return func() {
			if err != nil {
				w.stop(err, &ordersStep{})
				return
			}
			s.orders = orders
		}
	})
}

func (s *ordersStep) page(w *Workflow) Page {
	p := OrdersPage{Fault: s.fault, Member: w.memberCard(w.visit.member)}
	for _, o := range s.orders {
		p.Orders = append(p.Orders, cardOf(o))
	}
	return p
}

func (s *ordersStep) act(w *Workflow, a Action) {
	switch a := a.(type) {
	case OpenOrder:
		if i := slices.IndexFunc(s.orders, func(o ra.Order) bool { return o.ID == a.ID }); i >= 0 {
			s.open(w, s.orders[i])
		}
	case Choose:
		switch a.Name {
		case "retry":
			w.become(&ordersStep{})
		case "new":
			w.visit.kind = ra.KindNew
			w.startApplication()
		case "members":
			w.become(&membersStep{})
		}
	}
}

// open goes on with an order as it is now: what was left for it may have been carried out since the list was asked for. While the
// back office is away the list is what is known.
func (s *ordersStep) open(w *Workflow, o ra.Order) {
	session := w.visit.session
	w.work("orders", func(ctx context.Context) func() {
		now, err := w.cfg.Office.Order(ctx, session, o.ID)
		return func() {
			if err != nil && (!ra.Passing(err) || ra.CodeOf(err) == ra.CodeSessionOver) {
				w.stop(err, &ordersStep{})
				return
			}
			if err == nil {
				o = now
			}
			w.goOn(o)
		}
	})
}
