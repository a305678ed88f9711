package workflow

import (
	"context"
	"errors"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

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

// Reserve begins a write (step 1) of w.ID for w.OrderID on the key w.Key. Errors are the back office's; after one
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
		OperationID: w.ID, OrderID: w.OrderID, Model: w.Model, Serial: w.Key.Serial, AuthCode: authCode,
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

// Adopt takes up a write that may have been begun at another kiosk: the back office knows it as op, and the key for it is
// plugged in here.
func (m *Maker) Adopt(ctx context.Context, op ra.Operation, key ra.KeyIdentity) (*Job, error) {
	open, err := m.cfg.Journal.OpenWrites(ctx)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(open, func(w ra.Write) bool { return w.ID == op.ID }); i >= 0 {
		return m.Resume(ctx, open[i])
	}
	w := ra.Write{
		ID: op.ID, OrderID: op.OrderID, Model: op.Model, Key: key, Step: ra.StepReserve, State: ra.WriteOpen,
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
			m.cfg.Log.Warn("write not settled", "operation", w.ID, "key", ukey.Identity(w.Key), "error", err)
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
	op, there, err := m.cfg.Office.OperationForKey(ctx, w.Model, w.Key.Serial)
	if err != nil || there && op.ID == w.ID {
		return false, err
	}
	m.cfg.Log.Info("write given up or finished elsewhere", "operation", w.ID, "key", ukey.Identity(w.Key))
	return true, m.cfg.Journal.DropWrite(ctx, w.ID)
}

// givenUp says that the back office does not want the write to go on.
func givenUp(err error) bool {
	code := ra.CodeOf(err)
	return code == ra.CodeNotFound || code == ra.CodeState
}
