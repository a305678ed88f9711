// Package write is what a kiosk does to a key, step by step: every step is stored before it is taken, and first looks whether it was
// taken, so that a write that was interrupted goes on where it stands, here or at another kiosk. It knows no pages and no driver.
// Which steps a write takes is its plan's matter: nothing here knows plans, or what services they serve.
package write

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// Office is what a write to a key needs of the back office. Every call may be repeated; see the design's table.
type Office interface {
	Reserve(ctx context.Context, session string, r ra.Reservation) (ra.Release, error)
	// Resume takes a session, or a code, or both; session is "" without one.
	Resume(ctx context.Context, session string, r ra.Resumption) (ra.Release, error)
	// Takeover is asked for where no code opens the work.
	Takeover(ctx context.Context, session, operationID string) (ra.Takeover, error)
	Operation(ctx context.Context, h ra.Hold) (ra.Operation, error)
	Administrator(ctx context.Context, h ra.Hold, a ra.AdminAttempt) (ra.Opening, error)
	GiveBack(ctx context.Context, h ra.Hold, because ra.Code) error
	Certify(ctx context.Context, h ra.Hold, csr []byte, adminPIN int) (ra.Issued, error)
	Challenge(ctx context.Context, h ra.Hold) ([]byte, error)
	Confirm(ctx context.Context, h ra.Hold, proof ra.Proof) (ra.Completion, error)
	// KeyStatus tells more in a session, "" for none.
	KeyStatus(ctx context.Context, session string, key ra.KeyIdentity) (ra.KeyStatus, error)
}

// Journal is where a write is stored before each of its steps; what it returns from is on the disk.
type Journal interface {
	SaveWrite(ctx context.Context, w ra.Write) error
	OpenWrites(ctx context.Context) ([]ra.Write, error)
	DropWrite(ctx context.Context, id string) error
}

// Config is what an Executor works with.
type Config struct {
	Office  Office
	Journal Journal
	Keys    ukey.Reader
	Now     func() time.Time
	Log     *slog.Logger
	// Hook is called at every boundary of a step, "generate" before it and "generate.done" after, and around a change of the
	// holder's PIN, "change_pin"; an error stops the write there. Tests die in it.
	Hook func(point string) error
}

// Executor carries out writes to keys. A write is a Job: begun by Reserve, found again by Resume or Adopt, carried out
// by Run, which may be called again and again, here or in a new process or at another kiosk, until it succeeds: every step
// first looks whether it was taken.
type Executor struct{ cfg Config }

// New makes an Executor.
func New(cfg Config) *Executor {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Hook == nil {
		cfg.Hook = func(string) error { return nil }
	}
	return &Executor{cfg: cfg}
}

// steps says how each step is taken. Which come, and in which order, is in the write's plan.
var steps = map[ra.Step]func(*run, context.Context) error{
	ra.StepIdentify:      (*run).identify,
	ra.StepReserve:       (*run).reserved,
	ra.StepAdministrator: (*run).administrator,
	ra.StepAdminPIN:      (*run).adminPIN,
	ra.StepSetPIN:        (*run).setPIN,
	ra.StepAskPIN:        (*run).askPIN,
	ra.StepRoom:          (*run).room,
	ra.StepGenerate:      (*run).generate,
	ra.StepRequest:       (*run).request,
	ra.StepCertificate:   (*run).certificate,
	ra.StepFetch:         (*run).fetch,
	ra.StepWrite:         (*run).write,
	ra.StepRelabel:       (*run).relabel,
	ra.StepProve:         (*run).prove,
	ra.StepProvePIN:      (*run).provePIN,
	ra.StepProveAdminPIN: (*run).proveAdminPIN,
	ra.StepConfirm:       (*run).confirm,
}

// Run takes the steps that are left, on the key that must be plugged in. pin is the customer's: the new one, or the one they
// have, as the plan wants it. tell hears of every step as it begins. A driver that dies costs one more round. A key that turns out
// to be of no use gives its unit back, and the write is over; so it is when another kiosk has taken over. Errors: *ra.Error, a
// device's (see FaultOf), or the journal's. CodePINWrong (args: left, where the key tells) and CodePINLast leave the write open.
func (x *Executor) Run(ctx context.Context, j *Job, pin []byte, tell func(ra.Step)) (Made, error) {
	made, err := x.runOnce(ctx, j, pin, tell)
	if errors.Is(err, ukey.ErrWorker) {
		x.cfg.Log.Warn("key driver died, writing goes on", "operation", j.Write.ID, "error", err)
		made, err = x.runOnce(ctx, j, pin, tell)
	}
	if err != nil {
		err = x.giveUp(ctx, j, err)
		x.cfg.Log.Warn("write stopped", "operation", j.Write.ID, "key", ukey.Identity(j.Write.Key), "step", string(j.Write.Step), "error", err)
		return made, err
	}
	x.cfg.Log.Info("key written", "operation", j.Write.ID, "key", ukey.Identity(j.Write.Key), "remaining", made.Completion.Remaining)
	return made, nil
}

func (x *Executor) runOnce(ctx context.Context, j *Job, pin []byte, tell func(ra.Step)) (Made, error) {
	if j.made != nil {
		return *j.made, nil
	}
	if j.Write.Proof != nil {
		made, err := x.sendProof(ctx, j)
		if err == nil || !proofUseless(err) {
			return made, err
		}
	}
	r := &run{Executor: x, job: j, pin: pin, tell: tell, plan: j.Write.Plan.Steps()}
	defer r.end()
	var err error
	if r.id, err = operationKeyID(j.Write.ID); err != nil {
		return Made{}, err
	}
	if len(r.plan) == 0 {
		return Made{}, ra.E(ra.CodeInternal).Because(fmt.Errorf("no steps are known for plan %q", j.Write.Plan))
	}
	for i, step := range r.plan {
		err := r.take(ctx, step)
		if ra.CodeOf(err) == ra.CodeChallengeStale { // it got too old on the way
			err = r.once(ctx, r.plan[i-1:i+1])
		}
		if err != nil {
			return Made{}, fmt.Errorf("%s: %w", step, err)
		}
	}
	return r.made, nil
}

// once takes steps once more.
func (r *run) once(ctx context.Context, again []ra.Step) error {
	for _, step := range again {
		if err := r.take(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// run is one round of a job.
type run struct {
	*Executor
	job     *Job
	plan    []ra.Step
	pin     []byte
	tell    func(ra.Step)
	id      []byte // of the key pair and the certificate on the key
	token   ukey.Token
	info    ukey.Info   // of the key, as it was opened last
	opened  *ra.Opening // of the attempt with which the administrator is logged in
	notes   []string    // for the proof
	unsaved bool        // what the last step made is stored with the next one
	first   []byte      // the challenge that came with the certificate, nil once it was used
	made    Made
}

// take stores the step, unless the write was further already, and takes it.
func (r *run) take(ctx context.Context, step ra.Step) error {
	if err := r.begin(ctx, step); err != nil {
		return err
	}
	start := r.cfg.Now()
	if err := steps[step](r, ctx); err != nil {
		return err
	}
	w := &r.job.Write
	w.Laps = lap(w.Laps, step, r.cfg.Now().Sub(start))
	return r.hook(step, true)
}

func (r *run) begin(ctx context.Context, step ra.Step) error {
	if err := r.hook(step, false); err != nil {
		return err
	}
	w := &r.job.Write
	if further := slices.Index(r.plan, step) > slices.Index(r.plan, w.Step); further || r.unsaved {
		if further {
			w.Step = step
		}
		if err := r.cfg.Journal.SaveWrite(ctx, *w); err != nil {
			return err
		}
		r.unsaved = false
	}
	if r.tell != nil {
		r.tell(step)
	}
	return nil
}

func (x *Executor) hook(step ra.Step, done bool) error {
	if done {
		return x.cfg.Hook(string(step) + ".done")
	}
	return x.cfg.Hook(string(step))
}

// reserved makes sure that a person was proven for the write.
func (r *run) reserved(context.Context) error {
	if r.job.release == nil {
		return ra.E(ra.CodePresenceOver)
	}
	return nil
}

// note keeps for the proof what the key refused, or lacks, and the write does without.
func (r *run) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

func (r *run) end() {
	r.opened.Wipe()
	r.opened = nil
	r.close()
}

func (r *run) close() {
	if r.token == nil {
		return
	}
	if err := r.token.Close(); err != nil {
		r.cfg.Log.Warn("key not closed", "key", ukey.Identity(r.job.Write.Key), "error", err)
	}
	r.token = nil
}

// lap puts the time of a step in place of an earlier one of the same step.
func lap(laps []ra.Lap, step ra.Step, d time.Duration) []ra.Lap {
	laps = slices.DeleteFunc(slices.Clone(laps), func(l ra.Lap) bool { return l.Step == step })
	return append(laps, ra.Lap{Step: step, Milliseconds: d.Milliseconds()})
}

// operationKeyID is the CKA_ID: the 16 bytes of the operation's UUID.
func operationKeyID(operation string) ([]byte, error) {
	id, err := hex.DecodeString(strings.ReplaceAll(operation, "-", ""))
	if err != nil || len(id) != 16 {
		return nil, ra.E(ra.CodeInternal).Because(fmt.Errorf("operation id %q is no UUID", operation))
	}
	return id, nil
}
