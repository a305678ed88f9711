// Package workflow is what happens at the counter, step by step: it takes Events (what a person did), talks to the
// journal, the back office and the devices, and shows Pages (all that a screen may show). It knows no GTK, no SQL and
// no driver, and holds no words: pages carry keys, codes and facts, and the screen puts them into the person's language.
package workflow

import (
	"slices"
	"time"

	"keyhall/backoffice/ra"
)

// View shows pages. It is called from the workflow's goroutine and must not block; the last page shown wins.
type View interface {
	Show(Frame, Page)
}

// Frame is what stands around every page.
type Frame struct {
	Serial   uint64   // grows with every Show: an Event from an older page is dropped by the workflow
	Title    ra.Text  // the project's name, or the hall's before one is chosen
	Hall     ra.Text  // "数字证书服务大厅"
	Window   ra.Text  // "西湖窗口 03"
	Trail    []string // step bar: message keys "step.login", …; empty hides the bar
	Current  int      // index into Trail
	Customer string   // masked login of who is logged in, the name of a member of staff, "" for nobody
	Back     bool     // offer 上一步
	Home     bool     // offer 回到首页
	Staff    bool     // offer to find staff: event CallStaff{}
	// Deadline is when everything personal is cleared unless somebody touches; zero means never (home, write running).
	Deadline  time.Time
	Unhurried bool // the visit has more time
	OfficeUp  bool // the back office answers
	// Fresh tells the screen that a new person stands here: language, text size and contrast go back to the default, the
	// keyboard forgets what it learned.
	Fresh bool
}

func (w *Workflow) frame(resting bool) Frame {
	v := w.visit
	f := Frame{
		Title: w.cfg.Kiosk.Hall, Hall: w.cfg.Kiosk.Hall, Window: w.cfg.Kiosk.Window, OfficeUp: w.cfg.Office.Up(),
		Fresh: w.fresh, Home: !w.atHome(), Unhurried: v.unhurried,
	}
	if v.project != nil {
		f.Title = v.project.Name
	}
	if v.session != "" {
		f.Customer = ra.MaskLogin(v.login)
		if v.acting != nil {
			f.Customer = "UKey " + v.acting.Key.Serial
		}
	}
	if v.badge != nil {
		f.Customer = v.badge.session.Name
	}
	f.Back = w.aside != nil || w.waiting() || w.mayGoBack()
	f.Staff = !w.atHome() && !v.staff && (w.aside == nil || w.aside.ID != noticeStaff)
	if bar := w.bar(); bar != "" && !w.flow.overlay && w.flow.name != flowResume {
		f.Trail = v.barsOf(w.bars)
		f.Current = slices.Index(f.Trail, bar)
	}
	if !w.atHome() {
		f.Deadline = w.deadline()
	}
	if resting {
		f.Customer, f.Back, f.Staff = "", false, false
	}
	return f
}

// bar is the part of the step bar in hand. Who corrects what was entered is no further back than before.
func (w *Workflow) bar() string {
	at := w.flow.stage()
	if w.visit.amending && slices.ContainsFunc(join, func(s stage) bool { return s.name == at.name }) {
		return w.visit.amendBar
	}
	return at.bar
}

// Page is what stands on the screen: a struct beside the step that shows it.
type Page interface{ page() }

// Fault is an error put before the person, at the thing it is about. Words: "error.<code>" with Args.
type Fault struct {
	Code ra.Code
	Args map[string]string
	Kept string // what was confirmed and is sent by itself all the same, so that its customer may leave: "kept.<Kept>"; "" for nothing
}

// Row is one fact: label key "field.<ID>" and a value, as text or as a message key.
type Row struct {
	ID    string
	Value string
	Text  ra.Text // used when Value is empty: text in both languages
	Key   string  // used when both are empty: a message key
	Args  map[string]string
	Was   *Row // what it was before, where that is told beside it
}

// Mark is one line of a progress list: "mark.<ID>" or, for a material, "material.<ID>".
type Mark struct {
	ID       string
	State    MarkState
	Duration time.Duration
	Reasons  []ra.Reason
	Fault    *Fault
}

// MarkState is the state of a mark.
type MarkState string

// The states of a mark.
const (
	MarkTodo    MarkState = "todo"
	MarkRunning MarkState = "running"
	MarkDone    MarkState = "done"
	MarkFailed  MarkState = "failed"
)

// BusyPage says that something takes a moment: "busy.<ID>".
type BusyPage struct{ ID string }

func (BusyPage) page() {}
