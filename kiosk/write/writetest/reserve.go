package writetest

import (
	"context"
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"

	"keyhall/backoffice/ra"
)

// noUnit is in place of the unit of an operation that no order asked for.
const noUnit = -1

// Reserve binds unit and key, or a key alone where there is no order.
func (f *Office) Reserve(_ context.Context, session string, r ra.Reservation) (ra.Release, error) {
	return answer(f, "Reserve", func() (ra.Release, error) {
		rule, err := f.rule(r)
		if err != nil {
			return ra.Release{}, err
		}
		if err := permitted(rule.Plan, session, r.AuthCode); err != nil {
			return ra.Release{}, err
		}
		if o, ok := f.Operations[r.OperationID]; ok {
			if o.Op.Key != r.Key || o.Op.Plan != rule.Plan {
				return ra.Release{}, ra.E(ra.CodeConflict)
			}
			return f.releaseOf(o, &r.Attempt)
		}
		target, err := f.targetOf(rule.Plan, r)
		if err != nil {
			return ra.Release{}, err
		}
		if o := f.live(r.Key); o != nil {
			if !finishes(rule.Plan, target, o) {
				return ra.Release{}, ra.E(ra.CodeKeyInUse)
			}
			o.Ticket = "" // who had it goes on no more: this one ends it
		}
		o := &Operation{rule: rule, target: target, unit: noUnit, Op: ra.Operation{ID: r.OperationID, Plan: rule.Plan, OrderID: r.OrderID, Model: "softhsm", Key: r.Key, State: ra.OperationReserved}}
		if rule.Plan.Has(ra.StepAdminPIN) {
			o.pending = f.Known[r.Key.Serial] + 1
		}
		if err := f.takeUnit(o); err != nil {
			return ra.Release{}, err
		}
		f.Operations[r.OperationID] = o
		return f.releaseOf(o, &r.Attempt)
	})
}

// rule is the order's row of the table of services; without an order only a plan that no service has is possible.
func (f *Office) rule(r ra.Reservation) (ra.ServiceRule, error) {
	if r.OrderID == "" {
		ofService := slices.ContainsFunc(ra.ServiceRules(), func(s ra.ServiceRule) bool { return s.Plan == r.Plan })
		if ofService || r.Plan.Steps() == nil {
			return ra.ServiceRule{}, ra.E(ra.CodeRequired).At("order_id")
		}
		return ra.ServiceRule{Plan: r.Plan}, nil
	}
	rule, ok := ra.RuleOf(f.Kind, f.Reason)
	if !ok || r.Plan != "" && r.Plan != rule.Plan {
		return rule, ra.E(ra.CodeConflict).At("plan")
	}
	return rule, nil
}

// permitted: whoever gets a PIN set needs the authorization code, everybody else a login; the holder's PIN does the rest.
func permitted(p ra.Plan, session, code string) error {
	if p.Has(ra.StepSetPIN) {
		if code != Code {
			return ra.E(ra.CodeAuthCodeWrong, "left", "4")
		}
		return nil
	}
	if session == "" {
		return ra.E(ra.CodeSessionOver)
	}
	return nil
}

// targetOf finds the certificate that a reservation names, on that key and in a state to be worked on.
func (f *Office) targetOf(p ra.Plan, r ra.Reservation) (*Registered, error) {
	if p.Blank() {
		return nil, nil
	}
	if p.Has(ra.StepAdministrator) && f.Known[r.Key.Serial] == 0 {
		return nil, ra.E(ra.CodeKeyUnmanaged)
	}
	if r.CertificateID == "" && !p.Has(ra.StepAskPIN) {
		return nil, nil
	}
	c := f.Certificate(r.CertificateID)
	switch {
	case c == nil || c.Key != r.Key:
		return nil, ra.E(ra.CodeNotFound).At("certificate_id")
	case c.State != ra.CertificateActive && (c.State != ra.CertificateIssued || !p.Has(ra.StepFetch)):
		return nil, ra.E(ra.CodeState).At("certificate_id")
	}
	return c, nil
}

// finishes tells whether a new operation ends a live one: its certificate was issued and only has to be proven.
func finishes(p ra.Plan, target *Registered, live *Operation) bool {
	return p.Has(ra.StepFetch) && target.State == ra.CertificateIssued && target.Operation == live.Op.ID
}

// takeUnit binds a waiting unit of the order, where there is one.
func (f *Office) takeUnit(o *Operation) error {
	if o.Op.OrderID == "" {
		return nil
	}
	o.unit = slices.IndexFunc(f.Units, func(u ra.Unit) bool { return u.State == ra.UnitWaiting })
	if o.unit < 0 {
		return ra.E(ra.CodeNoUnitLeft)
	}
	u := &f.Units[o.unit]
	u.State, u.OperationID, o.Op.UnitID = ra.UnitReserved, o.Op.ID, u.ID
	return nil
}

// live is the unfinished operation of a key.
func (f *Office) live(key ra.KeyIdentity) *Operation {
	for _, o := range f.Operations {
		if o.Op.Key == key && o.Op.State != ra.OperationDone && o.Op.State != ra.OperationReleased {
			return o
		}
	}
	return nil
}

// Remaining counts the order's keys that are not done.
func (f *Office) Remaining() int {
	return ra.Order{Units: f.Units}.Remaining()
}

// subject is whom every certificate is for.
func subject() []byte {
	name, _ := asn1.Marshal(pkix.Name{CommonName: "杭州某某有限公司", Country: []string{"CN"}}.ToRDNSequence()) // never fails
	return name
}

// OldLabel is what a replaced pair is to be called.
const OldLabel = "(old) test"

// releaseOf gives the operation to the kiosk that asks, under a ticket that it has or gets.
func (f *Office) releaseOf(o *Operation, a *ra.AdminAttempt) (ra.Release, error) {
	if o.Ticket == "" {
		f.tickets++
		o.Ticket = fmt.Sprintf("ticket-%d", f.tickets)
	}
	o.Presence = newID()
	r := ra.Release{
		Operation: o.Op, Remaining: f.Remaining(), Profile: f.Profile,
		Label: "test", Subject: subject(), Ticket: o.Ticket, Presence: o.Presence, PINMin: 6, PINMax: 16,
	}
	if o.unit != noUnit {
		r.Unit = f.Units[o.unit]
	}
	if !o.Op.Plan.Blank() {
		r.Target = f.tell(o.target)
	}
	if a == nil || !o.Op.Plan.Has(ra.StepAdministrator) {
		return r, nil
	}
	opening, err := f.allow(o, *a)
	r.Opening = &opening
	return r, err
}

// tell is what a kiosk learns of a key that the register knows.
func (f *Office) tell(c *Registered) *ra.Target {
	if c == nil {
		return &ra.Target{}
	}
	return &ra.Target{CertificateID: c.ID, Certificate: c.DER, Chain: [][]byte{f.ca.Raw}, Label: OldLabel}
}

func (f *Office) find(h ra.Hold) (*Operation, error) {
	o, ok := f.Operations[h.OperationID]
	if !ok {
		return nil, ra.E(ra.CodeNotFound)
	}
	if h.Ticket == "" || o.Ticket != h.Ticket {
		return nil, ra.E(ra.CodeTicketDead)
	}
	return o, nil
}

// Resume takes every session for the customer's; a ticket saves one of the two proofs.
func (f *Office) Resume(_ context.Context, session string, r ra.Resumption) (ra.Release, error) {
	return answer(f, "Resume", func() (ra.Release, error) {
		o, ok := f.Operations[r.OperationID]
		if !ok {
			return ra.Release{}, ra.E(ra.CodeNotFound)
		}
		holder := r.Ticket != "" && o.Ticket == r.Ticket
		switch {
		case !holder && session == "" && r.Ticket != "":
			return ra.Release{}, ra.E(ra.CodeTicketDead)
		case !holder && session == "":
			return ra.Release{}, ra.E(ra.CodeSessionOver)
		case !holder && len(r.Signature) > 0:
			if !o.takenOver(r) {
				return ra.Release{}, ra.E(ra.CodeProofBad).At("signature")
			}
		case r.AuthCode == "" && (session == "" || !holder):
			return ra.Release{}, ra.E(ra.CodeRequired).At("auth_code")
		case r.AuthCode != "" && r.AuthCode != Code:
			return ra.Release{}, ra.E(ra.CodeAuthCodeWrong, "left", "4").At("auth_code")
		}
		if o.Op.State == ra.OperationDone || o.Op.State == ra.OperationReleased {
			return ra.Release{}, ra.E(ra.CodeState)
		}
		if !holder {
			o.Ticket = ""
		}
		return f.releaseOf(o, nil)
	})
}

// KioskID is the kiosk for which a takeover has to be signed.
const KioskID = "kiosk"

// Takeover gives bytes for the old pair to sign.
func (f *Office) Takeover(_ context.Context, session, operationID string) (ra.Takeover, error) {
	return answer(f, "Takeover", func() (ra.Takeover, error) {
		o, ok := f.Operations[operationID]
		switch {
		case session == "":
			return ra.Takeover{}, ra.E(ra.CodeSessionOver)
		case !ok:
			return ra.Takeover{}, ra.E(ra.CodeNotFound)
		case o.Op.Plan.Has(ra.StepSetPIN):
			return ra.Takeover{}, ra.E(ra.CodeConflict)
		}
		o.challenge = make([]byte, 32)
		_, _ = rand.Read(o.challenge) // never fails
		return ra.Takeover{Challenge: o.challenge, Certificate: o.target.DER}, nil
	})
}

func (f *Office) Operation(_ context.Context, h ra.Hold) (ra.Operation, error) {
	f.Lock.Lock()
	defer f.Lock.Unlock()
	o, err := f.find(h)
	if err != nil {
		return ra.Operation{}, err
	}
	return o.Op, nil
}

func (f *Office) Administrator(_ context.Context, h ra.Hold, a ra.AdminAttempt) (ra.Opening, error) {
	return answer(f, "Administrator", func() (ra.Opening, error) {
		o, err := f.find(h)
		switch {
		case err != nil:
			return ra.Opening{}, err
		case o.Op.State == ra.OperationReleased:
			return ra.Opening{}, ra.E(ra.CodeKeyAdminPIN)
		case o.Presence != h.Presence:
			return ra.Opening{}, ra.E(ra.CodePresenceOver)
		}
		return f.allow(o, a)
	})
}

func (f *Office) GiveBack(_ context.Context, h ra.Hold, _ ra.Code) error {
	_, err := answer(f, "GiveBack", func() (struct{}, error) {
		o, err := f.find(h)
		switch {
		case err == nil && o.Public != nil:
			err = ra.E(ra.CodeState)
		case err == nil && o.Presence != h.Presence:
			err = ra.E(ra.CodePresenceOver)
		}
		if err == nil {
			f.release(o)
		}
		return struct{}{}, err
	})
	return err
}

// KeyStatus tells that something waits, and in a session what.
func (f *Office) KeyStatus(_ context.Context, session string, key ra.KeyIdentity) (ra.KeyStatus, error) {
	f.Lock.Lock()
	defer f.Lock.Unlock()
	o := f.live(key)
	if o == nil {
		return ra.KeyStatus{}, nil
	}
	status := ra.KeyStatus{Known: true, Waiting: true}
	if session != "" {
		status.Operation = &o.Op
	}
	return status, nil
}
