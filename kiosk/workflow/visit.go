package workflow

import (
	"slices"
	"time"

	"keyhall/backoffice/ra"
)

// visit is everything personal: it lives from touching a tile until home or the idle deadline.
type visit struct {
	kind    ra.Kind // what was chosen at home; "" : the customer's orders
	project *ra.Project

	session string
	mandate ra.MandateKey   // seals what the customer leaves to be done, also after the session ended
	login   string          // of who is logged in
	members []ra.Membership // of the person, at this hall
	member  ra.Membership   // the one in hand, zero before one is chosen
	entered bool            // the session is in it
	again   step            // where to go on after a login in between

	registration ra.Registration
	forms        map[string]*form
	opened       map[string]bool      // agreements that were read
	agreed       map[string]ra.Agreed // and agreed to

	drafts    []ra.Draft // of earlier visits at this kiosk, not confirmed
	draft     ra.Draft   // Application.ID is "" before services were chosen
	quantity  map[string]int
	order     *ra.Order
	handed    map[string]bool // orders that were handed in, the back office may not have heard: a mandate is kept
	waitSince time.Time       // zero: since the order's last change

	sheets *sheets               // scanned for the order
	aside  map[string]ra.Mandate // pages of the member's other orders, to be delivered when the customer leaves

	write   ra.Write     // the next key's, prepared until its reservation succeeded
	resumed ra.Operation // the interrupted one that is to go on
	job     *Job
	code    string // authorization code, for the next key too
	pin     []byte
}

func newVisit() *visit {
	return &visit{
		forms: map[string]*form{}, opened: map[string]bool{}, agreed: map[string]ra.Agreed{}, quantity: map[string]int{},
		handed: map[string]bool{}, aside: map[string]ra.Mandate{},
	}
}

// enter takes up a membership; nothing of another one stays.
func (v *visit) enter(m ra.Membership) {
	if v.member.ID != "" && v.member.ID != m.ID {
		v.wipePIN()
		v.dropJob()
		v.kind, v.code, v.write, v.resumed = "", "", ra.Write{}, ra.Operation{}
		v.drafts, v.draft, v.quantity = nil, ra.Draft{}, map[string]int{}
		v.order, v.sheets, v.waitSince = nil, nil, time.Time{}
		clear(v.handed)
		for _, f := range v.forms {
			f.wipe()
		}
		clear(v.forms)
	}
	v.member = m
}

// wipe overwrites what can be overwritten.
func (v *visit) wipe() {
	v.wipePIN()
	v.dropJob()
	v.mandate.Wipe()
	v.code, v.registration.Password = "", ""
	for _, f := range v.forms {
		f.wipe()
	}
}

// dropJob lets go of a write in hand; what is not finished waits in the journal.
func (v *visit) dropJob() {
	v.job.Wipe()
	v.job = nil
}

func (v *visit) wipePIN() {
	clear(v.pin)
	v.pin = nil
}

// orderID of the order in hand, placed or not, "" for none.
func (v *visit) orderID() string {
	if v.order != nil {
		return v.order.ID
	}
	return v.draft.Application.ID
}

// placing is the mandate to place the order in hand.
func (v *visit) placing(kiosk ra.Kiosk) (ra.Mandate, error) {
	a := v.draft.Application
	return v.mandate.Seal(kiosk.ID, ra.Mandate{OrderID: a.ID, MembershipID: v.member.ID, Application: &a})
}

// handing is the mandate to deliver the pages of the order in hand that the back office does not have, and to hand it in.
func (v *visit) handing(kiosk ra.Kiosk, submit bool) (ra.Mandate, error) {
	return v.mandate.Seal(kiosk.ID, ra.Mandate{OrderID: v.order.ID, MembershipID: v.member.ID, Version: v.order.Version,
		Pages: v.sheets.waiting(), Submit: submit})
}

// setAside keeps the pages of the order in hand in mind that were scanned and not handed in. For what was handed in a mandate is
// kept already.
func (v *visit) setAside(kiosk ra.Kiosk) {
	if v.order == nil || v.handed[v.order.ID] || len(v.sheets.waiting()) == 0 {
		return
	}
	if m, err := v.handing(kiosk, false); err == nil {
		v.aside[v.order.ID] = m
	}
}

// setOrder keeps the newest version of the order in hand.
func (v *visit) setOrder(o ra.Order) {
	if v.order != nil && v.order.ID == o.ID && v.order.Version > o.Version {
		return
	}
	if v.order == nil || v.order.ID != o.ID {
		v.sheets = nil
	}
	v.order = &o
}

// placed: the back office has the order; the next application begins empty.
func (v *visit) placed(o ra.Order) {
	v.drafts = slices.DeleteFunc(v.drafts, func(d ra.Draft) bool { return d.Application.ID == o.ID })
	v.draft, v.quantity = ra.Draft{}, map[string]int{}
	delete(v.forms, string(stepInvoice))
	delete(v.forms, string(stepDelivery))
	v.setOrder(o)
}
