package workflow

import (
	"context"
	"slices"

	"keyhall/backoffice/ra"
)

// MembersPage lists the organisations that a person is here for: event ChooseMember.
type MembersPage struct {
	Members []MemberCard
	Claimed bool // the session is in one that is not confirmed: event ConfirmByKey
	Agreed  bool // the session is in one: event SeeAgreed
}

func (MembersPage) page() {}

// MemberCard is one organisation in one project.
type MemberCard struct {
	ID           string
	Organisation string
	Project      ra.Text
	Confirmed    bool // an application of it was accepted in review
	Current      bool // the session is in it
}

// ChooseMember picks one of the person's memberships.
type ChooseMember struct{ ID string }

func (ChooseMember) action() {}

// AddOrganisation makes the person a member of another organisation.
type AddOrganisation struct{}

func (AddOrganisation) Name() string { return "add_organisation" }
func (AddOrganisation) action()      {}

// ChangePassword sets a new password.
type ChangePassword struct{}

func (ChangePassword) Name() string { return "password" }
func (ChangePassword) action()      {}

// membersStep lets a person choose which organisation, in which project, they are here for, or add one.
type membersStep struct {
	project string // only those of this project; "": all
}

// newMembers shows those of the project that an application is for.
func newMembers(w *Workflow) step {
	w.visit.joining = false
	if w.flow.name == flowApply {
		return &membersStep{project: w.visit.wanted()}
	}
	return &membersStep{}
}

// wanted is the project that somebody came for, "" for any.
func (v *visit) wanted() string {
	if v.kind == "" || v.project == nil {
		return ""
	}
	return v.project.ID
}

// stays: there is nothing to go back to before the session is in a membership.
func (s *membersStep) stays(w *Workflow) bool { return !w.visit.entered }

func (s *membersStep) page(w *Workflow) Page {
	p := MembersPage{Claimed: w.visit.entered && w.visit.member.State == ra.MembershipClaimed, Agreed: w.visit.entered && s.project == ""}
	for _, m := range membersOf(w.visit.members, s.project) {
		p.Members = append(p.Members, w.memberCard(m))
	}
	return p
}

// memberCard puts a membership into the customer's words.
func (w *Workflow) memberCard(m ra.Membership) MemberCard {
	c := MemberCard{ID: m.ID, Organisation: m.Organisation.Name, Confirmed: m.State == ra.MembershipConfirmed, Current: w.visit.entered && m.ID == w.visit.member.ID}
	if p := w.projectByID(m.ProjectID); p != nil {
		c.Project = p.Name
	}
	return c
}

func membersOf(all []ra.Membership, project string) []ra.Membership {
	return slices.DeleteFunc(slices.Clone(all), func(m ra.Membership) bool { return project != "" && m.ProjectID != project })
}

func (s *membersStep) act(w *Workflow, a Action) {
	switch a := a.(type) {
	case ChooseMember:
		all := membersOf(w.visit.members, s.project)
		if i := slices.IndexFunc(all, func(m ra.Membership) bool { return m.ID == a.ID }); i >= 0 {
			w.enterMembership(all[i], w.visit.entered && w.visit.member.ID == a.ID)
		}
	case ConfirmByKey:
		if w.visit.entered && w.visit.member.State == ra.MembershipClaimed {
			w.start(flowConfirm)
		}
	case AddOrganisation:
		s.add(w)
	case SeeAgreed:
		if w.visit.entered {
			w.start(flowAgreed)
		}
	case ChangePassword:
		w.start(flowPassword)
	}
}

// add goes to the forms of another organisation, after its project was chosen.
func (s *membersStep) add(w *Workflow) {
	w.visit.joining = true
	if s.project != "" {
		w.done()
		return
	}
	w.visit.kind = ""
	w.start(flowJoin)
}

// enterMembership puts the session into a membership, unless it is in it already, and goes on. Nothing of the membership of
// before stays.
func (w *Workflow) enterMembership(m ra.Membership, already bool) {
	v := w.visit
	enter := func(m ra.Membership) {
		v.enter(m)
		v.entered = true
		if p := w.projectByID(m.ProjectID); p != nil {
			v.project = p
		}
		w.through()
	}
	if already {
		enter(m)
		return
	}
	if v.member.ID != m.ID {
		w.leaveMembership()
	}
	v.entered = false
	session := v.session
	w.work("login", func(ctx context.Context) func() {
		got, err := w.cfg.Office.Choose(ctx, session, m.ID)
		return func() {
			if err != nil {
				w.stop(err)
				return
			}
			enter(got)
		}
	})
}

// leaveMembership ends the membership in hand before another is asked for: when the answer is lost, or not waited for, the session
// may be in either. Nothing of the former one stays, and who breaks it off chooses again.
func (w *Workflow) leaveMembership() {
	if w.visit.member.ID != "" {
		w.keepSheets()
		w.visit.enter(ra.Membership{})
	}
}

// newPassword changes the password; the person's sessions elsewhere end.
func newPassword(*Workflow) step {
	return &formStep{
		at: stagePassword,
		build: func(*Workflow) *form {
			old := &entry{Field: Field{ID: "old", Kind: FieldPassword, MaxLen: 64}}
			return &form{id: FormPassword, primary: "change_password", entries: append([]*entry{old}, newPasswordTwice()...)}
		},
		next: changePassword,
	}
}

// newPasswordTwice are the fields of a new password.
func newPasswordTwice() []*entry {
	return []*entry{
		{Field: Field{ID: "new_password", Kind: FieldPassword, Hint: "hint.password", MaxLen: 64}, check: ra.CheckPassword},
		{Field: Field{ID: "new_password_again", Kind: FieldPassword, Hint: "hint.again", MaxLen: 64}, again: "new_password"},
	}
}

func changePassword(w *Workflow, f *form) {
	session, old, password := w.visit.session, f.value("old"), f.value("new_password")
	w.sendPassword(f, func(ctx context.Context) error { return w.cfg.Office.ChangePassword(ctx, session, old, password) }, func() {
		delete(w.visit.forms, string(stagePassword)) // nothing of it stays
		w.flow.passed[stagePassword] = true
		w.above(&noticeStep{notice: NoticePage{ID: "password_changed"}})
	})
}

// passwordFields are the fields of the forms with a new password by what the back office calls them.
var passwordFields = map[string]string{"code": "reset_code", "password": "new_password"}

// sendPassword has the new password of a form set, and then does what is next. What is refused stands at its field.
func (w *Workflow) sendPassword(f *form, set func(context.Context) error, next func()) {
	w.work("login", func(ctx context.Context) func() {
		err := set(ctx)
		return func() {
			if w.lost(err) {
				return
			}
			if err != nil {
				f.wipeHidden()
				if at, here := passwordFields[fieldOf(err)]; here {
					err = atField(err, at)
				}
				f.refuse(err)
				return
			}
			next()
		}
	})
}
