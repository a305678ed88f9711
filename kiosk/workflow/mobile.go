package workflow

import (
	"context"
	"strings"
)

// SendMobile has a new code for a mobile sent.
type SendMobile struct{}

func (SendMobile) Name() string { return "resend_mobile" }
func (SendMobile) action()      {}

// mobileProof is how far somebody who registers has shown that the mobile they gave is theirs.
type mobileProof struct {
	sent   string // where the last code went to
	proven string // whose code was right
	code   string
}

// unproven: somebody new still has to show that the mobile is theirs, where the project asks for it.
func (v *visit) unproven() bool {
	return v.registering && v.project != nil && v.project.ProveMobile && v.mobile.proven != v.registration.Handler.Mobile
}

// mobileStep takes the code that was sent to the mobile.
type mobileStep struct{ formStep }

func newMobile(w *Workflow) step {
	if w.visit.mobile.sent != w.visit.registration.Handler.Mobile {
		delete(w.visit.forms, string(stageMobile)) // it was about another number
	}
	s := &mobileStep{}
	s.formStep = formStep{
		at: stageMobile,
		build: func(w *Workflow) *form {
			return &form{id: FormMobile, primary: "next", secondary: []Named{SendMobile{}},
				facts: []Row{{ID: "handler.mobile", Value: w.visit.registration.Handler.Mobile}}, entries: []*entry{
					{Field: Field{ID: "mobile_code", Kind: FieldDigits, Hint: "hint.auth_code", MaxLen: 8}, full: 8},
				}}
		},
		next: proveMobile,
		choose: func(w *Workflow, f *form, a Action) {
			if _, again := a.(SendMobile); again {
				w.askMobile(f, func() { w.aside = &NoticePage{ID: "mobile_code_sent"} })
			}
		},
	}
	return s
}

// enter has the code sent, once for a number.
func (s *mobileStep) enter(w *Workflow) {
	s.formStep.enter(w)
	if w.visit.mobile.sent != w.visit.registration.Handler.Mobile {
		w.askMobile(s.form(w), func() {})
	}
}

// askMobile has a code sent to the mobile, and then does what is next. The code is for this registration, whose id stays.
func (w *Workflow) askMobile(f *form, next func()) {
	v := w.visit
	if v.registration.ID == "" {
		v.registration.ID = newID()
	}
	id, project, holder := v.registration.ID, v.project.ID, v.registration.Handler
	w.work("send_code", func(ctx context.Context) func() {
		err := w.cfg.Office.AskMobileCode(ctx, id, project, holder)
		return func() {
			if err != nil {
				f.refuse(atField(err, ""))
				return
			}
			v.mobile.sent = holder.Mobile
			next()
		}
	})
}

func proveMobile(w *Workflow, f *form) {
	v := w.visit
	id, project, mobile, code := v.registration.ID, v.project.ID, v.registration.Handler.Mobile, strings.TrimSpace(f.value("mobile_code"))
	w.work("check_code", func(ctx context.Context) func() {
		err := w.cfg.Office.CheckMobile(ctx, id, project, mobile, code)
		return func() {
			if err != nil {
				f.refuse(err)
				return
			}
			v.mobile.proven, v.mobile.code = mobile, code
			w.done()
		}
	})
}
