package workflow

import (
	"context"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/keys"
	"keyhall/kiosk/write"
)

// LogInByKey logs in with the key that is plugged in.
type LogInByKey struct{}

func (LogInByKey) Name() string { return "login_key" }
func (LogInByKey) action()      {}

// ConfirmByKey confirms who claims an organisation, by one of its keys.
type ConfirmByKey struct{}

func (ConfirmByKey) Name() string { return "confirm_key" }
func (ConfirmByKey) action()      {}

// logInStep asks for login name and password, and offers what a key that is plugged in makes possible.
type logInStep struct{ *formStep }

func (s *logInStep) saw(w *Workflow, seen keys.Snapshot) {
	f := s.form(w)
	f.secondary = slices.DeleteFunc(f.secondary, func(n Named) bool { return n == Named(LogInByKey{}) })
	if len(showable(seen)) > 0 {
		f.secondary = append([]Named{LogInByKey{}}, f.secondary...)
	}
}

// showable are the keys that may have something to show: of our models, and neither blank nor in somebody's hand.
func showable(seen keys.Snapshot) (all []keys.Seen) {
	for _, k := range seen.Keys {
		if k.Model.ID != "" && !k.Held && !k.Missing && k.Info.Initialized && k.Info.UserPINSet && k.Condition != keys.Blank {
			all = append(all, k)
		}
	}
	return all
}

// keyPINStep asks for the PIN of a key, which then signs that it is there: for itself, or for who is logged in.
type keyPINStep struct {
	*formStep
	use   keyUse
	key   keys.Seen   // zero: none, or several
	fault *Fault      // why there is none
	all   []keys.Seen // that would do
	sent  bool        // it works with the key
}

func newKeyPIN(w *Workflow) step {
	at := w.flow.stage().name
	delete(w.visit.forms, string(at))
	s := &keyPINStep{use: keyUses()[at]}
	if s.use.purpose != ra.KeyPurposeStaff {
		s.fault = &Fault{Code: ra.CodeKeyNone}
	}
	s.formStep = &formStep{
		at: at,
		build: func(w *Workflow) *form {
			pin := &entry{Field: Field{ID: "key_pin", Kind: FieldPIN, Hint: "hint.key_pin", MaxLen: 32}, when: func(func(string) string) bool { return s.typedHere() }}
			f := &form{id: s.use.form, primary: s.use.primary, entries: []*entry{pin}}
			if s.use.purpose == ra.KeyPurposeStaff { // beside name and password
				f.entries = append(nameAndPassword(), pin)
			}
			if s.use.purpose.ByPerson() {
				f.facts = []Row{{ID: "organisation.name", Value: w.visit.member.Organisation.Name}}
			}
			return f
		},
		next:   func(w *Workflow, f *form) { s.show(w, f, false) },
		choose: onLastTry(func(w *Workflow, f *form) { s.show(w, f, true) }),
	}
	return s
}

// saw takes the key that is there, and tells of its PIN what the key tells.
func (s *keyPINStep) saw(w *Workflow, seen keys.Snapshot) {
	if s.sent {
		return
	}
	s.all = s.fitting(w, showable(seen))
	s.look(w)
}

// fitting leaves out, where a certain key is wanted and there, all others.
func (s *keyPINStep) fitting(w *Workflow, all []keys.Seen) []keys.Seen {
	if s.use.purpose != ra.KeyPurposeRestore {
		return all
	}
	wanted := slices.IndexFunc(all, func(k keys.Seen) bool { return ra.KeyIdentity(k.Info.Identity()) == w.visit.holding.Key })
	if wanted < 0 || all[wanted].Twin {
		return all
	}
	return all[wanted : wanted+1]
}

// look takes the key that is meant.
func (s *keyPINStep) look(w *Workflow) {
	before, all := s.key.Info.Identity(), s.all
	away := before != ukey.Identity{} || s.fault != nil && s.fault.Code == ra.CodeKeyAway
	w.visit.mean(all)
	one, is := w.visit.meant(all)
	s.key, s.fault = keys.Seen{}, nil
	switch {
	case !is && len(all) > 1:
		s.fault = toChoose(all)
	case len(all) == 0 && s.use.purpose == ra.KeyPurposeStaff: // they may look without
	case len(all) == 0 && away:
		s.fault = &Fault{Code: ra.CodeKeyAway}
	case len(all) == 0:
		s.fault = &Fault{Code: ra.CodeKeyNone}
	case one.Twin || one.Status.Lost && s.use.purpose != ra.KeyPurposeRestore:
		s.fault = FaultOf(one.Fault())
	case s.use.purpose == ra.KeyPurposeRestore && one.Info.Identity() != ukey.Identity(w.visit.holding.Key):
		s.fault = wrongKey(ukey.Identity(w.visit.holding.Key), one.Info.Identity())
	default:
		s.key = one
	}
	f := s.form(w)
	if before != (ukey.Identity{}) && s.key.Info.Identity() != before { // what was said, and typed, was about another one
		f.fault, f.secondary = nil, nil
		if f.value("key_pin") != "" || f.value("password") != "" {
			w.aside = &NoticePage{ID: "key_away"} // the screen forgets what is hidden when it comes back
		}
		f.forget()
	}
	s.ask(f)
}

// ask has the PIN typed here, or on the key where that has keys of its own.
func (s *keyPINStep) ask(f *form) {
	f.facts = slices.DeleteFunc(f.facts, func(r Row) bool { return slices.Contains([]string{"serial", "key_pin", "pin_left"}, r.ID) })
	if s.key.Info.Identity() != (ukey.Identity{}) {
		f.facts = append(f.facts, Row{ID: "serial", Value: s.key.Info.Serial})
	}
	pin := f.entry("key_pin")
	pin.Hint, pin.Args = pinHint(s.key.Info)
	if s.key.Info.PINPad {
		f.facts = append(f.facts, pinLeft(s.key.Info), Row{ID: "key_pin", Key: "hint.key_pin_pad"})
	}
}

// typedHere: the PIN is not typed on the key; of staff, who may look without a key, it is asked for once one is there.
func (s *keyPINStep) typedHere() bool {
	return !s.key.Info.PINPad && (s.use.purpose != ra.KeyPurposeStaff || s.key.Info.Identity() != ukey.Identity{})
}

func (s *keyPINStep) page(w *Workflow) Page {
	p := s.form(w).page()
	if s.fault != nil && !s.sent {
		p.Fault, p.Ready = s.fault, false
	}
	if !s.sent {
		p.Keys = w.visit.choice(s.all)
	}
	return p
}

// act takes the touch of a key too.
func (s *keyPINStep) act(w *Workflow, a Action) {
	if p, ok := a.(PickKey); ok {
		if !s.sent && w.visit.pick(p, s.all) {
			s.look(w)
		}
		return
	}
	s.formStep.act(w, a)
}

// works: a key signs, and may wait for a button on it.
func (s *keyPINStep) works() bool { return s.sent }

// show has the key sign. The last attempt at its PIN is made only by who was told that it is the last.
func (s *keyPINStep) show(w *Workflow, f *form, last bool) {
	if s.fault != nil || s.sent {
		return
	}
	if s.key.Info.Identity() == (ukey.Identity{}) {
		if s.use.purpose == ra.KeyPurposeStaff {
			s.without(w, f)
		}
		return
	}
	if s.key.Info.UserPIN == ukey.PINFinal && !last {
		askLast(f)
		return
	}
	session, key := w.visit.session, s.key.Info.Identity()
	x := write.Showing{Key: key, PIN: []byte(f.value("key_pin")), Last: last, Purpose: s.use.purpose, KioskID: w.cfg.Kiosk.ID}
	take := s.use.take(w)
	x.Ask = func(ctx context.Context, sums [][]byte) (ra.KeyChallenge, error) {
		return w.cfg.Office.KeyChallenge(ctx, session, ra.KeyAsked{Purpose: x.Purpose, Key: ra.KeyIdentity(key), Certificates: sums})
	}
	f.forget()
	f.secondary = nil
	s.sent = true
	busy := "key_login"
	if s.key.Info.PINPad {
		busy = "pin_pad"
	}
	w.work(busy, func(ctx context.Context) func() {
		answer, err := w.cfg.Jobs.Show(ctx, x)
		clear(x.PIN)
		var then func()
		if err == nil {
			then, err = take(ctx, answer)
		}
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

func (s *keyPINStep) refused(w *Workflow, f *form, err error) {
	switch code := ra.CodeOf(err); {
	case w.lost(err):
	case code == ra.CodePINWrong && !s.key.Info.PINPad:
		f.refuse(atField(err, "key_pin"))
	case code == ra.CodePINLast:
		askLast(f)
	case keys.Code(err) == ra.CodeKeyPulled || code == ra.CodeKeyPulled:
		if f.fault = (&Fault{Code: ra.CodeKeyAway}); s.use.purpose != ra.KeyPurposeStaff {
			s.key, s.fault, f.fault = keys.Seen{}, f.fault, nil // until the next look
		}
	default:
		f.fault = FaultOf(err)
	}
	w.watch() // its PIN may be another by now
}

// keyIn goes on as the key, where it was wanted or with its own work: nothing of who was here before is the key's.
func (w *Workflow) keyIn(s ra.Session) {
	v := w.visit
	if v.login != "" || v.acting != nil && v.acting.Key != s.Key.Key {
		w.keepSheets()
		resumed, held, slip := v.resumed, v.held, v.slip
		v.wipe()
		v = newVisit(w.cfg.Jobs)
		w.visit = v
		v.resumed, v.held, v.slip = resumed, held, slip
	}
	v.byKey, v.acting, v.session, v.members = false, s.Key, s.Token, s.Memberships
	delete(v.forms, string(stageLogIn))
	delete(v.forms, string(stageKeyPIN))
	v.picked = ukey.Identity(s.Key.Key) // where others are plugged in, it is the one that is meant
	v.enter(*s.Membership)
	v.entered, v.looked = true, true // what a person left here is not the key's
	v.project = w.projectByID(v.member.ProjectID)
	orders := w.flow.name == flowApply && v.order == nil && s.Key.MayOrder(v.rule())
	switch {
	case orders, w.flow.name == flowResume, w.flow.name == flowCheck, w.flow.name == flowSlip: // they know what they came for
		w.through()
	default:
		v.kind = ""
		w.start(flowWork)
	}
}

// confirmedByKey tells that the membership is a confirmed one, and goes to its orders.
func (w *Workflow) confirmedByKey(m ra.Membership) {
	v := w.visit
	v.member = m
	for i := range v.members {
		if v.members[i].ID == m.ID {
			v.members[i] = m
		}
	}
	delete(v.forms, string(stageKeyConfirm))
	w.start(flowOrders)
	w.aside = &NoticePage{ID: "member_confirmed"}
}
