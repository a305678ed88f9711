package workflow

import (
	"context"
	"slices"
	"strconv"
	"time"

	"keyhall/backoffice/ra"
)

// SummaryPage shows everything before the order is placed.
type SummaryPage struct {
	Sections []Section
	TotalFen int64
	Fault    *Fault
	Busy     bool
}

func (SummaryPage) page() {}

// Section is a titled list of facts: "section.<ID>".
type Section struct {
	ID   string
	Rows []Row
	Edit bool // can be changed: event Edit{ID}
}

// Edit goes from the summary back to the form of a section.
type Edit struct{ Section string }

func (Edit) action() {}

// summaryStep shows everything, and places the order.
type summaryStep struct {
	fault *Fault
	busy  bool
	tried time.Time // to place it
	moved bool      // to another number, of which the customer has not seen the first
}

func newSummary(w *Workflow) step {
	w.visit.amending = false // who went back to here changes nothing
	return &summaryStep{}
}

func (s *summaryStep) stays(w *Workflow) bool { return s.busy || w.visit.draft.Confirmed }

func (s *summaryStep) page(w *Workflow) Page {
	v := w.visit
	app := v.draft.Application
	lines, total := linesOf(*v.project, app.Lines)
	edit := !v.draft.Confirmed
	return SummaryPage{Fault: s.fault, Busy: s.busy, TotalFen: total, Sections: []Section{
		{ID: "applicant", Rows: applicantRows(v.member), Edit: edit && v.mayAmend()},
		{ID: "services", Rows: lines, Edit: edit},
		{ID: "invoice", Rows: rowsOf(ra.InvoiceFields(), app.Invoice), Edit: edit},
		{ID: "delivery", Rows: rowsOf(ra.DeliveryFields(), app.Delivery), Edit: edit},
	}}
}

func applicantRows(m ra.Membership) []Row {
	return slices.Concat(rowsOf(ra.OrganisationFields(), m.Organisation), rowsOf(ra.LegalFields(), m.Legal), rowsOf(ra.HandlerFields(), m.Handler))
}

func linesOf(p ra.Project, lines []ra.ChosenLine) (rows []Row, total int64) {
	for _, l := range lines {
		i := slices.IndexFunc(p.Services, func(x ra.Service) bool { return x.ID == l.ServiceID })
		if i < 0 {
			continue
		}
		row := Row{ID: "line", Text: p.Services[i].Name}
		if n := l.Count(); n > 0 {
			total += int64(n) * p.Services[i].PriceFen
			row.Args = map[string]string{"quantity": strconv.Itoa(n)}
		}
		rows = append(rows, row)
	}
	return rows, total
}

func (s *summaryStep) act(w *Workflow, a Action) {
	if s.busy {
		return
	}
	switch a := a.(type) {
	case Edit:
		s.edit(w, a.Section)
	case Go:
		s.place(w)
	}
}

// sectionStages are where the sections of the summary are entered.
var sectionStages = map[string]stageName{"services": stageServices, "invoice": stageInvoice, "delivery": stageDelivery}

func (s *summaryStep) edit(w *Workflow, section string) {
	if w.visit.draft.Confirmed {
		return
	}
	if section == "applicant" {
		w.amend()
		return
	}
	if at, ok := sectionStages[section]; ok {
		w.reopen(at)
	}
}

// place places the order, which is kept to be placed before. Whatever happens to the answer: pressing again, logging in again at
// this kiosk, or the kiosk by itself places the same order once.
func (s *summaryStep) place(w *Workflow) {
	v := w.visit
	m, err := v.placing(w.cfg.Kiosk)
	if err != nil {
		w.stop(err)
		return
	}
	v.draft.Confirmed = true
	s.busy, s.fault, s.tried = true, nil, w.cfg.Now()
	session := v.session
	w.work("", func(ctx context.Context) func() {
		o, err := w.cfg.Office.Place(ctx, session, m)
		return func() {
			s.busy = false
			if err == nil {
				v.placed(o)
				w.flow.history = nil // nobody comes back to what is placed
				w.through()
				return
			}
			s.refused(w, err)
		}
	})
}

// refused opens the draft for changes again when the back office does not want it as it is.
func (s *summaryStep) refused(w *Workflow, err error) {
	v := w.visit
	if !ra.Passing(err) {
		if e := reopenDraft(w.ctx, w, &v.draft, err); e != nil {
			w.stop(e)
			return
		}
		if _, taken := numberTaken(err); taken && !s.moved {
			s.moved = true
			s.place(w)
			return
		}
	}
	if w.lost(err) {
		return
	}
	if w.refuseAt(err, stageInvoice, stageDelivery) {
		return
	}
	s.fault = keptFault(err, keptOrder)
}

// tick goes on for a customer who waited for the back office.
func (s *summaryStep) tick(w *Workflow) {
	if !s.busy && w.backAgain(s.fault, s.tried) {
		s.place(w)
	}
}
