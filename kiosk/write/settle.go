package write

import (
	"context"
	"errors"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// ofNoUse are keys that no second try helps; before a certificate was asked for their unit is given back.
var ofNoUse = []ra.Code{ra.CodeKeyNotBlank, ra.CodeKeyReadable, ra.CodeKeyReadOnly, ra.CodeKeyFull}

// giveUp ends a write that cannot go on here: the unit of a useless key is given back without anybody's help, and the write is
// forgotten. It returns the error that stopped the write.
func (x *Executor) giveUp(ctx context.Context, j *Job, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	code := codeOf(err)
	over := givenUp(err) || code == ra.CodeKeyAdminPIN
	if slices.Contains(ofNoUse, code) && j.Write.Request == nil && !canMakeRoom(j.Write, code) {
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

// canMakeRoom: a full key is of use when the person chooses what may go; see Choose.
func canMakeRoom(w ra.Write, code ra.Code) bool {
	return code == ra.CodeKeyFull && w.Plan.Has(ra.StepRoom)
}

// Settle goes through the open writes of the journal without any key or person: proofs are sent again, and what the back office
// gave up or another kiosk has is dropped. It returns what still waits for its key, newest first.
func (x *Executor) Settle(ctx context.Context) ([]ra.Write, error) { return x.sift(ctx, x.settle) }

// sift goes through the open writes and returns those that are not over.
func (x *Executor) sift(ctx context.Context, settle func(context.Context, ra.Write) (over bool, err error)) ([]ra.Write, error) {
	open, err := x.cfg.Journal.OpenWrites(ctx)
	if err != nil {
		return nil, err
	}
	waiting := open[:0]
	for _, w := range open {
		over, err := settle(ctx, w)
		if err != nil {
			x.cfg.Log.Warn("write not settled", "operation", w.ID, "key", ukey.Identity(w.Key), "error", err)
		}
		if !over {
			waiting = append(waiting, w)
		}
	}
	return waiting, nil
}

// settle asks whether the write is this kiosk's still.
func (x *Executor) settle(ctx context.Context, w ra.Write) (over bool, err error) {
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

// settleNow settles a write as the journal has it now.
func (x *Executor) settleNow(ctx context.Context, id string) (over bool, err error) {
	open, err := x.cfg.Journal.OpenWrites(ctx)
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(open, func(w ra.Write) bool { return w.ID == id })
	if i < 0 {
		return true, nil
	}
	return x.settle(ctx, open[i])
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
