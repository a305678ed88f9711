package write

import (
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// Progress is how far a job is.
type Progress struct {
	Operation   string
	Plan        ra.Plan
	OrderNumber string
	Model       string // of the key, an id of the catalogue
	Key         ukey.Identity
	PINMin      int // characters of the customer's PIN
	PINMax      int
	AsksPIN     bool       // for the PIN that the customer has, and sets none
	Target      *ra.Target // what the register has on the key, nil for a blank one

	Running bool
	Steps   []Reached // of the last run, as they began; one that is taken again comes again
	Stopped time.Time // when the last run ended, zero before it did
	Made    *Made     // it is done
	Err     error     // why the last run stopped, as Executor.Run returns it
}

// Reached is a step, and when it began.
type Reached struct {
	Step ra.Step
	At   time.Time
}

func progressOf(j *Job) Progress {
	w := j.Write
	p := Progress{Operation: w.ID, Plan: w.Plan, OrderNumber: w.OrderNumber, Model: w.Model, Key: ukey.Identity(w.Key), Made: j.made}
	p.PINMin, p.PINMax = j.PINLimits()
	p.AsksPIN, p.Target = w.Plan.Has(ra.StepAskPIN), w.Target
	return p
}

// Look tells how far the job of a key is; false without one.
func (s *Jobs) Look(key ukey.Identity) (Progress, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.places[key]
	if p == nil || p.job == nil {
		return Progress{}, false
	}
	return p.progress, true
}

// Running counts the jobs that run, those too that were left.
func (s *Jobs) Running() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.places {
		if p.progress.Running {
			n++
		}
	}
	return n
}

// Subscribe returns a channel that holds a word when a job began, took a step, stopped or went since the last one was taken; Look tells
// what. After leave nothing comes any more.
func (s *Jobs) Subscribe() (news <-chan struct{}, leave func()) {
	c := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners[c] = struct{}{}
	return c, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.listeners, c)
	}
}

// tell never waits; s.mu is held.
func (s *Jobs) tell() {
	for c := range s.listeners {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
