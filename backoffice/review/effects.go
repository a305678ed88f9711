package review

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// ApproveByRule approves an open order once nothing is due any more, where nobody has to review it, or somebody has already; any other
// stays as it is. What a reviewer accepted of an applicant who was changed since goes back to review.
func (r *Review) ApproveByRule(ctx context.Context, tx book.ApprovalTx, o *ra.Order) error {
	if o.State != ra.OrderOpen || o.Materials != ra.MaterialsAccepted || !o.Payment.Settled() {
		return nil
	}
	if !slices.ContainsFunc(o.Papers, func(m ra.Material) bool { return m.Kind != ra.MaterialRemittance }) {
		return r.takeEffect(ctx, tx, o, book.RuleActor(), "rule", "no papers asked for "+string(o.Kind))
	}
	seen := o.Applicant
	if err := r.rebase(ctx, tx, o, ra.ServiceRule{}, book.RuleActor()); err != nil {
		return err
	}
	if o.Applicant != seen {
		o.Materials = ra.MaterialsSubmitted
		return r.clerk.Save(ctx, tx, o, book.RuleActor(), "order.review_again", "")
	}
	return r.takeEffect(ctx, tx, o, book.RuleActor(), "rule", "accepted in review before it was paid")
}

// takeEffect approves an order, with what the table of services says of one: the other orders on its certificates, the applicant's new
// data, the old certificates, terms, the code. Where nothing is written the order is done with it.
func (r *Review) takeEffect(ctx context.Context, tx book.ApprovalTx, o *ra.Order, who book.Actor, facts ...string) error {
	rule, _ := ra.RuleOf(o.Kind, o.Reason)
	now := r.clerk.Now()
	o.State, o.Materials, o.ApprovedAt, o.Returned = ra.OrderApproved, ra.MaterialsAccepted, &now, nil
	for _, effect := range []func(context.Context, book.ApprovalTx, *ra.Order, ra.ServiceRule, book.Actor) error{
		r.recount, r.overtake, r.changeData, r.rebase, r.retireTargets, r.holdTerms,
	} {
		if err := effect(ctx, tx, o, rule, who); err != nil {
			return err
		}
	}
	if err := r.clerk.Save(ctx, tx, o, who, "order.approve", "", facts...); err != nil {
		return err
	}
	if rule.Plan == ra.PlanNone || len(o.Units) == 0 {
		return r.finish(ctx, tx, o, rule, who)
	}
	if rule.Code {
		return r.sendCode(ctx, tx, *o)
	}
	return r.messages.Ready(ctx, tx, *o)
}

// changeData makes the applicant's new data what is believed; the old mobile is told of another one.
func (r *Review) changeData(ctx context.Context, tx book.ApprovalTx, o *ra.Order, rule ra.ServiceRule, who book.Actor) error {
	if rule.Changes == ra.PartNone {
		return nil
	}
	if err := tx.LockOrganisationOf(ctx, o.MembershipID); err != nil {
		return err
	}
	m, err := tx.Membership(ctx, o.MembershipID)
	if err != nil {
		return err
	}
	before := m.Applicant()
	after := before.Take(o.Changes, o.Applicant)
	if after.Handler.Mobile != before.Handler.Mobile {
		if err := r.messages.MobileChanged(ctx, tx, *o, m); err != nil {
			return err
		}
	}
	if slices.Contains(o.Changes, "handler.id_number") && after.Handler.Mobile != before.Handler.Mobile {
		if err := r.handOver(ctx, tx, o, m, after.Handler, who); err != nil {
			return err
		}
	}
	if err := tx.SetApplicant(ctx, m.ID, after, r.clerk.Now()); err != nil {
		return err
	}
	return r.clerk.Write(ctx, tx, who, "applicant.change", o.ID, m.ID, "fields", strings.Join(o.Changes, " "))
}

// handOver ends the membership for who was the handler, and gives it with all its orders to the new one: found by their mobile, or new and
// without a password, which they set with a code to that mobile.
func (r *Review) handOver(ctx context.Context, tx book.ApprovalTx, o *ra.Order, m ra.Membership, to ra.Person, who book.Actor) error {
	id, err := r.clerk.ID()
	if err != nil {
		return err
	}
	now := r.clerk.Now()
	if err := tx.InsertHandler(ctx, book.PersonRecord{ID: id, Login: to.Mobile, Mobile: to.Mobile}, now); err != nil {
		return err
	}
	if err := tx.HandOver(ctx, m.ID, to.Mobile, now); err != nil {
		return err
	}
	return r.clerk.Write(ctx, tx, who, "membership.hand_over", o.ID, m.ID, "from", m.PersonID)
}

// rebase brings the applicant up to date: another order may have changed them since this one was placed.
func (r *Review) rebase(ctx context.Context, tx book.ApprovalTx, o *ra.Order, _ ra.ServiceRule, who book.Actor) error {
	m, err := tx.Membership(ctx, o.MembershipID)
	if err != nil {
		return err
	}
	return r.clerk.Rebase(ctx, tx, o, m.Applicant().Take(o.Changes, o.Applicant), who)
}

// retireTargets ends the certificates that are not in use from the approval on.
func (r *Review) retireTargets(ctx context.Context, tx book.ApprovalTx, o *ra.Order, rule ra.ServiceRule, who book.Actor) error {
	if !rule.Old.AtApproval {
		return nil
	}
	for _, id := range o.Targets() {
		if err := r.register.Retire(ctx, tx, who, *o, id, rule.Old); err != nil {
			return err
		}
	}
	return nil
}

// recount adds a unit for each certificate that became active since an order was placed which is on all of them. Nobody asked a price for
// it, so it costs nothing.
// They are held by overtake, which comes next, after the orders that are on them.
func (r *Review) recount(ctx context.Context, tx book.ApprovalTx, o *ra.Order, rule ra.ServiceRule, who book.Actor) error {
	if rule.Targets != ra.TargetsLive || rule.WhereRewritten {
		return nil
	}
	live, err := tx.LiveTargets(ctx, o.MembershipID, r.clerk.Now())
	live = slices.DeleteFunc(live, func(t book.TargetRecord) bool { return slices.Contains(o.Targets(), t.CertificateID) })
	if err != nil || len(live) == 0 {
		return err
	}
	project, err := tx.Project(ctx, o.ProjectID)
	if err != nil {
		return err
	}
	offered := project.ServicesFor(o.Kind, o.Reason)
	if len(offered) == 0 { // the catalogue lists it no more
		return ra.E(ra.CodeForbidden)
	}
	o.Lines = append(o.Lines, ra.Line{ServiceID: offered[0].ID, Name: offered[0].Name, Quantity: len(live)})
	for _, t := range live {
		id, err := r.clerk.ID()
		if err != nil {
			return err
		}
		o.Units = append(o.Units, ra.Unit{ID: id, OrderID: o.ID, Index: len(o.Units) + 1, ServiceID: offered[0].ID, State: ra.UnitWaiting,
			Target: t.Target()})
	}
	if err := tx.AddUnits(ctx, *o, len(live)); err != nil {
		return err
	}
	return r.clerk.Write(ctx, tx, who, "order.recount", o.ID, "", "units", strconv.Itoa(len(live)))
}

// overtake ends the other orders on the order's certificates, where it does: of one that was approved already what waits on them, else all
// of it, since its price is for all. The orders are locked before the certificates, which are held then: what took the place of one
// while its row was waited for is what the order is on.
func (r *Review) overtake(ctx context.Context, tx book.ApprovalTx, o *ra.Order, rule ra.ServiceRule, who book.Actor) error {
	for {
		targets := o.Targets()
		if rule.Overtakes {
			if err := r.endOthers(ctx, tx, *o, who); err != nil {
				return err
			}
		}
		for _, id := range targets {
			if _, err := tx.LockCertificate(ctx, id); err != nil {
				return err
			}
		}
		now, err := tx.Order(ctx, o.ID)
		if err != nil {
			return err
		}
		if o.Units = now.Units; slices.Equal(targets, o.Targets()) {
			return nil
		}
	}
}

func (r *Review) endOthers(ctx context.Context, tx book.ApprovalTx, o ra.Order, who book.Actor) error {
	open, err := tx.OpenOrdersOn(ctx, o.Targets())
	if err != nil {
		return err
	}
	for _, other := range open {
		if other.ID == o.ID {
			continue
		}
		if err := r.end(ctx, tx, other.ID, o, who); err != nil {
			return err
		}
	}
	return nil
}

// end gives up what waits in an order for the certificates of another, which overtook it; its customer is told.
func (r *Review) end(ctx context.Context, tx book.ApprovalTx, id string, by ra.Order, who book.Actor) error {
	o, err := tx.LockOrder(ctx, id)
	if err != nil {
		return err
	}
	ended, err := r.clerk.ReleaseOn(ctx, tx, &o, by.Targets(), who, "order.overtaken", "by", by.Number)
	rule, _ := ra.RuleOf(by.Kind, by.Reason)
	if err != nil || !ended && !rule.Old.AtApproval { // what is in somebody's hand goes on while its certificate is in use
		return err
	}
	return r.messages.Overtaken(ctx, tx, o, by)
}

// holdTerms holds the terms that the order's units use.
func (r *Review) holdTerms(ctx context.Context, tx book.ApprovalTx, o *ra.Order, _ ra.ServiceRule, _ book.Actor) error {
	for _, u := range o.Units {
		if u.TermID == "" {
			continue
		}
		if err := tx.MoveTerm(ctx, u.TermID, ra.TermOpen, ra.TermHeld); err != nil {
			return err
		}
	}
	return nil
}

// finish ends an approved order for which nothing is written: its units are done, each with the term that it makes.
func (r *Review) finish(ctx context.Context, tx book.ApprovalTx, o *ra.Order, rule ra.ServiceRule, who book.Actor) error {
	for i, u := range o.Units {
		if err := rule.MoveUnit(u.State, ra.UnitDone); err != nil {
			return err
		}
		o.Units[i].State = ra.UnitDone
		if err := tx.SetUnit(ctx, u.ID, ra.UnitDone, ""); err != nil {
			return err
		}
		if rule.Terms != ra.TermsMade {
			continue
		}
		id, err := r.clerk.ID()
		if err != nil {
			return err
		}
		term := ra.Term{ID: id, CertificateID: u.Target.CertificateID, UnitID: u.ID, Months: u.TermMonths, State: ra.TermOpen}
		if err := tx.InsertTerm(ctx, term, r.clerk.Now()); err != nil {
			return err
		}
	}
	o.State = ra.OrderDone
	if err := r.clerk.Save(ctx, tx, o, who, "order.done", ""); err != nil {
		return err
	}
	return r.messages.Done(ctx, tx, *o)
}
