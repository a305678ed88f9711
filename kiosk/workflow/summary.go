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
	due   *int64    // fen, as the back office told that it costs something else than was shown; nil: what is reckoned here
}

func newSummary(w *Workflow) step {
	w.visit.amending = false // who went back to here changes nothing
	return &summaryStep{}
}

func (s *summaryStep) stays(w *Workflow) bool { return s.busy || w.visit.draft.Confirmed }

func (s *summaryStep) page(w *Workflow) Page {
	v := w.visit
	lines, _ := v.priced()
	return SummaryPage{Fault: s.fault, Busy: s.busy, TotalFen: s.total(v), Sections: v.sections(lines, !v.draft.Confirmed)}
}

// total is what the customer is shown that the order costs, fen, and agrees to by placing it. The back office's word counts: it knows of
// certificates and terms that came or went since they were listed here.
func (s *summaryStep) total(v *visit) int64 {
	if s.due != nil {
		return *s.due
	}
	_, total := v.priced()
	return total
}

// sections are what the order in hand says, as far as the service has it.
func (v *visit) sections(lines []Row, edit bool) []Section {
	app, rule := v.draft.Application, v.rule()
	all := []Section{{ID: "applicant", Rows: applicantRows(v.member), Edit: edit && v.mayAmend()}}
	if rule.Changes != ra.PartNone {
		all = []Section{{ID: "changes", Rows: v.changedRows(), Edit: edit}}
	}
	if len(v.targets) > 0 {
		all = append(all, Section{ID: "targets", Rows: v.targetRows(), Edit: edit && !v.targeted})
	}
	all = append(all, Section{ID: "services", Rows: lines, Edit: edit && (rule.Targets == ra.TargetsNone || v.picksTerm())})
	if v.costs() {
		all = append(all, Section{ID: "invoice", Rows: rowsOf(ra.InvoiceFields(), app.Invoice), Edit: edit})
	}
	if v.delivers() {
		all = append(all, Section{ID: "delivery", Rows: rowsOf(ra.DeliveryFields(), app.Delivery), Edit: edit})
	}
	return all
}

// targetRows are the certificates that the order is on, with how long they are good, and will be.
func (v *visit) targetRows() (rows []Row) {
	for _, h := range v.targets {
		rows = append(rows, Row{ID: "target", Key: "target.line", Args: map[string]string{"serial": h.Key.Serial, "until": ra.HallDay(h.NotAfter)}})
	}
	return rows
}

func applicantRows(m ra.Membership) []Row {
	return slices.Concat(rowsOf(ra.OrganisationFields(), m.Organisation), rowsOf(ra.LegalFields(), m.Legal), rowsOf(ra.HandlerFields(), m.Handler))
}

// priced are the services that the order in hand asks for, and what they cost in all, fen.
func (v *visit) priced() (rows []Row, total int64) {
	for _, l := range v.lines() {
		i := slices.IndexFunc(v.project.Services, func(x ra.Service) bool { return x.ID == l.ServiceID })
		if i < 0 {
			continue
		}
		row, n := Row{ID: "line", Text: v.project.Services[i].Name}, l.Quantity
		if len(l.Targets) > 0 {
			n = v.unpaid()
		}
		if l.Count() > 0 {
			row.Args = map[string]string{"quantity": strconv.Itoa(l.Count())}
		} else {
			n = len(v.targets)
			row.Args = map[string]string{"quantity": strconv.Itoa(max(n, 1))}
		}
		total += int64(n) * v.project.Services[i].PriceFen
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
var sectionStages = map[string]stageName{"services": stageServices, "targets": stageTargets, "invoice": stageInvoice, "delivery": stageDelivery}

// sectionStage is where a section of the order in hand is entered.
func (v *visit) sectionStage(section string) (at stageName, ok bool) {
	switch {
	case section == "changes":
		at, ok = partStages[v.rule().Changes]
	case section == "services" && v.rule().Targets != ra.TargetsNone:
		return stageTerm, true
	default:
		at, ok = sectionStages[section]
	}
	return at, ok
}

// partStages are where the parts of an applicant's data are changed.
var partStages = map[ra.Part]stageName{ra.PartOrganisation: stageNewOrganisation, ra.PartLegal: stageNewLegal, ra.PartHandler: stageNewHandler}

func (s *summaryStep) edit(w *Workflow, section string) {
	if w.visit.draft.Confirmed {
		return
	}
	if section == "applicant" {
		w.amend()
		return
	}
	if at, ok := w.visit.sectionStage(section); ok {
		w.reopen(at)
	}
}

// place places the order, which is kept to be placed before. Whatever happens to the answer: pressing again, logging in again at
// this kiosk, or the kiosk by itself places the same order once.
func (s *summaryStep) place(w *Workflow) {
	v := w.visit
	if !v.draft.Confirmed { // what is sent again is the same
		seen := s.total(v)
		v.draft.Application.SeenFen = &seen
		if !w.keepDraft() {
			return
		}
	}
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
	if ra.CodeOf(err) == ra.CodePriceChanged {
		if fen, e := strconv.ParseInt(FaultOf(err).Args["fen"], 10, 64); e == nil {
			s.due = &fen
		}
		s.reprice(w, FaultOf(err))
		return
	}
	if w.refuseAt(err, stageNewOrganisation, stageNewLegal, stageNewHandler, stageInvoice, stageDelivery) {
		return
	}
	s.fault = keptFault(err, keptOrder)
}

// reprice shows what everything costs now, and says that it changed: placing it again agrees to that.
func (s *summaryStep) reprice(w *Workflow, changed *Fault) {
	v := w.visit
	w.work("projects", func(ctx context.Context) func() {
		all, err := w.cfg.Office.Projects(ctx)
		return func() {
			if s.fault = changed; err != nil {
				return
			}
			w.projects = all
			if p := w.projectByID(v.member.ProjectID); p != nil {
				v.project = p
			}
		}
	})
}

// tick goes on for a customer who waited for the back office.
func (s *summaryStep) tick(w *Workflow) {
	if !s.busy && w.backAgain(s.fault, s.tried) {
		s.place(w)
	}
}
