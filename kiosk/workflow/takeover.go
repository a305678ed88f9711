package workflow

import (
	"context"
	"strings"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/keys"
)

// The forms with which somebody goes on with a write that another kiosk began, and that no authorization code opens.
const (
	FormTakeOver     = "takeover"      // the PIN of the key, whose old pair then signs
	FormTakeOverCode = "takeover_code" // a code to the registered mobile, where that pair is gone
)

// TakeOverByCode has that code sent, at first or again.
type TakeOverByCode struct{}

// Name is part of the message key.
func (TakeOverByCode) Name() string { return "takeover_code" }

func (TakeOverByCode) action() {}

// needsHolder: somebody is logged in, and has still to show that the key of a write of another kiosk's is in their hand.
func (v *visit) needsHolder() bool {
	return v.resumed.ID != "" && !v.held && v.session != "" && !v.byCode() && v.code == "" && !v.begun() && v.made == nil
}

// newTakeOver asks for the PIN of the key. What it signs is good at this kiosk alone, once.
func newTakeOver(*Workflow) step {
	return &formStep{
		at: stageTakeOver,
		build: func(w *Workflow) *form {
			return &form{id: FormTakeOver, primary: "takeover", secondary: []Named{TakeOverByCode{}}, entries: []*entry{heldPIN()},
				facts: []Row{{ID: "serial", Value: w.visit.key().Serial}}}
		},
		next: func(w *Workflow, f *form) { takeOver(w, f, false) },
		choose: func(w *Workflow, f *form, a Action) {
			switch a.(type) {
			case TakeOverByCode:
				sendTakeOver(w, f, func() {
					w.visit.codeAt = stageTakeOverCode
					w.done()
				})
			case TryLast:
				if f.ready() {
					takeOver(w, f, true)
				}
			}
		},
	}
}

// takeOver has the old pair sign that the write may go on here, and takes it up.
func takeOver(w *Workflow, f *form, last bool) {
	v, pin := w.visit, []byte(f.value("held_pin"))
	session, op, key := v.session, v.resumed, v.key()
	f.wipe()
	f.secondary = []Named{TakeOverByCode{}}
	w.work("resume", func(ctx context.Context) func() {
		err := w.cfg.Jobs.TakeOver(ctx, session, w.cfg.Kiosk.ID, pin, last, op)
		clear(pin)
		return func() {
			if err != nil {
				notTakenOver(w, f, err)
				return
			}
			tookOver(w, key)
		}
	})
}

func tookOver(w *Workflow, key ukey.Identity) {
	v := w.visit
	v.job = key
	delete(v.forms, string(stageTakeOver))
	if p, ok := w.cfg.Jobs.Look(key); ok {
		v.made = p.Made
	}
	w.through()
}

// notTakenOver tells at the PIN what can be mended there, and of everything else at the keys.
func notTakenOver(w *Workflow, f *form, err error) {
	switch code := ra.CodeOf(err); {
	case w.lost(err):
	case code == ra.CodePINWrong:
		f.refuse(atField(err, "held_pin"))
	case code == ra.CodePINLast:
		askLast(f)
		f.secondary = append(f.secondary, TakeOverByCode{})
	case code == ra.CodeKeyDiffers, code == ra.CodePINLocked, ra.Passing(err), keys.Code(err) == ra.CodeKeyPulled:
		f.fault = FaultOf(err)
	default:
		w.keyFault(FaultOf(err))
	}
}

// newTakeOverCode takes the code that was sent in place of the signature.
func newTakeOverCode(*Workflow) step {
	return &formStep{
		at: stageTakeOverCode,
		build: func(w *Workflow) *form {
			return &form{id: FormTakeOverCode, primary: "next", secondary: []Named{TakeOverByCode{}}, entries: []*entry{codeEntry()},
				facts: []Row{{ID: "serial", Value: w.visit.key().Serial}, {ID: "sent_to", Value: ra.MaskMobile(w.visit.member.Handler.Mobile)}}}
		},
		next: func(w *Workflow, f *form) {
			w.visit.code, w.visit.codeAt = strings.TrimSpace(f.value("auth_code")), stageTakeOverCode
			w.done()
		},
		choose: func(w *Workflow, f *form, a Action) {
			if _, again := a.(TakeOverByCode); again {
				sendTakeOver(w, f, func() {
					w.aside = &NoticePage{ID: "code_sent", Args: map[string]string{"mobile": ra.MaskMobile(w.visit.member.Handler.Mobile)}}
				})
			}
		},
	}
}

func sendTakeOver(w *Workflow, f *form, next func()) {
	session, id := w.visit.session, w.visit.resumed.ID
	w.work("send_code", func(ctx context.Context) func() {
		err := w.cfg.Office.TakeoverCode(ctx, session, id)
		return func() {
			switch {
			case w.lost(err):
			case err != nil:
				f.refuse(atField(err, ""))
			default:
				next()
			}
		}
	})
}
