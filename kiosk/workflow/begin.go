package workflow

import (
	"cmp"
	"context"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/write"
)

// beginStep asks the back office for the unit of a new key, or to go on with an interrupted write of it.
type beginStep struct{}

func newBegin(*Workflow) step { return &beginStep{} }

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
		var job *write.Job
		var err error
		if op.ID != "" {
			job, err = w.writer.Adopt(ctx, session, code, op)
		} else {
			job, err = w.writer.Reserve(ctx, session, code, begun)
		}
		return func() {
			if err != nil {
				s.refused(w, err)
				return
			}
			v.job = job
			if made, ok := job.Made(); ok {
				v.made = &made
			}
			w.through()
		}
	})
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
	if k, ok := w.reopen(stageKey).(*keyStep); ok {
		k.fault = f
	}
}
