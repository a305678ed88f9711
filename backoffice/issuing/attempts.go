package issuing

import (
	"context"
	"slices"
	"strconv"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// attempt is one attempt at a key's administrator PIN.
type attempt struct {
	book.AttemptRecord
	look  bool // with the factory's customer PIN too, to see whether the key is blank
	again bool // it was committed before
}

// checkTold checks what the kiosk says that the key tells of its customer's PIN.
func checkTold(a ra.AdminAttempt) error {
	if a.CustomerPINSet && !slices.Contains(ra.TokenPINStates(), a.CustomerPIN) {
		return ra.E(ra.CodeInvalid).At("attempt.customer_pin")
	}
	return nil
}

// tell keeps it.
func tell(key *book.UKey, a ra.AdminAttempt) {
	if a.CustomerPINSet {
		key.PIN = a.CustomerPIN
	}
}

func checkAttempt(a ra.AdminAttempt) error {
	if err := ra.CheckID(a.ID); err != nil {
		return ra.E(ra.CodeInvalid).At("attempt.id")
	}
	if a.Last != nil && (!slices.Contains(ra.AttemptOutcomes(), a.Last.Outcome) || !slices.Contains(ra.BlankLooks(), a.Last.Look)) {
		return ra.E(ra.CodeInvalid).At("attempt.last")
	}
	return checkTold(a)
}

// Administrator commits the next attempt at the key's administrator PIN, before it is made, and releases only the PINs that can
// be on the key now. The same attempt again gets the same answer. When none of them can open the key, or the attempts left are too
// few, or key or target came to their end since, the unit is given back and the error says why. CodeKeyAdminPIN, CodeKeyNotBlank,
// CodeKeyLost, CodeKeyRetired, CodeCertificateOver, CodeCertificateSuspended, CodePresenceOver, CodeTicketDead,
// CodeState, CodeConflict (field "attempt.id"), CodeNotFound, CodeForbidden.
func (is *Issuing) Administrator(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold, a ra.AdminAttempt) (ra.Opening, error) {
	if err := checkAttempt(a); err != nil {
		return ra.Opening{}, err
	}
	var opening ra.Opening
	var refused error
	err := is.withTicket(ctx, kiosk, hold, func(tx Tx, order ra.Order, p book.OperationRecord) (err error) {
		refused = nil
		if p.State != ra.OperationReserved && p.State != ra.OperationIssued || !p.Plan.Has(ra.StepAdministrator) {
			return operationState(p)
		}
		if err := is.mustBePresent(ctx, tx, p, hold.Presence); err != nil {
			return err
		}
		var try *attempt
		if try, refused, err = is.attempt(ctx, tx, kiosk, order, p, a); refused != nil || err != nil {
			return err
		}
		opening, err = is.opening(ctx, tx, p, *try)
		return err
	})
	if refused != nil {
		err = refused
	}
	if err != nil {
		return ra.Opening{}, err
	}
	return opening, nil
}

// attempt commits one more attempt of a live operation, or gives its unit back: refused says why.
func (is *Issuing) attempt(ctx context.Context, tx Tx, kiosk ra.Kiosk, o ra.Order, p book.OperationRecord, a ra.AdminAttempt) (try *attempt, refused, err error) {
	key, refused, err := is.goOn(ctx, tx, kiosk, o, p)
	if refused != nil || err != nil {
		return nil, refused, err
	}
	next, err := is.allow(ctx, tx, &key, p.ID, a)
	if code := ra.CodeOf(err); code == ra.CodeKeyAdminPIN || code == ra.CodeKeyNotBlank {
		return nil, err, is.giveBack(ctx, tx, kiosk, o, p, key, code)
	}
	if err != nil {
		return nil, nil, err
	}
	return &next, nil, is.commitAttempt(ctx, tx, kiosk, p, key, next)
}

// commitAttempt stores an attempt and what it changes of the key's record, and tells of the release of its PINs: of each one, also
// when the same attempt is answered again, perhaps at another kiosk.
func (is *Issuing) commitAttempt(ctx context.Context, tx Tx, kiosk ra.Kiosk, p book.OperationRecord, key book.UKey, a attempt) error {
	now := is.clerk.Now()
	if !a.again {
		if err := tx.SaveUKey(ctx, key, now); err != nil {
			return err
		}
		if err := tx.InsertAdminAttempt(ctx, kiosk.ID, key.Key, a.AttemptRecord, now); err != nil {
			return err
		}
	}
	tried := "none"
	if a.Version != nil {
		tried = strconv.Itoa(*a.Version)
	}
	return is.clerk.Write(ctx, tx, book.KioskActor(kiosk), "pin.release", p.OrderID, p.ID, "serial", key.Key.Serial, "try", tried,
		"set", strconv.Itoa(a.Target), "look", strconv.FormatBool(a.look), "again", strconv.FormatBool(a.again))
}

// allow decides on an attempt; the key's record is held. CodeKeyAdminPIN when no PIN that can be on the key is left to try, or
// only the last try is; CodeKeyNotBlank when the key has a customer PIN of somebody else's; CodeConflict.
func (is *Issuing) allow(ctx context.Context, tx Tx, key *book.UKey, operationID string, a ra.AdminAttempt) (attempt, error) {
	tell(key, a)
	rule, err := tx.AdminPINRule(ctx, key.Model)
	if err != nil {
		return attempt{}, err
	}
	past, err := tx.AdminAttempts(ctx, key.Key, target(*key))
	if err != nil {
		return attempt{}, err
	}
	if i := slices.IndexFunc(past, func(r book.AttemptRecord) bool { return r.ID == a.ID }); i >= 0 {
		if past[i].OperationID != operationID {
			return attempt{}, ra.E(ra.CodeConflict).At("attempt.id")
		}
		return attempt{AttemptRecord: past[i], look: ofFactory(past[i]) && key.Look == ra.LookAllowed, again: true}, nil
	}
	if err := is.learn(ctx, tx, key, operationID, past, rule, a); err != nil {
		return attempt{}, err
	}
	return next(key, operationID, past, rule, a)
}

// next is the attempt that comes after those of the past.
func next(key *book.UKey, operationID string, past []book.AttemptRecord, rule book.AdminPINRule, a ra.AdminAttempt) (attempt, error) {
	try := attempt{AttemptRecord: book.AttemptRecord{ID: a.ID, OperationID: operationID, Target: target(*key), Outcome: ra.AttemptUnknown, Begun: true}}
	if !a.Initialized {
		return try, nil
	}
	version, ok := likeliest(*key, past, rule, a)
	if !ok {
		return try, ra.E(ra.CodeKeyAdminPIN, "serial", key.Key.Serial)
	}
	try.Version = &version
	if version > 0 || !a.CustomerPINSet || key.Look == ra.LookBlank {
		return try, nil
	}
	if !mayLook(*key, rule, a) {
		return try, ra.E(ra.CodeKeyNotBlank, "serial", key.Key.Serial)
	}
	key.Look, try.look = ra.LookAllowed, true
	return try, nil
}

// target is the version of the administrator PIN that is to be on the key in the end.
func target(key book.UKey) int { return max(key.AdminPIN, key.Pending) }

func ofFactory(r book.AttemptRecord) bool { return r.Version != nil && *r.Version == 0 }

// mayLook: the factory's customer PIN is tried once on a key that the register has not made, and once more only where the key
// itself says that the first time did no harm.
func mayLook(key book.UKey, rule book.AdminPINRule, a ra.AdminAttempt) bool {
	if len(rule.Customer) == 0 || a.CustomerPIN != ra.TokenPINOK {
		return false
	}
	return key.Look == ra.LookNone || key.Look == ra.LookAllowed && rule.Tells
}

// likeliest chooses among the versions that can be on the key: the one being set, when setting it may have been begun, and the one
// known before. One that was wrong since the last right attempt is out, and the last try of the key is never spent: every attempt
// whose outcome nobody knows counts as a wrong one.
func likeliest(key book.UKey, past []book.AttemptRecord, rule book.AdminPINRule, a ra.AdminAttempt) (version int, ok bool) {
	if a.State == ra.TokenPINFinal || a.State == ra.TokenPINLocked {
		return 0, false
	}
	begun, spent, wrong := false, 0, map[int]bool{}
	for _, r := range past {
		begun = begun || r.Begun
		if r.Version == nil {
			continue
		}
		switch r.Outcome {
		case ra.AttemptRight:
			spent, wrong = 0, map[int]bool{}
		case ra.AttemptWrong:
			spent, wrong[*r.Version] = spent+1, true
		case ra.AttemptUnknown:
			spent++
		}
	}
	if spent >= rule.Tries-1 {
		return 0, false
	}
	if key.Pending != 0 && begun && !wrong[key.Pending] {
		return key.Pending, true
	}
	return key.AdminPIN, !wrong[key.AdminPIN]
}

// learn puts into the past what the kiosk says of the attempt before, and what the key itself tells.
func (is *Issuing) learn(ctx context.Context, tx Tx, key *book.UKey, operationID string, past []book.AttemptRecord, rule book.AdminPINRule, a ra.AdminAttempt) error {
	for i := range past {
		r := &past[i]
		was := *r
		switch {
		case a.Last != nil && a.Last.ID == r.ID && r.OperationID == operationID:
			learnFromKiosk(key, r, *a.Last)
		case r.Outcome != ra.AttemptUnknown || !rule.Tells:
		case a.State == ra.TokenPINOK:
			r.Outcome = ra.AttemptVoid // made or not, it cost nothing
		case a.State == ra.TokenPINLow && i == len(past)-1:
			r.Outcome, r.Begun = ra.AttemptWrong, false
		}
		if *r != was {
			if err := tx.SetAdminAttempt(ctx, *r); err != nil {
				return err
			}
		}
	}
	return nil
}

func learnFromKiosk(key *book.UKey, r *book.AttemptRecord, said ra.AttemptResult) {
	if r.Outcome == ra.AttemptUnknown && said.Outcome != ra.AttemptUnknown {
		r.Outcome, r.Begun = said.Outcome, said.Begun && said.Outcome == ra.AttemptRight
	}
	if key.Look != ra.LookAllowed || !ofFactory(*r) {
		return
	}
	switch {
	case said.Look == ra.LookBlank || said.Look == ra.LookForeign:
		key.Look = said.Look
	case said.Outcome == ra.AttemptVoid || said.Outcome == ra.AttemptWrong: // the look comes after it
		key.Look = ra.LookNone
	}
}
