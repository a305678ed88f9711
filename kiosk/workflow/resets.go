package workflow

import (
	"context"
	"strings"

	"keyhall/backoffice/ra"
)

// ForgotPassword goes to where somebody who does not know theirs any more sets it anew.
type ForgotPassword struct{}

func (ForgotPassword) Name() string { return "forgot_password" }
func (ForgotPassword) action()      {}

// NoMobile tells what somebody does who gets no messages at the mobile that they registered.
type NoMobile struct{}

func (NoMobile) Name() string { return "no_mobile" }
func (NoMobile) action()      {}

// HaveCode goes to the form for a code that was sent already: a further one would end it.
type HaveCode struct{}

func (HaveCode) Name() string { return "have_code" }
func (HaveCode) action()      {}

// SendReset has a new code for a password sent.
type SendReset struct{}

func (SendReset) Name() string { return "resend_reset" }
func (SendReset) action()      {}

// newForgot asks whose password was forgotten; a code goes to the mobile that they registered, unless they have one: the desk had it sent.
func newForgot(w *Workflow) step {
	name := w.visit.triedLogin()
	return &formStep{
		at: stageForgot,
		build: func(*Workflow) *form {
			f := &form{id: FormForgot, primary: "send_code", secondary: []Named{HaveCode{}, NoMobile{}}, entries: []*entry{
				{Field: Field{ID: "login", Kind: FieldLatin, Hint: "hint.login"}, check: ra.CheckLogin, full: 11, elsewhere: true},
			}}
			f.set("login", name)
			return f
		},
		next: func(w *Workflow, f *form) {
			w.askReset(ra.NormalLogin(f.value("login")), f, func() { w.toRecover(ra.NormalLogin(f.value("login")), FormRecover) })
		},
		choose: func(w *Workflow, f *form, a Action) {
			if _, have := a.(HaveCode); !have {
				noMobile(w, f, a)
				return
			}
			if !f.ready() {
				f.insist()
				return
			}
			f.fault = nil
			w.toRecover(ra.NormalLogin(f.value("login")), FormRecoverHeld)
		},
	}
}

func noMobile(w *Workflow, _ *form, a Action) {
	if _, ok := a.(NoMobile); ok {
		w.aside = &NoticePage{ID: "forgot_password"}
	}
}

// toRecover goes on to the form for the code of a login: nothing of what was typed there for another one, or before, is left.
func (w *Workflow) toRecover(login, form string) {
	v := w.visit
	v.forgetful, v.recoverForm = login, form
	if f := v.forms[string(stageRecover)]; f != nil {
		f.wipe()
		delete(v.forms, string(stageRecover))
	}
	w.done()
}

// askReset has a code sent, and then does what is next.
func (w *Workflow) askReset(login string, f *form, next func()) {
	w.work("send_code", func(ctx context.Context) func() {
		err := w.cfg.Office.ForgotPassword(ctx, login)
		return func() {
			if w.lost(err) {
				return
			}
			if err != nil {
				if f.entry(fieldOf(err)) == nil {
					err = atField(err, "")
				}
				f.refuse(err)
				return
			}
			next()
		}
	})
}

// newRecover takes the code and the new password.
func newRecover(*Workflow) step {
	return &formStep{
		at: stageRecover,
		build: func(w *Workflow) *form {
			code := &entry{Field: Field{ID: "reset_code", Kind: FieldDigits, Hint: "hint.auth_code", MaxLen: 8}, full: 8}
			return &form{id: w.visit.recoverForm, primary: "change_password", secondary: []Named{SendReset{}, NoMobile{}},
				facts: []Row{{ID: "login", Value: w.visit.forgetful}}, entries: append([]*entry{code}, newPasswordTwice()...)}
		},
		next: recoverPassword,
		choose: func(w *Workflow, f *form, a Action) {
			if _, again := a.(SendReset); again {
				w.askReset(w.visit.forgetful, f, func() { w.aside = &NoticePage{ID: "reset_code_sent"} })
				return
			}
			noMobile(w, f, a)
		},
	}
}

func recoverPassword(w *Workflow, f *form) {
	login, code, password := w.visit.forgetful, strings.TrimSpace(f.value("reset_code")), f.value("new_password")
	w.sendPassword(f, func(ctx context.Context) error { return w.cfg.Office.RecoverPassword(ctx, login, code, password) }, func() { w.recovered(login) })
}

// recovered leads back to the login, with nothing of the forms left.
func (w *Workflow) recovered(login string) {
	v := w.visit
	v.stopForgetting()
	delete(v.forms, string(stageLogIn))
	v.loginName = login
	w.above(&noticeStep{notice: NoticePage{ID: "password_reset"}})
}

// stopForgetting is for who knows their password after all, or again.
func (v *visit) stopForgetting() {
	v.forgetting, v.forgetful, v.recoverForm = false, "", ""
	for _, at := range []stageName{stageForgot, stageRecover} {
		if f := v.forms[string(at)]; f != nil {
			f.wipe()
			delete(v.forms, string(at))
		}
	}
}
