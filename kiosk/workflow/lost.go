package workflow

import (
	"context"

	"keyhall/backoffice/ra"
)

// ReportLost says that the key of the certificate in hand is lost.
type ReportLost struct{}

func (ReportLost) Name() string { return "report_lost" }
func (ReportLost) action()      {}

// RestoreLost says that the lost key of the certificate in hand is back.
type RestoreLost struct{}

func (RestoreLost) Name() string { return "restore_lost" }
func (RestoreLost) action()      {}

// mayRestore tells whether the key in hand may be restored here, by who has it and is a confirmed member.
func (w *Workflow) mayRestore() bool {
	v := w.visit
	return v.holding != nil && v.holding.LostAt != nil && v.holding.State == ra.CertificateSuspended && v.member.State == ra.MembershipConfirmed
}

// mayReport tells whether the key in hand may be reported lost here: by a confirmed member, while anything on it is in use.
func (w *Workflow) mayReport() bool {
	v := w.visit
	return v.holding != nil && v.holding.MayReport() == nil && v.member.State == ra.MembershipConfirmed
}

// newLost tells what a report does, and of which key.
func newLost(*Workflow) step {
	return &formStep{
		at:    stageLost,
		build: func(w *Workflow) *form { return &form{id: FormLost, primary: "understood", facts: w.lostFacts()} },
		next:  func(w *Workflow, _ *form) { w.done() },
	}
}

// newLostSure asks once more, and then reports.
func newLostSure(*Workflow) step {
	return &formStep{
		at: stageLostSure,
		build: func(w *Workflow) *form {
			return &form{id: FormLostSure, primary: ReportLost{}.Name(), facts: w.lostFacts()}
		},
		next: reportLost,
	}
}

// lostFacts name the key of the certificate in hand.
func (w *Workflow) lostFacts() []Row {
	h := *w.visit.holding
	return []Row{{ID: "organisation.name", Value: w.visit.member.Organisation.Name}, {ID: "model", Text: w.nameOfModel(h.Model)},
		{ID: "serial", Value: h.Key.Serial}, {ID: "certificate_number", Value: h.SerialNumber}}
}

func reportLost(w *Workflow, f *form) {
	session, id := w.visit.session, w.visit.holding.ID
	w.work("report_lost", func(ctx context.Context) func() {
		err := w.cfg.Office.ReportLost(ctx, session, id)
		return func() {
			if w.lost(err) {
				return
			}
			if err != nil {
				f.refuse(atField(err, ""))
				return
			}
			w.reported(NoticePage{ID: "reported_lost", Args: map[string]string{"serial": w.visit.holding.Key.Serial}})
		}
	})
}

// reported tells what became of the key, and goes on in the list of certificates.
func (w *Workflow) reported(n NoticePage) {
	v := w.visit
	v.endReport()
	v.holding = nil
	w.flow.history = nil
	w.above(&noticeStep{notice: n})
}

// endReport forgets a report that was begun: another key has its own.
func (v *visit) endReport() {
	v.reporting, v.restoring = false, false
	delete(v.forms, string(stageLost))
	delete(v.forms, string(stageLostSure))
}
