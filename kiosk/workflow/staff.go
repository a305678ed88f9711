package workflow

import (
	"context"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// LogInStaff logs a member of staff in, by name and password, and their key where it is plugged in.
type LogInStaff struct{}

func (LogInStaff) Name() string { return "login_staff" }
func (LogInStaff) action()      {}

// FormStaffLogIn asks a member of staff for name and password, and for the PIN of their key.
const FormStaffLogIn = "staff_login"

// noticeLocked tells that the page for staff is closed.
const noticeLocked = "staff_locked"

func nameAndPassword() []*entry {
	return []*entry{{Field: Field{ID: "staff_name", Kind: FieldLatin, MaxLen: 64}}, {Field: Field{ID: "password", Kind: FieldPassword}}}
}

// takeStaff returns what brings name and password, as they stand typed, to the back office, with what the key signed or, for nil,
// without; and says what comes then.
func takeStaff(w *Workflow, key ukey.Identity) func(context.Context, *ra.KeyAnswer) (func(), error) {
	f := w.visit.forms[string(stageStaffLogIn)]
	l := ra.StaffLogIn{Login: ra.NormalLogin(f.value("staff_name")), Password: f.value("password")}
	return func(ctx context.Context, a *ra.KeyAnswer) (func(), error) {
		l.Key = a
		s, err := w.cfg.Office.StaffLogIn(ctx, l)
		if err == nil && !s.May(ra.ActKiosks) {
			w.cfg.Office.StaffLeave(s.Token)
			err = ra.E(ra.CodeForbidden)
		}
		return func() { w.staffIn(&badge{session: s, key: key}) }, err
	}
}

// staffIn goes on as a member of staff.
func (w *Workflow) staffIn(b *badge) {
	v := w.visit
	v.badge, v.staff = b, true
	v.forms[string(stageStaffLogIn)].wipe()
	delete(v.forms, string(stageStaffLogIn))
	w.cfg.Log.Info("devices looked at by staff", "by", "login", "key", b.session.ByKey)
	w.through()
}

// lock closes the page for staff: their key is gone, or their session over. Nothing of them stays.
func (w *Workflow) lock() {
	w.cfg.Log.Info("staff logged out: key pulled or session over")
	w.home()
	w.aside = &NoticePage{ID: noticeLocked}
}

// without logs a member of staff in who has no key there.
func (s *keyPINStep) without(w *Workflow, f *form) {
	take := takeStaff(w, ukey.Identity{})
	f.forget()
	s.sent = true
	w.work("login", func(ctx context.Context) func() {
		then, err := take(ctx, nil)
		return func() {
			s.sent = false
			if err != nil {
				s.refused(w, f, err)
				return
			}
			then()
		}
	})
}
