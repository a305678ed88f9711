package workflow

import (
	"context"
	"slices"

	"keyhall/backoffice/ra"
)

// rule is the row of the table of services for what was chosen to be done.
func (v *visit) rule() ra.ServiceRule {
	rule, _ := ra.RuleOf(v.kind, v.reason)
	return rule
}

// reasoned: it is known which service of the kind is meant, as far as there are several.
func (v *visit) reasoned() bool {
	_, known := ra.RuleOf(v.kind, v.reason)
	return known
}

// offered are the services that the project sells for what was chosen to be done.
func (v *visit) offered() []ra.Service { return v.project.ServicesFor(v.kind, v.reason) }

// service is the one that was chosen among them, the first one while none was.
func (v *visit) service() ra.Service {
	all := v.offered()
	if i := slices.IndexFunc(all, func(s ra.Service) bool { return s.ID == v.serviceID }); i >= 0 {
		return all[i]
	}
	if v.paidFor() { // it is called by the term that it writes
		if i := slices.IndexFunc(all, func(s ra.Service) bool { return s.TermMonths == v.targets[0].PaidMonths }); i >= 0 {
			return all[i]
		}
	}
	if len(all) == 0 {
		return ra.Service{}
	}
	return all[0]
}

// paidFor: every certificate that was chosen has a term that was paid for, which the order uses.
func (v *visit) paidFor() bool {
	unpaid := func(h ra.Holding) bool { return h.PaidMonths == 0 }
	return v.rule().Terms == ra.TermsUsed && len(v.targets) > 0 && !slices.ContainsFunc(v.targets, unpaid)
}

// picksTerm: for how many months is still to be said.
func (v *visit) picksTerm() bool {
	rule := v.rule()
	return rule.Term && rule.Targets != ra.TargetsNone && !v.paidFor()
}

// asksFiles: the service replaces a key or a certificate, and files may still be encrypted for the old one (S16).
func (v *visit) asksFiles() bool {
	rule := v.rule()
	return rule.AsksFiles && (!rule.WhereRewritten || v.rewrites())
}

// rewrites: what the order brings anew stands in certificates.
func (v *visit) rewrites() bool {
	to := v.draft.Application.Applicant
	return v.project != nil && to != nil && v.project.Profile.Carries(v.member.Applicant().Changes(*to))
}

// affects: it is for all certificates that its data stands in.
func (v *visit) affects() bool {
	rule := v.rule()
	return rule.Targets == ra.TargetsLive && (!rule.WhereRewritten || v.rewrites())
}

// costs: something is due for what was chosen.
func (v *visit) costs() bool {
	_, total := v.priced()
	return total > 0
}

// invoiced: an invoice is asked for. Who had one before sees it in the summary, where it may be changed.
func (v *visit) invoiced() bool {
	return v.costs() && (v.rule().Targets == ra.TargetsNone || v.former == nil || v.former.AmountFen == 0)
}

// delivers: the order ends with a key that is handed over.
func (v *visit) delivers() bool { return v.rule().Plan.Blank() }

// apply begins an application for a service, on these certificates where they are known already.
func (w *Workflow) apply(kind ra.Kind, reason ra.ServiceReason, on ...ra.Holding) {
	w.visit.begin(kind, reason)
	w.visit.targets, w.visit.targeted = on, len(on) > 0
	w.start(flowApply)
}

// suggest begins an application with certificates chosen that the person may still change.
func (w *Workflow) suggest(kind ra.Kind, ids []string) {
	w.visit.begin(kind, ra.ReasonNone)
	w.visit.wantedTargets = ids
	w.start(flowApply)
}

// begin forgets the application and the order in hand, for another one.
func (v *visit) begin(kind ra.Kind, reason ra.ServiceReason) {
	v.kind, v.reason, v.serviceID, v.written = kind, reason, "", false
	v.order, v.sheets, v.code, v.codeAt, v.eager = nil, nil, "", "", false
	v.targets, v.targeted, v.wantedTargets = nil, false, nil
	v.forgetDraft()
}

// forgetDraft lets the next application begin empty.
func (v *visit) forgetDraft() {
	v.draft, v.quantity = ra.Draft{}, map[string]int{}
	for _, at := range applicationForms {
		delete(v.forms, string(at))
	}
}

// applicationForms are where something is entered that an application says.
var applicationForms = []stageName{stageNewOrganisation, stageNewLegal, stageNewHandler, stageWarning, stageInvoice, stageDelivery}

// keepApplication keeps the application in hand as it stands: from the first time on it has an id and a number, and the journal keeps it.
func (w *Workflow) keepApplication() bool {
	v := w.visit
	app := &v.draft.Application
	if app.ID == "" {
		number, err := w.cfg.Journal.NextNumber(w.ctx, w.cfg.Kiosk.Prefix)
		if err != nil {
			w.stop(err)
			return false
		}
		app.ID, app.Number, app.Method = newID(), number, ra.MethodTransfer
		app.Invoice, app.Delivery = v.usualInvoice(), v.usualDelivery()
		v.draft.MembershipID, v.draft.ProjectID = v.member.ID, v.member.ProjectID
	}
	app.Kind, app.Reason, app.Lines = v.kind, v.reason, v.lines()
	return w.keepDraft()
}

// lines are what the application asks for.
func (v *visit) lines() (lines []ra.ChosenLine) {
	switch v.rule().Targets {
	case ra.TargetsLive:
		return []ra.ChosenLine{{ServiceID: v.service().ID}}
	case ra.TargetsChosen:
		return []ra.ChosenLine{{ServiceID: v.service().ID, Targets: targetIDs(v.targets)}}
	}
	for _, s := range v.offered() {
		if q := v.quantity[s.ID]; q > 0 {
			lines = append(lines, ra.ChosenLine{ServiceID: s.ID, Quantity: q})
		}
	}
	return lines
}

func targetIDs(all []ra.Holding) (ids []string) {
	for _, h := range all {
		ids = append(ids, h.ID)
	}
	return ids
}

// takeUpStep takes up what was filled in on an earlier visit. From here on nobody goes back to who they are.
type takeUpStep struct{}

func newTakeUp(*Workflow) step { return &takeUpStep{} }

func (*takeUpStep) passing()              {}
func (*takeUpStep) page(*Workflow) Page   { return BusyPage{ID: "orders"} }
func (*takeUpStep) act(*Workflow, Action) {}

func (*takeUpStep) enter(w *Workflow) {
	v := w.visit
	if err := v.mayApply(); err != nil {
		w.stop(err)
		return
	}
	for _, d := range v.drafts {
		if d.Application.Kind == v.kind && d.Application.Reason == v.reason && v.draft.Application.ID == "" {
			v.takeUp(d)
		}
	}
	if v.former == nil && v.rule().Targets != ra.TargetsNone {
		findFormer(w)
		return
	}
	w.through()
}

// findFormer looks for the member's last order, which knows what would be asked again. Without an answer it is asked.
func findFormer(w *Workflow) {
	v := w.visit
	session := v.session
	w.work("orders", func(ctx context.Context) func() {
		orders, err := w.cfg.Office.Orders(ctx, session)
		return func() {
			if w.lost(err) {
				return
			}
			if i := slices.IndexFunc(orders, func(o ra.Order) bool { return o.AmountFen > 0 }); i >= 0 { // newest first
				v.former = &orders[i]
			}
			w.through()
		}
	})
}

// mayApply tells why who is here does not get the service: CodeForbidden for a project that this hall does not offer any more,
// CodeMembershipClaimed, CodeKeySession.
func (v *visit) mayApply() error {
	rule := v.rule()
	switch {
	case v.project == nil || v.project.ID != v.member.ProjectID:
		return ra.E(ra.CodeForbidden)
	case v.acting != nil && !v.acting.MayOrder(rule):
		return ra.E(ra.CodeKeySession)
	case rule.Targets != ra.TargetsNone && v.member.State != ra.MembershipConfirmed:
		return ra.E(ra.CodeMembershipClaimed)
	}
	return nil
}

// takeUp goes on with a draft of an earlier visit. Services that are no longer offered fall out; certificates are chosen anew, as they are
// now.
func (v *visit) takeUp(d ra.Draft) {
	if v.project == nil || d.ProjectID != v.project.ID {
		return
	}
	v.draft = d
	for _, l := range d.Application.Lines {
		if slices.ContainsFunc(v.project.Services, func(x ra.Service) bool { return x.ID == l.ServiceID }) {
			v.quantity[l.ServiceID] = l.Quantity
			v.serviceID, v.wantedTargets = l.ServiceID, l.Targets
		}
	}
}

// addServiceWords adds the message keys of what an application asks beside its fields.
func addServiceWords(add func(prefix string, ids ...string)) {
	for _, rule := range ra.ServiceRules() {
		add("needs.about.", offerID(rule.Kind, rule.Reason))
		if rule.AsksFiles {
			add("form."+FormWarning+"_"+string(rule.Kind), ".title", ".about")
		}
		if rule.Reason != ra.ReasonNone {
			add("choose."+string(rule.Kind)+"."+string(rule.Reason), "", ".about")
			add("choose."+string(rule.Kind), ".title", ".about")
		}
	}
	for _, id := range []string{ChooseTerm, ChooseRenewal} {
		add("choose."+id, ".title", ".about")
	}
	add("choose."+ChooseRenewal+"."+RenewOnly, "", ".about")
	for _, m := range ra.RequiredMaterials() {
		add("needs.paper.", string(m))
	}
	add("needs.", "seal", "key", "key.none", "key.new", "key.pin", "phone", "who", "cost", "cost.none", "cost.range", "time", "time.paid")
	add("action.", "read_and_print", HaveRead{}.Name(), "no_files", HaveFiles{}.Name(), "files_go_on")
	for _, p := range ra.Plans() {
		add("done.title.", string(p))
		add("done.about.", string(p))
	}
	for _, k := range ra.Kinds() {
		add("finished.about.done.", string(k))
	}
	add("action.", RenewNow{}.Name(), ExtendNow{}.Name())
	add("target.", "line")
	add("stays.", "readable")
	add("on_key.", "same", "missing")
}
