package workflow

import (
	"cmp"
	"context"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// beginStep asks the back office for the unit of a new key, or to go on with an interrupted write of it.
type beginStep struct {
	key      ukey.Identity
	answered bool
}

func newBegin(w *Workflow) step { return &beginStep{key: w.visit.key()} }

func (*beginStep) passing()              {}
func (*beginStep) act(*Workflow, Action) {}

func (*beginStep) page(w *Workflow) Page {
	if w.visit.resumed.ID != "" {
		return BusyPage{ID: "resume"}
	}
	return BusyPage{ID: "code"}
}

func (s *beginStep) enter(w *Workflow) {
	v := w.visit
	session, code, begun, op := v.session, v.code, v.write, v.resumed
	w.work("", func(ctx context.Context) func() {
		var err error
		if op.ID != "" {
			err = w.cfg.Jobs.Adopt(ctx, session, code, op)
		} else {
			err = w.cfg.Jobs.Reserve(ctx, session, code, begun)
		}
		return func() {
			s.answered = true
			if err != nil {
				s.refused(w, err)
				return
			}
			v.job = s.key
			if p, ok := w.cfg.Jobs.Look(v.job); ok {
				v.made = p.Made
			}
			w.through()
		}
	})
}

// leave gives up what nobody waits for any more, also where its answer is on the way.
func (s *beginStep) leave(w *Workflow) {
	if !s.answered {
		w.cfg.Jobs.Leave(s.key)
	}
}

// refused goes back to the code, or to the key, whichever it is about. An answer that was lost is asked for again with the same write.
func (s *beginStep) refused(w *Workflow, err error) {
	v := w.visit
	at := cmp.Or(v.codeAt, stageCode)
	switch {
	case w.lost(err):
	case ofCode(err):
		v.code = ""
		w.reopen(at)
		v.forms[string(at)].refuse(atField(err, "auth_code"))
	case v.code != "" && v.codeAt != "" && !ra.Answered(err):
		w.reopen(at)
		v.forms[string(at)].fault = FaultOf(err)
	default:
		w.keyFault(FaultOf(err))
	}
}

// keyFault goes back to the keys and says why.
func (w *Workflow) keyFault(f *Fault) {
	if k, ok := w.reopen(w.keyStage()).(interface{ tell(*Fault) }); ok {
		k.tell(f)
	}
}

// keyStage is where the flow in hand looks at keys.
func (w *Workflow) keyStage() stageName {
	if w.flow.name == flowCheck {
		return stageKeyCheck
	}
	return stageKey
}

// pinStage is where it asks for the PIN of a key.
func (w *Workflow) pinStage() stageName {
	if w.flow.name == flowCheck {
		return stageAskPIN
	}
	return stagePIN
}
