package workflow

import (
	"context"
	"slices"
	"strings"

	"keyhall/backoffice/ra"
)

func newAccount(*Workflow) step {
	return &formStep{
		at: stageAccount,
		build: func(*Workflow) *form {
			return &form{id: FormAccount, primary: "next", entries: []*entry{
				{Field: Field{ID: "login", Kind: FieldLatin, Hint: "hint.login"}, check: ra.CheckLogin, full: 11},
				{Field: Field{ID: "password", Kind: FieldPassword, Hint: "hint.password", MaxLen: 64}, check: ra.CheckPassword},
				{Field: Field{ID: "password_again", Kind: FieldPassword, Hint: "hint.again", MaxLen: 64}, again: "password"},
			}}
		},
		next: func(w *Workflow, f *form) {
			r := &w.visit.registration
			r.Login, r.Password = ra.NormalLogin(f.value("login")), f.value("password")
			w.done()
		},
	}
}

func newOrganisation(*Workflow) step {
	return &formStep{
		at: stageOrganisation,
		build: func(*Workflow) *form {
			return &form{id: FormOrganisation, primary: "next", entries: []*entry{
				{Field: Field{ID: "organisation.credit_code", Kind: FieldUpper, Hint: "hint.credit_code", MaxLen: 24}, check: ra.CheckCreditCode, full: 18},
				{Field: Field{ID: "organisation.credit_code_again", Kind: FieldUpper, Hint: "hint.again", MaxLen: 24}, again: "organisation.credit_code"},
				{Field: Field{ID: "organisation.name", Kind: FieldChinese}, check: ra.CheckName},
				{Field: Field{ID: "organisation.address", Kind: FieldChinese, Optional: true}, check: ra.CheckName},
			}}
		},
		next: organisationDone,
	}
}

// organisationDone also takes up what is kept of a registration that was broken off: only for the same login name and
// credit code, and only what the public register shows to everybody.
func organisationDone(w *Workflow, f *form) {
	v := w.visit
	v.registration.Organisation = ra.Organisation{
		Name: strings.TrimSpace(f.value("organisation.name")), Address: strings.TrimSpace(f.value("organisation.address")),
		CreditCode: ra.NormalCreditCode(f.value("organisation.credit_code")),
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
			f := &form{id: FormLegal, primary: "next", entries: []*entry{
				{Field: Field{ID: "legal.name", Kind: FieldChinese}, check: ra.CheckName},
				{Field: Field{ID: "legal.id_number", Kind: FieldIDNumber, Hint: "hint.id_number", MaxLen: 18}, check: ra.CheckIDNumber, full: 18},
			}}
			f.set("legal.name", w.visit.registration.Legal.Name) // kept of a registration that was broken off
			return f
		},
		next: func(w *Workflow, f *form) {
			r := &w.visit.registration
			r.Legal = ra.Person{Name: strings.TrimSpace(f.value("legal.name")), IDNumber: ra.NormalIDNumber(f.value("legal.id_number"))}
			w.keepKnown(ra.Known{Login: r.Login, Organisation: r.Organisation, LegalName: r.Legal.Name})
			w.done()
		},
	}
}

func newHandler(*Workflow) step {
	return &formStep{
		at: stageHandler,
		build: func(w *Workflow) *form {
			f := &form{id: FormHandler, primary: "next", entries: []*entry{
				{Field: Field{ID: "handler.name", Kind: FieldChinese}, check: ra.CheckName},
				{Field: Field{ID: "handler.id_number", Kind: FieldIDNumber, Hint: "hint.id_number", MaxLen: 18}, check: ra.CheckIDNumber, full: 18},
				{Field: Field{ID: "handler.mobile", Kind: FieldDigits, MaxLen: 11}, check: ra.CheckMobile, full: 11},
				{Field: Field{ID: "handler.email", Kind: FieldLatin, Optional: true}, check: ra.CheckEmail},
			}}
			if login := w.visit.registration.Login; ra.CheckMobile(login) == nil {
				f.set("handler.mobile", login)
			} else {
				f.set("handler.email", login)
			}
			if len(w.visit.members) > 0 { // the same person in another organisation
				h := w.visit.members[0].Handler
				for id, value := range map[string]string{"handler.name": h.Name, "handler.id_number": h.IDNumber, "handler.mobile": h.Mobile, "handler.email": h.Email} {
					f.set(id, value)
				}
			}
			return f
		},
		next: func(w *Workflow, f *form) {
			w.visit.registration.Handler = ra.Person{
				Name: strings.TrimSpace(f.value("handler.name")), IDNumber: ra.NormalIDNumber(f.value("handler.id_number")),
				Mobile: f.value("handler.mobile"), Email: strings.TrimSpace(f.value("handler.email")),
			}
			w.done()
		},
	}
}

// newCheck shows all that was entered before the account is made.
func newCheck(w *Workflow) step {
	delete(w.visit.forms, string(stageCheck)) // what it shows may have changed
	return &formStep{
		at: stageCheck,
		build: func(w *Workflow) *form {
			r, id, primary := w.visit.registration, FormCheck, "create"
			if w.visit.session != "" { // the account is there
				id, primary = FormJoin, "add_organisation"
			}
			return &form{id: id, primary: primary, facts: []Row{
				{ID: "login", Value: r.Login},
				{ID: "organisation.name", Value: r.Organisation.Name},
				{ID: "organisation.credit_code", Value: r.Organisation.CreditCode},
				{ID: "legal.name", Value: r.Legal.Name},
				{ID: "legal.id_number", Value: ra.MaskIDNumber(r.Legal.IDNumber)},
				{ID: "handler.name", Value: r.Handler.Name},
				{ID: "handler.id_number", Value: ra.MaskIDNumber(r.Handler.IDNumber)},
				{ID: "handler.mobile", Value: r.Handler.Mobile},
			}}
		},
		next: register,
	}
}

// register makes the member and logs in, unless somebody is logged in already. The same registration keeps its id, so a lost
// answer may be asked for again; one that was refused is another when it comes back corrected.
func register(w *Workflow, f *form) {
	v := w.visit
	r := v.registration
	if r.ID == "" {
		r.ID = newID()
	}
	r.ProjectID = v.project.ID
	v.registration = r
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
			v.registration, v.registering, v.joining = ra.Registration{}, false, false
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
	if ra.Answered(err) {
		w.visit.registration.ID = ""
	}
	if w.lost(err) {
		return
	}
	if !w.refuseAt(err, stageAccount, stageOrganisation, stageLegal, stageHandler) {
		check.fault = FaultOf(err)
	}
}
