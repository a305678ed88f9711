package workflow

import (
	"context"
	"slices"

	"keyhall/backoffice/ra"
)

// Amend corrects what was entered of the organisation and its people.
type Amend struct{}

func (Amend) Name() string { return "amend" }
func (Amend) action()      {}

// amendFixed are the fields that stay: which organisation it is, and where codes go.
var amendFixed = []string{"organisation.credit_code", "organisation.credit_code_again", "handler.mobile"}

// enteredStages are where it is entered.
var enteredStages = []stageName{stageOrganisation, stageLegal, stageHandler, stageCheck}

// mayAmend: what a review has confirmed is changed by an order.
func (v *visit) mayAmend() bool {
	return v.session != "" && v.member.ID != "" && v.member.State == ra.MembershipClaimed
}

// differs: an order was sent back because a paper says something else than was entered.
func differs(o ra.Order) bool {
	of := func(all []ra.Reason) bool {
		return slices.ContainsFunc(all, func(r ra.Reason) bool { return r.Kind == ra.ReasonDiffers })
	}
	return of(o.Returned) || slices.ContainsFunc(o.Papers, func(m ra.Material) bool { return m.Verdict == ra.VerdictReturned && of(m.Reasons) })
}

// amend goes to the forms with what was entered, and comes back to where this was.
func (w *Workflow) amend() {
	v := w.visit
	if !v.mayAmend() {
		return
	}
	v.amending, v.amendBar = true, w.flow.stage().bar
	v.registration = ra.Registration{Login: v.login, Organisation: v.member.Organisation, Legal: v.member.Legal, Handler: v.member.Handler}
	for _, at := range enteredStages {
		delete(v.forms, string(at))
		delete(w.flow.passed, at)
	}
	w.flow.history = append(w.flow.history, w.flow.stage().name)
	w.next()
}

// amendable makes the form of a part of what was entered, without what stays as it is.
func amendable(v *visit, all []*entry) []*entry {
	if !v.amending {
		return all
	}
	return slices.DeleteFunc(all, func(e *entry) bool { return slices.Contains(amendFixed, e.ID) })
}

// amended sends the corrections.
func amended(w *Workflow, f *form) {
	v := w.visit
	session, r, order := v.session, v.registration, v.orderID()
	placed := v.order != nil
	w.work("account", func(ctx context.Context) func() {
		m, err := w.cfg.Office.Amend(ctx, session, r.Applicant(), r.Insisted)
		var now ra.Order
		if err == nil {
			err = w.eraseForms(ctx, session)
		}
		if err == nil && placed {
			now, err = w.cfg.Office.Order(ctx, session, order)
		}
		return func() {
			switch {
			case w.lost(err):
				return
			case err != nil:
				if !w.refuseAt(err, stageOrganisation, stageLegal, stageHandler) {
					f.fault = FaultOf(err)
				}
				return
			}
			w.tookAmended(m, now, placed)
		}
	})
}

// eraseForms erases the scans of sealed papers that wait at this kiosk: they say what was entered before. The back office asks for those that it
// has again. What was handed in with one, and has not arrived, is handed in once more with the new one.
func (w *Workflow) eraseForms(ctx context.Context, session string) error {
	orders, err := w.cfg.Office.Orders(ctx, session)
	if err != nil {
		return err
	}
	for _, o := range orders {
		if o.State != ra.OrderOpen {
			continue
		}
		if _, err := w.cfg.Office.Recall(ctx, o.ID); err != nil {
			return err
		}
		pages, err := w.cfg.Journal.Pages(ctx, o.ID)
		if err != nil {
			return err
		}
		for _, p := range pages {
			if !printedHere(o.Kind, p.Material) {
				continue
			}
			if err := w.cfg.Journal.ErasePage(ctx, p.Page.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *Workflow) tookAmended(m ra.Membership, now ra.Order, placed bool) {
	v := w.visit
	v.amending, v.registration = false, ra.Registration{}
	v.member = m
	for i := range v.members {
		if v.members[i].ID == m.ID {
			v.members[i] = m
		}
	}
	if placed {
		v.setOrder(now)
		v.stale = true
		if v.sheets != nil {
			for _, m := range now.Papers {
				if printedHere(now.Kind, m.Kind) {
					v.sheets.of[m.Kind] = slices.DeleteFunc(v.sheets.of[m.Kind], func(x sheet) bool { return !x.delivered })
				}
			}
		}
		delete(v.handed, now.ID)
		delete(w.flow.passed, stagePrint)
	}
	w.flow.history = slices.DeleteFunc(w.flow.history, func(at stageName) bool { return slices.Contains(enteredStages, at) || at == stageSummary })
	w.through()
}
