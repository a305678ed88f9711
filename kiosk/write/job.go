package write

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/keys"
)

// Job is one write in hand. It holds the proof of its person and the key's administrator PINs in memory and belongs to one caller
// at a time.
type Job struct {
	Write   ra.Write
	release *ra.Release // nil until a person was proven
	opening *ra.Opening // of the attempt that came with the reservation, until it is made
	made    *Made       // the proof was all that was missing
}

// hold is what the back office is shown.
func (j *Job) hold() ra.Hold {
	h := ra.Hold{OperationID: j.Write.ID, Ticket: j.Write.Ticket}
	if j.release != nil {
		h.Presence = j.release.Presence
	}
	return h
}

// Wipe overwrites what can be overwritten; the job is of no more use.
func (j *Job) Wipe() {
	if j == nil {
		return
	}
	j.opening.Wipe()
	j.opening, j.release = nil, nil
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

// Reserve begins a write (step 1) of w.ID for w.OrderID on the key w.Key, which is plugged in. Errors are the back office's or the
// key's; after one that may have been an answer lost on the way, calling again with the same w is right. An error that says the
// back office refused leaves nothing in the journal.
func (x *Executor) Reserve(ctx context.Context, session, authCode string, w ra.Write) (*Job, error) {
	w.Step, w.State = ra.StepReserve, ra.WriteOpen
	if err := x.hook(ra.StepReserve, false); err != nil {
		return nil, err
	}
	info, err := x.look(ctx, w.Key)
	if err != nil {
		return nil, err
	}
	// The first attempt has the operation's id, so that an answer that is lost is asked for again.
	w.Attempt = ra.AttemptResult{ID: w.ID, Outcome: ra.AttemptVoid}
	if err := x.cfg.Journal.SaveWrite(ctx, w); err != nil {
		return nil, err
	}
	start := x.cfg.Now()
	release, err := x.cfg.Office.Reserve(ctx, session, ra.Reservation{
		OperationID: w.ID, OrderID: w.OrderID, Key: w.Key, AuthCode: authCode, Attempt: announce(w.ID, info),
	})
	if ra.Answered(err) {
		return nil, errors.Join(err, x.cfg.Journal.DropWrite(ctx, w.ID))
	}
	if err != nil {
		return nil, err
	}
	w.Ticket = release.Ticket
	w.Laps = lap(w.Laps, ra.StepReserve, x.cfg.Now().Sub(start))
	if err := x.cfg.Journal.SaveWrite(ctx, w); err != nil {
		return nil, err
	}
	return &Job{Write: w, release: &release, opening: release.Opening}, x.hook(ra.StepReserve, true)
}

// look asks the key what it tells of its PINs: CodeKeyNone, CodeKeyWrong (args: expected, found).
func (x *Executor) look(ctx context.Context, key ra.KeyIdentity) (ukey.Info, error) {
	infos, err := x.cfg.Keys.List(ctx)
	if err != nil {
		return ukey.Info{}, err
	}
	i := slices.IndexFunc(infos, func(i ukey.Info) bool { return i.Identity() == ukey.Identity(key) })
	switch {
	case i < 0:
		return ukey.Info{}, keys.Missing(infos, ukey.Identity(key))
	case keys.Several(infos, ukey.Identity(key)):
		return ukey.Info{}, ukey.ErrTwin
	}
	return infos[i], nil
}

// Resume takes up a write of this kiosk's journal: a stored proof is sent again, which may finish it (see Job.Made), and
// else its person is proven by session, code or both. What the back office gave up, or another kiosk has, is forgotten:
// CodeNotFound, CodeState, CodeTicketDead.
func (x *Executor) Resume(ctx context.Context, session, authCode string, w ra.Write) (*Job, error) {
	j := &Job{Write: w}
	if w.Proof != nil {
		made, err := x.sendProof(ctx, j)
		switch {
		case err == nil:
			j.made = &made
			return j, nil
		case !proofUseless(err):
			return nil, x.forget(ctx, w, err)
		}
	}
	release, err := x.cfg.Office.Resume(ctx, session, ra.Resumption{OperationID: w.ID, Ticket: w.Ticket, AuthCode: authCode})
	if err != nil {
		return nil, x.forget(ctx, w, err)
	}
	if release.Ticket != w.Ticket { // another kiosk may have had it meanwhile: what this one knows of the key is old
		j.Write.Ticket, j.Write.AdminPIN = release.Ticket, 0
		j.Write.Attempt, j.Write.NextAttempt = ra.AttemptResult{}, ""
	}
	j.release = &release
	return j, x.cfg.Journal.SaveWrite(ctx, j.Write)
}

// Adopt takes up a write of a key that is plugged in: this kiosk's own, or what the back office knows as op and another kiosk began.
func (x *Executor) Adopt(ctx context.Context, session, authCode string, op ra.Operation) (*Job, error) {
	open, err := x.cfg.Journal.OpenWrites(ctx)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(open, func(w ra.Write) bool { return w.ID == op.ID }); i >= 0 {
		return x.Resume(ctx, session, authCode, open[i])
	}
	w := ra.Write{ID: op.ID, OrderID: op.OrderID, Model: op.Model, Key: op.Key, Step: ra.StepReserve, State: ra.WriteOpen}
	return x.Resume(ctx, session, authCode, w)
}

// forget drops a write that is not this kiosk's to go on with.
func (x *Executor) forget(ctx context.Context, w ra.Write, err error) error {
	if givenUp(err) {
		return errors.Join(err, x.cfg.Journal.DropWrite(ctx, w.ID))
	}
	return err
}

// codeOf is the code of an error of the back office, of a key, or of anything else.
func codeOf(err error) ra.Code {
	if code := ra.CodeOf(err); code != ra.CodeInternal {
		return code
	}
	return cmp.Or(keys.Code(err), ra.CodeInternal)
}

// ofNoUse are keys that no second try helps; before a certificate was asked for their unit is given back.
var ofNoUse = []ra.Code{ra.CodeKeyNotBlank, ra.CodeKeyReadable, ra.CodeKeyFull}

// giveUp ends a write that cannot go on here: the unit of a useless key is given back without anybody's help, and the write is
// forgotten. It returns the error that stopped the write.
func (x *Executor) giveUp(ctx context.Context, j *Job, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	code := codeOf(err)
	over := givenUp(err) || code == ra.CodeKeyAdminPIN
	if slices.Contains(ofNoUse, code) && j.Write.Request == nil {
		back := x.cfg.Office.GiveBack(ctx, j.hold(), code)
		if over = back == nil || givenUp(back); !over {
			x.cfg.Log.Warn("unit not given back", "operation", j.Write.ID, "error", back)
		}
	}
	if over {
		return errors.Join(err, x.cfg.Journal.DropWrite(ctx, j.Write.ID))
	}
	return err
}

// Settle goes through the open writes of the journal without any key or person: proofs are sent again, and what the back office
// gave up or another kiosk has is dropped. It returns what still waits for its key, newest first.
func (x *Executor) Settle(ctx context.Context) ([]ra.Write, error) {
	open, err := x.cfg.Journal.OpenWrites(ctx)
	if err != nil {
		return nil, err
	}
	waiting := open[:0]
	for _, w := range open {
		done, err := x.settle(ctx, w)
		if err != nil {
			x.cfg.Log.Warn("write not settled", "operation", w.ID, "key", ukey.Identity(w.Key), "error", err)
		}
		if !done {
			waiting = append(waiting, w)
		}
	}
	return waiting, nil
}

// settle asks whether the write is this kiosk's still.
func (x *Executor) settle(ctx context.Context, w ra.Write) (done bool, err error) {
	j := &Job{Write: w}
	if w.Proof != nil {
		_, err := x.sendProof(ctx, j)
		if err == nil || !proofUseless(err) && !givenUp(err) {
			return err == nil, err
		}
	}
	live, err := x.lives(ctx, j)
	if err != nil || live {
		return false, err
	}
	x.cfg.Log.Info("write given up or finished elsewhere", "operation", w.ID, "key", ukey.Identity(w.Key))
	return true, x.cfg.Journal.DropWrite(ctx, w.ID)
}

// lives asks by the ticket; a write that never got one is alive as long as anything waits for its key.
func (x *Executor) lives(ctx context.Context, j *Job) (bool, error) {
	if j.Write.Ticket == "" {
		status, err := x.cfg.Office.KeyStatus(ctx, "", j.Write.Key)
		return status.Waiting, err
	}
	op, err := x.cfg.Office.Operation(ctx, j.hold())
	if givenUp(err) {
		return false, nil
	}
	return op.State == ra.OperationReserved || op.State == ra.OperationIssued, err
}

// givenUp says that the back office does not want the write to go on here.
func givenUp(err error) bool {
	switch ra.CodeOf(err) {
	case ra.CodeNotFound, ra.CodeState, ra.CodeTicketDead:
		return true
	}
	return false
}
