package workflow

import (
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/keys"
	"keyhall/kiosk/write"
)

// ProgressPage shows the write, step by step with times.
type ProgressPage struct {
	Marks     []Mark // IDs "make.check", "make.pin", "make.generate", "make.request", "make.write", "make.prove"
	Percent   int
	Key       KeyCard
	Facts     []Row
	Index, Of int
	Fault     *Fault // stopped; Retry says whether event Go{} tries again
	Retry     bool
}

func (ProgressPage) page() {}

// RoomPage asks what may be erased from a key that is full: event PickTarget; Go goes on without what was chosen. What the write replaces
// stays.
type RoomPage struct {
	Serial string
	Items  []RoomItem
	Ready  bool
	Fault  *Fault
}

func (RoomPage) page() {}

// RoomItem is a pair with its certificate on a key.
type RoomItem struct {
	ID      string // of the pair, hex
	Subject string // of its certificate, else its label
	Until   string // day of the hall, "" without a certificate
	Chosen  bool
}

// OtherKey gives up the key in hand for another one.
type OtherKey struct{}

func (OtherKey) Name() string { return "other_key" }
func (OtherKey) action()      {}

// writingStep shows a job that writes. It can be left at any time: what runs goes on, what stopped waits in the journal.
type writingStep struct {
	running bool
	fault   *Fault
	retry   bool
	early   bool  // the next look comes at once after it stopped
	room    *room // what may go from a full key, nil while that is not asked
}

func newWriting(*Workflow) step { return &writingStep{} }

// stays: without a login nobody finds a job again that they left.
func (s *writingStep) stays(w *Workflow) bool { return s.running && w.visit.session == "" }

func (s *writingStep) enter(w *Workflow) {
	if !w.visit.found {
		s.start(w)
		return
	}
	s.running = true
	s.moved(w)
}

func (s *writingStep) leave(w *Workflow) { w.visit.wipePIN() }

// start runs the job, anew if it stopped.
func (s *writingStep) start(w *Workflow) {
	v := w.visit
	if s.asksAnew(w) {
		return
	}
	if err := w.cfg.Jobs.Start(v.job, v.pin); err != nil {
		w.keyFault(FaultOf(err))
		return
	}
	s.running, s.fault, s.retry = true, nil, false
}

// asksAnew asks who found the write running for the PIN, and tells whether it did: it stayed with who gave it then, and none is a wrong one.
func (s *writingStep) asksAnew(w *Workflow) bool {
	if !w.visit.found {
		return false
	}
	w.visit.found = false
	w.reopen(w.pinStage())
	return true
}

// moved hears that the job stopped.
func (s *writingStep) moved(w *Workflow) {
	if p, ok := w.cfg.Jobs.Look(w.visit.job); ok && s.running && !p.Running {
		s.finished(w, p)
	}
}

func (s *writingStep) finished(w *Workflow, p write.Progress) {
	s.running = false
	w.touched = w.cfg.Now() // the customer could not do anything meanwhile
	if p.Made != nil {
		w.visit.made = p.Made
		w.through()
		return
	}
	if gone(p.Err) {
		return
	}
	s.fault = FaultOf(p.Err)
	w.watch() // what was seen before it stopped tells nothing
	s.early = true
	if s.fault.Code == ra.CodePresenceOver {
		w.keyFault(s.fault)
		return
	}
	held := p.AsksPIN && (s.fault.Code == ra.CodePINWrong || s.fault.Code == ra.CodePINLast)
	if ofPIN(s.fault.Code) || held {
		w.visit.found = false
		w.askAgain(s.fault)
		return
	}
	s.retry = mayRetry(s.fault.Code)
	if noRoom(p.Err) && p.Plan.Has(ra.StepRoom) {
		s.makeRoom(w)
	}
}

// noRoom: it is asked what may go, or asked again where what was chosen is another thing by now.
func noRoom(err error) bool { return FaultOf(err).Code == ra.CodeKeyFull || fieldOf(err) == "remove" }

// askAgain asks for the PIN anew, and says why.
func (w *Workflow) askAgain(f *Fault) {
	at := w.pinStage()
	w.reopen(at)
	form := w.visit.forms[string(at)]
	form.wipeHidden()
	if form.entry("held_pin") != nil && f.Code == ra.CodePINLast {
		askLast(form)
		return
	}
	form.entries[0].refused = f
}

// ofPIN: another PIN is wanted.
func ofPIN(c ra.Code) bool {
	switch c {
	case ra.CodePINTooShort, ra.CodePINTooLong, ra.CodePINCharacters, ra.CodePINTrivial, ra.CodeRequired:
		return true
	}
	return false
}

// mayRetry is false where the same again cannot help.
func mayRetry(c ra.Code) bool {
	switch c {
	case ra.CodeKeyNotBlank, ra.CodeKeyAdminPIN, ra.CodeKeyFull, ra.CodeKeyReadable, ra.CodeKeyReadOnly, ra.CodePINChange, ra.CodePINUnset, ra.CodeKeyDiffers, ra.CodeRequestDiffers, ra.CodeRequestBad, ra.CodeCertificateUnfit,
		ra.CodeKeyUnmanaged, ra.CodeNotFound, ra.CodeState, ra.CodeTicketDead, ra.CodeForbidden, ra.CodeKioskUnknown, ra.CodeKioskBlocked:
		return false
	}
	return true
}

// saw goes on by itself when a key that was pulled is back, and tells when another one is plugged in instead. A key that a module
// lists and cannot open is not tried more than once a tick.
func (s *writingStep) saw(w *Workflow, seen keys.Snapshot) {
	if !seen.Looked {
		return
	}
	early := s.early
	s.early = false
	if early || s.running || seen.Trouble != nil || s.fault == nil {
		return
	}
	key := w.visit.key()
	if s.room != nil && !seen.Pulled(key) { // it is asked what may go
		return
	}
	if unfitKey(s.fault.Code) && seen.Pulled(key) { // what was said of it was true while it was there
		w.reopen(w.keyStage())
		return
	}
	if !ofAbsence(s.fault.Code) {
		return
	}
	k, there := seen.Find(key)
	switch {
	case there && k.Uncertain: // a person says which one it is, by pulling the other and touching again
		s.fault = &Fault{Code: ra.CodeKeyTwin}
	case !there:
		s.fault = absence(seen.Infos(), key)
	case !k.Missing:
		s.start(w)
	}
}

// absence tells that the key is not there, and which one is there instead.
func absence(infos []ukey.Info, key ukey.Identity) *Fault {
	if len(infos) == 0 {
		return &Fault{Code: ra.CodeKeyPulled}
	}
	return wrongKey(key, infos[0].Identity())
}

// unfitKey: another key is wanted, whatever becomes of this one.
func unfitKey(c ra.Code) bool {
	switch c {
	case ra.CodeKeyNotBlank, ra.CodeKeyAdminPIN, ra.CodeKeyFull, ra.CodeKeyReadable, ra.CodeKeyReadOnly:
		return true
	}
	return false
}

func ofAbsence(c ra.Code) bool {
	return c == ra.CodeKeyPulled || c == ra.CodeKeyNone || c == ra.CodeKeyWrong
}

func (s *writingStep) page(w *Workflow) Page {
	if s.room != nil {
		return s.room.page()
	}
	job, _ := w.cfg.Jobs.Look(w.visit.job)
	p := ProgressPage{Fault: s.fault, Retry: s.retry, Key: KeyCard{Serial: job.Key.Serial, Model: w.nameOfModel(job.Model)}}
	done := 0
	for _, m := range writingMarks(job) {
		mark := Mark{ID: m.id, State: m.state}
		switch m.state {
		case MarkRunning:
			mark.Duration = w.cfg.Now().Sub(m.began).Truncate(100 * time.Millisecond)
		case MarkDone, MarkFailed:
			if !m.began.IsZero() {
				mark.Duration = m.end.Sub(m.began)
			}
		}
		if m.state == MarkFailed {
			mark.Fault = s.fault
		}
		if m.state == MarkDone {
			done++
		}
		p.Marks = append(p.Marks, mark)
	}
	p.Percent = done * 100 / max(len(p.Marks), 1)
	if job.OrderNumber != "" {
		p.Facts = []Row{{ID: "number", Value: job.OrderNumber}}
	}
	if o := w.visit.order; o != nil {
		card := cardOf(*o)
		p.Index, p.Of = min(card.Done+1, card.Of), card.Of
	}
	return p
}

func (w *Workflow) nameOfModel(id string) ra.Text {
	for _, p := range w.projects {
		for _, m := range p.Models {
			if m.ID == id {
				return m.Name
			}
		}
	}
	return ra.Text{ZH: id, EN: id}
}

func (s *writingStep) act(w *Workflow, a Action) {
	if s.running {
		return
	}
	if s.room != nil {
		s.actRoom(w, a)
		return
	}
	switch a.(type) {
	case Go, Retry:
		if s.retry {
			s.start(w)
		}
	case OtherKey:
		w.reopen(w.keyStage())
	}
}
