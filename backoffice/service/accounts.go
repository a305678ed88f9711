package service

import (
	"context"
	"slices"
	"strings"

	"keyhall/backoffice/ra"
)

// Register makes an account: field errors, CodeAgreementUnread, CodeLoginTaken, CodeForbidden, CodeConflict.
func (s *Service) Register(ctx context.Context, kiosk ra.Kiosk, r ra.Registration) (ra.Account, error) {
	r = normalRegistration(r)
	if err := checkRegistration(r); err != nil {
		return ra.Account{}, err
	}
	if again, err := s.registered(ctx, r); ra.CodeOf(err) != ra.CodeNotFound {
		return again, err
	}
	if err := s.mustOffer(ctx, kiosk, r.ProjectID); err != nil {
		return ra.Account{}, err
	}
	hash, err := hashPassword(s.rand, r.Password, s.passwordCost)
	if err != nil {
		return ra.Account{}, err
	}
	account := ra.Account{ID: r.ID, ProjectID: r.ProjectID, Login: r.Login, Organisation: r.Organisation, Legal: r.Legal,
		Handler: r.Handler, CreatedAt: s.time()}
	err = s.store.Do(ctx, func(ctx context.Context) error {
		project, err := s.store.Project(ctx, r.ProjectID)
		if err != nil {
			return err
		}
		if err := checkSubject(project.Profile, ra.Applicant{Organisation: r.Organisation, Handler: r.Handler}); err != nil {
			return err
		}
		if account.Agreed, err = s.agreed(project, r.Agreed); err != nil {
			return err
		}
		if err := s.store.InsertAccount(ctx, account, hash); err != nil {
			return err
		}
		return s.audit(ctx, customerAt(kiosk, account), "account.register", "", account.ID)
	})
	if code := ra.CodeOf(err); code == ra.CodeConflict || code == ra.CodeLoginTaken {
		if again, e := s.registered(ctx, r); e == nil { // the same request came twice at once, and the other was first
			return again, nil
		}
	}
	if err != nil {
		return ra.Account{}, err
	}
	return account, nil
}

// registered returns the account that the id already made: CodeNotFound, CodeConflict when it was made of something else.
func (s *Service) registered(ctx context.Context, r ra.Registration) (ra.Account, error) {
	account, hash, err := s.store.Account(ctx, r.ID)
	if err == nil && !(sameRegistration(account, r) && passwordFits(hash, r.Password)) {
		err = ra.E(ra.CodeConflict).At("id")
	}
	if err != nil {
		return ra.Account{}, err
	}
	return account, nil
}

func checkRegistration(r ra.Registration) error {
	if err := ra.FieldError("id", ra.CheckID(r.ID)); err != nil {
		return err
	}
	return r.Validate()
}

// normalRegistration brings what a person typed into the form in which it is stored and compared.
func normalRegistration(r ra.Registration) ra.Registration {
	r.Login = ra.NormalLogin(r.Login)
	r.Organisation.Name = strings.TrimSpace(r.Organisation.Name)
	r.Organisation.CreditCode = ra.NormalCreditCode(r.Organisation.CreditCode)
	r.Legal = normalPerson(r.Legal)
	r.Handler = normalPerson(r.Handler)
	return r
}

func normalPerson(p ra.Person) ra.Person {
	p.Name = strings.TrimSpace(p.Name)
	p.IDNumber = ra.NormalIDNumber(p.IDNumber)
	p.Mobile = strings.ReplaceAll(strings.TrimSpace(p.Mobile), " ", "")
	p.Email = strings.TrimSpace(p.Email)
	return p
}

func sameRegistration(a ra.Account, r ra.Registration) bool {
	return a.ProjectID == r.ProjectID && a.Login == r.Login && a.Organisation == r.Organisation && a.Legal == r.Legal && a.Handler == r.Handler
}

// agreed checks that every agreement of the project was agreed to in its current version, and returns those.
func (s *Service) agreed(p ra.Project, given []ra.Agreed) ([]ra.Agreed, error) {
	all := make([]ra.Agreed, 0, len(p.Agreements))
	for _, a := range p.Agreements {
		i := slices.IndexFunc(given, func(g ra.Agreed) bool { return g.AgreementID == a.ID && g.Version == a.Version })
		if i < 0 {
			return nil, ra.E(ra.CodeAgreementUnread, "agreement", a.ID).At("agreed")
		}
		g := given[i]
		if g.At.IsZero() {
			g.At = s.time()
		}
		g.At = g.At.UTC()
		all = append(all, g)
	}
	return all, nil
}

// mustOffer is CodeForbidden when the kiosk's hall does not offer the project.
func (s *Service) mustOffer(ctx context.Context, kiosk ra.Kiosk, projectID string) error {
	ok, err := s.store.KioskOffers(ctx, kiosk.ID, projectID)
	if err == nil && !ok {
		err = ra.E(ra.CodeForbidden).At("project_id")
	}
	return err
}

// Projects lists what the kiosk's hall offers, with the whole catalogue.
func (s *Service) Projects(ctx context.Context, kiosk ra.Kiosk) ([]ra.Project, error) {
	return s.store.ProjectsOfKiosk(ctx, kiosk.ID)
}
