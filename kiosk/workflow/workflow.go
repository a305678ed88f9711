package workflow

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/keys"
)

// Workflow is the counter. Its state belongs to the goroutine of Run; devices and the back office are worked with on
// others, which bring their results back as functions for it to run.
type Workflow struct {
	cfg    Config
	events chan Event
	posted chan post
	ctx    context.Context // of Run
	wg     sync.WaitGroup

	flows   map[flowName][]stage
	bars    []string // the step bar
	flow    running
	at      step
	turn    int // counts the steps taken: results for an earlier one are dropped
	stepCtx context.Context
	cancel  context.CancelFunc
	seen    <-chan keys.Snapshot // for the step in hand, nil when it does not watch the keys
	unwatch func()
	busy    string // of the work that the step waits for, "" for none
	visit   *visit
	touched time.Time
	used    bool // something was touched since the visit began
	fresh   bool

	serial   uint64
	since    uint64 // serial at which the page in hand began
	shown    Frame
	page     Page
	projects []ra.Project // of this hall, the last known
	swept    time.Time
	limits   limits

	aside      *NoticePage // stands before the page, which goes on behind it
	staffWrong int         // maintenance PINs in a row
	staffAgain time.Time
}

// post is something for Run's goroutine to do; turn 0 is always done.
type post struct {
	turn int
	do   func()
}

// Do hands over what a person did. It does not block: a flood of events is cut off.
func (w *Workflow) Do(e Event) {
	select {
	case w.events <- e:
	default:
		w.cfg.Log.Warn("event dropped")
	}
}

// Run serves until ctx ends, whose error it returns. What was begun on other goroutines has ended when it returns.
func (w *Workflow) Run(ctx context.Context) error {
	run, stop := context.WithCancel(ctx)
	w.ctx = run
	tick := time.NewTicker(w.cfg.Tick)
	defer tick.Stop()
	jobs, leave := w.cfg.Jobs.Subscribe()
	defer leave()
	w.home()
	w.show()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case e := <-w.events:
			w.handle(e)
		case p := <-w.posted:
			if p.turn == 0 || p.turn == w.turn {
				p.do()
			}
		case c := <-w.cfg.Changed:
			w.changed(c)
		case s := <-w.seen:
			w.at.(watching).saw(w, s)
		case <-jobs:
			if f, ok := w.at.(following); ok {
				f.moved(w)
			}
		case <-tick.C:
			w.tick()
		}
		w.show()
	}
	stop()
	w.unwatch()
	w.drain()
	w.visit.wipe()
	return ctx.Err()
}

// drain waits for the other goroutines, whose results nobody needs any more.
func (w *Workflow) drain() {
	done := make(chan struct{})
	go func() { w.wg.Wait(); close(done) }()
	for {
		select {
		case <-w.posted:
		case <-done:
			return
		}
	}
}

// work runs do elsewhere for the step in hand and then the function it returns here, unless the step was left. With a
// name, the page is BusyPage until then.
func (w *Workflow) work(busy string, do func(ctx context.Context) func()) {
	if busy != "" {
		w.busy = busy
	}
	ctx, turn := w.stepCtx, w.turn
	w.wg.Go(func() {
		then := do(ctx)
		w.post(turn, func() {
			if busy != "" {
				w.busy = ""
			}
			then()
		})
	})
}

// always runs do elsewhere, whatever step comes, and then the function it returns here.
func (w *Workflow) always(do func(ctx context.Context) func()) {
	w.wg.Go(func() { w.post(0, do(w.ctx)) })
}

// post may be called from any goroutine.
func (w *Workflow) post(turn int, do func()) {
	select {
	case w.posted <- post{turn, do}:
	case <-w.ctx.Done():
	}
}

// become leaves the step in hand and takes another one.
func (w *Workflow) become(next step) {
	if l, ok := w.at.(leaver); ok {
		l.leave(w)
	}
	if w.cancel != nil {
		w.cancel()
	}
	w.stepCtx, w.cancel = context.WithCancel(w.ctx)
	w.at, w.busy = next, ""
	w.turn++
	w.since = w.serial + 1
	w.watch()
	w.cfg.Log.Debug("stage", "flow", string(w.flow.name), "name", string(w.flow.stage().name), "order", w.visit.orderID())
	if e, ok := next.(enterer); ok {
		e.enter(w)
	}
}

// home ends the visit: everything personal is cleared, the session ends, what is due is left to the uplink.
func (w *Workflow) home() {
	w.keepSheets()
	if w.visit.session != "" {
		w.cfg.Office.Leave(w.visit.session)
	}
	if b := w.visit.badge; b != nil {
		w.cfg.Office.StaffLeave(b.session.Token)
	}
	w.visit.wipe()
	w.visit = newVisit(w.cfg.Jobs)
	w.aside = nil
	w.fresh = true
	w.touched, w.used = w.cfg.Now(), false
	w.start(flowHome)
}

func (w *Workflow) handle(e Event) {
	if e.Serial < w.since {
		return
	}
	rested := w.resting()
	w.touched, w.used = w.cfg.Now(), true
	if _, leaves := e.Do.(Home); rested && !leaves {
		w.wake()
		return
	}
	switch a := e.Do.(type) {
	case Touch:
	case Unhurry:
		w.visit.unhurried = a.On
	case Home, LogOut:
		w.leaveHome()
	case GiveUp:
		if w.aside != nil && w.aside.Asks {
			w.home()
		}
	case CallStaff:
		w.aside = &NoticePage{ID: noticeStaff}
	case Back:
		if w.aside != nil {
			w.endAside()
			return
		}
		w.back()
	default:
		if w.aside != nil {
			if _, read := a.(Go); read {
				w.endAside()
			}
			return
		}
		w.act(a)
	}
}

func (w *Workflow) act(a Action) {
	if w.busy == "" {
		w.at.act(w, a)
	}
}

// back breaks off what the step waits for, or goes back.
func (w *Workflow) back() {
	if w.waiting() {
		w.cancel()
		w.stepCtx, w.cancel = context.WithCancel(w.ctx)
		w.busy = ""
		w.turn++
		return
	}
	w.goBack()
}

// waiting tells whether the step has a page to come back to while it waits for something.
func (w *Workflow) waiting() bool {
	_, nothing := w.at.(passing)
	return w.busy != "" && !nothing
}

func (w *Workflow) atHome() bool { return w.flow.name == flowHome && !w.flow.overlay && w.aside == nil }

func (w *Workflow) tick() {
	w.attend()
	if !w.atHome() && w.cfg.Now().After(w.deadline()) {
		w.cfg.Log.Info("nobody there any more", "order", w.visit.orderID())
		w.home()
		return
	}
	if w.forsaken() {
		w.home()
		return
	}
	if t, ok := w.at.(ticker); ok {
		t.tick(w)
	}
}

// changed tells the step of an order that changed at the back office, or may have.
func (w *Workflow) changed(c ra.Change) {
	if r, ok := w.at.(refresher); ok && (c.Kind == ra.ChangeAnew || c.ID == w.visit.orderID()) {
		r.refresh(w)
	}
}

// show shows the page in hand when it, or what stands around it, is not what was shown last, or was begun anew.
func (w *Workflow) show() {
	resting := w.resting() // once: page and frame belong together
	page, frame := w.front(resting), w.frame(resting)
	same := w.shown
	same.Serial, same.Fresh = 0, same.Fresh && frame.Fresh
	told := w.serial >= w.since // else nothing that a person does to the page shown would count
	if told && reflect.DeepEqual(frame, same) && reflect.DeepEqual(page, w.page) {
		return
	}
	w.serial++
	w.fresh = false
	frame.Serial = w.serial
	w.shown, w.page = frame, page
	w.cfg.View.Show(frame, page)
}

// gone tells work that was given up: nobody waits for its result.
func gone(err error) bool { return errors.Is(err, context.Canceled) }
