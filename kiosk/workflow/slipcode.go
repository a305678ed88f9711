package workflow

import (
	"context"
	"strings"

	"keyhall/backoffice/ra"
)

// FormSlipCode takes the code that was sent for the order that is looked for.
const FormSlipCode = "slip_code"

// LogInByCode logs in by a code to the registered mobile, for the order that is looked for alone. SendSlipCode has a new one sent.
type (
	LogInByCode  struct{}
	SendSlipCode struct{}
)

// Name is part of the message key.
func (LogInByCode) Name() string  { return "login_code" }
func (SendSlipCode) Name() string { return "resend_slip" }

func (LogInByCode) action()  {}
func (SendSlipCode) action() {}

// mayUseCode: an order is looked for, which a code opens.
func (w *Workflow) mayUseCode() bool { return w.flow.name == flowSlip && w.visit.slip != "" }

// toSlipCode goes to where the code is typed.
func (w *Workflow) toSlipCode() {
	if w.mayUseCode() {
		w.visit.slipCode = w.visit.slip
		w.done()
	}
}

// slipCodeStep takes the code that was sent to the registered mobile of whose order it is. Whether there is such an order it does not tell.
type slipCodeStep struct{ *formStep }

func newSlipCode(w *Workflow) step {
	if w.visit.slipSent != w.visit.slip {
		delete(w.visit.forms, string(stageSlipCode)) // it was about another order
	}
	return &slipCodeStep{&formStep{
		at: stageSlipCode,
		build: func(w *Workflow) *form {
			return &form{id: FormSlipCode, primary: "login", secondary: []Named{SendSlipCode{}, NoMobile{}},
				facts: []Row{{ID: "number", Value: w.visit.slip}}, entries: []*entry{
					{Field: Field{ID: "slip_code", Kind: FieldDigits, Hint: "hint.auth_code", MaxLen: 8}, full: 8},
				}}
		},
		next: logInBySlip,
		choose: func(w *Workflow, f *form, a Action) {
			if _, again := a.(SendSlipCode); again {
				w.askSlipCode(f, func() { w.aside = &NoticePage{ID: "slip_code_sent"} })
				return
			}
			noMobile(w, f, a)
		},
	}}
}

// enter has the code sent, once for an order.
func (s *slipCodeStep) enter(w *Workflow) {
	s.formStep.enter(w)
	if w.visit.slipSent != w.visit.slip {
		w.askSlipCode(s.form(w), func() {})
	}
}

// leave: who goes back logs in another way.
func (s *slipCodeStep) leave(w *Workflow) { w.visit.slipCode = "" }

func (w *Workflow) askSlipCode(f *form, next func()) {
	v, number := w.visit, w.visit.slip
	w.work("send_code", func(ctx context.Context) func() {
		err := w.cfg.Office.AskSlipCode(ctx, number)
		return func() {
			if err != nil {
				f.refuse(atField(err, ""))
				return
			}
			v.slipSent = number
			next()
		}
	})
}

func logInBySlip(w *Workflow, f *form) {
	number, code := w.visit.slip, strings.TrimSpace(f.value("slip_code"))
	w.work("login", func(ctx context.Context) func() {
		session, err := w.cfg.Office.LogInBySlip(ctx, number, code)
		return func() {
			if err != nil {
				f.refuse(err)
				return
			}
			w.slipIn(session)
		}
	})
}

// slipIn goes on in a session that is about the order that was looked for, and about nothing else of its member.
func (w *Workflow) slipIn(s ra.Session) {
	v := w.visit
	v.mandate.Wipe()
	v.session, v.mandate, v.login, v.members, v.onlyOrder = s.Token, s.Mandate, s.Login, s.Memberships, s.OrderID
	delete(v.forms, string(stageSlipCode))
	delete(v.forms, string(stageLogIn))
	v.slipSent = ""
	v.enter(*s.Membership)
	v.entered, v.looked = true, true // what a person left here is not the order's
	w.through()
}
