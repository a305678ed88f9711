package intake

import (
	"context"
	"errors"
	"slices"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// Register makes somebody a member of an organisation in a project. A login name that is not known yet begins a person with
// that password; a known one asks for its own, and the tries count. The same id with the same content again gives the same
// answer, and a membership that is there already is the answer too. Field errors, CodeAgreementUnread, CodeLoginKnown (field
// "password", args: left), CodeLoginPaused, CodeMobileDiffers (field "handler.mobile"), CodeForbidden, CodeConflict; where the project wants
// a new person's mobile proven, also CodeRequired, CodeSMSCodeWrong (args: left), CodeSMSCodeOver (field "mobile_code").
func (in *Intake) Register(ctx context.Context, kiosk ra.Kiosk, r ra.Registration) (ra.Membership, error) {
	r = normalRegistration(r)
	if err := ra.FieldError("id", ra.CheckID(r.ID)); err != nil {
		return ra.Membership{}, err
	}
	project, err := in.offered(ctx, kiosk, r.ProjectID)
	if err != nil {
		return ra.Membership{}, err
	}
	if err := r.Validate(in.setting(project)); err != nil {
		return ra.Membership{}, err
	}
	person, err := in.store.PersonByLogin(ctx, r.Login)
	if ra.CodeOf(err) == ra.CodeNotFound {
		var m ra.Membership
		if m, err = in.registerPerson(ctx, kiosk, project, r); ra.CodeOf(err) != ra.CodeLoginTaken {
			return m, err
		}
		person, err = in.store.PersonByLogin(ctx, r.Login) // another request was first with the login name
	}
	if err != nil {
		return ra.Membership{}, err
	}
	if err := in.knows(ctx, kiosk, person, r.Login, r.Password); err != nil {
		return ra.Membership{}, err
	}
	return in.join(ctx, kiosk, person, r)
}

// knows tells whether somebody who registers with a known login name knows its password. The tries count.
func (in *Intake) knows(ctx context.Context, kiosk ra.Kiosk, person book.PersonRecord, login, password string) error {
	err := in.passwords.Check(ctx, login, person.Password, password, nil)
	if refused := in.loginRefused(ctx, kiosk, person.ID, err); refused != nil {
		return errors.Join(err, refused)
	}
	if ra.CodeOf(err) == ra.CodeLoginWrong {
		return ra.Retold(ra.CodeLoginKnown, "password", err) // of a wrong password: the login name is known
	}
	return err
}

// offered is a project that the kiosk offers: CodeForbidden.
func (in *Intake) offered(ctx context.Context, kiosk ra.Kiosk, projectID string) (ra.Project, error) {
	if err := in.fleet.MustOffer(ctx, in.store, kiosk, projectID); err != nil {
		return ra.Project{}, err
	}
	return in.store.Project(ctx, projectID)
}

// registerPerson makes a person with their first membership. Where the project asks for it, their mobile is theirs as the code shows that
// was sent to it.
func (in *Intake) registerPerson(ctx context.Context, kiosk ra.Kiosk, project ra.Project, r ra.Registration) (ra.Membership, error) {
	hash, err := in.passwords.Hash(ctx, r.Password)
	if err != nil {
		return ra.Membership{}, err
	}
	id, err := in.clerk.ID()
	if err != nil {
		return ra.Membership{}, err
	}
	person := book.PersonRecord{ID: id, Login: r.Login, Mobile: r.Handler.Mobile, Password: hash}
	var m ra.Membership
	err = book.Kept(ctx, in.store, func(tx Tx) (refused, err error) {
		if project.ProveMobile {
			refused, err = in.mobiles.CheckMobileCode(ctx, tx, kiosk, r.ID, person.Mobile, r.MobileCode, true)
		}
		if refused != nil || err != nil {
			return refused, err
		}
		if err := tx.InsertPerson(ctx, person, in.clerk.Now()); err != nil {
			return nil, err
		}
		m, err = in.claim(ctx, tx, kiosk, person, r)
		return nil, err
	})
	return m, err
}

// Join makes the person of a session a member of another organisation, or in another project: Register without login name and
// password.
func (in *Intake) Join(ctx context.Context, kiosk ra.Kiosk, caller Caller, r ra.Registration) (ra.Membership, error) {
	r = normalRegistration(r)
	if err := ra.FieldError("id", ra.CheckID(r.ID)); err != nil {
		return ra.Membership{}, err
	}
	project, err := in.offered(ctx, kiosk, r.ProjectID)
	if err != nil {
		return ra.Membership{}, err
	}
	if err := r.ValidateClaim(in.setting(project)); err != nil {
		return ra.Membership{}, err
	}
	return in.join(ctx, kiosk, book.PersonRecord{ID: caller.PersonID}, r)
}

// join adds a membership of somebody who has proven who they are, or returns the one that is there.
func (in *Intake) join(ctx context.Context, kiosk ra.Kiosk, person book.PersonRecord, r ra.Registration) (ra.Membership, error) {
	var m ra.Membership
	err := in.store.Do(ctx, func(tx Tx) (err error) {
		if person, err = tx.LockPerson(ctx, person.ID); err != nil {
			return err
		}
		if m, err = in.joined(ctx, tx, person, r); ra.CodeOf(err) != ra.CodeNotFound {
			return err
		}
		if r.Handler.Mobile != person.Mobile {
			return ra.E(ra.CodeMobileDiffers, "mobile", ra.MaskMobile(person.Mobile)).At("handler.mobile")
		}
		m, err = in.claim(ctx, tx, kiosk, person, r)
		return err
	})
	return m, err
}

// joined returns the membership that the id already made, or the person's of the same organisation in the project:
// CodeNotFound; CodeConflict (field "id") when the id made another.
func (in *Intake) joined(ctx context.Context, tx Tx, person book.PersonRecord, r ra.Registration) (ra.Membership, error) {
	m, err := tx.Membership(ctx, r.ID)
	if err == nil && (m.PersonID != person.ID || !sameRegistration(m, r)) {
		return ra.Membership{}, ra.E(ra.CodeConflict).At("id")
	}
	if ra.CodeOf(err) == ra.CodeNotFound {
		m, err = tx.MembershipIn(ctx, person.ID, r.Organisation.CreditCode, r.ProjectID)
	}
	return m, err
}

// claim adds a membership, which sees its own orders and nothing else of the organisation until it is confirmed.
func (in *Intake) claim(ctx context.Context, tx Tx, kiosk ra.Kiosk, person book.PersonRecord, r ra.Registration) (ra.Membership, error) {
	none := ra.Membership{}
	project, err := tx.Project(ctx, r.ProjectID)
	if err != nil {
		return none, err
	}
	if len(project.Services) == 0 { // the catalogue lists it no more
		return none, ra.E(ra.CodeForbidden)
	}
	if err := pki.CheckSubject(project.Profile, ra.Applicant{Organisation: r.Organisation, Handler: r.Handler}); err != nil {
		return none, err
	}
	m := ra.Membership{ID: r.ID, PersonID: person.ID, ProjectID: r.ProjectID, State: ra.MembershipClaimed, Login: person.Login,
		Organisation: r.Organisation, Legal: r.Legal, Handler: r.Handler, CreatedAt: in.clerk.Now()}
	if m.Agreed, err = in.agreed(project, r.Agreed); err != nil {
		return none, err
	}
	organisation, err := in.clerk.ID()
	if err != nil {
		return none, err
	}
	if err := tx.InsertMembership(ctx, m, organisation); err != nil {
		return none, err
	}
	facts := append([]string{"project", m.ProjectID}, insisted(m.Applicant().All(in.setting(project)))...)
	return m, in.clerk.Write(ctx, tx, book.CustomerAt(kiosk, m), "membership.claim", "", m.ID, facts...)
}

// normalRegistration brings what a person typed into the form in which it is stored and compared.
func normalRegistration(r ra.Registration) ra.Registration {
	r.Login = ra.NormalLogin(r.Login)
	a := r.Applicant().Normal()
	r.Organisation, r.Legal, r.Handler = a.Organisation, a.Legal, a.Handler
	return r
}

func sameRegistration(m ra.Membership, r ra.Registration) bool {
	return m.ProjectID == r.ProjectID && m.Organisation == r.Organisation && m.Legal == r.Legal && m.Handler == r.Handler
}

// agreed checks that every agreement of the project was agreed to in its current version, and returns those.
func (in *Intake) agreed(p ra.Project, given []ra.Agreed) ([]ra.Agreed, error) {
	all := make([]ra.Agreed, 0, len(p.Agreements))
	for _, a := range p.Agreements {
		i := slices.IndexFunc(given, func(g ra.Agreed) bool { return g.AgreementID == a.ID && g.Version == a.Version })
		if i < 0 {
			return nil, ra.E(ra.CodeAgreementUnread, "agreement", a.ID).At("agreed")
		}
		g := given[i]
		if g.At.IsZero() {
			g.At = in.clerk.Now()
		}
		g.At = g.At.UTC()
		all = append(all, g)
	}
	return all, nil
}

// Agreement is what a member agreed to, in the version of then: CodeNotFound for what they did not.
func (in *Intake) Agreement(ctx context.Context, member ra.Membership, id string, version int) (ra.Agreement, error) {
	if !slices.ContainsFunc(member.Agreed, func(a ra.Agreed) bool { return a.AgreementID == id && a.Version == version }) {
		return ra.Agreement{}, ra.E(ra.CodeNotFound)
	}
	return in.store.Agreement(ctx, member.ProjectID, id, version)
}
