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

func newOrders(*Workflow) step { return &ordersStep{} }

func (s *ordersStep) passing() {}

func (s *ordersStep) enter(w *Workflow) {
	v := w.visit
	v.setAside(w.cfg.Kiosk)
	v.order, v.sheets = nil, nil
	v.nextKey()
	session := v.session
	w.work("orders", func(ctx context.Context) func() {
		orders, err := w.cfg.Office.Orders(ctx, session)
		return func() {
			if err != nil {
				w.stop(err)
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
			w.visit.setOrder(s.orders[i])
			w.start(flowApply)
		}
	case Retry:
		w.next()
	case NewApplication:
		w.visit.kind = ra.KindNew
		w.start(flowApply)
	case SeeMembers:
		w.start(flowMembers)
	}
}
