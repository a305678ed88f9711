package write

import (
	"context"
	"crypto/x509"

	"keyhall/backoffice/ra"
)

// Elsewhere is the job of a write that another kiosk began, as the back office knows it, before its person is proven. Where a code opens
// the work Adopt does that; TakeOver does it where the holder's PIN is asked for.
func Elsewhere(op ra.Operation) *Job { return &Job{Write: begunElsewhere(op)} }

func begunElsewhere(op ra.Operation) ra.Write {
	return ra.Write{ID: op.ID, Plan: op.Plan, OrderID: op.OrderID, Model: op.Model, Key: op.Key, Step: ra.StepReserve, State: ra.WriteOpen}
}

// TakeOver takes a write over from another kiosk: with the login of its customer, and their PIN, by which the old pair on the key, which
// must be plugged in, signs that it may go on at kiosk. It may be called again until it succeeds; Run carries the job out then. Errors
// are the back office's or the key's: CodePINWrong, CodePINLast (see RiskLastAttempt), CodePINLocked; CodeKeyDiffers when the old pair is
// gone, where Adopt with a takeover code helps.
func (x *Executor) TakeOver(ctx context.Context, session, kioskID string, pin []byte, j *Job) error {
	asked, err := x.cfg.Office.Takeover(ctx, session, j.Write.ID)
	if err != nil {
		return err
	}
	signature, err := x.signTakeover(ctx, kioskID, pin, j, asked)
	if err != nil {
		return err
	}
	return x.resume(ctx, session, ra.Resumption{OperationID: j.Write.ID, Challenge: asked.Challenge, Signature: signature}, j)
}

func (x *Executor) signTakeover(ctx context.Context, kioskID string, pin []byte, j *Job, asked ra.Takeover) ([]byte, error) {
	leaf, err := x509.ParseCertificate(asked.Certificate)
	if err != nil {
		return nil, ra.E(ra.CodeOfficeError).Because(err)
	}
	j.Write.Target = &ra.Target{Certificate: asked.Certificate}
	r := &run{Executor: x, job: j, pin: pin}
	defer r.end()
	if err := r.identify(ctx); err != nil {
		return nil, err
	}
	if err := r.askPIN(ctx); err != nil {
		return nil, err
	}
	return r.sign(ctx, j.Write.Target.KeyID, leaf, ra.TakeoverMessage(kioskID, j.Write.ID, asked.Challenge))
}
