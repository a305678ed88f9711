package workflow

import (
	"strconv"
	"strings"

	"keyhall/backoffice/ra"
)

// newCode asks for the authorization code that came by text message.
func newCode() *formStep {
	return &formStep{
		at: stepCode,
		make: func(*Workflow) *form {
			return &form{id: FormCode, primary: "next", entries: []*entry{
				{Field: Field{ID: "auth_code", Kind: FieldDigits, Hint: "hint.auth_code", MaxLen: 12}, check: checkCode},
			}}
		},
		next: func(w *Workflow, f *form) {
			w.visit.code = strings.TrimSpace(f.value("auth_code"))
			w.reserve(func(err error) {
				if w.lost(err) {
					return
				}
				if ofCode(err) {
					f.refuse(atField(err, "auth_code"))
					return
				}
				if ra.Answered(err) { // about the key or the unit
					w.become(&keyStep{fault: FaultOf(err)})
					return
				}
				f.fault = FaultOf(err)
			})
		},
		to: func(*Workflow) step { return &keyStep{} },
	}
}

// newProof asks who wants to go on with an interrupted write: the authorization code, or a login.
func newProof() *formStep {
	p := newResumeCode()
	ask := p.make
	p.at = stepProof
	p.make = func(w *Workflow) *form {
		f := ask(w)
		f.id, f.secondary = FormProof, []string{"login"}
		return f
	}
	p.choose = func(w *Workflow, _ *form, name string) {
		if name == "login" {
			w.visit.again = &keyStep{going: true}
			w.become(newLogIn("", nil))
		}
	}
	return p
}

// newResumeCode asks for the authorization code to go on with an interrupted write.
func newResumeCode() *formStep {
	p := newCode()
	p.next = func(w *Workflow, f *form) {
		w.resume(strings.TrimSpace(f.value("auth_code")), func(err error) {
			switch {
			case w.lost(err):
			case ofCode(err):
				f.refuse(atField(err, "auth_code"))
			case ra.Answered(err):
				w.become(&keyStep{going: true, fault: FaultOf(err)})
			default:
				f.fault = FaultOf(err)
			}
		})
	}
	p.to = func(w *Workflow) step { return &keyStep{going: w.visit.order == nil} }
	return p
}

func checkCode(s string) error {
	if s == "" {
		return ra.E(ra.CodeRequired)
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return ra.E(ra.CodeInvalid)
		}
	}
	return nil
}

// newPIN asks for the customer's own PIN, twice, with the key's rules.
func newPIN() *formStep {
	return &formStep{
		at: stepPIN,
		make: func(w *Workflow) *form {
			fewest, most := w.visit.job.PINLimits()
			return &form{id: FormPIN, primary: "start", entries: []*entry{
				{
					Field: Field{ID: "pin", Kind: FieldPIN, Hint: "hint.pin", MaxLen: most, Args: map[string]string{
						"min": strconv.Itoa(fewest), "max": strconv.Itoa(most)}},
					check: func(s string) error { return ra.CheckPIN(s, fewest, most) },
				},
				{Field: Field{ID: "pin_again", Kind: FieldPIN, Hint: "hint.again", MaxLen: most}, again: "pin"},
			}}
		},
		next: func(w *Workflow, f *form) {
			w.visit.wipePIN()
			w.visit.pin = []byte(f.value("pin"))
			delete(w.visit.forms, string(stepPIN)) // nothing of it stays
			w.become(&writingStep{})
		},
		to: func(w *Workflow) step { return &keyStep{} },
	}
}
