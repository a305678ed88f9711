package workflow

import (
	"cmp"
	"context"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/keys"
)

// KeyCheckPage tells what a key is that is plugged in, how it differs from what it should be, and the one thing to do about it. Before
// a person logged in it tells what the key itself shows, and what the back office tells of a key to everybody.
type KeyCheckPage struct {
	Plugged   bool      // a key is there; else one is asked for
	Looking   bool      // it is being found out what it is
	Keys      []KeyCard // to choose from, where several are there
	Facts     []Row
	Findings  []keys.Finding // worst first
	Main      Named          // what is to be done next, "action.<Name>"; nil: nothing
	ChangePIN bool           // its holder may change the PIN: event ChangePIN{}
	Repaired  bool           // just now
	Fault     *Fault
}

func (KeyCheckPage) page() {}

// What a checked key may need, and its holder wants. CheckKey is the way there from home.
type (
	CheckKey   struct{}
	CompareKey struct{} // log in, so that the register may be compared
	RepairKey  struct{}
	UnlockKey  struct{}
	ChangePIN  struct{}
)

// Name is part of the message key.
func (CheckKey) Name() string    { return "check_key" }
func (CompareKey) Name() string  { return "compare_key" }
func (RepairKey) Name() string   { return "repair_key" }
func (UnlockKey) Name() string   { return "unlock_key" }
func (ChangePIN) Name() string   { return "change_pin" }
func (ResumeWrite) Name() string { return "resume" }

func (CheckKey) action()   {}
func (CompareKey) action() {}
func (RepairKey) action()  {}
func (UnlockKey) action()  {}
func (ChangePIN) action()  {}

// keyCheckStep looks at the key that is plugged in. In a session it is held against the register too.
type keyCheckStep struct {
	seen     keys.Snapshot
	listed   bool
	fault    *Fault // of what was tried last
	repaired bool
	record   keyRecord
}

// keyRecord is what the register says of a key to who is here.
type keyRecord struct {
	of     ukey.Identity
	asking bool
	known  *ra.KeyRecord // nil: not asked, or refused
	err    error
}

func newKeyCheck(w *Workflow) step { return &keyCheckStep{repaired: w.visit.made != nil} }

func (s *keyCheckStep) enter(w *Workflow) {
	v := w.visit
	v.nextKey()
	v.wantsLogIn, v.changesPIN = false, false
}

// tell says why what was tried did not work.
func (s *keyCheckStep) tell(f *Fault) { s.fault = f }

// saw takes in what the watcher knows. What was told of a key that was there before goes.
func (s *keyCheckStep) saw(w *Workflow, seen keys.Snapshot) {
	if s.listed && !slices.EqualFunc(s.seen.Keys, seen.Keys, sameKey) {
		s.fault, s.repaired = nil, false
	}
	s.seen, s.listed = seen, true
	w.visit.mean(seen.Keys)
	s.register(w)
}

// register asks what the register has of the key that is meant.
func (s *keyCheckStep) register(w *Workflow) {
	k, one := s.key(w)
	if !one || w.visit.session == "" {
		return
	}
	if w.lost(k.Away) {
		return
	}
	if key := k.Info.Identity(); s.record.of != key && k.Status.Known {
		s.compare(w, key)
	}
}

// compare asks the register what it has of the key.
func (s *keyCheckStep) compare(w *Workflow, key ukey.Identity) {
	s.record = keyRecord{of: key, asking: true}
	session := w.visit.session
	w.work("", func(ctx context.Context) func() {
		record, err := w.cfg.Office.KeyRecord(ctx, session, ra.KeyIdentity(key))
		return func() {
			if w.lost(err) || s.record.of != key {
				return
			}
			s.record.asking, s.record.err = false, err
			if err == nil {
				s.record.known = &record
			}
		}
	})
}

// key is the one that is meant.
func (s *keyCheckStep) key(w *Workflow) (k keys.Seen, one bool) { return w.visit.meant(s.seen.Keys) }

func (s *keyCheckStep) page(w *Workflow) Page {
	p := KeyCheckPage{Fault: cmp.Or(s.fault, FaultOf(s.seen.Trouble)), Repaired: s.repaired}
	k, one := s.key(w)
	p.Keys = w.visit.choice(s.seen.Keys)
	switch {
	case !one && len(s.seen.Keys) > 1:
		p.Fault = cmp.Or(p.Fault, toChoose(s.seen.Keys))
		return p
	case !one && len(s.seen.NoDriver) > 0:
		p.Fault = cmp.Or(p.Fault, noDriver(s.seen.NoDriver[0]))
		return p
	case !one:
		return p
	}
	p.Plugged = true
	if p.Looking = k.Held || k.Condition == keys.Unknown || s.record.asking || !k.Answered && k.Away == nil; p.Looking {
		return p
	}
	c := s.comparison(w, k)
	p.Facts, p.Findings, p.Main, p.ChangePIN = w.keyFacts(c), c.Findings(), remedies[c.Remedy()], c.Opens()
	return p
}

// remedies are the buttons of what is to be done about a key.
var remedies = map[keys.Remedy]Named{keys.RemedyGoOn: ResumeWrite{}, keys.RemedyUnlock: UnlockKey{}, keys.RemedyCompare: CompareKey{}, keys.RemedyRepair: RepairKey{}}

// comparison is all that is known of the key.
func (s *keyCheckStep) comparison(w *Workflow, k keys.Seen) keys.Comparison {
	c := keys.Compare(k, w.date())
	c.LoggedIn, c.Record, c.Refused = w.visit.session != "", s.record.known, s.record.err
	return c
}

func (s *keyCheckStep) act(w *Workflow, a Action) {
	if p, ok := a.(PickKey); ok && w.visit.pick(p, s.seen.Keys) {
		s.fault, s.repaired = nil, false
		s.register(w)
	}
	k, one := s.key(w)
	if !one {
		return
	}
	c := s.comparison(w, k)
	switch a.(type) {
	case ChangePIN:
		if c.Opens() {
			w.visit.changesPIN = true
			w.visit.pinKey = k
			w.done()
		}
	case Go:
		s.main(w, c)
	}
}

// main does the one thing that the page offers.
func (s *keyCheckStep) main(w *Workflow, c keys.Comparison) {
	v := w.visit
	switch c.Remedy() {
	case keys.RemedyGoOn:
		w.start(flowResume)
	case keys.RemedyCompare:
		v.wantsLogIn = true
		w.done()
	case keys.RemedyUnlock:
		v.project = w.projectByID(c.Status.ProjectID)
		w.apply(ra.KindUnlock, ra.ReasonNone)
	case keys.RemedyRepair:
		v.write = ra.Write{ID: newID(), Plan: ra.PlanRepair, ProjectID: c.Status.ProjectID, Model: c.Model.ID, Key: ra.KeyIdentity(c.Info.Identity()),
			Target: &ra.Target{CertificateID: c.Repairable().ID}}
		w.done()
	}
}

// keyFacts are what the key says of itself, and whose project it is of.
func (w *Workflow) keyFacts(l keys.Comparison) []Row {
	rows := []Row{{ID: "model", Text: nameOf(l.Seen)}}
	add := func(id, value string) {
		if value != "" {
			rows = append(rows, Row{ID: id, Value: value})
		}
	}
	add("serial", l.Info.Serial)
	add("label", l.Info.Label)
	if p := w.projectByID(l.Status.ProjectID); p != nil {
		rows = append(rows, Row{ID: "project", Text: p.Name})
	}
	if c := l.Current(); c != nil {
		add("subject", c.Subject.CommonName)
		if !l.Status.Known {
			add("issuer", c.Issuer.CommonName)
		}
		add("valid_until", ra.HallDay(c.NotAfter))
	}
	if l.Info.Initialized {
		rows = append(rows, pinLeft(l.Info))
	}
	return rows
}

// addKeyWords adds the message keys of a checked key and its PIN.
func addKeyWords(add func(prefix string, ids ...string)) {
	add("action.", "check_key", "compare_key", "repair_key", "unlock_key", "change_pin", "resume")
	for _, f := range []string{FormAskPIN, FormChangePIN, FormChangePad} {
		add("form."+f, ".title", ".about")
	}
	for _, n := range []string{"pin_changed"} {
		add("notice."+n, ".title", ".text")
	}
	add("field.", "held_pin")
	add("busy.", "change_pin", "pin_pad")
	add("hint.", "key_pin_pad")
	add("find.", keys.FindingIDs()...)
	for _, s := range pinStates {
		add("pin_state.", s)
	}
	add("pin_state.", "left")
}
