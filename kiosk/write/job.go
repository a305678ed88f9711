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
	last    bool        // the customer wants the last attempt at their PIN made
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

// RiskLastAttempt lets the next Run make the last attempt at the customer's PIN, which it otherwise refuses with CodePINLast: the
// person was told, and wants it.
func (j *Job) RiskLastAttempt() { j.last = true }

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

// Reserve begins a write of w.ID by w.Plan on the key w.Key, which is plugged in: its first two steps. Where the key is not a blank one
// w.Target names the certificate; w.Remove is what the person chose to have erased. Errors are the back office's or the key's;
// after one that may have been an answer lost on the way, calling again with the same w is right. An error that says the back
// office refused leaves nothing in the journal.
func (x *Executor) Reserve(ctx context.Context, session, authCode string, w ra.Write) (*Job, error) {
	w.Step, w.State = ra.StepReserve, ra.WriteOpen
	info, err := x.firstLook(ctx, w.Key)
	if err != nil {
		return nil, err
	}
	if err := x.hook(ra.StepReserve, false); err != nil {
		return nil, err
	}
	ask := ra.Reservation{OperationID: w.ID, OrderID: w.OrderID, Key: w.Key, AuthCode: authCode, Plan: w.Plan, Attempt: announce("", info)}
	if w.Target != nil {
		ask.CertificateID = w.Target.CertificateID
	}
	if w.Plan.Has(ra.StepAdministrator) {
		// The first attempt has the operation's id, so that an answer that is lost is asked for again.
		ask.Attempt.ID = w.ID
		w.Attempt = ra.AttemptResult{ID: w.ID, Outcome: ra.AttemptVoid}
	}
	if err := x.cfg.Journal.SaveWrite(ctx, w); err != nil {
		return nil, err
	}
	start := x.cfg.Now()
	release, err := x.cfg.Office.Reserve(ctx, session, ask)
	if ra.Answered(err) {
		return nil, errors.Join(err, x.cfg.Journal.DropWrite(ctx, w.ID))
	}
	if err != nil {
		return nil, err
	}
	w.Ticket = release.Ticket
	w.Target = targetOf(w, release)
	w.Laps = lap(w.Laps, ra.StepReserve, x.cfg.Now().Sub(start))
	if err := x.cfg.Journal.SaveWrite(ctx, w); err != nil {
		return nil, err
	}
	return &Job{Write: w, release: &release, opening: release.Opening}, x.hook(ra.StepReserve, true)
}

// firstLook is the first step as far as a key can be seen without being opened.
func (x *Executor) firstLook(ctx context.Context, key ra.KeyIdentity) (ukey.Info, error) {
	if err := x.hook(ra.StepIdentify, false); err != nil {
		return ukey.Info{}, err
	}
	info, err := x.look(ctx, key)
	if err != nil {
		return info, err
	}
	return info, x.hook(ra.StepIdentify, true)
}

// targetOf is what the register says of the key now; where it says nothing, what was known.
func targetOf(w ra.Write, release ra.Release) *ra.Target {
	if release.Target == nil {
		return w.Target
	}
	t := *release.Target
	t.KeyID = nil // the key tells
	return &t
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
	if err := x.resume(ctx, session, ra.Resumption{OperationID: w.ID, Ticket: w.Ticket, AuthCode: authCode}, j); err != nil {
		return nil, x.forget(ctx, w, err)
	}
	return j, nil
}

// resume gives a job its release, and stores what is new.
func (x *Executor) resume(ctx context.Context, session string, r ra.Resumption, j *Job) error {
	release, err := x.cfg.Office.Resume(ctx, session, r)
	if err != nil {
		return err
	}
	if release.Ticket != j.Write.Ticket { // another kiosk may have had it meanwhile: what this one knows of the key is old
		j.Write.Ticket, j.Write.AdminPIN = release.Ticket, 0
		j.Write.Attempt, j.Write.NextAttempt = ra.AttemptResult{}, ""
	}
	j.release = &release
	j.Write.Target = targetOf(j.Write, release)
	return x.cfg.Journal.SaveWrite(ctx, j.Write)
}

// Adopt takes up a write of a key that is plugged in: this kiosk's own, or what the back office knows as op and another kiosk began.
func (x *Executor) Adopt(ctx context.Context, session, authCode string, op ra.Operation) (*Job, error) {
	open, err := x.cfg.Journal.OpenWrites(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(open, func(w ra.Write) bool { return w.ID == op.ID })
	switch {
	case i >= 0 && AskedHere(open[i]):
		return x.Reserve(ctx, session, authCode, open[i])
	case i >= 0:
		return x.Resume(ctx, session, authCode, open[i])
	}
	return x.Resume(ctx, session, authCode, begunElsewhere(op))
}

// AskedHere tells whether a login is enough to ask once more for the answer to a write's reservation, which was lost on the way.
func AskedHere(w ra.Write) bool {
	return w.ID != "" && w.Ticket == "" && len(w.Plan.Steps()) > 0 && !w.Plan.Has(ra.StepSetPIN)
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
