package workflow

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/keys"
)

// KeyPage asks for a blank key and shows what is plugged in.
type KeyPage struct {
	Order     OrderCard
	Index     int // this will be key Index of Of
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
	Serial string
	Model  ra.Text
	Blank  bool
	Waits  bool   // for an interrupted write to go on
	Fault  *Fault // why it cannot be used
}

// keyStep waits for a blank key, or for the key of an interrupted write, and says what is wrong with the keys it sees.
type keyStep struct {
	going   bool   // the key of an interrupted write is asked for
	fault   *Fault // of what was tried last
	trouble *Fault // of the last look, passes by itself
	looking bool
	listed  bool
	seen    keys.Snapshot
	looks   map[ukey.Identity]keyLook // of those that are plugged in
}

// newKey asks for the key of an interrupted write where no order is in hand.
func newKey(w *Workflow) step { return &keyStep{going: w.flow.name == flowResume} }

func (s *keyStep) enter(w *Workflow) {
	s.looks = map[ukey.Identity]keyLook{}
	s.going = s.going || w.visit.order == nil // without an order there is nothing to begin
	w.visit.nextKey()
}

// saw finds out what the keys are.
func (s *keyStep) saw(w *Workflow, seen keys.Snapshot) {
	s.trouble = FaultOf(seen.Trouble)
	if s.looking || w.busy != "" {
		return
	}
	s.looking = true
	known, models, session := s.looks, w.models(), w.visit.session
	w.work("", func(ctx context.Context) func() {
		looks := w.lookAtAll(ctx, session, models, seen, known)
		return func() {
			s.looking = false
			if s.listed && !(slices.EqualFunc(s.seen.Keys, seen.Keys, sameKey) && slices.Equal(s.seen.NoDriver, seen.NoDriver)) {
				s.fault = nil
			}
			s.seen, s.looks, s.listed = seen, looks, true
		}
	})
}

func sameKey(a, b keys.Seen) bool { return a.Info.Identity() == b.Info.Identity() }

// wrong tells what stands against a key here, nil when nothing does.
func (s *keyStep) wrong(w *Workflow, key ukey.Identity) *Fault {
	l, ok := s.looks[key]
	switch {
	case !ok:
		return &Fault{Code: ra.CodeOfficeAway}
	case l.fault != nil:
		return l.fault
	case l.waits():
		return w.notOurs(l)
	case s.going:
		return &Fault{Code: ra.CodeKeyNothingWaits}
	case !l.blank:
		return &Fault{Code: ra.CodeKeyNotBlank, Args: map[string]string{"serial": key.Serial}}
	}
	return nil
}

// waits tells whether an interrupted write of the key is to go on. One that never got a ticket, and that the back office has not
// heard of, never began.
func (l keyLook) waits() bool { return l.status.Waiting || l.own.Ticket != "" }

// notOurs tells why what waits for a key is not for who is here; nil when it is, or when nobody knows yet.
func (w *Workflow) notOurs(l keyLook) *Fault {
	v := w.visit
	switch {
	case v.session == "" || !l.status.Waiting:
		return nil
	case l.status.Operation == nil:
		return &Fault{Code: ra.CodeResumeElsewhere}
	case v.order != nil && l.status.Operation.OrderID != v.order.ID:
		return &Fault{Code: ra.CodeResumeOtherOrder}
	}
	return nil
}

func (s *keyStep) usable(w *Workflow) (usable []ukey.Identity) {
	for _, k := range s.seen.Keys {
		if key := k.Info.Identity(); s.wrong(w, key) == nil {
			usable = append(usable, key)
		}
	}
	return usable
}

func (s *keyStep) page(w *Workflow) Page {
	v := w.visit
	p := KeyPage{Fault: cmp.Or(s.fault, s.trouble), Going: s.going}
	if v.order != nil && !s.going {
		p.Order = cardOf(*v.order)
		p.Index, p.Of = min(p.Order.Done+1, p.Order.Of), p.Order.Of
		p.NeedsCode = v.code == ""
	}
	for _, i := range s.seen.Infos() {
		l := s.looks[i.Identity()]
		p.Keys = append(p.Keys, KeyCard{
			Serial: i.Serial, Model: s.modelName(i), Blank: l.blank, Waits: l.waits(), Fault: s.wrong(w, i.Identity()),
		})
	}
	for _, d := range s.seen.NoDriver {
		p.Keys = append(p.Keys, KeyCard{Serial: cmp.Or(d.Serial, "-"), Model: ra.Text{ZH: called(d), EN: called(d)}, Fault: noDriver(d)})
	}
	usable := s.usable(w)
	p.Ready = len(usable) == 1
	if p.Ready && s.looks[usable[0]].waits() { // what goes on may need no code; if it does, it is asked for then
		p.NeedsCode = false
	}
	if len(usable) > 1 && p.Fault == nil {
		p.Fault = &Fault{Code: ra.CodeKeySeveral}
	}
	return p
}

func (s *keyStep) modelName(i ukey.Info) ra.Text {
	if l := s.looks[i.Identity()]; l.model.ID != "" {
		return l.model.Name
	}
	return ra.Text{ZH: i.Model, EN: i.Model}
}

func (s *keyStep) act(w *Workflow, a Action) {
	if _, ok := a.(Go); !ok {
		return
	}
	s.listed = true // what is told now goes away with the next change of keys
	usable := s.usable(w)
	switch {
	case len(s.seen.Keys) == 0 && len(s.seen.NoDriver) > 0:
		s.fault = noDriver(s.seen.NoDriver[0])
	case len(s.seen.Keys) == 0:
		s.fault = &Fault{Code: ra.CodeKeyNone}
	case len(usable) > 1:
		s.fault = &Fault{Code: ra.CodeKeySeveral}
	case len(usable) == 0:
		s.fault = s.wrong(w, s.seen.Keys[0].Info.Identity())
	default:
		s.take(w, usable[0])
	}
}

// take goes on with the key: an interrupted write of it is taken up, else a new one begins.
func (s *keyStep) take(w *Workflow, key ukey.Identity) {
	v, l := w.visit, s.looks[key]
	if l.waits() {
		v.resumed = ra.Operation{ID: l.own.ID, OrderID: l.own.OrderID, Model: l.own.Model, Key: l.own.Key}
		if l.status.Operation != nil {
			v.resumed = *l.status.Operation
		}
		if v.resumed.ID == "" { // who is here is not known yet
			v.resumed.Key = ra.KeyIdentity(key)
		}
		v.held = l.own.Ticket != ""
	} else {
		v.write = ra.Write{
			ID: newID(), Plan: ra.PlanFor(v.order.Kind, v.order.Reason), OrderID: v.order.ID, OrderNumber: v.order.Number, ProjectID: v.order.ProjectID, Model: l.model.ID,
			Key: ra.KeyIdentity(key),
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
