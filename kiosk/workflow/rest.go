package workflow

import "time"

// The notices that stand for a page which waits for its person; see patient.
const (
	noticeRest         = "rest"
	noticeRestApproved = "rest_approved"
	noticeRestReturned = "rest_returned"
)

// longer is by how much the idle time grows for who asked for more time: WCAG 2.2, 2.2.1, wants ten times at least.
const longer = 10

// idle is how long nobody has to touch the screen before everything personal is cleared.
func (w *Workflow) idle() time.Duration {
	if w.visit.unhurried {
		return longer * w.cfg.Idle
	}
	return w.cfg.Idle
}

// forsaken tells whether somebody set the start page for themselves, its time, letters or language, and left: who comes next gets it
// as it was.
func (w *Workflow) forsaken() bool {
	return w.atHome() && w.used && w.cfg.Now().After(w.touched.Add(w.cfg.Idle))
}

// deadline is when everything personal is cleared unless somebody touches.
func (w *Workflow) deadline() time.Time {
	due := w.touched.Add(w.idle())
	if p, ok := w.at.(patient); ok {
		due = due.Add(p.patience(w))
	}
	return due
}

// resting tells whether the page is hidden: nobody touched it for the idle time, and it waits on for its person.
func (w *Workflow) resting() bool {
	_, ok := w.at.(patient)
	return ok && w.cfg.Now().After(w.touched.Add(w.idle()))
}

// wake shows a page that rested; what a person did to the page that stood there instead does nothing else.
func (w *Workflow) wake() {
	w.since = w.serial + 1
	if r, ok := w.at.(refresher); ok {
		r.refresh(w)
	}
}

// front is the page in hand, or what stands before it.
func (w *Workflow) front(resting bool) Page {
	switch {
	case resting:
		return w.at.(patient).rests(w)
	case w.aside != nil:
		return *w.aside
	case w.busy != "":
		return BusyPage{ID: w.busy}
	}
	return w.at.page(w)
}
