package intake

import (
	"context"
	"slices"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// fixed are the applicant's fields that an amendment leaves: which organisation it is, and where codes go.
var fixed = []string{"organisation.credit_code", "handler.mobile"}

// CheckAccount tells before a registration is filled in whether its login name is free, or its password the right one: field errors,
// CodeLoginKnown (field "password", args: left), CodeLoginPaused. It tells no more than Register, and a wrong password counts as there.
func (in *Intake) CheckAccount(ctx context.Context, kiosk ra.Kiosk, login, password string) error {
	login = ra.NormalLogin(login)
	if err := ra.FieldError("login", ra.CheckLogin(login)); err != nil {
		return err
	}
	if err := ra.FieldError("password", ra.CheckPassword(password)); err != nil {
		return err
	}
	person, err := in.store.PersonByLogin(ctx, login)
	if ra.CodeOf(err) == ra.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return in.knows(ctx, kiosk, person, login, password)
}

// Amend corrects what a member entered of the organisation, its legal representative and the handler, until a review has confirmed them;
// from then on a change is ordered. Open orders follow, and what was scanned of their forms says the old data, so it is asked for again.
// The same again changes nothing. Field errors, CodeForbidden (with the field) for what cannot be amended, CodeState once the member is
// confirmed, or while staff review the papers of an order; CodeOrderSession in the session of one order unless that alone is open.
func (in *Intake) Amend(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, to ra.Applicant, insists []string) (ra.Membership, error) {
	to = to.Normal()
	project, err := in.store.Project(ctx, member.ProjectID)
	if err != nil {
		return ra.Membership{}, err
	}
	at := in.setting(project)
	at.Insisted = insists
	if err := to.Check(at); err != nil {
		return ra.Membership{}, err
	}
	if err := pki.CheckSubject(project.Profile, to); err != nil {
		return ra.Membership{}, err
	}
	var m ra.Membership
	err = in.store.Do(ctx, func(tx Tx) (err error) {
		if m, err = in.amendable(ctx, tx, member, to); err != nil {
			return err
		}
		fields := m.Applicant().Changes(to)
		if len(fields) == 0 {
			return nil
		}
		who := book.CustomerAt(kiosk, m)
		if err := in.follow(ctx, tx, member, m, to, who); err != nil {
			return err
		}
		m.Organisation, m.Legal, m.Handler = to.Organisation, to.Legal, to.Handler
		if err := tx.AmendMembership(ctx, m); err != nil {
			return err
		}
		facts := append([]string{"fields", strings.Join(fields, " ")}, insisted(to.All(in.setting(project)))...)
		return in.clerk.Write(ctx, tx, who, "membership.amend", "", m.ID, facts...)
	})
	return m, err
}

// amendable is the membership as it is, held until the transaction ends.
func (in *Intake) amendable(ctx context.Context, tx Tx, member ra.Membership, to ra.Applicant) (ra.Membership, error) {
	if err := tx.LockOrganisationOf(ctx, member.ID); err != nil { // a review of one of its orders confirms it under the same lock
		return ra.Membership{}, err
	}
	m, err := tx.Membership(ctx, member.ID)
	if err != nil {
		return ra.Membership{}, err
	}
	changes := m.Applicant().Changes(to)
	switch i := slices.IndexFunc(changes, func(id string) bool { return slices.Contains(fixed, id) }); {
	case i >= 0:
		return ra.Membership{}, ra.E(ra.CodeForbidden).At(changes[i])
	case len(changes) > 0 && m.State != ra.MembershipClaimed:
		return ra.Membership{}, ra.E(ra.CodeState, "state", string(m.State))
	}
	return m, nil
}

// follow brings the member's open orders, of the membership as it is now, to the new data.
func (in *Intake) follow(ctx context.Context, tx Tx, member, now ra.Membership, to ra.Applicant, who book.Actor) error {
	all, err := tx.OrdersOfMembership(ctx, now.ID)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(o ra.Order) bool { return o.State != ra.OrderOpen })
	if member.OrderID != "" && (len(all) != 1 || all[0].ID != member.OrderID) { // what was entered is that of others, too
		return ra.E(ra.CodeOrderSession)
	}
	for _, o := range all {
		if o, err = tx.LockOrder(ctx, o.ID); err != nil {
			return err
		}
		if o.State != ra.OrderOpen || o.Materials == ra.MaterialsSubmitted || o.Materials == ra.MaterialsAccepted {
			return ra.E(ra.CodeState, "state", string(o.Materials))
		}
		if err := in.clerk.Rebase(ctx, tx, &o, to.Take(o.Changes, o.Applicant), who); err != nil {
			return err
		}
		if err := in.formAnew(ctx, tx, o); err != nil {
			return err
		}
		if err := in.clerk.Save(ctx, tx, &o, who, "order.amend", now.ID); err != nil {
			return err
		}
	}
	return nil
}

// formAnew asks for the form again: what was scanned of it says what was entered before.
func (in *Intake) formAnew(ctx context.Context, tx Tx, o ra.Order) error {
	if form := o.Paper(ra.MaterialForm); len(form.Pages) == 0 || form.Verdict == ra.VerdictReturned {
		return nil
	}
	again := ra.Material{Kind: ra.MaterialForm, Verdict: ra.VerdictReturned, Reasons: []ra.Reason{{Kind: ra.ReasonDiffers, Material: ra.MaterialForm}}}
	return tx.SetVerdict(ctx, o.ID, again, "", in.clerk.Now())
}
