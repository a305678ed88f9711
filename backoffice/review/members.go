package review

import (
	"context"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// confirmApplicant confirms the membership whose order was accepted in review. The member's registered mobile and the organisation's
// other confirmed members are told.
func (r *Review) confirmApplicant(ctx context.Context, tx Tx, staff ra.Staff, o ra.Order) error {
	m, fresh, err := r.confirm(ctx, tx, book.StaffActor(staff), o.MembershipID, o.ID)
	if err != nil || !fresh {
		return err
	}
	if err := r.messages.MemberConfirmed(ctx, tx, o, m); err != nil {
		return err
	}
	return colleagues(ctx, tx, m, func(mobile string) error { return r.messages.ColleagueConfirmed(ctx, tx, o, mobile, m) })
}

// ConfirmMember confirms a membership for which a key of its organisation signed at the kiosk; the same are told.
func (r *Review) ConfirmMember(ctx context.Context, tx book.MembersTx, who book.Actor, kiosk ra.Kiosk, membershipID string, key ra.ActingKey) error {
	m, fresh, err := r.confirm(ctx, tx, who, membershipID, "", "certificate", key.CertificateID, "serial", key.Key.Serial)
	if err != nil || !fresh {
		return err
	}
	to := book.Told{PersonID: m.PersonID, Name: m.Handler.Name, ProjectID: m.ProjectID, Kiosk: kiosk}
	if to.Mobile, err = tx.RegisteredMobile(ctx, m.ID); err != nil {
		return err
	}
	if err := r.messages.MemberByKey(ctx, tx, to, m, key.Key); err != nil {
		return err
	}
	return colleagues(ctx, tx, m, func(mobile string) error {
		return r.messages.ColleagueByKey(ctx, tx, book.Told{Mobile: mobile, ProjectID: m.ProjectID, Kiosk: kiosk}, m, key.Key)
	})
}

// confirm confirms a membership, once: fresh tells whether it was not before.
func (r *Review) confirm(ctx context.Context, tx book.MembersTx, who book.Actor, id, orderID string, facts ...string) (m ra.Membership, fresh bool, err error) {
	if m, err = tx.Membership(ctx, id); err != nil || m.State == ra.MembershipConfirmed {
		return m, false, err
	}
	if err := tx.LockOrganisationOf(ctx, m.ID); err != nil { // one of two who confirm them does
		return m, false, err
	}
	if m, err = tx.Membership(ctx, m.ID); err != nil || m.State == ra.MembershipConfirmed {
		return m, false, err
	}
	if err := tx.ConfirmMembership(ctx, m, r.clerk.Now()); err != nil {
		return m, false, err
	}
	return m, true, r.clerk.Write(ctx, tx, who, "membership.confirm", orderID, m.ID, facts...)
}

// colleagues tells the organisation's other confirmed members.
func colleagues(ctx context.Context, tx book.MembersTx, m ra.Membership, tell func(mobile string) error) error {
	mobiles, err := tx.ColleaguesMobiles(ctx, m.ID)
	if err != nil {
		return err
	}
	for _, mobile := range mobiles {
		if err := tell(mobile); err != nil {
			return err
		}
	}
	return nil
}
