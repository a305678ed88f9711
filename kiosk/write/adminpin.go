package write

import (
	"cmp"
	"context"
	"errors"

	"github.com/google/uuid"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// administrator leaves the administrator logged in. Each attempt was committed at the back office before it is made, and what becomes of
// it is stored, so that the next one, wherever that is, spends none in vain. CodeKeyAdminPIN, CodeKeyNotBlank: the unit was given
// back.
func (r *run) administrator(ctx context.Context) error {
	for info := r.info; ; {
		opening, err := r.opening(ctx, info)
		if err != nil {
			return err
		}
		r.opened.Wipe()
		r.opened, r.job.opening = opening, nil
		err = r.try(ctx, opening)
		var refused *ukey.PINError
		if r.job.Write.Attempt.Outcome != ra.AttemptWrong || !errors.As(err, &refused) {
			return err
		}
		info.AdminPIN = refused.State // another one may be on the key
	}
}

// opening is the attempt that the back office allowed with the reservation, or asks for one. The id is stored before it is asked
// for: an answer that is lost is asked for again.
func (r *run) opening(ctx context.Context, info ukey.Info) (*ra.Opening, error) {
	if r.job.opening != nil {
		return r.job.opening, nil
	}
	w := &r.job.Write
	if w.NextAttempt == "" {
		w.NextAttempt = uuid.Must(uuid.NewV7()).String() // without randomness nothing can go on
		if err := r.cfg.Journal.SaveWrite(ctx, *w); err != nil {
			return nil, err
		}
	}
	next := announce(w.NextAttempt, info)
	if w.Attempt.ID != "" {
		last := w.Attempt
		next.Last = &last
	}
	opening, err := r.cfg.Office.Administrator(ctx, r.job.hold(), next)
	if err != nil {
		return nil, err
	}
	w.Attempt, w.NextAttempt = ra.AttemptResult{ID: next.ID, Outcome: ra.AttemptVoid}, ""
	return &opening, r.cfg.Journal.SaveWrite(ctx, *w)
}

// announce says what the key tells of its PINs.
func announce(id string, info ukey.Info) ra.AdminAttempt {
	a := ra.AdminAttempt{ID: id, Initialized: info.Initialized, State: tokenPIN(info.AdminPIN), CustomerPINSet: info.UserPINSet}
	if a.CustomerPINSet { // of one of which the key tells nothing none is tried
		a.CustomerPIN = cmp.Or(tokenPIN(info.UserPIN), ra.TokenPINLow)
	}
	return a
}

// tokenPIN is a PIN's state in the back office's words, "" where the key tells nothing of it. One that has to be changed is the
// factory's, with all its attempts.
func tokenPIN(s ukey.PINState) ra.TokenPINState {
	switch s {
	case ukey.PINOK, ukey.PINToChange:
		return ra.TokenPINOK
	case ukey.PINLow:
		return ra.TokenPINLow
	case ukey.PINFinal:
		return ra.TokenPINFinal
	case ukey.PINLocked:
		return ra.TokenPINLocked
	}
	return ""
}

// try makes one attempt. Its success is stored with the next step: who never hears of it counts it as spent.
func (r *run) try(ctx context.Context, o *ra.Opening) error {
	if o.Try == nil {
		return r.initialize(ctx, o)
	}
	if err := r.tried(ctx, ra.AttemptUnknown); err != nil {
		return err
	}
	if err := r.asAdministrator(ctx, o); err != nil {
		if errors.Is(err, ukey.ErrPINWrong) || errors.Is(err, ukey.ErrPINLocked) {
			return errors.Join(err, r.tried(ctx, ra.AttemptWrong))
		}
		return err
	}
	r.job.Write.Attempt.Outcome = ra.AttemptRight
	if o.Customer != nil && r.job.Write.Target == nil {
		return r.look(ctx, o)
	}
	return nil
}

// asAdministrator logs in with the PIN to try. Some modules answer to the factory's, which is right, that it has to be changed first, and
// that is what comes next.
func (r *run) asAdministrator(ctx context.Context, o *ra.Opening) error {
	err := r.token.Login(ctx, ukey.Administrator, o.Try.Value)
	if errors.Is(err, ukey.ErrPINChange) && o.Try.Version != o.Set.Version {
		return nil
	}
	return err
}

// initialize gives a key that never had an administrator PIN its own.
func (r *run) initialize(ctx context.Context, o *ra.Opening) error {
	if err := r.begun(ctx, o.Set.Version, ra.AttemptUnknown); err != nil {
		return err
	}
	if err := r.token.Initialize(ctx, ukey.Setup{Label: r.job.release.Label, AdminPIN: o.Set.Value}); err != nil {
		return err
	}
	if err := r.token.Login(ctx, ukey.Administrator, o.Set.Value); err != nil {
		return err
	}
	r.job.Write.Attempt.Outcome = ra.AttemptRight
	return nil
}

// adminPIN gives the key its own administrator PIN, whose version the back office has had since before the attempt.
func (r *run) adminPIN(ctx context.Context) error {
	o := r.opened
	if err := r.begun(ctx, o.Set.Version, ra.AttemptRight); err != nil || o.Try == nil || o.Try.Version == o.Set.Version {
		return err
	}
	return r.token.SetPIN(ctx, o.Try.Value, o.Set.Value)
}

// proveAdminPIN opens the key anew with the administrator PIN that was set. That is an attempt like any other: a key that took the
// PIN and does not open with it tells so while the back office still knows the one before.
func (r *run) proveAdminPIN(ctx context.Context) error {
	if err := r.open(ctx); err != nil {
		return err
	}
	var err error
	if r.info, err = r.token.Info(ctx); err != nil {
		return err
	}
	if err := r.administrator(ctx); err != nil {
		return err
	}
	if t := r.opened.Try; t == nil || t.Version != r.job.Write.AdminPIN {
		return ra.E(ra.CodeProofBad).Because(errors.New("the administrator PIN that was set does not open the key"))
	}
	challenge, err := r.challenge(ctx)
	if err != nil {
		return err
	}
	return r.keepProof(ctx, ra.Proof{Challenge: challenge})
}

// look finds out whether a key that has a customer PIN is blank, before anything on it is changed: the factory's customer PIN
// must open it, and nothing may show then. CodeKeyNotBlank: it is somebody's.
func (r *run) look(ctx context.Context, o *ra.Opening) error {
	err := r.token.Login(ctx, ukey.Customer, o.Customer)
	if err == nil || errors.Is(err, ukey.ErrPINChange) { // the factory's, which no owner ever changed
		err = r.compare(ctx)
	}
	var refused *ukey.PINError
	if errors.As(err, &refused) {
		err = ra.E(ra.CodeKeyNotBlank, "serial", r.job.Write.Key.Serial).Because(err)
	}
	r.job.Write.Attempt.Outcome = ra.AttemptRight
	switch {
	case err == nil:
		r.job.Write.Attempt.Look = ra.LookBlank
	case ra.CodeOf(err) == ra.CodeKeyNotBlank:
		r.job.Write.Attempt.Look = ra.LookForeign
	}
	if kept := r.cfg.Journal.SaveWrite(ctx, r.job.Write); err != nil || kept != nil {
		return errors.Join(err, kept)
	}
	return r.asAdministrator(ctx, o)
}

// tried stores what became of the attempt.
func (r *run) tried(ctx context.Context, outcome ra.AttemptOutcome) error {
	r.job.Write.Attempt.Outcome = outcome
	return r.cfg.Journal.SaveWrite(ctx, r.job.Write)
}

// begun stores that the key's own PIN is about to be set, or is set already.
func (r *run) begun(ctx context.Context, version int, outcome ra.AttemptOutcome) error {
	r.job.Write.AdminPIN, r.job.Write.Attempt.Begun = version, true
	return r.tried(ctx, outcome)
}
