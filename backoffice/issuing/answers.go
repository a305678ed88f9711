package issuing

import (
	"context"
	"strconv"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// release is the answer to Reserve and Resume; it counts once the transaction is committed.
func (is *Issuing) release(ctx context.Context, tx Tx, now inHand) (ra.Release, error) {
	p := now.operation
	project, err := tx.Project(ctx, p.ProjectID)
	if err != nil {
		return ra.Release{}, err
	}
	r := ra.Release{Operation: p.Operation, Profile: project.Profile, Presence: now.presence}
	if r.Ticket, err = is.ticket(p); err != nil {
		return ra.Release{}, err
	}
	if err := is.releaseTarget(ctx, tx, p, &r); err != nil {
		return ra.Release{}, err
	}
	if err := is.releaseUnit(ctx, tx, now, &r); err != nil {
		return ra.Release{}, err
	}
	if now.attempt != nil {
		opening, err := is.opening(ctx, tx, p, *now.attempt)
		if err != nil {
			return ra.Release{}, err
		}
		r.Opening = &opening
	}
	for _, m := range project.Models {
		if m.ID == p.Model {
			r.PINMin, r.PINMax = m.PINMin, m.PINMax
		}
	}
	return r, nil
}

// releaseUnit adds what the order says: whom the certificate is for, and how many keys are left.
func (is *Issuing) releaseUnit(ctx context.Context, tx Tx, now inHand, r *ra.Release) (err error) {
	p, order := now.operation, now.order
	if p.OrderID == "" {
		return nil
	}
	if order.ID == "" {
		if order, err = tx.Order(ctx, p.OrderID); err != nil {
			return err
		}
	}
	r.Unit, r.Remaining = order.Unit(p.UnitID), order.Remaining()
	r.Label = label(order, p.UnitID)
	r.Subject, err = pki.Subject(r.Profile, order.Applicant)
	return err
}

// label is what pair and certificate of a unit are called on the key.
func label(o ra.Order, unitID string) string {
	return o.Number + "/" + strconv.Itoa(o.Unit(unitID).Index)
}

// releaseTarget adds the certificate that the key has, and what it is called there from now on.
func (is *Issuing) releaseTarget(ctx context.Context, tx Tx, p book.OperationRecord, r *ra.Release) error {
	if p.Plan.Blank() {
		return nil
	}
	c, err := tx.CertificateByID(ctx, p.TargetID)
	if err != nil {
		return err
	}
	order, err := tx.Order(ctx, c.OrderID)
	if err != nil {
		return err
	}
	r.Label = label(order, c.UnitID)
	r.Target = &ra.Target{CertificateID: c.ID, Certificate: c.DER, Chain: is.revoker.ChainOf(c.Authority)}
	if p.Plan.Has(ra.StepRelabel) {
		r.Target.Label = ra.OldLabel + r.Label
	}
	return nil
}
