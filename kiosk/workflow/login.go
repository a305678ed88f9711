package workflow

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"keyhall/backoffice/ra"
)

// Register makes somebody new a member.
type Register struct{}

func (Register) Name() string { return "register" }
func (Register) action()      {}

// newLogIn asks for login name and password; somebody new may register instead.
func newLogIn(w *Workflow) step {
	v := w.visit
	v.registering, v.byKey = false, false
	v.stopForgetting()
	name, fault := v.loginName, v.loginFault
	v.loginName, v.loginFault = "", nil
	if fault != nil {
		delete(v.forms, string(stageLogIn))
	}
	return &logInStep{&formStep{
		at: stageLogIn,
		build: func(w *Workflow) *form {
			f := &form{id: FormLogIn, primary: "login", fault: fault, entries: []*entry{
				{Field: Field{ID: "login", Kind: FieldLatin, Hint: "hint.login"}, check: ra.CheckLogin, full: 11, elsewhere: true},
				{Field: Field{ID: "password", Kind: FieldPassword}},
			}}
			f.secondary = []Named{ForgotPassword{}}
			if w.mayUseCode() {
				f.secondary = append(f.secondary, LogInByCode{})
			}
			if w.visit.mayRegister() {
				f.secondary = append(f.secondary, Register{})
			}
			f.set("login", name)
			return f
		},
		next: logIn,
		choose: func(w *Workflow, _ *form, a Action) {
			switch a.(type) {
			case Register:
				if w.visit.mayRegister() {
					w.visit.registering = true
					w.done()
				}
			case ForgotPassword:
				w.visit.forgetting = true
				delete(w.flow.passed, stageForgot)
				w.done()
			case LogInByCode:
				w.toSlipCode()
			case LogInByKey:
				w.visit.byKey = true
				delete(w.flow.passed, stageKeyPIN)
				w.done()
			}
		},
	}}
}

// mayRegister: somebody new, who came for a project.
func (v *visit) mayRegister() bool { return v.login == "" && v.project != nil }

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
			w.loggedIn(session, "")
		}
	})
}

// loggedIn goes on where the login was needed: in the membership that was in hand, the one wanted, or the only one that the
// project chosen allows; with several the person chooses, with none they add one.
func (w *Workflow) loggedIn(s ra.Session, want string) {
	v := w.visit
	if !v.sameCustomer(s) { // somebody else: nothing of the former customer is theirs
		w.keepSheets()
		v = w.beginAnew()
	}
	v.mandate.Wipe()
	v.session, v.mandate, v.login, v.members, v.entered, v.onlyOrder = s.Token, s.Mandate, s.Login, s.Memberships, false, ""
	delete(v.forms, string(stageLogIn))
	if want == "" {
		want = v.member.ID
	}
	delete(w.flow.passed, stageKey) // what waits for a key is told of to who is here
	fits := membersOf(s.Memberships, v.wanted())
	if i := slices.IndexFunc(s.Memberships, func(m ra.Membership) bool { return m.ID == want }); i >= 0 {
		fits = s.Memberships[i : i+1]
	}
	if len(fits) == 1 {
		w.enterMembership(fits[0], s.Membership != nil && s.Membership.ID == fits[0].ID)
		return
	}
	v.joining = len(fits) == 0 && v.wanted() != ""
	w.through()
}

// beginAnew wipes everything of the former customer; the other one is here for the same service.
func (w *Workflow) beginAnew() *visit {
	former := w.visit
	former.wipe()
	w.visit = newVisit(w.cfg.Jobs)
	name := w.flow.name
	if former.kind == "" && name == flowApply {
		name = flowOrders
	} else {
		w.visit.kind, w.visit.reason, w.visit.project = former.kind, former.reason, former.project
	}
	w.flow = running{name: name, stages: w.flows[name], passed: map[stageName]bool{}}
	w.flow.at = w.flow.index(stageLogIn)
	return w.visit
}

// sameCustomer tells whether a login in between is the customer's of before; where nobody was logged in, nothing was anybody's.
func (v *visit) sameCustomer(s ra.Session) bool {
	if v.acting != nil {
		return false
	}
	if v.login == "" {
		return true
	}
	if v.member.ID == "" {
		return v.login == s.Login
	}
	return slices.ContainsFunc(s.Memberships, func(m ra.Membership) bool { return m.ID == v.member.ID })
}

// draftsStep looks for what the customer left unfinished at this kiosk: an order that was confirmed is placed, one still
// being filled in waits to be taken up.
type draftsStep struct{}

func newDrafts(*Workflow) step { return &draftsStep{} }

func (*draftsStep) passing()              {}
func (*draftsStep) page(*Workflow) Page   { return BusyPage{ID: "place"} }
func (*draftsStep) act(*Workflow, Action) {}

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
				w.stop(err)
				return
			}
			w.projects = projects
			for _, id := range waiting {
				v.handed[id] = true
			}
			if p := w.projectByID(v.member.ProjectID); p != nil {
				v.project = p
			}
			v.drafts, v.looked = drafts, true
			if placed != nil && v.kind != "" {
				v.setOrder(*placed)
			}
			w.through()
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

// reopenDraft opens a draft that the back office refused for changes again. One that conflicts with another order gets an id
// and a number of its own, behind those that the back office knows.
func reopenDraft(ctx context.Context, w *Workflow, d *ra.Draft, why error) error {
	w.cfg.Log.Warn("order refused", "order", d.Application.ID, "error", why)
	d.Confirmed = false
	if ra.CodeOf(why) != ra.CodeConflict {
		return w.cfg.Journal.SaveDraft(ctx, *d)
	}
	if next, taken := numberTaken(why); taken {
		if err := w.cfg.Journal.RaiseNumber(ctx, w.cfg.Kiosk.Prefix, next); err != nil {
			return err
		}
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

// numberTaken tells that another order has the number, and the running number with which this kiosk can go on.
func numberTaken(why error) (next int64, taken bool) {
	var e *ra.Error
	if !errors.As(why, &e) || e.Code != ra.CodeConflict || e.Field != "number" {
		return 0, false
	}
	next, err := strconv.ParseInt(e.Args["next"], 10, 64)
	return next, err == nil
}

// lost deals with a session that ended, or that is about one order where more is wanted: the customer logs in again and comes back to where
// this was.
func (w *Workflow) lost(err error) bool {
	code, v := ra.CodeOf(err), w.visit
	switch code {
	case ra.CodeSessionOver:
	case ra.CodeOrderSession:
		w.cfg.Office.Leave(v.session)
		v.onlyOrder = ""
	default:
		return false
	}
	v.session, v.wantsLogIn = "", true
	v.loginName, v.loginFault = v.login, &Fault{Code: code}
	w.next()
	return true
}
