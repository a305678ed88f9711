package workflow

import (
	"cmp"
	"errors"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/keys"
	"keyhall/kiosk/write"
)

// KeyPage asks for a blank key, or for one that the order is about, and shows what is plugged in.
type KeyPage struct {
	Order     OrderCard
	Wanted    []string // serials of the keys that the order still waits for; none: a blank one
	Index     int      // this will be key Index of Of
	Of        int
	Keys      []KeyCard
	Going     bool // an interrupted write goes on: its key is asked for, not a blank one
	Ready     bool // exactly one usable key: event Go{}
	Fault     *Fault
	NeedsCode bool
}

func (KeyPage) page() {}

// KeyCard is one key that is plugged in.
type KeyCard struct {
	Key     ra.KeyIdentity
	Serial  string // "" where it is not known
	Model   ra.Text
	Looking bool // it is being found out what it is
	Blank   bool
	Wanted  bool   // the order is about it
	Waits   bool   // for an interrupted write to go on
	Fault   *Fault // why it cannot be used
	Offered bool   // it may be chosen: event PickKey{Key}
	Picked  bool   // it is the one that is meant
}

// keyStep waits for a key that the order's plan is for, or for the key of an interrupted write, and says what is wrong with the keys that the watcher knows.
type keyStep struct {
	going  bool   // the key of an interrupted write is asked for
	fault  *Fault // of what was tried last
	listed bool
	seen   keys.Snapshot
}

// newKey asks for the key of an interrupted write where no order is in hand.
func newKey(w *Workflow) step { return &keyStep{going: w.flow.name == flowResume} }

func (s *keyStep) enter(w *Workflow) {
	s.going = s.going || w.visit.order == nil // without an order there is nothing to begin
	w.visit.nextKey()
}

// tell says why what was tried did not work.
func (s *keyStep) tell(f *Fault) { s.fault = f }

// saw takes in what the watcher knows. What was told of keys that were there before goes.
func (s *keyStep) saw(w *Workflow, seen keys.Snapshot) {
	if s.listed && !(slices.EqualFunc(s.seen.Keys, seen.Keys, sameKey) && slices.Equal(s.seen.NoDriver, seen.NoDriver)) {
		s.fault = nil
	}
	s.seen, s.listed = seen, true
	if all := s.choosable(w); len(all) > 0 && !slices.ContainsFunc(seen.Keys, keys.Seen.Looking) { // none becomes another to choose from
		w.visit.mean(all)
	}
	for _, k := range seen.Keys {
		if w.visit.session != "" && w.lost(k.Away) {
			return
		}
	}
	s.takeWanted(w)
}

// takeWanted goes on with a key that the order names and that is plugged in alone, for who just said that they want to: nothing is left to
// choose. Who comes from elsewhere, or back, presses.
func (s *keyStep) takeWanted(w *Workflow) {
	v := w.visit
	if !v.eager || len(s.seen.Keys) == 0 || slices.ContainsFunc(s.seen.Keys, keys.Seen.Looking) {
		return
	}
	v.eager = false
	k, ready := s.one(w)
	if ready && len(s.seen.Keys) == 1 && !k.Waits() && v.order != nil && targetOn(waitingFor(*v.order), k) != nil {
		s.take(w, k)
	}
}

func sameKey(a, b keys.Seen) bool { return a.Info.Identity() == b.Info.Identity() }

// wrong tells what stands against a key here, nil when nothing does or when it is not known yet.
func (s *keyStep) wrong(w *Workflow, k keys.Seen) *Fault {
	if err := k.Fault(); err != nil {
		return FaultOf(err)
	}
	switch {
	case w.visit.order != nil && !allows(w.projectOf(*w.visit.order), k.Model):
		return &Fault{Code: ra.CodeKeyUnknownModel, Args: map[string]string{"model": k.Info.Model}}
	case k.Looking():
		return nil
	case k.Waits():
		return w.notOurs(k.Status)
	case s.going:
		return &Fault{Code: ra.CodeKeyNothingWaits}
	}
	return unfit(*w.visit.order, k)
}

func allows(p ra.Project, model ra.UKeyModel) bool {
	return slices.ContainsFunc(p.Models, func(m ra.UKeyModel) bool { return m.ID == model.ID })
}

// unfit tells why the order's plan cannot begin on a key, nil when it can.
func unfit(o ra.Order, k keys.Seen) *Fault {
	plan := ra.PlanFor(o.Kind, o.Reason)
	wanted := waitingFor(o)
	switch {
	case plan.Has(ra.StepAdministrator) && k.Spent():
		return &Fault{Code: ra.CodeKeyAdminPIN, Args: map[string]string{"serial": k.Info.Serial}}
	case plan.Blank() && k.Condition != keys.Blank:
		return &Fault{Code: ra.CodeKeyNotBlank, Args: map[string]string{"serial": k.Info.Serial}}
	case plan.Blank() || targetOn(wanted, k) != nil:
		return nil
	case len(wanted) == 0:
		return &Fault{Code: ra.CodeNoUnitLeft}
	}
	return wrongKey(ukey.Identity(wanted[0].Key), k.Info.Identity())
}

// waitingFor are the certificates on keys that the order's plan has still to begin with; none where it takes a blank key.
func waitingFor(o ra.Order) (all []ra.UnitTarget) {
	for _, u := range o.Units {
		if u.State == ra.UnitWaiting && u.Target != nil && !ra.PlanFor(o.Kind, o.Reason).Blank() {
			all = append(all, *u.Target)
		}
	}
	return all
}

// targetOn is the first of the certificates that is on the key.
func targetOn(all []ra.UnitTarget, k keys.Seen) *ra.Target {
	i := slices.IndexFunc(all, func(t ra.UnitTarget) bool { return t.Key == ra.KeyIdentity(k.Info.Identity()) })
	if i < 0 {
		return nil
	}
	return &ra.Target{CertificateID: all[i].CertificateID}
}

// goesOn tells of a key that a job writes to which somebody left, whether that may be seen: the back office told in this session that it
// is theirs.
func (w *Workflow) goesOn(k keys.Seen) bool {
	return k.Held && w.visit.session != "" && k.Status.Operation != nil && w.notOurs(k.Status) == nil
}

// notOurs tells why what waits for a key is not for who is here; nil when it is, or when nobody knows yet.
func (w *Workflow) notOurs(status ra.KeyStatus) *Fault {
	v := w.visit
	switch {
	case v.session == "" || !status.Waiting:
		return nil
	case status.Operation == nil:
		return &Fault{Code: ra.CodeResumeElsewhere}
	case v.order != nil && status.Operation.OrderID != v.order.ID:
		return &Fault{Code: ra.CodeResumeOtherOrder}
	}
	return nil
}

// usable are the keys that one can go on with. One that the last look missed may have been pulled just now: the next look tells.
func (s *keyStep) usable(w *Workflow) (usable []keys.Seen) {
	for _, k := range s.seen.Keys {
		if !k.Missing && (!k.Looking() || w.goesOn(k)) && s.wrong(w, k) == nil {
			usable = append(usable, k)
		}
	}
	return usable
}

func (s *keyStep) page(w *Workflow) Page {
	v := w.visit
	p := KeyPage{Fault: cmp.Or(s.fault, FaultOf(s.seen.Trouble)), Going: s.going}
	var wanted []ra.UnitTarget
	if v.order != nil && !s.going {
		p.Order = cardOf(*v.order)
		p.Index, p.Of = min(p.Order.Done+1, p.Order.Of), p.Order.Of
		p.NeedsCode = v.code == "" && ra.PlanFor(v.order.Kind, v.order.Reason).Has(ra.StepSetPIN)
		wanted = waitingFor(*v.order)
	}
	for _, t := range wanted {
		p.Wanted = append(p.Wanted, t.Key.Serial)
	}
	usable, offered := s.usable(w), s.choosable(w)
	one, ready := s.one(w)
	for _, k := range s.seen.Keys {
		p.Keys = append(p.Keys, KeyCard{Key: ra.KeyIdentity(k.Info.Identity()), Serial: k.Info.Serial, Model: nameOf(k), Looking: (k.Looking() || k.Missing) && !w.goesOn(k), Blank: k.Condition == keys.Blank,
			Wanted: targetOn(wanted, k) != nil, Waits: k.Waits(), Fault: s.wrong(w, k),
			Offered: len(offered) > 1 && slices.ContainsFunc(offered, func(o keys.Seen) bool { return sameKey(o, k) }), Picked: ready && len(usable) > 1 && sameKey(one, k)})
	}
	for _, d := range s.seen.NoDriver {
		p.Keys = append(p.Keys, KeyCard{Serial: d.Serial, Model: ra.Text{ZH: called(d), EN: called(d)}, Fault: noDriver(d)})
	}
	p.Ready = ready
	if p.Ready && one.Waits() { // what goes on may need no code; if it does, it is asked for then
		p.NeedsCode = false
	}
	if !ready && len(usable) > 1 && p.Fault == nil {
		p.Fault = several(offered)
	}
	return p
}

func nameOf(k keys.Seen) ra.Text {
	if k.Model.ID != "" {
		return k.Model.Name
	}
	return ra.Text{ZH: k.Info.Model, EN: k.Info.Model}
}

func (s *keyStep) act(w *Workflow, a Action) {
	if p, ok := a.(PickKey); ok && w.visit.pick(p, s.choosable(w)) {
		s.fault = nil
	}
	if _, ok := a.(Go); !ok {
		return
	}
	s.listed = true // what is told now goes away with the next change of keys
	usable := s.usable(w)
	one, ready := s.one(w)
	switch {
	case ready:
		s.take(w, one)
	case len(s.seen.Keys) == 0 && len(s.seen.NoDriver) > 0:
		s.fault = noDriver(s.seen.NoDriver[0])
	case len(s.seen.Keys) == 0:
		s.fault = &Fault{Code: ra.CodeKeyNone}
	case len(usable) > 1:
		s.fault = several(s.choosable(w))
	default:
		s.fault = s.wrong(w, s.seen.Keys[0])
	}
}

// take goes on with the key: a job of it that was left is found again, an interrupted write is taken up, else a new one begins.
func (s *keyStep) take(w *Workflow, k keys.Seen) {
	v, key := w.visit, ra.KeyIdentity(k.Info.Identity())
	if w.goesOn(k) {
		if !w.cfg.Jobs.Return(k.Info.Identity(), k.Status.Operation.ID) {
			return // it just stopped: the next look tells
		}
		v.job, v.found = k.Info.Identity(), true
		w.done()
		return
	}
	if k.Waits() {
		v.resumed = ra.Operation{ID: k.Own.ID, Plan: k.Own.Plan, OrderID: k.Own.OrderID, Model: k.Own.Model, Key: k.Own.Key}
		if k.Status.Operation != nil {
			v.resumed = *k.Status.Operation
		}
		if v.resumed.ID == "" { // who is here is not known yet
			v.resumed.Key = key
		}
		v.held = k.Own.Ticket != "" || write.AskedHere(k.Own)
	} else {
		v.write = ra.Write{
			ID: newID(), Plan: ra.PlanFor(v.order.Kind, v.order.Reason), OrderID: v.order.ID, OrderNumber: v.order.Number, ProjectID: v.order.ProjectID,
			Model: k.Model.ID, Key: key, Target: targetOn(waitingFor(*v.order), k),
		}
	}
	w.done()
}

// ofCode tells whether an error is about the authorization code: a wrong one, or none where one is needed after all.
func ofCode(err error) bool {
	switch ra.CodeOf(err) {
	case ra.CodeRequired, ra.CodeAuthCodeWrong, ra.CodeAuthCodeUsedUp, ra.CodeAuthCodeExpired, ra.CodeAuthCodePaused:
		return true
	}
	return false
}

func atField(err error, field string) error {
	var e *ra.Error
	if errors.As(err, &e) {
		return e.At(field)
	}
	return err
}
