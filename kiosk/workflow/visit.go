package workflow

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/keys"
	"keyhall/kiosk/write"
)

// visit is everything personal: it lives from touching a tile until home or the idle deadline.
type visit struct {
	somebody
	inHand
	keyWork
	jobs  *write.Jobs
	forms map[string]*form
	staffs

	picked    ukey.Identity // the key that is meant where several are plugged in, zero for none
	unhurried bool          // more time was asked for
}

// staffs is what staff do here.
type staffs struct {
	staff       bool   // the maintenance PIN was typed, or one of them is logged in
	staffLogsIn bool   // one of them logs in
	badge       *badge // who is logged in, nil for nobody
}

// badge is a member of staff who is logged in.
type badge struct {
	session ra.StaffSession
	key     ukey.Identity // that they showed, zero for none: it stays plugged in while they are here
}

// somebody is who is here, and for whom.
type somebody struct {
	session string
	mandate ra.MandateKey   // seals what the customer leaves to be done, also after the session ended
	login   string          // of who is logged in
	members []ra.Membership // of the person, at this hall
	member  ra.Membership   // the one in hand, zero before one is chosen
	entered bool            // the session is in it

	byKey  bool          // a key logs in
	acting *ra.ActingKey // the key that is logged in, nil for a person

	slipCode  string // number of the order whose code is asked for, "" for none
	slipSent  string // and for which one was sent
	onlyOrder string // the session is about this order alone, "" for all

	forgetting   bool   // a password is set anew
	forgetful    string // login name of whom a code was sent for
	recoverForm  string // FormRecover, or FormRecoverHeld
	mobile       mobileProof
	registering  bool   // somebody new
	joining      bool   // somebody known, in another organisation
	amending     bool   // a member corrects what was entered
	amendBar     string // the part of the step bar in which they asked for it
	registration ra.Registration
	opened       map[string]bool      // agreements that were read
	agreed       map[string]ra.Agreed // and agreed to

	wantsLogIn bool   // to go on with an interrupted write
	loginFault *Fault // why a login is asked for again
	loginName  string // and for whom it is filled in
}

// inHand is the case that they are here for.
type inHand struct {
	slip    string  // number of the order that is looked for
	kind    ra.Kind // what was chosen at home; "" : the customer's orders
	reason  ra.ServiceReason
	project *ra.Project

	targets       []ra.Holding // certificates that the service is for
	targeted      bool         // they were known before it was asked
	wantedTargets []string     // ids of those that were chosen at an earlier visit
	serviceID     string       // of the service that is bought for each of them, "" for none chosen
	written       bool         // it was asked whether what is renewed is written at once

	looked    bool       // through what was left at earlier visits
	drafts    []ra.Draft // of earlier visits at this kiosk, not confirmed
	draft     ra.Draft   // Application.ID is "" before services were chosen
	quantity  map[string]int
	order     *ra.Order
	former    *ra.Order // the member's last, whose invoice and delivery are the usual ones
	payLater  bool
	stale     bool            // its form, printed or scanned, says what was entered before it was amended
	printed   bool            // its form was before: the order was found in the list
	handed    map[string]bool // orders that were handed in, the back office may not have heard: a mandate is kept
	printNow  bool            // they want their papers printed at once
	eager     bool            // they want to go on with the order's key at once
	waitSince time.Time       // zero: since the order's last change

	holding   *ra.Holding // the certificate in hand
	reporting bool        // its key is being reported lost
	restoring bool        // its lost key is back
	finding   bool        // a key's serial number is asked for
	sought    string      // what the list of certificates is narrowed to, "" for all

	sheets *sheets               // scanned for the order
	aside  map[string]ra.Mandate // pages of the member's other orders, to be delivered when the customer leaves
}

// keyWork is the key that is being made.
type keyWork struct {
	write   ra.Write      // prepared until its reservation succeeded
	resumed ra.Operation  // the interrupted one that is to go on
	held    bool          // this kiosk has its ticket
	job     ukey.Identity // the key of the job in hand, zero for none
	found   bool          // the job was left before, and runs with the PIN of then
	code    string        // authorization code, for the next key too
	codeAt  stageName     // where it was typed
	pin     []byte
	made    *write.Made

	changesPIN bool      // its holder wants another PIN
	pinKey     keys.Seen // of which key
}

func newVisit(jobs *write.Jobs) *visit {
	return &visit{
		jobs:     jobs,
		forms:    map[string]*form{},
		somebody: somebody{opened: map[string]bool{}, agreed: map[string]ra.Agreed{}},
		inHand:   inHand{quantity: map[string]int{}, handed: map[string]bool{}, aside: map[string]ra.Mandate{}},
	}
}

// enter takes up a membership; nothing of another one stays.
func (v *visit) enter(m ra.Membership) {
	if v.member.ID != "" && v.member.ID != m.ID {
		v.nextKey()
		for _, f := range v.forms {
			f.wipe()
		}
		clear(v.forms)
		v.begin("", ra.ReasonNone)
		v.looked, v.payLater, v.amending = false, false, false
		v.drafts, v.former, v.waitSince = nil, nil, time.Time{}
		v.holding, v.finding, v.sought, v.reporting, v.restoring = nil, false, "", false, false
		clear(v.handed)
	}
	v.member = m
}

// wipe overwrites what can be overwritten.
func (v *visit) wipe() {
	v.nextKey()
	v.mandate.Wipe()
	v.code, v.registration.Password = "", ""
	for _, f := range v.forms {
		f.wipe()
	}
}

// nextKey lets go of the key in hand: a write that runs goes on, one that stopped waits in the journal.
func (v *visit) nextKey() {
	v.wipePIN()
	if v.begun() {
		v.jobs.Leave(v.job)
	}
	if v.codeAt == stageTakeOverCode { // it was for that one write
		v.code, v.codeAt = "", ""
	}
	v.keyWork = keyWork{code: v.code, codeAt: v.codeAt}
}

func (v *visit) wipePIN() {
	clear(v.pin)
	v.pin = nil
}

// finished: the order in hand is over, and nothing of it was made just now.
func (v *visit) finished() bool {
	return v.order != nil && v.made == nil && (v.order.State == ra.OrderDone || v.order.State == ra.OrderCancelled)
}

// begun: a job is in hand.
func (v *visit) begun() bool { return v.job != ukey.Identity{} }

// key of the work in hand.
func (v *visit) key() ukey.Identity {
	if v.begun() {
		return v.job
	}
	if v.resumed.ID != "" {
		return ukey.Identity(v.resumed.Key)
	}
	return ukey.Identity(v.write.Key)
}

// needsProof: this kiosk has the ticket of the write, and nobody has said who they are.
func (v *visit) needsProof() bool {
	return v.held && v.session == "" && v.code == "" && !v.wantsLogIn && v.made == nil && v.byCode()
}

// needsLogIn: at another kiosk a login is needed beside the code.
func (v *visit) needsLogIn() bool {
	return v.session == "" && (v.wantsLogIn || !v.held || !v.byCode()) && v.made == nil && !v.begun()
}

// needsCode: a new key takes one, and so does going on where the ticket or the login is missing.
func (v *visit) needsCode() bool {
	return v.code == "" && !v.begun() && v.made == nil && !(v.held && v.session != "") && v.byCode()
}

// byCode: an authorization code opens the work in hand; else the PIN does that the holder has.
func (v *visit) byCode() bool {
	plan := v.planInHand()
	return plan == ra.PlanNone || plan.Has(ra.StepSetPIN)
}

// planInHand is that of the work in hand, PlanNone while that is not known.
func (v *visit) planInHand() ra.Plan {
	if v.resumed.ID != "" {
		return v.resumed.Plan
	}
	return v.write.Plan
}

// orderID of the order in hand, placed or not, "" for none.
func (v *visit) orderID() string {
	if v.order != nil {
		return v.order.ID
	}
	return v.draft.Application.ID
}

// setOrder keeps the newest version of the order in hand.
func (v *visit) setOrder(o ra.Order) {
	if v.order != nil && v.order.ID == o.ID && v.order.Version > o.Version {
		return
	}
	if v.order == nil || v.order.ID != o.ID {
		v.sheets, v.payLater, v.printed, v.stale = nil, false, false, false
	}
	v.order, v.former = &o, &o
}

// placed: the back office has the order; the next application begins empty.
func (v *visit) placed(o ra.Order) {
	v.drafts = slices.DeleteFunc(v.drafts, func(d ra.Draft) bool { return d.Application.ID == o.ID })
	v.forgetDraft()
	v.setOrder(o)
}

// newID makes a UUIDv7. Without randomness no id can be made, and nothing can go on.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
