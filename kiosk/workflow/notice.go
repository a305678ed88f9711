package workflow

import (
	"slices"

	"keyhall/backoffice/ra"
)

// NoticePage tells something calmly: "notice.<ID>.title", "notice.<ID>.text" (service not offered yet, staff called).
// One that asks has two buttons: "notice.<ID>.stay", the main one, and "notice.<ID>.leave", event GiveUp{}.
type NoticePage struct {
	ID   string
	Args map[string]string
	Asks bool
}

// noticeStaff tells how staff are found.
const noticeStaff = "staff"

// The notices that ask before somebody goes home.
const (
	noticePullKey   = "pull_key"
	noticeLoseTyped = "lose_typed"
)

// GiveUp goes home all the same.
type GiveUp struct{}

func (GiveUp) action() {}

// leaveHome goes home, and asks before something is lost by it or left behind.
func (w *Workflow) leaveHome() {
	if asked := w.aside != nil && w.aside.Asks; !asked {
		if notice := w.keeps(); notice != "" {
			w.aside = &NoticePage{ID: notice, Asks: true}
			return
		}
	}
	w.home()
}

// keeps is the notice that asks, "" where nothing is lost: what is entered for a registration is kept nowhere before it is sent.
func (w *Workflow) keeps() string {
	if k, ok := w.at.(keeper); ok {
		return k.keeps(w)
	}
	if v := w.visit; (v.registering || v.joining || v.amending) && slices.ContainsFunc(registrationForms, v.hasTyped) {
		return noticeLoseTyped
	}
	return ""
}

// hasTyped tells whether somebody entered something into the form of a stage.
func (v *visit) hasTyped(at stageName) bool {
	f := v.forms[string(at)]
	return f != nil && f.typed
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

// settled: asking again gets the same answer.
func settled(c ra.Code) bool {
	return c == ra.CodeForbidden || c == ra.CodeMembershipClaimed || c == ra.CodeKeySession
}

// stop shows a fault with a way to try again, where that may help; work that was given up shows nothing.
func (w *Workflow) stop(err error) {
	if w.lost(err) {
		return
	}
	if f := FaultOf(err); f != nil {
		w.cfg.Log.Warn("stopped", "flow", string(w.flow.name), "stage", string(w.flow.stage().name), "order", w.visit.orderID(), "error", err)
		w.above(&faultStep{fault: *f, retry: !settled(f.Code)})
	}
}
