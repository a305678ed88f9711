package workflow

import (
	"keyhall/backoffice/ra"
)

// NoticePage tells something calmly: "notice.<ID>.title", "notice.<ID>.text" (service not offered yet, staff called).
type NoticePage struct {
	ID   string
	Args map[string]string
}

func (NoticePage) page() {}

// noticeStep tells something calmly, above the stage in hand.
type noticeStep struct{ notice NoticePage }

func (n *noticeStep) page(*Workflow) Page { return n.notice }

func (n *noticeStep) act(w *Workflow, a Action) {
	if _, main := a.(Go); main {
		w.leaveNotice()
	}
}

// leaveNotice goes back to the stage; at home that is the next person's.
func (w *Workflow) leaveNotice() {
	if w.flow.name == flowHome {
		w.home()
		return
	}
	w.next()
}

// endAside goes back to the page behind a notice, which stands as it was but for passwords and PINs: the screen keeps none while it
// shows something else.
func (w *Workflow) endAside() {
	w.aside = nil
	if f, ok := w.at.(*formStep); ok {
		f.form(w).wipeHidden()
	}
	w.since = w.serial + 1
}

// FaultPage is a fault that stands alone, with what may be done: "action.<Actions[i].Name()>", the first one filled.
type FaultPage struct {
	Fault   Fault
	Actions []Named
}

func (FaultPage) page() {}

// faultStep tells of something that stopped a stage before it could show anything.
type faultStep struct {
	fault Fault
	retry bool // else only home is left
}

func (f *faultStep) page(*Workflow) Page {
	if !f.retry {
		return FaultPage{Fault: f.fault, Actions: []Named{Home{}}}
	}
	return FaultPage{Fault: f.fault, Actions: []Named{Retry{}}} // the way home stands in the frame
}

func (f *faultStep) act(w *Workflow, a Action) {
	switch a.(type) {
	case Go, Retry:
		if f.retry {
			w.next()
			return
		}
		w.home()
	}
}

// stop shows a fault with a way to try again, where that may help; work that was given up shows nothing.
func (w *Workflow) stop(err error) {
	if w.lost(err) {
		return
	}
	if f := FaultOf(err); f != nil {
		w.cfg.Log.Warn("stopped", "flow", string(w.flow.name), "stage", string(w.flow.stage().name), "order", w.visit.orderID(), "error", err)
		w.above(&faultStep{fault: *f, retry: f.Code != ra.CodeForbidden})
	}
}
