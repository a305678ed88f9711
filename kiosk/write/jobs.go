package write

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// Watcher keeps everybody else from a key while it is written to, and hears when a driver says that it is gone: *keys.Watcher.
type Watcher interface {
	Hold(key ukey.Identity) (release func())
	Removed(key ukey.Identity)
}

// Jobs are the writes that a kiosk has in hand: any number at once, one for a key. Each runs on a goroutine of its own, and stops no
// other; who comes and goes on the screen ends none. A job is in hand from Reserve or Adopt until Leave. One that is left while it runs
// goes on, and nothing of it is kept when it stops: what it lacks then waits in the journal, for a person who is proven anew. Jobs is
// safe for concurrent use.
type Jobs struct {
	writer  *Executor
	watcher Watcher
	ctx     context.Context // of every write that runs
	cancel  context.CancelFunc
	wg      sync.WaitGroup

	mu        sync.Mutex
	over      bool
	places    map[ukey.Identity]*place
	listeners map[chan struct{}]struct{}
}

// place is a key's. Whoever has it is the only one to write to the key, and what is journalled of it.
type place struct {
	free     chan struct{} // closed when it is given up
	job      *Job          // nil while it is being begun, and while the journal's write is settled
	progress Progress
	left     bool // nobody waits for it
}

// NewJobs makes Jobs that are carried out by an Executor.
func NewJobs(x *Executor, w Watcher) *Jobs {
	ctx, cancel := context.WithCancel(context.Background())
	return &Jobs{writer: x, watcher: w, ctx: ctx, cancel: cancel, places: map[ukey.Identity]*place{}, listeners: map[chan struct{}]struct{}{}}
}

// Run keeps the jobs until ctx ends. Then none begins any more, those in hand are broken off where they can go on again, and Run returns
// when the calls that they were in have returned.
func (s *Jobs) Run(ctx context.Context) {
	<-ctx.Done()
	s.mu.Lock()
	s.over = true
	for key, p := range s.places {
		s.leave(key, p)
	}
	s.mu.Unlock()
	s.cancel()
	s.wg.Wait()
}

// Reserve is the Executor's: the job is in hand then, and waits for Start. CodeKeyBusy: another one of the key is.
func (s *Jobs) Reserve(ctx context.Context, session, authCode string, w ra.Write) error {
	return s.begin(ctx, ukey.Identity(w.Key), func() (*Job, error) { return s.writer.Reserve(ctx, session, authCode, w) })
}

// Adopt is the Executor's: the job is in hand then, and waits for Start where it is not made. CodeKeyBusy: another one of the key is.
func (s *Jobs) Adopt(ctx context.Context, session, authCode string, op ra.Operation) error {
	return s.begin(ctx, ukey.Identity(op.Key), func() (*Job, error) { return s.writer.Adopt(ctx, session, authCode, op) })
}

// TakeOver is the Executor's, for a write that another kiosk began: the job is in hand then, and waits for Start. Last: the last attempt at
// the PIN is made, see RiskLastAttempt. CodeKeyBusy: another job of the key is in hand.
func (s *Jobs) TakeOver(ctx context.Context, session, kioskID string, pin []byte, last bool, op ra.Operation) error {
	key := ukey.Identity(op.Key)
	return s.begin(ctx, key, func() (*Job, error) {
		defer s.watcher.Hold(key)()
		job := Elsewhere(op)
		if last {
			job.RiskLastAttempt()
		}
		return job, s.writer.TakeOver(ctx, session, kioskID, pin, job)
	})
}

// begin has a job begun or taken up. One that was left meanwhile is given up again: context.Canceled.
func (s *Jobs) begin(ctx context.Context, key ukey.Identity, how func() (*Job, error)) error {
	p, err := s.take(ctx, key, false)
	if err != nil {
		return err
	}
	job, err := how()
	s.mu.Lock()
	defer s.mu.Unlock()
	p.job = job
	if err == nil && p.left {
		err = context.Canceled
	}
	if err != nil {
		s.giveUp(key, p)
		return err
	}
	p.progress = progressOf(job)
	s.tell()
	return nil
}

// take takes the place of a key. What is about to be given up is waited for, anything else is CodeKeyBusy.
func (s *Jobs) take(ctx context.Context, key ukey.Identity, left bool) (*place, error) {
	for {
		p, mine, err := s.enter(key, left)
		if mine || err != nil {
			return p, err
		}
		select {
		case <-p.free:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// enter returns the place of a key, and whether it was free.
func (s *Jobs) enter(key ukey.Identity, left bool) (p *place, mine bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p = s.places[key]
	switch {
	case s.over:
		return nil, false, context.Canceled
	case p == nil:
		p = &place{free: make(chan struct{}), left: left}
		s.places[key] = p
		return p, true, nil
	case !p.left || p.progress.Running:
		return nil, false, busy(key)
	}
	return p, false, nil
}

func busy(key ukey.Identity) error { return ra.E(ra.CodeKeyBusy, "serial", key.Serial) }

// giveUp frees the place of a key, and wipes its job; s.mu is held.
func (s *Jobs) giveUp(key ukey.Identity, p *place) {
	p.job.Wipe()
	delete(s.places, key)
	close(p.free)
	s.tell()
}

// Start runs the job of a key, anew if it stopped; pin is as Executor.Run has it, and stays the caller's. CodeNotFound: none is in
// hand. CodeKeyBusy: it runs. context.Canceled: the program ends.
func (s *Jobs) Start(key ukey.Identity, pin []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.places[key]
	switch {
	case s.over:
		return context.Canceled
	case p == nil || p.job == nil:
		return ra.E(ra.CodeNotFound)
	case p.progress.Running:
		return busy(key)
	}
	p.progress.Running, p.progress.Steps, p.progress.Stopped, p.progress.Err = true, nil, time.Time{}, nil
	own, release := bytes.Clone(pin), s.watcher.Hold(key)
	s.wg.Go(func() {
		made, err := s.writer.Run(s.ctx, p.job, own, func(step ra.Step) { s.reached(p, step) })
		clear(own)
		if errors.Is(err, ukey.ErrRemoved) {
			s.watcher.Removed(key)
		}
		release()
		s.stopped(key, p, made, err)
	})
	s.tell()
	return nil
}

// RiskLastAttempt is the Job's, for the next Start.
func (s *Jobs) RiskLastAttempt(key ukey.Identity) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.places[key]; p != nil && p.job != nil && !p.progress.Running {
		p.job.RiskLastAttempt()
	}
}

func (s *Jobs) reached(p *place, step ra.Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.progress.Steps = append(p.progress.Steps, Reached{step, s.writer.cfg.Now()})
	s.tell()
}

func (s *Jobs) stopped(key ukey.Identity, p *place, made Made, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.progress.Running, p.progress.Stopped, p.progress.Err = false, s.writer.cfg.Now(), err
	if err == nil {
		p.progress.Made = &made
	}
	if p.left {
		s.giveUp(key, p)
	}
	s.tell()
}

// Leave lets go of the job of a key, if there is one. See Jobs for what becomes of it.
func (s *Jobs) Leave(key ukey.Identity) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.places[key]; p != nil {
		s.leave(key, p)
	}
}

// leave is Leave; s.mu is held.
func (s *Jobs) leave(key ukey.Identity, p *place) {
	p.left = true
	if p.job != nil && !p.progress.Running {
		s.giveUp(key, p)
	}
}

// Return takes a job back that was left and still runs. The caller knows that whoever is there now may see it. False: there is none.
func (s *Jobs) Return(key ukey.Identity, operation string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.places[key]
	if p == nil || !p.left || !p.progress.Running || p.progress.Operation != operation {
		return false
	}
	p.left = false
	return true
}

// Settle is the Executor's, for the writes that are not in hand.
func (s *Jobs) Settle(ctx context.Context) ([]ra.Write, error) {
	return s.writer.sift(ctx, s.settle)
}

// settle settles a write as the journal has it once nobody else writes to its key. One in hand waits for nobody.
func (s *Jobs) settle(ctx context.Context, w ra.Write) (over bool, err error) {
	key := ukey.Identity(w.Key)
	p, err := s.take(ctx, key, true)
	switch {
	case ra.CodeOf(err) == ra.CodeKeyBusy:
		return true, nil
	case err != nil:
		return false, err
	}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.giveUp(key, p)
	}()
	return s.writer.settleNow(ctx, w.ID)
}
