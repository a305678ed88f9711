package book

import (
	"context"
	"slices"
	"strings"
	"time"

	"keyhall/backoffice/ra"
)

// UnitsTx is what moving an order's units takes of a transaction.
type UnitsTx interface {
	OrdersTx
	OwedTx
	SetUnit(ctx context.Context, id string, state ra.UnitState, operationID string) error
	MoveTerm(ctx context.Context, id string, from, to ra.TermState) error
	LockOrder(ctx context.Context, id string) (ra.Order, error)
	PassOn(ctx context.Context, from, to string) (orders []string, err error)
}

// ApprovalTx is what an approval takes of a transaction, whoever comes by it: a reviewer, or a rule once nothing is due any more.
type ApprovalTx interface {
	CasesTx
	UnitsTx
	MessagesTx
	RegisterTx
	NewCodesTx
	Membership(ctx context.Context, id string) (ra.Membership, error)
	InsertTerm(ctx context.Context, t ra.Term, now time.Time) error
	OpenOrdersOn(ctx context.Context, certificates []string) ([]ra.Order, error)
	LockOrganisationOf(ctx context.Context, membershipID string) error
	LiveTargets(ctx context.Context, membershipID string, now time.Time) ([]TargetRecord, error)
	AddUnits(ctx context.Context, o ra.Order, n int) error
	InsertHandler(ctx context.Context, p PersonRecord, now time.Time) error
	HandOver(ctx context.Context, membershipID, login string, now time.Time) error
	SetApplicant(ctx context.Context, membershipID string, a ra.Applicant, now time.Time) error
}

// Rebase brings the applicant of an order up to date, which the caller saves: what was changed since it was placed counts for whatever is
// made for it from now on. While a key is in somebody's hand the order stays as it is, for the certificate that is being made.
func (c Clerk) Rebase(ctx context.Context, tx OrdersTx, o *ra.Order, now ra.Applicant, who Actor) error {
	if o.Applicant == now || o.InHand() {
		return nil
	}
	facts := []string{"fields", strings.Join(o.Applicant.Changes(now), " ")}
	o.Applicant = now
	if err := tx.SetOrderApplicant(ctx, o.ID, now); err != nil {
		return err
	}
	return c.Write(ctx, tx, who, "order.rebase", o.ID, "", facts...)
}

// Cancel gives up what is not done of an order, which ends with it: CodeState; CodeUnitTaken while a unit is in somebody's hand.
func (c Clerk) Cancel(ctx context.Context, tx UnitsTx, o *ra.Order, who Actor, action string, facts ...string) error {
	if o.InHand() {
		return ra.E(ra.CodeUnitTaken)
	}
	return c.ReleaseUnits(ctx, tx, o, func(u ra.Unit) bool { return u.State == ra.UnitWaiting }, who, action, facts...)
}

// ReleaseUnits gives up those units of an order for good that which names, and that must wait, gives back the terms that they hold, and
// keeps what is owed for those that were paid for. With the last one the order ends: done if any unit was done, else cancelled. CodeState.
func (c Clerk) ReleaseUnits(ctx context.Context, tx UnitsTx, o *ra.Order, which func(ra.Unit) bool, who Actor, action string, facts ...string) error {
	if err := o.State.Move(ra.OrderCancelled); err != nil || o.State == ra.OrderCancelled {
		return o.State.Bars(ra.OrderCancelled)
	}
	held := o.State == ra.OrderApproved || o.State == ra.OrderInProgress
	rule, _ := ra.RuleOf(o.Kind, o.Reason)
	for i, u := range o.Units {
		if u.State == ra.UnitReleased || !which(u) {
			continue
		}
		if err := u.State.Move(ra.UnitReleased); err != nil {
			return err
		}
		o.Units[i].State = ra.UnitReleased
		if err := tx.SetUnit(ctx, u.ID, ra.UnitReleased, ""); err != nil {
			return err
		}
		if err := c.owe(ctx, tx, *o, u, action); err != nil {
			return err
		}
		if held && u.Target != nil && rule.Old.AtApproval { // nothing takes the place of the certificate that ended then
			if err := c.OweTerms(ctx, tx, u.Target.CertificateID, action); err != nil {
				return err
			}
		}
		if held && u.TermID != "" {
			if err := tx.MoveTerm(ctx, u.TermID, ra.TermHeld, ra.TermOpen); err != nil {
				return err
			}
		}
	}
	if err := end(o); err != nil {
		return err
	}
	return c.Save(ctx, tx, o, who, action, "", facts...)
}

// ReleaseOn gives up what waits in an order for certificates that are over, or another order's now: of one that was approved already what
// waits on them, else all of it, since its price is for all. False where nothing does: it is in somebody's hand. CodeState.
func (c Clerk) ReleaseOn(ctx context.Context, tx UnitsTx, o *ra.Order, certificates []string, who Actor, action string, facts ...string) (bool, error) {
	open := o.State == ra.OrderOpen
	which := func(u ra.Unit) bool {
		on := u.Target != nil && slices.Contains(certificates, u.Target.CertificateID)
		return u.State == ra.UnitWaiting && (on || open)
	}
	if !slices.ContainsFunc(o.Units, which) {
		return false, nil
	}
	return true, c.ReleaseUnits(ctx, tx, o, which, who, action, facts...)
}

// UnitDone tells an order that a unit is done, which the caller stores, as the order: the term that it held is used, what waited for
// its certificate passes on to the one that took its place (id, "" where none did), and with the last unit the order is done.
func (c Clerk) UnitDone(ctx context.Context, tx UnitsTx, o *ra.Order, who Actor, unitID, replacement string) error {
	for i, u := range o.Units {
		if u.ID != unitID {
			continue
		}
		o.Units[i].State = ra.UnitDone
		if u.TermID != "" {
			if err := tx.MoveTerm(ctx, u.TermID, ra.TermHeld, ra.TermUsed); err != nil {
				return err
			}
		}
		if u.Target != nil && replacement != "" {
			if err := c.passOn(ctx, tx, o.ID, who, u.Target.CertificateID, replacement); err != nil {
				return err
			}
		}
	}
	return end(o)
}

// passOn passes on what waits for a certificate, and tells whoever shows the other orders that it is about another one now.
func (c Clerk) passOn(ctx context.Context, tx UnitsTx, own string, who Actor, from, to string) error {
	if from == to { // nothing took its place
		return nil
	}
	orders, err := tx.PassOn(ctx, from, to)
	if err != nil {
		return err
	}
	for _, id := range orders {
		if id == own { // saved by the caller
			continue
		}
		o, err := tx.LockOrder(ctx, id)
		if err != nil {
			return err
		}
		if err := c.Save(ctx, tx, &o, who, "order.pass_on", to, "from", from); err != nil {
			return err
		}
	}
	return nil
}

// end moves an order that has no unit left to where its units bring it.
func end(o *ra.Order) error {
	if o.Remaining() > 0 {
		return nil
	}
	next := ra.OrderCancelled
	if o.HasDone() {
		next = ra.OrderDone
	}
	if err := o.State.Move(next); err != nil {
		return err
	}
	o.State = next
	return nil
}
