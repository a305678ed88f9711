package workflow

import (
	"context"
	"slices"

	"keyhall/backoffice/ra"
)

// newLogIn asks for login name and password. known is filled in, fault says why the customer is asked again.
func newLogIn(known string, fault *Fault) *formStep {
	return &formStep{
		at: stepLogIn,
		make: func(w *Workflow) *form {
			f := &form{id: FormLogIn, primary: "login", entries: []*entry{
				{Field: Field{ID: "login", Kind: FieldLatin, Hint: "hint.login"}, check: ra.CheckLogin, full: 11},
				{Field: Field{ID: "password", Kind: FieldPassword}},
			}}
			if w.visit.project != nil && w.visit.again == nil {
				f.secondary = []string{"register"}
			}
			f.set("login", known)
			f.fault = fault
			return f
		},
		next: logIn,
		choose: func(w *Workflow, _ *form, name string) {
			if name == "register" && w.visit.project != nil && w.visit.again == nil {
				w.become(newAccount())
			}
		},
		to: func(w *Workflow) step {
			if w.visit.project == nil || w.visit.again != nil || len(w.projects) < 2 {
				return nil
			}
			return &projectsStep{}
		},
	}
}

func logIn(w *Workflow, f *form) {
	login, password := ra.NormalLogin(f.value("login")), f.value("password")
	f.set("password", "")
	w.work("login", func(ctx context.Context) func() {
		session, err := w.cfg.Office.LogIn(ctx, login, password)
		return func() {
			if err != nil {
				f.refuse(err)
				return
			}
			loggedIn(w, session, "")
		}
	})
}

// loggedIn goes on where the login was needed: in the membership that was in hand, the one wanted, or the only one that the
// project chosen allows; with several the person chooses, with none they add one.
func loggedIn(w *Workflow, s ra.Session, want string) {
	v := w.visit
	if v.again != nil && !v.sameCustomer(s) { // somebody else: nothing of the former customer is theirs
		w.keepSheets()
		w.visit.wipe()
		w.visit = newVisit()
		v = w.visit
	}
	v.mandate.Wipe()
	v.session, v.mandate, v.login, v.members, v.entered = s.Token, s.Mandate, s.Login, s.Memberships, false
	delete(v.forms, string(stepLogIn))
	then := func() { w.become(&draftsStep{}) }
	if again := v.again; again != nil {
		v.again = nil
		then = func() { w.become(again) }
		want = v.member.ID
	}
	project := ""
	if v.kind != "" && v.project != nil {
		project = v.project.ID
	}
	fits := membersOf(s.Memberships, project)
	if i := slices.IndexFunc(s.Memberships, func(m ra.Membership) bool { return m.ID == want }); i >= 0 {
		fits = s.Memberships[i : i+1]
	}
	switch {
	case len(fits) == 1:
		w.enterMembership(fits[0], s.Membership != nil && s.Membership.ID == fits[0].ID, then)
	case len(fits) == 0 && project != "":
		w.become(newOrganisation())
	default:
		w.become(&membersStep{project: project, then: then})
	}
}

// sameCustomer tells whether a login in between is the customer's of before; where nobody was logged in, nothing was anybody's.
func (v *visit) sameCustomer(s ra.Session) bool {
	if v.login == "" {
		return true
	}
	if v.member.ID == "" {
		return v.login == s.Login
	}
	return slices.ContainsFunc(s.Memberships, func(m ra.Membership) bool { return m.ID == v.member.ID })
}

// draftsStep looks for what the customer left unfinished at this kiosk: an order that was confirmed is placed, one still
// being filled in is taken up. Then it goes on to what was chosen at home.
type draftsStep struct{ placingStep }

func (d *draftsStep) enter(w *Workflow) {
	v := w.visit
	session, member, projects := v.session, v.member.ID, w.projects
	known := w.projectByID(v.member.ProjectID) != nil
	w.work("place", func(ctx context.Context) func() {
		drafts, placed, waiting, err := goThrough(ctx, w, session, member)
		if err == nil && !known {
			projects, err = w.cfg.Office.Projects(ctx)
		}
		return func() {
			if err != nil {
				w.stop(err, &draftsStep{})
				return
			}
			w.projects = projects
			for _, id := range waiting {
				v.handed[id] = true
			}
			if p := w.projectByID(v.member.ProjectID); p != nil {
				v.project = p
			}
			d.on(w, drafts, placed)
		}
	})
}

// goThrough carries out what a member left at this kiosk. It returns the drafts that are theirs to go on with, an order that was
// placed just now, and the orders for which something waits still. What the back office refused is open for changes again.
func goThrough(ctx context.Context, w *Workflow, session, member string) (open []ra.Draft, placed *ra.Order, waiting []string, err error) {
	drafts, err := w.cfg.Journal.Drafts(ctx, member)
	if err != nil {
		return nil, nil, nil, err
	}
	undone, err := w.cfg.Office.Flush(ctx, member)
	if err != nil {
		return nil, nil, nil, err
	}
	for id, why := range undone {
		if ra.Passing(why) {
			waiting = append(waiting, id)
		}
	}
	for _, d := range drafts {
		why := undone[d.Application.ID]
		switch {
		case why != nil && ra.Passing(why):
		case !d.Confirmed:
			open = append(open, d)
		case why != nil:
			err = reopenDraft(ctx, w, &d, why)
			open = append(open, d)
		default:
			var o ra.Order
			o, err = w.cfg.Office.Order(ctx, session, d.Application.ID)
			placed = &o
		}
		if err != nil {
			return nil, nil, nil, err
		}
	}
	return open, placed, waiting, nil
}

func (d *draftsStep) on(w *Workflow, drafts []ra.Draft, placed *ra.Order) {
	v := w.visit
	v.drafts = drafts
	if v.kind == "" {
		w.become(&ordersStep{})
		return
	}
	if placed != nil {
		v.setOrder(*placed)
		w.become(&printStep{})
		return
	}
	w.startApplication()
}

// startApplication goes to the first page of an application, with what was filled in on an earlier visit.
func (w *Workflow) startApplication() {
	v := w.visit
	for _, dr := range v.drafts {
		if dr.Application.Kind == v.kind && v.draft.Application.ID == "" {
			v.takeUp(dr)
		}
	}
	if w.visit.project == nil || w.visit.project.ID != w.visit.member.ProjectID {
		w.stop(ra.E(ra.CodeForbidden), nil) // a project that this hall does not offer any more
		return
	}
	if needsWarning(w.visit.kind) {
		w.become(newWarning())
		return
	}
	w.become(&servicesStep{})
}

// placingStep waits while an order is placed.
type placingStep struct{}

func (placingStep) name() stepName        { return stepPlacing }
func (placingStep) passing()              {}
func (placingStep) page(*Workflow) Page   { return BusyPage{ID: "place"} }
func (placingStep) act(*Workflow, Action) {}
func (placingStep) back(*Workflow) step   { return nil }

// reopenDraft opens a draft that the back office refused for changes again. One that conflicts with another order gets an id
// and a number of its own.
func reopenDraft(ctx context.Context, w *Workflow, d *ra.Draft, why error) error {
	w.cfg.Log.Warn("order refused", "order", d.Application.ID, "error", why)
	d.Confirmed = false
	if ra.CodeOf(why) != ra.CodeConflict {
		return w.cfg.Journal.SaveDraft(ctx, *d)
	}
	number, err := w.cfg.Journal.NextNumber(ctx, w.cfg.Kiosk.Prefix)
	if err != nil {
		return err
	}
	old := d.Application.ID
	d.Application.ID, d.Application.Number = newID(), number
	if err := w.cfg.Journal.SaveDraft(ctx, *d); err != nil {
		return err
	}
	return w.cfg.Journal.DropDraft(ctx, old)
}

// needsWarning: the service replaces a key or a certificate, and files may still be encrypted for the old one (S16).
func needsWarning(k ra.Kind) bool {
	switch k {
	case ra.KindRenew, ra.KindExtend, ra.KindChange, ra.KindReissue:
		return true
	}
	return false
}

func newWarning() *formStep {
	return &formStep{
		at:   stepWarning,
		make: func(*Workflow) *form { return &form{id: FormWarning, primary: "understood"} },
		next: func(w *Workflow, _ *form) { w.become(&servicesStep{}) },
	}
}
