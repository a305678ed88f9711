package workflow

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"keyhall/backoffice/ra"
)

// newCode asks for the authorization code that came by text message.
func newCode(*Workflow) step {
	return &formStep{
		at: stageCode,
		build: func(w *Workflow) *form {
			f := &form{id: FormCode, primary: "next", entries: []*entry{codeEntry()}}
			if o := w.visit.order; o != nil {
				f.secondary = []Named{SendCode{}}
				f.facts = []Row{{ID: "number", Value: o.Number}, {ID: "sent_to", Value: ra.MaskMobile(o.Applicant.Handler.Mobile)}}
			}
			return f
		},
		next: func(w *Workflow, f *form) {
			w.visit.code, w.visit.codeAt = strings.TrimSpace(f.value("auth_code")), stageCode
			w.done()
		},
		choose: sendCode,
	}
}

// SendCode has a new authorization code sent to the registered mobile.
type SendCode struct{}

func (SendCode) Name() string { return "resend_code" }
func (SendCode) action()      {}

// sendCode has a new code sent, which the ones before are worth nothing beside.
func sendCode(w *Workflow, f *form, a Action) {
	o := w.visit.order
	if _, wanted := a.(SendCode); !wanted || o == nil {
		return
	}
	session, id, mobile := w.visit.session, o.ID, ra.MaskMobile(o.Applicant.Handler.Mobile)
	w.work("send_code", func(ctx context.Context) func() {
		err := w.cfg.Office.SendCode(ctx, session, id)
		return func() {
			switch {
			case w.lost(err):
			case err != nil:
				f.refuse(atField(err, ""))
			default:
				f.wipe()
				w.aside = &NoticePage{ID: "code_sent", Args: map[string]string{"mobile": mobile}}
			}
		}
	})
}

// LogIn logs in.
type LogIn struct{}

func (LogIn) Name() string { return "login" }
func (LogIn) action()      {}

// newProof asks who wants to go on with an interrupted write: the authorization code, or a login.
func newProof(*Workflow) step {
	return &formStep{
		at: stageProof,
		build: func(*Workflow) *form {
			return &form{id: FormProof, primary: "next", secondary: []Named{LogIn{}}, entries: []*entry{codeEntry()}}
		},
		next: func(w *Workflow, f *form) {
			w.visit.code, w.visit.codeAt = strings.TrimSpace(f.value("auth_code")), stageProof
			w.done()
		},
		choose: func(w *Workflow, _ *form, a Action) {
			if _, login := a.(LogIn); login {
				w.visit.wantsLogIn = true
				w.done()
			}
		},
	}
}

func codeEntry() *entry {
	return &entry{Field: Field{ID: "auth_code", Kind: FieldDigits, Hint: "hint.auth_code", MaxLen: 12}, check: checkCode, elsewhere: true}
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

// newPIN asks for the customer's own PIN, twice, with the key's rules; or for the one that they have, before it is written to the key.
func newPIN(w *Workflow) step {
	if job, _ := w.cfg.Jobs.Look(w.visit.job); job.AsksPIN {
		return askPIN(stagePIN, FormConsent)
	}
	return &formStep{
		at: stagePIN,
		build: func(w *Workflow) *form {
			job, _ := w.cfg.Jobs.Look(w.visit.job)
			applicant := w.visit.member.Applicant()
			return &form{id: FormPIN, primary: "start", entries: newPINTwice(job.PINMin, job.PINMax, func(pin string) error {
				return guessable(pin, job.Key.Serial, applicant)
			})}
		},
		next: func(w *Workflow, f *form) {
			w.visit.wipePIN()
			w.visit.pin = []byte(f.value("pin"))
			delete(w.visit.forms, string(stagePIN)) // nothing of it stays
			w.done()
		},
	}
}

// newPINTwice are the fields of a PIN that a key is to have, of so many characters; further is what else it has to be.
func newPINTwice(fewest, most int, further func(pin string) error) []*entry {
	return []*entry{
		{
			Field: Field{ID: "pin", Kind: FieldPIN, Hint: "hint.pin", MaxLen: most, Args: map[string]string{
				"min": strconv.Itoa(fewest), "max": strconv.Itoa(most)}},
			check: func(pin string) error {
				if err := ra.CheckPIN(pin, fewest, most); err != nil {
					return err
				}
				return further(pin)
			},
		},
		{Field: Field{ID: "pin_again", Kind: FieldPIN, Hint: "hint.again", MaxLen: most}, again: "pin"},
	}
}

// forget forgets what is hidden, and which PINs were wrong: they may have been another key's.
func (f *form) forget() {
	f.wipeHidden()
	f.entry("key_pin").wrongs = nil
}

// guessable finds what whoever knows the holder, or holds the key, tries first.
func guessable(pin, serial string, holder ra.Applicant) error {
	return cmp.Or(ra.CheckPINOn(pin, serial), ra.CheckPINFor(pin, holder))
}
