package workflow

import (
	"context"
	"errors"
	"slices"
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

// OtherKey gives up the key in hand for another one.
type OtherKey struct{}

func (OtherKey) Name() string { return "other_key" }
func (OtherKey) action()      {}

// writingStep carries a write out. It cannot be left while the key is being written to; when it stopped, it can, and the
// write waits in the journal.
type writingStep struct {
	running bool
	marks   []writingMark
	fault   *Fault
	retry   bool
	early   bool // the next look comes at once after it stopped
}

type writingMark struct {
	id         string
	state      MarkState
	began, end time.Time
}

// markOf is the line of the progress list that a step belongs to.
var markOf = map[ra.Step]string{
	ra.StepIdentify: "make.check", ra.StepReserve: "make.check", ra.StepAdministrator: "make.pin", ra.StepAdminPIN: "make.pin",
	ra.StepSetPIN: "make.pin", ra.StepGenerate: "make.generate", ra.StepRequest: "make.request",
	ra.StepCertificate: "make.request", ra.StepWrite: "make.write", ra.StepProve: "make.prove", ra.StepConfirm: "make.prove",
}

var makeMarks = []string{"make.check", "make.pin", "make.generate", "make.request", "make.write", "make.prove"}

func newWriting(*Workflow) step { return &writingStep{} }

func (s *writingStep) locked() bool { return s.running }

func (s *writingStep) enter(w *Workflow) { s.start(w) }

func (s *writingStep) leave(w *Workflow) { w.visit.wipePIN() }

func (s *writingStep) start(w *Workflow) {
	s.running, s.fault, s.retry, s.marks = true, nil, false, nil
	for _, id := range makeMarks {
		s.marks = append(s.marks, writingMark{id: id, state: MarkTodo})
	}
	job, pin, release := w.visit.job, slices.Clone(w.visit.pin), w.cfg.Watcher.Hold(w.visit.key())
	w.always(func(ctx context.Context) func() {
		defer release()
		defer clear(pin)
		made, err := w.writer.Run(ctx, job, pin, func(step ra.Step) {
			w.post(0, func() { s.reached(w, step) })
		})
		return func() { s.finished(w, made, err) }
	})
}

// reached: the step begins, everything before it is done.
func (s *writingStep) reached(w *Workflow, step ra.Step) {
	at := slices.Index(makeMarks, markOf[step])
	now := w.cfg.Now()
	for i := range s.marks {
		m := &s.marks[i]
		switch {
		case i < at && m.state != MarkDone:
			m.state, m.end = MarkDone, now
		case i == at && m.state != MarkRunning:
			m.state, m.began = MarkRunning, now
		}
	}
}

func (s *writingStep) finished(w *Workflow, made write.Made, err error) {
	s.running = false
	w.touched = w.cfg.Now() // the customer could not do anything meanwhile
	if err == nil {
		w.visit.made = &made
		w.through()
		return
	}
	if gone(err) {
		return
	}
	s.fault = FaultOf(err)
	if errors.Is(err, ukey.ErrRemoved) {
		w.cfg.Watcher.Removed(w.visit.key())
	}
	w.watch() // what was seen before it stopped tells nothing
	s.early = true
	if s.fault.Code == ra.CodePresenceOver {
		w.keyFault(s.fault)
		return
	}
	if ofPIN(s.fault.Code) {
		w.reopen(stagePIN)
		w.visit.forms[string(stagePIN)].entry("pin").refused = s.fault
		return
	}
	s.retry = mayRetry(s.fault.Code)
	for i := range s.marks {
		if s.marks[i].state == MarkRunning {
			s.marks[i].state, s.marks[i].end = MarkFailed, w.cfg.Now()
		}
	}
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
	case ra.CodeKeyNotBlank, ra.CodeKeyAdminPIN, ra.CodeKeyFull, ra.CodeKeyReadable, ra.CodeRequestDiffers, ra.CodeRequestBad,
		ra.CodeNotFound, ra.CodeState, ra.CodeTicketDead, ra.CodeForbidden, ra.CodeKioskUnknown, ra.CodeKioskBlocked:
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
	if early || s.running || seen.Trouble != nil || s.fault == nil || !ofAbsence(s.fault.Code) {
		return
	}
	key := w.visit.key()
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

func ofAbsence(c ra.Code) bool {
	return c == ra.CodeKeyPulled || c == ra.CodeKeyNone || c == ra.CodeKeyWrong
}

func (s *writingStep) page(w *Workflow) Page {
	job := w.visit.job
	p := ProgressPage{Fault: s.fault, Retry: s.retry, Key: KeyCard{Serial: job.Write.Key.Serial, Model: w.nameOfModel(job.Write.Model)}}
	done := 0
	for _, m := range s.marks {
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
	p.Percent = done * 100 / len(makeMarks)
	p.Facts = []Row{{ID: "number", Value: job.Write.OrderNumber}}
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
	switch a.(type) {
	case Go, Retry:
		if s.retry {
			s.start(w)
		}
	case OtherKey:
		w.reopen(stageKey)
	}
}
