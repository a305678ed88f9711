package workflow

import (
	"slices"
)

// stageName names a stage for the flows and the log.
type stageName string

// stage is a row of a flow: a place of a visit, and when there is something to do there.
type stage struct {
	name stageName
	bar  string                 // its part of the step bar, "" where none is shown
	open func(w *Workflow) step // makes what works there
	need func(v *visit) bool    // whether there is something to do; nil: always
	live bool                   // need alone decides: having been there counts for nothing
	gate bool                   // nobody goes back from here to what was before
	back stageName              // where 上一步 leads when nothing was before
	up   flowName               // the flow that it leads to when there is no such stage
}

// flowName names a flow.
type flowName string

// running is the flow that a visit is in. A step only says that it is done; where that leads is found here: the first stage in the
// order of the table with something to do. So no step knows its neighbours, and nothing that is not in the table can follow.
type running struct {
	name    flowName
	stages  []stage
	at      int
	passed  map[stageName]bool
	history []stageName // the stages that 上一步 leads back through, the last one at the end
	overlay bool        // what is shown stands above the stage: a fault, a notice
}

// stage is the one in hand.
func (r *running) stage() stage {
	if r.at < 0 {
		return stage{}
	}
	return r.stages[r.at]
}

func (r *running) index(name stageName) int {
	return slices.IndexFunc(r.stages, func(s stage) bool { return s.name == name })
}

// first is the first stage with something to do, -1 when all is done.
func (r *running) first(v *visit) int {
	return slices.IndexFunc(r.stages, func(s stage) bool {
		return (s.live || !r.passed[s.name]) && (s.need == nil || s.need(v))
	})
}

// start takes up a flow from its beginning: what is done already is not done again.
func (w *Workflow) start(name flowName) {
	w.flow = running{name: name, stages: w.flows[name], at: -1, passed: map[stageName]bool{}}
	w.next()
}

// next goes to the first stage with something to do; the end of a flow is home.
func (w *Workflow) next() {
	i := w.flow.first(w.visit)
	if i < 0 {
		w.home()
		return
	}
	w.enter(i)
}

// done says that the stage in hand is, and that a person may come back to it.
func (w *Workflow) done() {
	name := w.flow.stage().name
	w.flow.history = append(w.flow.history, name)
	w.through()
}

// through is done for a stage that showed nothing to come back to.
func (w *Workflow) through() {
	w.flow.passed[w.flow.stage().name] = true
	w.next()
}

// reopen goes back to a stage of the flow, whatever it needs, and returns what works there: something about it was refused, or the
// person changes it. What came after it counts as done still.
func (w *Workflow) reopen(name stageName) step {
	r := &w.flow
	i := r.index(name)
	if i < 0 { // a mistake in the table, which a test finds
		w.cfg.Log.Error("no such stage", "flow", string(r.name), "stage", string(name))
		w.next()
		return w.at
	}
	delete(r.passed, name)
	if at := slices.Index(r.history, name); at >= 0 {
		r.history = r.history[:at]
	}
	w.enter(i)
	return w.at
}

// enter leaves the step in hand and opens a stage.
func (w *Workflow) enter(i int) {
	r := &w.flow
	r.at, r.overlay = i, false
	if r.stages[i].gate {
		r.history = nil
	}
	w.become(r.stages[i].open(w))
}

// above puts a step above the stage in hand; next leads back to it.
func (w *Workflow) above(s step) {
	w.flow.overlay = true
	w.become(s)
}

// mayGoBack tells whether 上一步 leads anywhere.
func (w *Workflow) mayGoBack() bool {
	if s, ok := w.at.(stayer); ok && s.stays(w) {
		return false
	}
	if b, ok := w.at.(inner); ok && b.inside() {
		return true
	}
	r := &w.flow
	if r.overlay {
		_, is := w.at.(*noticeStep)
		return is && r.name != flowHome
	}
	return len(r.history) > 0 || r.stage().back != "" || r.stage().up != ""
}

// goBack is 上一步.
func (w *Workflow) goBack() {
	if !w.mayGoBack() {
		return
	}
	r := &w.flow
	b, ok := w.at.(inner)
	switch n := len(r.history); {
	case ok && b.inside():
		b.out(w)
	case r.overlay:
		w.next()
	case n > 0:
		w.reopen(r.history[n-1])
	case r.stage().back != "":
		w.reopen(r.stage().back)
	default:
		w.start(r.stage().up)
	}
}
