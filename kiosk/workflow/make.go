package workflow

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

// WriteOffice is what a write to a key needs of the back office. Every call may be repeated; see the design's table.
type WriteOffice interface {
	Reserve(ctx context.Context, session string, r ra.Reservation) (ra.Release, error)
	Resume(ctx context.Context, operationID string) (ra.Release, error)
	Certify(ctx context.Context, operationID string, csr []byte, adminPIN int) (ra.Issued, error)
	Challenge(ctx context.Context, operationID string) ([]byte, error)
	Confirm(ctx context.Context, proof ra.Proof) (ra.Completion, error)
	OperationForKey(ctx context.Context, model, serial string) (ra.Operation, bool, error)
}

// WriteJournal is where a write is stored before each of its steps; what it returns from is on the disk.
type WriteJournal interface {
	SaveWrite(ctx context.Context, w ra.Write) error
	OpenWrites(ctx context.Context) ([]ra.Write, error)
	DropWrite(ctx context.Context, id string) error
}

// MakerConfig is what a Maker works with.
type MakerConfig struct {
	Office  WriteOffice
	Journal WriteJournal
	Keys    ukey.Reader
	Now     func() time.Time
	Log     *slog.Logger
	// Hook is called at every boundary of a step, "prepare" before it and "prepare.done" after; an error stops the write
	// there. Tests die in it.
	Hook func(point string) error
}

// Maker writes certificates onto keys. A write is a Job: begun by Reserve, found again by Resume or Adopt, carried out
// by Run, which may be called again and again, here or in a new process or at another kiosk, until it succeeds: every step
// first looks whether it was taken.
type Maker struct{ cfg MakerConfig }

// NewMaker makes a Maker.
func NewMaker(cfg MakerConfig) *Maker {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Hook == nil {
		cfg.Hook = func(string) error { return nil }
	}
	return &Maker{cfg: cfg}
}

// Job is one write in hand. It holds the key's administrator PINs in memory and belongs to one caller at a time.
type Job struct {
	Write   ra.Write
	release *ra.Release // nil until the back office was asked
	fresh   bool        // begun now: the key still has the PIN of before
	made    *Made       // the proof was all that was missing
}

// Made is what Run would return when the write turned out to be finished; false when there is something left to do.
func (j *Job) Made() (Made, bool) {
	if j.made == nil {
		return Made{}, false
	}
	return *j.made, true
}

// String keeps the release out of logs.
func (j *Job) String() string { return "write " + j.Write.ID }

// GoString keeps the release out of %#v.
func (j *Job) GoString() string { return j.String() }

// PINLimits are the fewest and most characters of the customer's PIN.
func (j *Job) PINLimits() (fewest, most int) {
	if j.release == nil {
		return 0, 0
	}
	return j.release.PINMin, j.release.PINMax
}

// Remaining counts the keys of the order that are not done, this one included; 0 when not known.
func (j *Job) Remaining() int {
	if j.release == nil {
		return 0
	}
	return j.release.Remaining
}

// Made is a finished write.
type Made struct {
	Completion  ra.Completion
	Certificate []byte // DER
	Proof       ra.Proof
	Laps        []ra.Lap
}

// Reserve begins a write (step 1) of w.ID for w.OrderID on the key w.Serial. Errors are the back office's; after one
// that may have been an answer lost on the way, calling again with the same w is right. An error that says the back office refused
// leaves nothing in the journal.
func (m *Maker) Reserve(ctx context.Context, session, authCode string, w ra.Write) (*Job, error) {
	w.Step, w.State = ra.StepReserve, ra.WriteOpen
	if err := m.hook(ra.StepReserve, false); err != nil {
		return nil, err
	}
	if err := m.cfg.Journal.SaveWrite(ctx, w); err != nil {
		return nil, err
	}
	start := m.cfg.Now()
	release, err := m.cfg.Office.Reserve(ctx, session, ra.Reservation{
		OperationID: w.ID, OrderID: w.OrderID, Model: w.Model, Serial: w.Serial, AuthCode: authCode,
	})
	if refused(err) {
		return nil, errors.Join(err, m.cfg.Journal.DropWrite(ctx, w.ID))
	}
	if err != nil {
		return nil, err
	}
	w.Laps = lap(w.Laps, ra.StepReserve, m.cfg.Now().Sub(start))
	return &Job{Write: w, release: &release, fresh: true}, m.hook(ra.StepReserve, true)
}

// refused tells an answer of the back office from one that may be lost on the way.
func refused(err error) bool {
	switch ra.CodeOf(err) {
	case "", ra.CodeOfficeAway, ra.CodeOfficeError, ra.CodeInternal:
		return false
	}
	return true
}

// Resume takes up a write of this kiosk's journal: a stored proof is sent again, which may finish it (see Job.Made), and
// else the back office is asked for what the key needs. CodeNotFound or CodeState: the back office gave the write up.
func (m *Maker) Resume(ctx context.Context, w ra.Write) (*Job, error) {
	j := &Job{Write: w}
	if w.Proof != nil {
		made, err := m.sendProof(ctx, j)
		switch {
		case err == nil:
			j.made = &made
			return j, nil
		case !proofUseless(err):
			return nil, err
		}
	}
	return j, m.release(ctx, j)
}

// Adopt takes up a write that was begun at another kiosk; w comes from the back office's operation.
func (m *Maker) Adopt(ctx context.Context, op ra.Operation) (*Job, error) {
	open, err := m.cfg.Journal.OpenWrites(ctx)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(open, func(w ra.Write) bool { return w.ID == op.ID }); i >= 0 {
		return m.Resume(ctx, open[i])
	}
	w := ra.Write{
		ID: op.ID, OrderID: op.OrderID, Model: op.Model, Serial: op.Serial, Step: ra.StepReserve, State: ra.WriteOpen,
	}
	if err := m.cfg.Journal.SaveWrite(ctx, w); err != nil {
		return nil, err
	}
	return m.Resume(ctx, w)
}

func (m *Maker) release(ctx context.Context, j *Job) error {
	if j.release != nil {
		return nil
	}
	r, err := m.cfg.Office.Resume(ctx, j.Write.ID)
	if err != nil {
		return err
	}
	j.release = &r
	return nil
}

// Settle goes through the open writes of the journal without any key: proofs are sent again, and what the back office gave
// up or has finished elsewhere is dropped. It returns what still waits for its key, newest first.
func (m *Maker) Settle(ctx context.Context) ([]ra.Write, error) {
	open, err := m.cfg.Journal.OpenWrites(ctx)
	if err != nil {
		return nil, err
	}
	waiting := open[:0]
	for _, w := range open {
		done, err := m.settle(ctx, w)
		if err != nil {
			m.cfg.Log.Warn("write not settled", "operation", w.ID, "serial", w.Serial, "error", err)
		}
		if !done {
			waiting = append(waiting, w)
		}
	}
	return waiting, nil
}

// settle asks without taking the write over: another kiosk may have it in hand.
func (m *Maker) settle(ctx context.Context, w ra.Write) (done bool, err error) {
	if w.Proof != nil {
		_, err := m.sendProof(ctx, &Job{Write: w})
		if err == nil || !proofUseless(err) && !givenUp(err) {
			return err == nil, err
		}
	}
	op, there, err := m.cfg.Office.OperationForKey(ctx, w.Model, w.Serial)
	if err != nil || there && op.ID == w.ID {
		return false, err
	}
	m.cfg.Log.Info("write given up or finished elsewhere", "operation", w.ID, "serial", w.Serial)
	return true, m.cfg.Journal.DropWrite(ctx, w.ID)
}

// givenUp says that the back office does not want the write to go on.
func givenUp(err error) bool {
	code := ra.CodeOf(err)
	return code == ra.CodeNotFound || code == ra.CodeState
}

// Run takes the steps that are left, on the key that must be plugged in. pin becomes the customer's PIN. tell hears of
// every step as it begins. A driver that dies costs one more round. Errors: *ra.Error, a device's (see FaultOf), or
// the journal's.
func (m *Maker) Run(ctx context.Context, j *Job, pin []byte, tell func(ra.Step)) (Made, error) {
	made, err := m.runOnce(ctx, j, pin, tell)
	if errors.Is(err, ukey.ErrWorker) {
		m.cfg.Log.Warn("key driver died, writing goes on", "operation", j.Write.ID, "error", err)
		made, err = m.runOnce(ctx, j, pin, tell)
	}
	if err != nil {
		m.cfg.Log.Warn("write stopped", "operation", j.Write.ID, "serial", j.Write.Serial, "step", string(j.Write.Step), "error", err)
		return made, err
	}
	m.cfg.Log.Info("key made", "operation", j.Write.ID, "serial", j.Write.Serial, "remaining", made.Completion.Remaining)
	return made, nil
}

func (m *Maker) runOnce(ctx context.Context, j *Job, pin []byte, tell func(ra.Step)) (Made, error) {
	if j.made != nil {
		return *j.made, nil
	}
	if j.Write.Proof != nil {
		made, err := m.sendProof(ctx, j)
		if err == nil || !proofUseless(err) {
			return made, err
		}
	}
	r := &run{Maker: m, job: j, pin: pin, tell: tell}
	defer r.close()
	id, err := operationKeyID(j.Write.ID)
	if err != nil {
		return Made{}, err
	}
	r.id = id
	for _, s := range []struct {
		step ra.Step
		take func(context.Context) error
	}{
		{ra.StepReserve, r.reserved},
		{ra.StepPrepare, r.prepare},
		{ra.StepGenerate, r.generate},
		{ra.StepRequest, r.request},
		{ra.StepCertificate, r.certificate},
		{ra.StepWrite, r.write},
		{ra.StepProve, r.prove},
	} {
		if err := r.take(ctx, s.step, s.take); err != nil {
			return Made{}, fmt.Errorf("%s: %w", s.step, err)
		}
	}
	return r.confirm(ctx)
}

// run is one round of a job.
type run struct {
	*Maker
	job   *Job
	pin   []byte
	tell  func(ra.Step)
	id    []byte // of the key pair and the certificate on the key
	token ukey.Token
}

// take stores the step, unless the write was further already, and takes it.
func (r *run) take(ctx context.Context, step ra.Step, do func(context.Context) error) error {
	if err := r.begin(ctx, step); err != nil {
		return err
	}
	start := r.cfg.Now()
	if err := do(ctx); err != nil {
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
	if stepIndex(step) > stepIndex(w.Step) {
		w.Step = step
		if err := r.cfg.Journal.SaveWrite(ctx, *w); err != nil {
			return err
		}
	}
	if r.tell != nil {
		r.tell(step)
	}
	return nil
}

func (m *Maker) hook(step ra.Step, done bool) error {
	if done {
		return m.cfg.Hook(string(step) + ".done")
	}
	return m.cfg.Hook(string(step))
}

// reserved makes sure that the administrator PINs are at hand; a resumed write asks for them again.
func (r *run) reserved(ctx context.Context) error { return r.release(ctx, r.job) }

func (r *run) close() {
	if r.token == nil {
		return
	}
	if err := r.token.Close(); err != nil {
		r.cfg.Log.Warn("key not closed", "serial", r.job.Write.Serial, "error", err)
	}
	r.token = nil
}

func stepIndex(s ra.Step) int { return slices.Index(ra.Steps(), s) }

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
