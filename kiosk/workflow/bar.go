package workflow

import (
	"slices"

	"keyhall/backoffice/ra"
)

// bars are the parts of the step bar, in the order of an application.
func bars() []string {
	var all []string
	for _, s := range apply {
		if s.bar != "" && !slices.Contains(all, s.bar) {
			all = append(all, s.bar)
		}
	}
	return all
}

// barNeeds tells which parts of the step bar a service has not always.
var barNeeds = map[string]func(v *visit) bool{
	"step.invoice": func(v *visit) bool { return v.rule().Targets == ra.TargetsNone || v.delivers() || v.invoiced() },
	"step.print":   (*visit).printsAny,
	"step.scan":    (*visit).papered,
	"step.pay":     (*visit).charged,
	"step.review":  func(v *visit) bool { return v.papered() || v.charged() },
	"step.make":    func(v *visit) bool { return v.plan() != ra.PlanNone },
}

// served is the service of the order in hand, placed or not.
func (v *visit) served() (ra.Kind, ra.ServiceReason) {
	if v.order != nil {
		return v.order.Kind, v.order.Reason
	}
	return v.kind, v.reason
}

func (v *visit) plan() ra.Plan { return ra.PlanFor(v.served()) }

// papered: papers are handed in for it.
func (v *visit) papered() bool {
	if v.order != nil {
		return len(v.order.Papers) > 0
	}
	return v.project == nil || len(v.project.RequiredFor(v.kind, v.reason)) > 0
}

// printsAny: some of them are printed here.
func (v *visit) printsAny() bool {
	if v.order != nil {
		return slices.ContainsFunc(v.order.Papers, func(m ra.Material) bool { return printedHere(v.order.Kind, m.Kind) })
	}
	return v.project == nil || slices.ContainsFunc(v.project.RequiredFor(v.kind, v.reason), func(r ra.Requirement) bool { return printedHere(v.kind, r.Material) })
}

// charged: something is, or may be, due for it.
func (v *visit) charged() bool {
	switch {
	case v.order != nil:
		return v.order.Payment != ra.PaymentNothingDue
	case v.project == nil || v.kind == "":
		return true
	case v.paidFor():
		return false
	}
	return slices.ContainsFunc(v.offered(), func(s ra.Service) bool { return s.PriceFen > 0 })
}

// barsOf are those that the service in hand has.
func (v *visit) barsOf(all []string) []string {
	kind, _ := v.served()
	if kind == "" {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(bar string) bool {
		need := barNeeds[bar]
		return need != nil && !need(v)
	})
}
