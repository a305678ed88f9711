package workflow

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/keys"
	"keyhall/kiosk/write"
)

// heldPIN is the field for the PIN that a key has.
func heldPIN() *entry {
	return &entry{Field: Field{ID: "held_pin", Kind: FieldPIN, MaxLen: 64}}
}

// askPINStep asks the holder for the key's PIN, to work on the key with it, and shows what the key tells of the attempts left.
type askPINStep struct{ formStep }

func newAskPIN(*Workflow) step { return askPIN(stageAskPIN, FormAskPIN) }

// saw hears what the key tells of its PIN, and whether it holds the certificate that the register has on it.
func (s *askPINStep) saw(w *Workflow, seen keys.Snapshot) {
	k, there := seen.Find(w.visit.job)
	if !there {
		return
	}
	f := s.form(w)
	f.facts = slices.DeleteFunc(slices.Clone(f.facts), func(r Row) bool { return r.ID == "pin_left" || r.ID == "on_key" })
	if job, ok := w.cfg.Jobs.Look(w.visit.job); ok && s.at == stagePIN && job.Target != nil {
		f.facts = append(f.facts, Row{ID: "on_key", Key: onKey(k, job.Target.Certificate)})
	}
	f.facts = append(f.facts, pinLeft(k.Info))
}

// onKey tells whether a certificate is on the key that is plugged in.
func onKey(k keys.Seen, der []byte) string {
	has := func(o ukey.Object) bool { return o.Kind == ukey.KindCertificate && bytes.Equal(o.Value, der) }
	if slices.ContainsFunc(k.Objects, has) {
		return "on_key.same"
	}
	return "on_key.missing"
}

func askPIN(at stageName, id string) step {
	give := func(w *Workflow, f *form) { // the job gets what was typed; nothing of the form stays
		w.visit.wipePIN()
		w.visit.pin = []byte(f.value("held_pin"))
		delete(w.visit.forms, string(at))
		w.done()
	}
	return &askPINStep{formStep{
		at: at,
		build: func(w *Workflow) *form {
			job, _ := w.cfg.Jobs.Look(w.visit.job)
			f := &form{id: id, primary: sayStart, entries: []*entry{heldPIN()}, facts: []Row{{ID: "serial", Value: job.Key.Serial}}}
			if job.OrderNumber != "" {
				f.facts = append([]Row{{ID: "number", Value: job.OrderNumber}}, f.facts...)
			}
			if at == stagePIN {
				f.facts = append(f.facts, w.replacing(job)...)
			}
			return f
		},
		next: give,
		choose: onLastTry(func(w *Workflow, f *form) {
			w.cfg.Jobs.RiskLastAttempt(w.visit.job)
			give(w, f)
		}),
	}}
}

// replacing are what a write replaces on a key and what comes instead: what a holder compares before they consent. What comes instead is told
// where the order is in hand.
func (w *Workflow) replacing(job write.Progress) (rows []Row) {
	if job.Target == nil {
		return nil
	}
	leaf, err := x509.ParseCertificate(job.Target.Certificate)
	if err != nil {
		return nil
	}
	rows = []Row{{ID: "certificate_number", Value: hex.EncodeToString(leaf.SerialNumber.Bytes())}, {ID: "old_end", Value: ra.HallDay(leaf.NotAfter)}}
	o := w.visit.order
	if o == nil {
		return rows
	}
	i := slices.IndexFunc(o.Units, func(u ra.Unit) bool { return u.Target != nil && u.Target.CertificateID == job.Target.CertificateID })
	if i < 0 {
		return rows
	}
	end := leaf.NotAfter
	if months := o.Units[i].TermMonths; months > 0 {
		end = ra.ExtendedEnd(end, w.date(), months)
	}
	rows = append(rows, Row{ID: "new_end", Value: ra.HallDay(end)})
	if w.projectOf(*o).Profile.Usage.Decrypts() {
		rows = append(rows, Row{ID: "stays", Key: "stays.readable"})
	}
	return rows
}
