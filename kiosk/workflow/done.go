package workflow

import (
	"crypto/x509"
	"encoding/hex"
	"strconv"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/keys"
	"keyhall/kiosk/write"
	papers "keyhall/printer/form"
)

// DonePage says that a key is made and proven.
type DonePage struct {
	Plan      string // what was done to it: "done.title.<Plan>", "done.about.<Plan>"
	Facts     []Row  // serial, certificate number, validity, subject
	Proof     []Mark
	Remaining int // keys still to make: event Go{} goes on after the finished one is pulled
	Pulled    bool
	Slip      PrintState
	SlipFault *Fault
	Order     OrderCard
}

func (DonePage) page() {}

// Reprint prints again.
type Reprint struct{}

func (Reprint) Name() string { return "reprint" }
func (Reprint) action()      {}

// doneStep says that a key is made and proven, prints the slip, and goes on with the next key when this one is pulled.
type doneStep struct {
	made     write.Made
	key      ukey.Identity
	plan     ra.Plan
	pulled   bool
	finished bool // nothing is left to do but to take the key
	slip     slipPrint
}

func newDone(w *Workflow) step {
	return &doneStep{made: *w.visit.made, key: w.visit.key(), plan: w.visit.planInHand()}
}

func (s *doneStep) enter(w *Workflow) {
	v := w.visit
	v.wipePIN()
	if v.acting != nil { // nothing of other keys is the key's
		c := &s.made.Completion
		if only, on := v.acting.Only(c.Order); on {
			c.Order, c.Remaining = only, 0
		}
	}
	if s.made.Completion.Order.ID != "" {
		v.setOrder(s.made.Completion.Order)
	}
	s.print(w)
}

// print prints the slip of the order, where there is one. It goes on when the next key is begun.
func (s *doneStep) print(w *Workflow) {
	if s.made.Completion.Order.ID == "" {
		return
	}
	made := papers.Key{Number: s.made.Completion.Unit.Index, Model: w.nameOfModel(s.made.Completion.Unit.UKeyModel), Serial: s.key.Serial, Target: s.made.Completion.Unit.Target}
	if leaf, err := x509.ParseCertificate(s.made.Certificate); err == nil { // checked when it was issued
		made.Certificate = ra.Certificate{SerialNumber: hex.EncodeToString(leaf.SerialNumber.Bytes()), Subject: ra.SubjectText(leaf.RawSubject),
			NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter}
	}
	s.slip.print(w, s.made.Completion.Order, []papers.Key{made})
}

// keeps: a key that is still plugged in is easily forgotten, also by who does not make the next one now.
func (s *doneStep) keeps(*Workflow) string {
	if s.pulled {
		return ""
	}
	return noticePullKey
}

func (s *doneStep) page(w *Workflow) Page {
	return DonePage{
		Plan: string(s.plan), Facts: s.facts(), Proof: s.proof(), Remaining: s.made.Completion.Remaining, Pulled: s.pulled, Slip: s.slip.state, SlipFault: s.slip.fault,
		Order: cardOf(s.made.Completion.Order),
	}
}

func (s *doneStep) facts() []Row {
	rows := []Row{{ID: "serial", Value: s.key.Serial}}
	leaf, err := x509.ParseCertificate(s.made.Certificate)
	if err != nil { // checked when it was issued
		return rows
	}
	var total time.Duration
	for _, l := range s.made.Laps {
		total += time.Duration(l.Milliseconds) * time.Millisecond
	}
	return append(rows,
		Row{ID: "certificate_number", Value: leaf.SerialNumber.Text(16)},
		Row{ID: "subject", Value: leaf.Subject.CommonName},
		Row{ID: "valid_from", Value: ra.HallDay(leaf.NotBefore)},
		Row{ID: "valid_until", Value: ra.HallDay(leaf.NotAfter)},
		Row{ID: "seconds", Key: "span.seconds", Args: map[string]string{"seconds": strconv.FormatFloat(total.Seconds(), 'f', 1, 64)}},
	)
}

func (s *doneStep) works() bool { return s.slip.state == PrintRunning }

// proofMarks are what was checked at the end of a plan, by the step that did.
var proofMarks = map[ra.Step][]string{
	ra.StepProve:         {"prove.read", "prove.match", "prove.sign", "prove.left_overs"},
	ra.StepProvePIN:      {"prove.pin"},
	ra.StepProveAdminPIN: {"prove.admin_pin"},
}

// proof is what was checked, line by line.
func (s *doneStep) proof() (marks []Mark) {
	for _, step := range s.plan.Steps() {
		for _, id := range proofMarks[step] {
			m := Mark{ID: id, State: MarkDone}
			if others := len(s.made.Proof.LeftOvers) > 0; id == "prove.left_overs" && others && !s.plan.Blank() {
				m.ID = "prove.kept" // what was there before was found, and stays
			} else if id == "prove.left_overs" && others {
				m.State = MarkFailed
			}
			marks = append(marks, m)
		}
	}
	return marks
}

// saw sees the key being pulled; with keys left to make, the next one is asked for.
func (s *doneStep) saw(w *Workflow, seen keys.Snapshot) {
	if !seen.Looked {
		return
	}
	if s.pulled {
		if s.made.Completion.Remaining > 0 && s.slip.state != PrintRunning {
			s.next(w)
		}
		return
	}
	s.pulled = seen.Pulled(s.key)
	leaving := w.aside != nil && w.aside.Asks
	if s.pulled && (s.finished || leaving) {
		w.home()
	}
}

func (s *doneStep) act(w *Workflow, a Action) {
	switch a.(type) {
	case Reprint, Retry:
		s.print(w)
	case SeeOrders:
		s.orders(w)
	case Go:
		switch {
		case s.made.Completion.Remaining == 0:
			s.finished = true // pulling the key goes home as well
			w.leaveHome()
		case s.pulled:
			s.next(w)
		}
	}
}

// next makes the next key; somebody who took up a write without logging in has to log in for it.
func (s *doneStep) next(w *Workflow) {
	if w.visit.session == "" {
		s.orders(w)
		return
	}
	w.visit.nextKey()
	w.start(flowApply)
}

func (s *doneStep) orders(w *Workflow) {
	w.visit.order = nil
	w.start(flowOrders)
}
