package workflow

import (
	"context"
	"slices"

	"keyhall/backoffice/ra"
)

// registrationForms are the stages whose forms are kept nowhere before they are sent.
var registrationForms = []stageName{stageAccount, stageOrganisation, stageLegal, stageHandler}

func newAccount(*Workflow) step {
	return &formStep{
		at: stageAccount,
		build: func(w *Workflow) *form {
			f := &form{id: FormAccount, primary: "next", entries: []*entry{
				{Field: Field{ID: "login", Kind: FieldLatin, Hint: "hint.login"}, check: ra.CheckLogin, full: 11},
				{Field: Field{ID: "password", Kind: FieldPassword, Hint: "hint.password", MaxLen: 64}, check: ra.CheckPassword},
				{Field: Field{ID: "password_again", Kind: FieldPassword, Hint: "hint.again", MaxLen: 64}, again: "password"},
			}}
			f.set("login", w.visit.triedLogin())
			return f
		},
		next: func(w *Workflow, f *form) {
			r := &w.visit.registration
			r.Login, r.Password = ra.NormalLogin(f.value("login")), f.value("password")
			checkAccount(w, f, r.Login, r.Password)
		},
	}
}

// checkAccount tells at once of a login name that somebody has. While the back office is away it is found out with the rest.
func checkAccount(w *Workflow, f *form, login, password string) {
	w.work("account", func(ctx context.Context) func() {
		err := w.cfg.Office.CheckAccount(ctx, login, password)
		return func() {
			if err == nil || ra.Passing(err) {
				w.done()
				return
			}
			f.wipeHidden()
			f.refuse(err)
		}
	})
}

func newOrganisation(*Workflow) step {
	return &formStep{
		at: stageOrganisation,
		build: func(w *Workflow) *form {
			return &form{id: FormOrganisation, primary: "next", entries: amendable(w.visit,
				entriesOf(ra.OrganisationFields(), w.visit.registration.Organisation, w.setting()))}
		},
		next: organisationDone,
	}
}

// organisationDone also takes up what is kept of a registration that was broken off: only for the same login name and
// credit code, and only what the public register shows to everybody.
func organisationDone(w *Workflow, f *form) {
	v := w.visit
	kept := v.registration.Organisation.CreditCode
	v.registration.Organisation = entered(ra.OrganisationFields(), f)
	v.insist(f)
	if v.amending {
		v.registration.Organisation.CreditCode = kept
		w.done()
		return
	}
	if v.session != "" { // somebody known adds an organisation
		v.registration.Login, v.registration.Password = v.login, ""
	}
	k := ra.Known{Login: v.registration.Login, Organisation: v.registration.Organisation}
	was, ok, err := w.cfg.Journal.Known(w.ctx, k.Login)
	if ok && was.Organisation.CreditCode == k.Organisation.CreditCode {
		k.LegalName = was.LegalName
	}
	if err != nil {
		w.cfg.Log.Error("kept registration not read", "error", err)
	}
	w.keepKnown(k)
	v.registration.Legal.Name = k.LegalName
	w.done()
}

// insist takes over on which fields of a form the customer insists.
func (v *visit) insist(f *form) {
	r := &v.registration
	r.Insisted = f.insistsOn(r.Insisted)
}

// keepKnown keeps a registration in hand. That it could not be kept is no reason to stop the customer.
func (w *Workflow) keepKnown(k ra.Known) {
	if err := w.cfg.Journal.SaveKnown(w.ctx, k); err != nil {
		w.cfg.Log.Error("registration not kept", "error", err)
	}
}

func newLegal(*Workflow) step {
	return &formStep{
		at: stageLegal,
		build: func(w *Workflow) *form {
			known := ra.Person{Name: w.visit.registration.Legal.Name} // kept of a registration that was broken off
			if w.visit.amending {
				known = w.visit.registration.Legal
			}
			return &form{id: FormLegal, primary: "next", entries: entriesOf(ra.LegalFields(), known, w.setting())}
		},
		next: func(w *Workflow, f *form) {
			r := &w.visit.registration
			r.Legal = entered(ra.LegalFields(), f)
			w.visit.insist(f)
			if w.visit.amending {
				w.done()
				return
			}
			w.keepKnown(ra.Known{Login: r.Login, Organisation: r.Organisation, LegalName: r.Legal.Name})
			w.done()
		},
	}
}

func newHandler(*Workflow) step {
	return &formStep{
		at: stageHandler,
		build: func(w *Workflow) *form {
			return &form{id: FormHandler, primary: "next", entries: amendable(w.visit, entriesOf(ra.HandlerFields(), w.visit.knownHandler(), w.setting()))}
		},
		next: func(w *Workflow, f *form) {
			mobile := w.visit.registration.Handler.Mobile
			w.visit.registration.Handler = entered(ra.HandlerFields(), f)
			if w.visit.amending {
				w.visit.registration.Handler.Mobile = mobile
			}
			w.visit.insist(f)
			w.done()
		},
	}
}

// knownHandler is what is known of the handler before they enter it: the same person in another organisation, or what the login
// name says.
func (v *visit) knownHandler() ra.Person {
	login := v.registration.Login
	switch {
	case v.amending:
		return v.registration.Handler
	case len(v.members) > 0:
		return v.members[0].Handler
	case ra.CheckMobile(login) == nil:
		return ra.Person{Mobile: login}
	}
	return ra.Person{Email: login}
}

// newCheck shows all that was entered before the account is made.
func newCheck(w *Workflow) step {
	delete(w.visit.forms, string(stageCheck)) // what it shows may have changed
	return &formStep{
		at: stageCheck,
		build: func(w *Workflow) *form {
			r, id, primary := w.visit.registration, FormCheck, "create"
			switch {
			case w.visit.amending:
				id, primary = FormAmend, "save"
			case w.visit.session != "": // the account is there
				id, primary = FormJoin, "add_organisation"
			}
			facts := slices.Concat([]Row{{ID: "login", Value: r.Login}}, wholeRows(ra.OrganisationFields(), r.Organisation),
				wholeRows(ra.LegalFields(), r.Legal), wholeRows(ra.HandlerFields(), r.Handler))
			return &form{id: id, primary: primary, facts: facts}
		},
		next: func(w *Workflow, f *form) {
			if w.visit.amending {
				amended(w, f)
				return
			}
			register(w, f)
		},
	}
}

// register makes the member and logs in, unless somebody is logged in already. The same registration keeps its id, so a lost
// answer may be asked for again; one that made something else already is another.
func register(w *Workflow, f *form) {
	v := w.visit
	r := v.registration
	if r.ID == "" {
		r.ID = newID()
	}
	r.ProjectID = v.project.ID
	v.registration = r
	if v.mobile.proven == r.Handler.Mobile {
		r.MobileCode = v.mobile.code
	}
	session, login := v.session, r.Login
	if session != "" {
		r.Login = ""
	}
	w.work("register", func(ctx context.Context) func() {
		m, err := w.cfg.Office.Register(ctx, session, r)
		if err != nil {
			return func() { registerRefused(w, f, err) }
		}
		var s ra.Session
		if session == "" {
			s, err = w.cfg.Office.LogIn(ctx, login, r.Password)
		}
		if dropErr := w.cfg.Journal.DropKnown(ctx, login); dropErr != nil && !gone(dropErr) {
			w.cfg.Log.Error("registration not dropped", "error", dropErr)
		}
		return func() {
			v.registration, v.mobile, v.registering, v.joining = ra.Registration{}, mobileProof{}, false, false
			switch {
			case err != nil:
				v.loginName, v.loginFault = login, FaultOf(err)
				w.next()
			case session != "":
				v.members = append(slices.DeleteFunc(v.members, func(x ra.Membership) bool { return x.ID == m.ID }), m)
				w.enterMembership(m, false)
			default:
				w.loggedIn(s, m.ID)
			}
		}
	})
}

// registerRefused goes back to the form that has the field.
func registerRefused(w *Workflow, check *form, err error) {
	if ra.CodeOf(err) == ra.CodeConflict {
		w.visit.registration.ID = ""
	}
	if fieldOf(err) == "mobile_code" {
		w.visit.mobile.proven = ""
	}
	if w.lost(err) {
		return
	}
	if !w.refuseAt(err, stageAccount, stageOrganisation, stageLegal, stageHandler, stageMobile) {
		check.fault = FaultOf(err)
	}
}
