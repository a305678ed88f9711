package workflow

import (
	"context"
	"slices"
	"strconv"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/health"
	"keyhall/kiosk/keys"
)

// Health looks at the kiosk's devices: kiosk/health.
type Health interface {
	Look(ctx context.Context) []health.Finding
	// Limits are the parts without which not everybody is served to the end.
	Limits(ctx context.Context) []health.Part
}

// HealthPage tells staff what the kiosk's devices are like, and what to do next. Nothing of any customer is on it.
type HealthPage struct {
	Findings []health.Finding
	Busy     bool       // they are being looked at: event Go{} looks again
	Staff    *StaffHere // who is logged in, nil with the maintenance PIN: event LogOut{}
}

// StaffHere is a member of staff who is logged in: "role.<role>" of Roles, which they have here.
type StaffHere struct {
	Name  string
	ByKey bool // with their key; without it they only look
	Roles []ra.Role
}

func (HealthPage) page() {}

// OpenHealth is the way of staff to it, which customers are not shown.
type OpenHealth struct{}

func (OpenHealth) action() {}

// FormStaff asks for the kiosk's maintenance PIN.
const FormStaff = "staff"

// Wrong maintenance PINs, whoever typed them, make everybody wait.
const (
	staffTries = 5
	staffPause = 5 * time.Minute
)

// newStaff asks staff for the kiosk's maintenance PIN.
func newStaff(w *Workflow) step {
	w.visit.staffLogsIn = false
	return &formStep{
		at: stageStaff,
		build: func(*Workflow) *form {
			return &form{id: FormStaff, primary: "next", secondary: []Named{LogInStaff{}},
				entries: []*entry{{Field: Field{ID: "staff_pin", Kind: FieldPIN, MaxLen: 32}}}}
		},
		choose: func(w *Workflow, _ *form, a Action) {
			if _, named := a.(LogInStaff); named {
				w.visit.staffLogsIn = true
				w.done()
			}
		},
		next: func(w *Workflow, f *form) {
			if w.cfg.Now().Before(w.staffAgain) {
				minutes := w.staffAgain.Sub(w.cfg.Now()).Minutes()
				f.fault = &Fault{Code: ra.CodeStaffPaused, Args: map[string]string{"minutes": strconv.Itoa(int(minutes) + 1)}}
				return
			}
			pin := []byte(f.value("staff_pin"))
			f.wipeHidden()
			w.work("login", func(context.Context) func() {
				right := w.cfg.StaffPIN != nil && w.cfg.StaffPIN(pin)
				clear(pin)
				return func() { w.staffIs(right, f) }
			})
		},
	}
}

// staffIs goes on with a maintenance PIN that was compared.
func (w *Workflow) staffIs(right bool, f *form) {
	if right {
		w.staffWrong = 0
		w.visit.staff = true
		w.cfg.Log.Info("devices looked at by staff", "by", "maintenance PIN")
		w.through()
		return
	}
	if w.staffWrong++; w.staffWrong%staffTries == 0 {
		w.staffAgain = w.cfg.Now().Add(staffPause)
	}
	w.cfg.Log.Warn("wrong maintenance PIN", "tries", w.staffWrong)
	f.entry("staff_pin").refused = &Fault{Code: ra.CodeStaffPIN}
}

// healthStep looks at the devices when it is opened, and again when staff want. Who logged in for it is still asked after then, and the key
// that they showed stays plugged in: else the page is closed.
type healthStep struct {
	busy     bool
	findings []health.Finding
}

func newHealth(*Workflow) step { return &healthStep{} }

func (s *healthStep) enter(w *Workflow) { s.look(w) }

func (s *healthStep) works() bool { return s.busy }

func (s *healthStep) look(w *Workflow) {
	s.busy = true
	session := ""
	if b := w.visit.badge; b != nil {
		session = b.session.Token
	}
	w.work("", func(ctx context.Context) func() {
		var over error
		if session != "" { // whoever is not reached says nothing against them: the page is for such days, too
			_, over = w.cfg.Office.StaffSession(ctx, session)
		}
		found := w.cfg.Health.Look(ctx)
		return func() {
			s.busy, s.findings = false, found
			for _, f := range found {
				if f.State != health.Good {
					w.cfg.Log.Warn("device", "part", string(f.Part), "what", f.What, "cause", f.Cause)
				}
			}
			if ra.CodeOf(over) == ra.CodeSessionOver {
				w.lock()
			}
		}
	})
}

// saw closes the page when the key is pulled.
func (s *healthStep) saw(w *Workflow, seen keys.Snapshot) {
	b := w.visit.badge
	if b == nil || b.key == (ukey.Identity{}) {
		return
	}
	if !slices.ContainsFunc(seen.Keys, func(k keys.Seen) bool { return k.Info.Identity() == b.key && !k.Missing }) {
		w.lock()
	}
}

func (s *healthStep) page(w *Workflow) Page {
	p := HealthPage{Findings: s.findings, Busy: s.busy}
	if b := w.visit.badge; b != nil {
		p.Staff = &StaffHere{Name: b.session.Name, ByKey: b.session.ByKey, Roles: b.session.Roles}
	}
	return p
}

func (s *healthStep) act(w *Workflow, a Action) {
	if _, again := a.(Go); again && !s.busy {
		s.look(w)
	}
}

// How often the start page finds out what the kiosk cannot do now: seldom, since scanners are slow to answer, and sooner once
// something is wrong.
const (
	limitsEvery = 5 * time.Minute
	limitsAgain = 30 * time.Second
)

// limits keeps what the kiosk cannot do now, for the start page.
type limits struct {
	asking bool
	asked  time.Time
	known  []health.Part
}

// refresh looks when it is time to. Nobody waits for it.
func (l *limits) refresh(w *Workflow) {
	every := limitsEvery
	if len(l.known) > 0 {
		every = limitsAgain
	}
	now := w.cfg.Now()
	if w.cfg.Health == nil || l.asking || !l.asked.IsZero() && now.Sub(l.asked) < every {
		return
	}
	l.asking, l.asked = true, now
	w.always(func(ctx context.Context) func() {
		known := w.cfg.Health.Limits(ctx)
		return func() {
			l.asking = false
			l.known = known
		}
	})
}
