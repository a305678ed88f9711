package workflow

import (
	"slices"

	"keyhall/backoffice/ra"
)

// The flows.
const (
	flowHome     flowName = "home"
	flowInfo     flowName = "info"     // about a project
	flowApply    flowName = "apply"    // an application, from the first touch to the last key
	flowOrders   flowName = "orders"   // the member's
	flowMembers  flowName = "members"  // another organisation is chosen
	flowJoin     flowName = "join"     // one is added
	flowPassword flowName = "password" // a new one
	flowResume   flowName = "resume"   // an interrupted write goes on
	flowHealth   flowName = "health"   // staff look at the kiosk's devices
)

// The stages.
const (
	stageHome         stageName = "home"
	stageProjects     stageName = "projects"
	stageInfo         stageName = "info"
	stageLogIn        stageName = "login"
	stageAccount      stageName = "account"
	stageOrganisation stageName = "organisation"
	stageLegal        stageName = "legal"
	stageHandler      stageName = "handler"
	stageAgreements   stageName = "agreements"
	stageCheck        stageName = "check"
	stageMembers      stageName = "members"
	stageChosen       stageName = "chosen"
	stagePassword     stageName = "password"
	stageDrafts       stageName = "drafts"
	stageWarning      stageName = "warning"
	stageServices     stageName = "services"
	stageInvoice      stageName = "invoice"
	stageDelivery     stageName = "delivery"
	stageSummary      stageName = "summary"
	stagePrint        stageName = "print"
	stageScan         stageName = "scan"
	stagePay          stageName = "pay"
	stageWait         stageName = "wait"
	stageFinished     stageName = "finished"
	stageOrders       stageName = "orders"
	stageKey          stageName = "key"
	stageProof        stageName = "proof"
	stageCode         stageName = "code"
	stageBegin        stageName = "begin"
	stagePIN          stageName = "pin"
	stageWriting      stageName = "writing"
	stageDone         stageName = "done"
	stageStaff        stageName = "staff"
	stageHealth       stageName = "health"
)

// Conditions of the tables.
var (
	unplaced = func(v *visit) bool { return v.order == nil }
	unknown  = func(v *visit) bool { return v.session == "" && !v.registering }
	joining  = func(v *visit) bool { return v.registering || v.joining }
	entering = func(v *visit) bool { return joining(v) || v.amending }
	// unentered: the session is in no membership, or nobody knows in which.
	unentered = func(v *visit) bool { return !v.entered && !v.joining && !v.registering }
	unmade    = func(v *visit) bool { return v.made == nil }
	// nextIs tells what the order waits for.
	nextIs = func(v *visit, next string) bool { return v.order != nil && cardOf(*v.order).Next == next }
	// slipOnly: the order wants no papers but the remittance slip, which is scanned where one pays.
	slipOnly = func(v *visit) bool {
		return len(v.order.Papers) > 0 &&
			!slices.ContainsFunc(v.order.Papers, func(m ra.Material) bool { return m.Kind != ra.MaterialRemittance })
	}
)

// join are the forms of somebody's first, or next, organisation.
var join = []stage{
	{name: stageAccount, bar: "step.login", open: newAccount, need: func(v *visit) bool { return v.registering }},
	{name: stageOrganisation, bar: "step.login", open: newOrganisation, need: entering},
	{name: stageLegal, bar: "step.login", open: newLegal, need: entering},
	{name: stageHandler, bar: "step.login", open: newHandler, need: entering},
	{name: stageAgreements, bar: "step.login", open: newAgreements, need: joining},
	{name: stageCheck, bar: "step.login", open: newCheck, need: entering},
}

// person is who somebody is and whom they act for, and what they left here.
var person = slices.Concat([]stage{
	{name: stageLogIn, bar: "step.login", open: newLogIn, need: unknown, live: true},
}, join, []stage{
	{name: stageMembers, open: newMembers, need: unentered, live: true},
	{name: stageDrafts, bar: "step.login", open: newDrafts, need: func(v *visit) bool { return !v.looked }, live: true},
})

// making is a key from the blank one, or the one that waits, to its proof.
var making = []stage{
	{name: stageBegin, bar: "step.make", open: newBegin, need: func(v *visit) bool { return !v.begun() && v.made == nil }, live: true},
	{name: stagePIN, bar: "step.make", open: newPIN, need: func(v *visit) bool { return v.made == nil && len(v.pin) == 0 && !v.found }, live: true, gate: true, back: stageKey},
	{name: stageWriting, bar: "step.make", open: newWriting, need: unmade, live: true, gate: true, back: stageKey},
	{name: stageDone, bar: "step.make", open: newDone, live: true, gate: true},
}

// apply is an application. What differs by service is in ra's table of services, which the conditions look into.
var apply = slices.Concat([]stage{
	{name: stageProjects, open: newProjects, need: func(v *visit) bool { return v.project == nil }},
}, person, []stage{
	{name: stageWarning, bar: "step.services", open: newWarning, need: func(v *visit) bool { return v.order == nil && v.asksFiles() }},
	{name: stageServices, bar: "step.services", open: newServices, need: unplaced, gate: true},
	{name: stageInvoice, bar: "step.invoice", open: newInvoice, need: unplaced},
	{name: stageDelivery, bar: "step.invoice", open: newDelivery, need: unplaced},
	{name: stageSummary, bar: "step.confirm", open: newSummary, need: unplaced},
	{name: stagePrint, bar: "step.print", open: newPrint, gate: true,
		need: func(v *visit) bool {
			return nextIs(v, "materials") && (v.order.Materials == ra.MaterialsMissing && !v.printed || v.stale)
		}},
	{name: stageScan, bar: "step.scan", open: newScan, need: func(v *visit) bool { return nextIs(v, "materials") && !slipOnly(v) }, live: true, back: stagePrint},
	{name: stagePay, bar: "step.pay", open: newPay, live: true, gate: true,
		need: func(v *visit) bool {
			return (nextIs(v, "pay") || nextIs(v, "materials") && slipOnly(v)) && !v.payLater
		}},
	{name: stageFinished, open: newFinished, need: (*visit).finished, live: true, gate: true, up: flowOrders},
	{name: stageWait, bar: "step.review", open: newWait, need: func(v *visit) bool { return !nextIs(v, "make") && v.made == nil }, live: true, gate: true, up: flowOrders},
	{name: stageKey, bar: "step.make", open: newKey, need: unmade, up: flowOrders},
	{name: stageCode, bar: "step.make", open: newCode, need: (*visit).needsCode, live: true},
}, making)

// resume is an interrupted write that goes on: its person is proven by a login or by the code, or by both.
var resume = slices.Concat([]stage{
	{name: stageKey, bar: "step.make", open: newKey, need: unmade},
	{name: stageProof, bar: "step.make", open: newProof, need: (*visit).needsProof, live: true},
	{name: stageLogIn, bar: "step.login", open: newLogIn, need: (*visit).needsLogIn, live: true},
	{name: stageMembers, open: newMembers, need: func(v *visit) bool { return v.session != "" && !v.entered }, live: true},
	{name: stageCode, bar: "step.make", open: newCode, need: (*visit).needsCode, live: true},
}, making)

// flows are all of them.
var flows = map[flowName][]stage{
	flowHome:  {{name: stageHome, open: newHome, live: true}},
	flowInfo:  {{name: stageProjects, open: newProjects}, {name: stageInfo, open: newInfo}},
	flowApply: apply,
	flowHealth: {
		{name: stageStaff, open: newStaff, need: func(v *visit) bool { return !v.staff }, live: true},
		{name: stageHealth, open: newHealth, live: true, gate: true},
	},
	flowResume: resume,
	flowOrders: slices.Concat(person, []stage{{name: stageOrders, open: newOrders, live: true, gate: true}}),
	flowMembers: {
		{name: stageLogIn, bar: "step.login", open: newLogIn, need: unknown, live: true},
		{name: stageChosen, open: newMembers, up: flowOrders},
		{name: stageDrafts, bar: "step.login", open: newDrafts, need: func(v *visit) bool { return !v.looked }, live: true},
		{name: stageOrders, open: newOrders, live: true, gate: true},
	},
	flowJoin: slices.Concat([]stage{{name: stageProjects, open: newProjects, up: flowMembers}}, join, []stage{
		{name: stageLogIn, bar: "step.login", open: newLogIn, need: unknown, live: true},
		{name: stageDrafts, bar: "step.login", open: newDrafts, need: func(v *visit) bool { return !v.looked }, live: true},
		{name: stageOrders, open: newOrders, live: true, gate: true},
	}),
	flowPassword: {
		{name: stageLogIn, bar: "step.login", open: newLogIn, need: unknown, live: true},
		{name: stagePassword, open: newPassword, up: flowMembers},
		{name: stageChosen, open: newMembers, up: flowOrders},
		{name: stageDrafts, bar: "step.login", open: newDrafts, need: func(v *visit) bool { return !v.looked }, live: true},
		{name: stageOrders, open: newOrders, live: true, gate: true},
	},
}

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
