package issuing

import (
	"context"
	"slices"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// work is what a reservation is about.
type work struct {
	order     ra.Order       // zero where none asked for it
	rule      ra.ServiceRule // of the order; only with the plan where none asked
	projectID string
	unit      ra.Unit
	target    ra.Certificate // zero for a blank key that takes no certificate's place
}

// asked finds the order of a reservation, held, and its row of the table of services: CodeConflict (field "plan") for another plan than
// its own. Where no order asks, only a plan is possible that no service has: CodeRequired (field "order_id").
func (is *Issuing) asked(ctx context.Context, tx Tx, member ra.Membership, r ra.Reservation) (work, error) {
	if r.OrderID == "" {
		ofService := slices.ContainsFunc(ra.ServiceRules(), func(s ra.ServiceRule) bool { return s.Plan == r.Plan })
		if ofService || r.Plan.Steps() == nil {
			return work{}, ra.E(ra.CodeRequired).At("order_id")
		}
		if member.OrderID != "" { // the session is about one order, which this is not
			return work{}, ra.E(ra.CodeOrderSession)
		}
		return work{rule: ra.ServiceRule{Plan: r.Plan}, projectID: member.ProjectID}, nil
	}
	order, err := is.intake.LockWork(ctx, tx, member, r.OrderID)
	if err != nil {
		return work{}, err
	}
	rule, ok := ra.RuleOf(order.Kind, order.Reason)
	if !ok || rule.Plan == ra.PlanNone || r.Plan != "" && r.Plan != rule.Plan {
		return work{}, ra.E(ra.CodeConflict).At("plan")
	}
	return work{order: order, rule: rule, projectID: order.ProjectID}, nil
}

// choose finds the unit and the target, which is held and must be on the key, unless that is a blank one: CodeUnitTaken,
// CodeNoUnitLeft, CodeNotFound, CodeKeyWrong, and what fits says.
func (is *Issuing) choose(ctx context.Context, tx Tx, member ra.Membership, project ra.Project, w *work, r ra.Reservation) (err error) {
	blank := w.rule.Plan.Blank()
	if w.order.ID != "" {
		if w.unit, err = waitingUnit(w.order, r.CertificateID, blank); err != nil {
			return err
		}
	}
	if blank {
		if w.unit.Target == nil {
			return nil
		}
		if w.target, err = tx.LockCertificate(ctx, w.unit.Target.CertificateID); err != nil {
			return err
		}
		return w.fits(project, is.clerk.Now())
	}
	if ra.CheckID(r.CertificateID) != nil {
		return ra.E(ra.CodeNotFound).At("certificate_id")
	}
	w.target, err = tx.LockTarget(ctx, r.CertificateID, member.ID)
	if ra.CodeOf(err) == ra.CodeNotFound {
		return ra.E(ra.CodeNotFound).At("certificate_id")
	}
	if err != nil {
		return err
	}
	if w.target.Key != r.Key {
		return ra.E(ra.CodeKeyWrong, "expected", w.target.Key.Serial, "found", r.Key.Serial).At("key")
	}
	return w.fits(project, is.clerk.Now())
}

// fits tells whether the target can be worked on now, and what was ordered for it done: CodeCertificateOver,
// CodeCertificateSuspended, CodeWindowOver (args: until).
func (w work) fits(project ra.Project, now time.Time) error {
	if err := w.lives(); err != nil || w.target.ID == "" || w.order.ID == "" {
		return err
	}
	return ra.FieldError("certificate_id", w.rule.CheckEnd(project.Window, w.target.NotAfter, now))
}

// lives tells whether the target is still in use. What a blank key takes the place of is over already: CodeCertificateOver,
// CodeCertificateSuspended.
func (w work) lives() error {
	switch s := w.target.State; {
	case w.target.ID == "" || w.rule.Plan.Blank() || s == ra.CertificateActive || s == ra.CertificateIssued && w.rule.Plan.Has(ra.StepFetch):
		return nil
	case s == ra.CertificateSuspended:
		return ra.E(ra.CodeCertificateSuspended).At("certificate_id")
	default:
		return ra.E(ra.CodeCertificateOver, "state", string(s)).At("certificate_id")
	}
}

// waitingUnit is the first unit that waits, of those on a target that one: CodeUnitTaken when it is being made, CodeNoUnitLeft when none
// is left, CodeConflict (field "certificate_id") when no unit is about that certificate, or no more: another took its place.
func waitingUnit(o ra.Order, certificateID string, blank bool) (ra.Unit, error) {
	refused := ra.E(ra.CodeConflict).At("certificate_id")
	for _, u := range o.Units {
		switch named := blank || u.Target != nil && u.Target.CertificateID == certificateID; {
		case !named:
		case u.State == ra.UnitWaiting:
			return u, nil
		case u.State == ra.UnitReserved || u.State == ra.UnitIssued:
			refused = ra.E(ra.CodeUnitTaken)
		case ra.CodeOf(refused) != ra.CodeUnitTaken:
			refused = ra.E(ra.CodeNoUnitLeft)
		}
	}
	return ra.Unit{}, refused
}

// checkIssuable makes sure, before anything is bound, that the certificate can be issued, where the plan makes one.
func (is *Issuing) checkIssuable(project ra.Project, w work) error {
	if !w.rule.Plan.Has(ra.StepCertificate) {
		return nil
	}
	if err := pki.CheckSubject(project.Profile, w.order.Applicant); err != nil {
		return err
	}
	return pki.CheckWithinCA(is.issuer.Chain(), is.clerk.Now(), w.end(is.clerk.Now()))
}

// takeKey holds the key's record and, where the plan sets an administrator PIN, commits its next version as pending. A pending one that
// was never confirmed is used again: it may be on the key. Finishes is the id of the operation on the key that the new one ends. The caller
// saves the record.
func (is *Issuing) takeKey(ctx context.Context, tx Tx, kiosk ra.Kiosk, project ra.Project, w work, identity ra.KeyIdentity) (key book.UKey, finishes string, err error) {
	model, ok := project.ModelOf(identity)
	if !ok {
		return key, "", ra.E(ra.CodeKeyUnknownModel, "model", identity.Model).At("key.model")
	}
	now := is.clerk.Now()
	if key, err = tx.LockUKey(ctx, identity, model.ID, now); err != nil {
		return key, "", err
	}
	if err := usable(project, w, key); err != nil {
		return key, "", err
	}
	if finishes, err = is.makeWay(ctx, tx, kiosk, w, identity); err != nil {
		return key, "", err
	}
	if !w.rule.Plan.Has(ra.StepAdminPIN) {
		return key, finishes, nil
	}
	if key.Pending == 0 {
		key.Pending = key.AdminPIN + 1
		if err := is.newAdminPIN(ctx, tx, key, key.Pending); err != nil {
			return key, "", err
		}
	}
	return key, finishes, nil
}

// lives says what a key must be for a plan, by whether the plan is for blank ones; a key whose first certificate is not proven yet is
// still blank.
var lives = map[bool][]ra.KeyLife{true: {ra.KeyBlank}, false: {ra.KeyActive, ra.KeyBlank}}

// usable tells whether the plan is for such a key: CodeKeyLost, CodeKeyRetired, CodeKeyInUse, CodeKeyNotBlank, CodeKeyUnmanaged (a key
// whose administrator PIN nobody knows), CodeKeyUnknownModel.
func usable(project ra.Project, w work, key book.UKey) error {
	if err := gone(key); err != nil {
		return err
	}
	blank := w.rule.Plan.Blank()
	switch {
	case !slices.Contains(lives[blank], key.Life):
		return ra.E(ra.CodeKeyInUse)
	case blank && key.Look == ra.LookForeign:
		return ra.E(ra.CodeKeyNotBlank, "serial", key.Key.Serial)
	case !slices.ContainsFunc(project.Models, func(m ra.UKeyModel) bool { return m.ID == key.Model }):
		return ra.E(ra.CodeKeyUnknownModel, "model", key.Key.Model).At("key.model")
	}
	return w.rule.CheckKey(key.Key, key.AdminPIN != 0)
}

// gone tells of a key that another took the place of: CodeKeyLost, CodeKeyRetired.
func gone(key book.UKey) error {
	switch key.Life {
	case ra.KeyLost:
		return ra.E(ra.CodeKeyLost)
	case ra.KeyDamaged:
		return ra.E(ra.CodeKeyRetired)
	}
	return nil
}

// goOn holds the target and the key of an operation before something is released for it. Where one of them came to its end since the
// reservation the unit is given back, and refused says which; a target that is suspended is waited for. CodeKeyLost, CodeKeyRetired,
// CodeCertificateOver, CodeCertificateSuspended.
func (is *Issuing) goOn(ctx context.Context, tx Tx, kiosk ra.Kiosk, o ra.Order, p book.OperationRecord) (key book.UKey, refused, err error) {
	w, err := is.workOf(ctx, tx, o, p)
	if err != nil {
		return key, nil, err
	}
	if key, err = tx.LockUKey(ctx, p.Key, p.Model, is.clerk.Now()); err != nil {
		return key, nil, err
	}
	if refused = gone(key); refused == nil {
		refused = w.lives()
	}
	if refused == nil || ra.CodeOf(refused) == ra.CodeCertificateSuspended {
		return key, nil, refused
	}
	return key, refused, is.giveBack(ctx, tx, kiosk, o, p, key, ra.CodeOf(refused))
}

// makeWay sees to what is unfinished on the key: what no order asked for ends, since whoever may begin here may have begun it; a write
// whose certificate only has to be proven loses its ticket to a plan that proves it; anything else is CodeKeyInUse.
func (is *Issuing) makeWay(ctx context.Context, tx Tx, kiosk ra.Kiosk, w work, key ra.KeyIdentity) (finishes string, err error) {
	live, err := tx.LiveOperations(ctx, key)
	for _, p := range live {
		switch {
		case p.OrderID == "":
			err = is.end(ctx, tx, kiosk, p)
		case p.ID == w.target.OperationID && w.target.State == ra.CertificateIssued:
			finishes = p.ID
			err = tx.EndTicket(ctx, p.ID, is.clerk.Now())
		default:
			err = ra.E(ra.CodeKeyInUse)
		}
		if err != nil {
			return "", err
		}
	}
	return finishes, err
}

// end ends an operation that no order asked for.
func (is *Issuing) end(ctx context.Context, tx Tx, kiosk ra.Kiosk, p book.OperationRecord) error {
	if err := tx.SetOperationState(ctx, p, ra.OperationReleased, is.clerk.Now()); err != nil {
		return err
	}
	if err := tx.EndPresence(ctx, p.ID); err != nil {
		return err
	}
	return is.clerk.Write(ctx, tx, book.KioskActor(kiosk), "operation.end", "", p.ID, "serial", p.Key.Serial)
}

// workOf is the work that an operation was reserved for, the target held.
func (is *Issuing) workOf(ctx context.Context, tx Tx, o ra.Order, p book.OperationRecord) (work, error) {
	rule, ok := ra.RuleOf(o.Kind, o.Reason)
	if !ok {
		rule.Plan = p.Plan
	}
	w := work{order: o, rule: rule, projectID: p.ProjectID, unit: o.Unit(p.UnitID)}
	if p.TargetID == "" {
		return w, nil
	}
	var err error
	w.target, err = tx.LockCertificate(ctx, p.TargetID)
	return w, err
}

// end is when a certificate ends that is made now: a new one its term from now, one that takes another's place with the other, or its
// term after that.
func (w work) end(now time.Time) time.Time {
	switch {
	case w.target.ID == "":
		return ra.TermEnd(now, w.unit.TermMonths)
	case w.unit.TermMonths == 0:
		return w.target.NotAfter
	}
	return ra.ExtendedEnd(w.target.NotAfter, now, w.unit.TermMonths)
}
