package workflow

import (
	"context"
	"errors"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/keys"
	"keyhall/kiosk/write"
)

// The forms about a key's PIN.
const (
	FormAskPIN    = "ask_pin"        // the one that the key has, for a repair
	FormConsent   = "consent"        // the same, as consent before a write
	FormChangePIN = "change_pin"     // that one, and a new one twice
	FormChangePad = "change_pin_pad" // the same, on the key's own pad
)

// What their main button says.
const (
	sayStart     = "start"
	sayChangePIN = "change_pin"
)

// changePINStep gives a key the PIN that its holder types. A key that is pulled in the middle is asked which PIN it has as soon as it is
// back: until then both are kept, in memory alone.
type changePINStep struct {
	formStep
	key     keys.Seen
	id      string // of the change, "" before one began
	pending *write.PINChange
	running bool
	there   bool
	unsure  bool // on a key's own pad: only its holder can find out which one it has
}

func newChangePIN(w *Workflow) step {
	s := &changePINStep{key: w.visit.pinKey, there: true}
	s.formStep = formStep{at: stageChangePIN, build: s.fields, next: func(w *Workflow, f *form) { s.begin(w, f, false) },
		choose: onLastTry(func(w *Workflow, f *form) { s.begin(w, f, true) })}
	delete(w.visit.forms, string(stageChangePIN))
	return s
}

// fields has the rules of the model, and where the catalogue has none the key's own.
func (s *changePINStep) fields(w *Workflow) *form {
	if s.key.Info.PINPad {
		return &form{id: FormChangePad, primary: sayChangePIN}
	}
	fewest, most := s.limits()
	applicant := w.visit.member.Applicant()
	return &form{id: FormChangePIN, primary: sayChangePIN, entries: append([]*entry{heldPIN()}, newPINTwice(fewest, most, func(pin string) error {
		if f := w.visit.forms[string(stageChangePIN)]; f != nil && pin == f.value("held_pin") {
			return ra.E(ra.CodePINSame)
		}
		return guessable(pin, s.key.Info.Serial, applicant)
	})...)}
}

func (s *changePINStep) limits() (fewest, most int) {
	if m := s.key.Model; m.PINMax > 0 {
		return m.PINMin, m.PINMax
	}
	return s.key.Info.MinPIN, s.key.Info.MaxPIN
}

func (s *changePINStep) leave(w *Workflow) {
	s.forget()
	w.visit.changesPIN = false
	if f := w.visit.forms[string(s.at)]; f != nil {
		f.wipe()
		delete(w.visit.forms, string(s.at))
	}
}

func (s *changePINStep) forget() {
	if s.pending != nil && !s.running {
		s.pending.Wipe()
		s.pending = nil
	}
}

// works: the key is being asked.
func (s *changePINStep) works() bool { return s.running }

// stays: nobody goes back while the key takes the new PIN, or before it told which it has.
func (s *changePINStep) stays(*Workflow) bool { return s.running }

// page shows what the key tells of the attempts left, all the time.
func (s *changePINStep) page(w *Workflow) Page {
	switch {
	case s.running && s.key.Info.PINPad:
		return BusyPage{ID: "pin_pad"}
	case s.running:
		return BusyPage{ID: "change_pin"}
	}
	p := s.form(w).page()
	p.Facts = []Row{{ID: "serial", Value: s.key.Info.Serial}, pinLeft(s.key.Info)}
	if s.pending != nil || !s.there || s.key.Info.UserPIN == ukey.PINLocked {
		p.Ready = false
	}
	return p
}

// saw hears what the key tells of its PIN, and goes on by itself when one that was pulled in the middle is back.
func (s *changePINStep) saw(w *Workflow, seen keys.Snapshot) {
	k, there := seen.Find(s.key.Info.Identity())
	if !seen.Looked || s.running || there && k.Held {
		return
	}
	f := s.form(w)
	back := there && !k.Missing && !s.there
	switch {
	case there && k.Twin:
		f.fault = &Fault{Code: ra.CodeKeyTwin}
		return
	case there:
		s.key = k
	case s.pending == nil && !s.unsure:
		f.fault = absence(seen.Infos(), s.key.Info.Identity())
	}
	s.there = there
	if !back {
		return
	}
	if s.pending != nil {
		s.run(w)
		return
	}
	if !s.unsure {
		f.fault = nil
	}
}

// begin tells the office first, which refuses a key that was reported lost meanwhile, and leaves the line that somebody did this.
func (s *changePINStep) begin(w *Workflow, f *form, last bool) {
	if s.pending != nil {
		return
	}
	if s.key.Info.UserPIN == ukey.PINFinal && !last {
		askLast(f)
		return
	}
	s.pending = &write.PINChange{Old: []byte(f.value("held_pin")), New: []byte(f.value("pin")), Last: last, OnPad: s.key.Info.PINPad}
	s.id, s.unsure = newID(), false
	s.run(w)
}

// run has the key take the new PIN, anew after it was pulled.
func (s *changePINStep) run(w *Workflow) {
	s.running = true
	key, session, pending := s.key.Info.Identity(), w.visit.session, s.pending
	change := ra.PINChange{ID: s.id, Key: ra.KeyIdentity(key), As: ra.PINBegun}
	w.always(func(ctx context.Context) func() {
		err := w.cfg.Office.PINChange(ctx, session, change)
		if err == nil || pending.Open() && ra.Passing(err) { // what was begun is finished in any case
			err = w.cfg.Jobs.ChangePIN(ctx, key, pending)
			change.As = outcomeOf(err, pending)
			if told := w.cfg.Office.PINChange(ctx, session, change); told != nil && !gone(told) {
				w.cfg.Log.Warn("the office did not hear what became of a PIN", "change", change.ID, "error", told)
			}
		}
		return func() { s.ended(w, err) }
	})
}

func outcomeOf(err error, c *write.PINChange) ra.PINOutcome {
	switch {
	case err == nil:
		return ra.PINChanged
	case c.Open() || ra.CodeOf(err) == ra.CodePINUnsurePad:
		return ra.PINUnsure
	}
	return ra.PINKept
}

// ended tells which PIN holds now.
func (s *changePINStep) ended(w *Workflow, err error) {
	s.running = false
	if w.at != step(s) { // who did this left meanwhile
		s.forget()
		return
	}
	w.touched = w.cfg.Now()
	f := s.form(w)
	f.secondary, f.fault = nil, nil
	switch {
	case err == nil:
		s.forget()
		w.visit.changesPIN = false
		w.above(&noticeStep{notice: NoticePage{ID: "pin_changed"}})
		return
	case s.pending.Open():
		s.there = !errors.Is(err, ukey.ErrRemoved) // one that failed has to come out and in again
		f.wipeHidden()
		f.fault = FaultOf(err)
		w.watch()
		return
	}
	s.forget()
	f.wipeHidden()
	w.watch()
	switch fault := FaultOf(err); {
	case fault == nil:
	case fault.Code == ra.CodePINLast:
		askLast(f)
	case f.entry("held_pin") == nil: // nothing of it was typed here
		f.fault, s.unsure = fault, fault.Code == ra.CodePINUnsurePad
		s.there = !ofAbsence(fault.Code) && !errors.Is(err, ukey.ErrRemoved)
	case fault.Code == ra.CodePINWrong:
		f.entry("held_pin").refused = fault
	case ofPIN(fault.Code):
		f.entry("pin").refused = fault
	default:
		f.fault = fault
		s.there = !ofAbsence(fault.Code)
	}
}
