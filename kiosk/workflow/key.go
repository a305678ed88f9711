package workflow

import (
	"context"
	"errors"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// resumption is an interrupted write that waits for its key.
type resumption struct {
	op     ra.Operation
	key    ukey.Identity
	number string // of the order, "" when another kiosk began it
}

// keyStep waits for a blank key, or for the key of an interrupted write, and says what is wrong with the keys it sees.
type keyStep struct {
	resume  *resumption
	fault   *Fault // of what was tried last
	looking bool
	listed  bool
	infos   []ukey.Info
	looks   map[ukey.Identity]keyLook // of those that are plugged in
}

func (s *keyStep) name() stepName { return stepKey }

func (s *keyStep) back(w *Workflow) step {
	if w.visit.session == "" || w.visit.order == nil {
		return nil
	}
	return &waitStep{}
}

func (s *keyStep) enter(w *Workflow) {
	s.looks = map[ukey.Identity]keyLook{}
	w.visit.wipePIN()
	w.visit.job = nil
	s.tick(w)
}

// tick looks at the keys.
func (s *keyStep) tick(w *Workflow) {
	if s.looking || w.busy != "" {
		return
	}
	s.looking = true
	known, models := s.looks, w.models()
	w.work("", func(ctx context.Context) func() {
		infos, err := w.cfg.Keys.List(ctx)
		looks := w.lookAtAll(ctx, models, infos, known)
		return func() {
			s.looking = false
			if err != nil {
				s.fault = FaultOf(err)
				return
			}
			if s.listed && !slices.EqualFunc(s.infos, infos, func(a, b ukey.Info) bool { return a.Identity() == b.Identity() }) {
				s.fault = nil
			}
			s.infos, s.looks, s.listed = infos, looks, true
		}
	})
}

// wrong tells what stands against a key here, nil when nothing does.
func (s *keyStep) wrong(w *Workflow, key ukey.Identity) *Fault {
	l, ok := s.looks[key]
	switch {
	case several(s.infos, key):
		return &Fault{Code: ra.CodeKeyTwin}
	case s.resume != nil && key != s.resume.key:
		return wrongKey(s.resume.key, key)
	case s.resume != nil:
		return nil
	case !ok:
		return &Fault{Code: ra.CodeOfficeAway}
	case l.fault != nil:
		return l.fault
	case l.op != nil && w.visit.order != nil && l.op.OrderID != w.visit.order.ID:
		return &Fault{Code: ra.CodeResumeOtherOrder}
	case l.op != nil:
		return nil
	case !l.blank:
		return &Fault{Code: ra.CodeKeyNotBlank, Args: map[string]string{"serial": key.Serial}}
	}
	return nil
}

func (s *keyStep) usable(w *Workflow) (keys []ukey.Identity) {
	for _, i := range s.infos {
		if s.wrong(w, i.Identity()) == nil {
			keys = append(keys, i.Identity())
		}
	}
	return keys
}

func (s *keyStep) page(w *Workflow) Page {
	v := w.visit
	p := KeyPage{Fault: s.fault}
	if v.order != nil {
		p.Order = cardOf(*v.order)
		p.Index, p.Of = min(p.Order.Done+1, p.Order.Of), p.Order.Of
		p.NeedsCode = v.code == "" && s.resume == nil
	}
	if s.resume != nil {
		p.Expected = s.resume.key.Serial
		if v.order == nil {
			p.Order = OrderCard{ID: s.resume.op.OrderID, Number: s.resume.number, Kind: ra.KindNew, State: "making", Next: "make"}
		}
	}
	for _, i := range s.infos {
		p.Keys = append(p.Keys, KeyCard{
			Serial: i.Serial, Model: s.modelName(i), Blank: s.looks[i.Identity()].blank, Fault: s.wrong(w, i.Identity()),
		})
	}
	usable := s.usable(w)
	p.Ready = len(usable) == 1
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
	case len(s.infos) == 0:
		s.fault = &Fault{Code: ra.CodeKeyNone}
	case len(usable) > 1:
		s.fault = &Fault{Code: ra.CodeKeySeveral}
	case len(usable) == 0:
		s.fault = s.wrong(w, s.infos[0].Identity())
	default:
		s.take(w, usable[0])
	}
}

// take goes on with the key: an interrupted write of it is taken up, else a new one begins.
func (s *keyStep) take(w *Workflow, key ukey.Identity) {
	v, l := w.visit, s.looks[key]
	switch {
	case s.resume != nil:
		s.takeUp(w, s.resume.op, key)
		return
	case l.op != nil:
		s.takeUp(w, *l.op, key)
		return
	}
	if v.write.ID == "" || ukey.Identity(v.write.Key) != key || v.write.OrderID != v.order.ID {
		v.write = ra.Write{
			ID: newID(), OrderID: v.order.ID, OrderNumber: v.order.Number, ProjectID: v.order.ProjectID, Model: l.model.ID,
			Key: ra.KeyIdentity(key),
		}
	}
	if v.code == "" {
		w.become(newCode())
		return
	}
	w.reserve(func(err error) { s.refused(w, err) })
}

func (s *keyStep) refused(w *Workflow, err error) {
	if w.lost(err) {
		return
	}
	if ofCode(err) {
		w.become(newCode())
		w.visit.forms[string(stepCode)].refuse(atField(err, "auth_code"))
		return
	}
	s.fault = FaultOf(err)
	s.looks = map[ukey.Identity]keyLook{}
}

// takeUp needs no session and no authorization code: whoever has the key goes on, with a new PIN.
func (s *keyStep) takeUp(w *Workflow, op ra.Operation, key ukey.Identity) {
	v := w.visit
	w.work("resume", func(ctx context.Context) func() {
		job, err := w.maker.Adopt(ctx, op, ra.KeyIdentity(key))
		if givenUp(err) {
			err = errors.Join(err, w.cfg.Journal.DropWrite(ctx, op.ID))
		}
		return func() {
			if err != nil {
				s.fault = FaultOf(err)
				s.looks = map[ukey.Identity]keyLook{}
				return
			}
			v.job = job
			if made, ok := job.Made(); ok {
				w.become(&doneStep{made: made, key: key})
				return
			}
			w.become(newPIN())
		}
	})
}

// reserve asks the back office for the unit (step 1 of the write).
func (w *Workflow) reserve(fail func(error)) {
	v := w.visit
	session, code, write := v.session, v.code, v.write
	w.work("code", func(ctx context.Context) func() {
		job, err := w.maker.Reserve(ctx, session, code, write)
		return func() {
			if err != nil {
				if ofCode(err) {
					v.code = ""
				}
				fail(err)
				return
			}
			v.job, v.write = job, ra.Write{}
			w.become(newPIN())
		}
	})
}

// ofCode tells whether an error is about the authorization code.
func ofCode(err error) bool {
	switch ra.CodeOf(err) {
	case ra.CodeAuthCodeWrong, ra.CodeAuthCodeUsedUp, ra.CodeAuthCodeExpired:
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
