package workflow

import (
	"slices"

	"keyhall/backoffice/ra"
)

// The flows.
const (
	flowHome         flowName = "home"
	flowInfo         flowName = "info"         // about a project
	flowApply        flowName = "apply"        // an application, from the first touch to the last key
	flowOrders       flowName = "orders"       // the member's
	flowMembers      flowName = "members"      // another organisation is chosen
	flowJoin         flowName = "join"         // one is added
	flowPassword     flowName = "password"     // a new one
	flowResume       flowName = "resume"       // an interrupted write goes on
	flowAgreed       flowName = "agreed"       // what the member agreed to
	flowConfirm      flowName = "confirm"      // a key confirms who claims its organisation
	flowCertificates flowName = "certificates" // the member's
	flowWork         flowName = "work"         // what waits to be done on keys
	flowHealth       flowName = "health"       // staff look at the kiosk's devices
	flowSlip         flowName = "slip"         // an order is found by its paper or number
	flowCheck        flowName = "check"        // a key is looked at, repaired, given another PIN
)

// The stages.
const (
	stageHome            stageName = "home"
	stageProjects        stageName = "projects"
	stageInfo            stageName = "info"
	stageLogIn           stageName = "login"
	stageForgot          stageName = "forgot"
	stageMobile          stageName = "mobile"
	stageRecover         stageName = "recover"
	stageKeyPIN          stageName = "key_pin"
	stageKeyConfirm      stageName = "key_confirm"
	stageAccount         stageName = "account"
	stageOrganisation    stageName = "organisation"
	stageLegal           stageName = "legal"
	stageHandler         stageName = "handler"
	stageAgreements      stageName = "agreements"
	stageCheck           stageName = "check"
	stageMembers         stageName = "members"
	stageAgreed          stageName = "agreed"
	stageChosen          stageName = "chosen"
	stagePassword        stageName = "password"
	stageDrafts          stageName = "drafts"
	stageWarning         stageName = "warning"
	stageReason          stageName = "reason"
	stageNeeds           stageName = "needs"
	stageTakeUp          stageName = "take_up"
	stageTargets         stageName = "targets"
	stageAffected        stageName = "affected"
	stageRenewal         stageName = "renewal"
	stageTerm            stageName = "term"
	stageNewOrganisation stageName = "new_organisation"
	stageNewLegal        stageName = "new_legal"
	stageNewHandler      stageName = "new_handler"
	stageServices        stageName = "services"
	stageInvoice         stageName = "invoice"
	stageDelivery        stageName = "delivery"
	stageSummary         stageName = "summary"
	stageRisk            stageName = "risk"
	stagePrint           stageName = "print"
	stageScan            stageName = "scan"
	stagePay             stageName = "pay"
	stageWait            stageName = "wait"
	stageFinished        stageName = "finished"
	stageOrders          stageName = "orders"
	stageCertificates    stageName = "certificates"
	stageCertificate     stageName = "certificate"
	stageFindKey         stageName = "find_key"
	stageLost            stageName = "lost"
	stageLostSure        stageName = "lost_sure"
	stageFound           stageName = "found"
	stageWork            stageName = "work"
	stageKey             stageName = "key"
	stageProof           stageName = "proof"
	stageCode            stageName = "code"
	stageBegin           stageName = "begin"
	stageTakeOver        stageName = "takeover"
	stageTakeOverCode    stageName = "takeover_code"
	stagePIN             stageName = "pin"
	stageWriting         stageName = "writing"
	stageDone            stageName = "done"
	stageStaff           stageName = "staff"
	stageStaffLogIn      stageName = "staff_login"
	stageHealth          stageName = "health"
	stageKeyCheck        stageName = "key_check"
	stageAskPIN          stageName = "ask_pin"
	stageChangePIN       stageName = "change_pin"
	stageSlip            stageName = "slip"
	stageSlipFound       stageName = "slip_found"
	stageSlipCode        stageName = "slip_code"
)

// Conditions of the tables.
var (
	unplaced = func(v *visit) bool { return v.order == nil }
	// asks: there is no order yet, and something is to be asked for it.
	asks = func(need func(v *visit) bool) func(v *visit) bool {
		return func(v *visit) bool { return unplaced(v) && need(v) }
	}
	// changes: the service changes that part of the applicant's data.
	changes = func(p ra.Part) func(v *visit) bool {
		return func(v *visit) bool { return v.rule().Changes == p }
	}
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

// forgotten is where somebody sets a password that they do not know any more.
var forgotten = []stage{
	{name: stageForgot, bar: "step.login", open: newForgot, need: func(v *visit) bool { return v.forgetting }},
	{name: stageRecover, bar: "step.login", open: newRecover, need: func(v *visit) bool { return v.forgetting }, live: true},
}

// byKey is where a key logs in.
var byKey = stage{name: stageKeyPIN, bar: "step.login", open: newKeyPIN, need: func(v *visit) bool { return v.byKey && v.session == "" }, live: true}

// signIn is the login of whoever is not logged in.
var signIn = slices.Concat(forgotten, []stage{byKey, {name: stageLogIn, bar: "step.login", open: newLogIn, need: unknown, live: true}})

// join are the forms of somebody's first, or next, organisation.
var join = []stage{
	{name: stageAccount, bar: "step.login", open: newAccount, need: func(v *visit) bool { return v.registering }},
	{name: stageOrganisation, bar: "step.login", open: newOrganisation, need: entering},
	{name: stageLegal, bar: "step.login", open: newLegal, need: entering},
	{name: stageHandler, bar: "step.login", open: newHandler, need: entering},
	{name: stageMobile, bar: "step.login", open: newMobile, need: (*visit).unproven},
	{name: stageAgreements, bar: "step.login", open: newAgreements, need: joining},
	{name: stageCheck, bar: "step.login", open: newCheck, need: entering},
}

// person is who somebody is and whom they act for, and what they left here.
var person = slices.Concat(signIn, join, []stage{
	{name: stageMembers, open: newMembers, need: unentered, live: true},
	{name: stageDrafts, bar: "step.login", open: newDrafts, need: func(v *visit) bool { return !v.looked }, live: true},
})

// making is a key from the blank one, or the one that waits, to its proof.
var making = []stage{
	{name: stageTakeOverCode, bar: "step.make", open: newTakeOverCode, need: func(v *visit) bool { return v.needsHolder() && v.codeAt == stageTakeOverCode }, live: true},
	{name: stageTakeOver, bar: "step.make", open: newTakeOver, need: (*visit).needsHolder, live: true},
	{name: stageBegin, bar: "step.make", open: newBegin, need: func(v *visit) bool { return !v.begun() && v.made == nil }, live: true},
	{name: stagePIN, bar: "step.make", open: newPIN, need: func(v *visit) bool { return v.made == nil && len(v.pin) == 0 && !v.found }, live: true, gate: true, back: stageKey},
	{name: stageWriting, bar: "step.make", open: newWriting, need: unmade, live: true, gate: true, back: stageKey},
	{name: stageDone, bar: "step.make", open: newDone, live: true, gate: true},
}

// apply is an application. What differs by service is in ra's table of services, which the conditions look into.
var apply = slices.Concat([]stage{
	{name: stageProjects, open: newProjects, need: func(v *visit) bool { return v.project == nil }},
	{name: stageReason, open: newReason, need: func(v *visit) bool { return unplaced(v) && v.kind != "" && !v.reasoned() }},
	{name: stageNeeds, open: newNeeds, need: func(v *visit) bool { return unplaced(v) && v.kind != "" }},
}, person, []stage{
	{name: stageTakeUp, bar: "step.services", open: newTakeUp, need: unplaced, gate: true},
	{name: stageTargets, bar: "step.services", open: newTargets, need: asks(func(v *visit) bool { return v.rule().Targets == ra.TargetsChosen && !v.targeted })},
	{name: stageRenewal, bar: "step.services", open: newRenewal, need: asks((*visit).mayWriteToo)},
	{name: stageTerm, bar: "step.services", open: newTerm, need: asks((*visit).picksTerm)},
	{name: stageNewOrganisation, bar: "step.services", open: newNewOrganisation, need: asks(changes(ra.PartOrganisation))},
	{name: stageNewLegal, bar: "step.services", open: newNewLegal, need: asks(changes(ra.PartLegal))},
	{name: stageNewHandler, bar: "step.services", open: newNewHandler, need: asks(changes(ra.PartHandler))},
	{name: stageAffected, bar: "step.services", open: newTargets, need: asks((*visit).affects)},
	{name: stageServices, bar: "step.services", open: newServices, need: asks(func(v *visit) bool { return v.rule().Targets == ra.TargetsNone })},
	{name: stageWarning, bar: "step.services", open: newWarning, need: asks((*visit).asksFiles)},
	{name: stageInvoice, bar: "step.invoice", open: newInvoice, need: asks((*visit).invoiced)},
	{name: stageDelivery, bar: "step.invoice", open: newDelivery, need: asks((*visit).delivers)},
	{name: stageSummary, bar: "step.confirm", open: newSummary, need: unplaced},
	{name: stageRisk, bar: "step.print", open: newRisk, need: unwarned, gate: true},
	{name: stagePrint, bar: "step.print", open: newPrint, need: unprinted, gate: true},
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
}, forgotten, []stage{
	byKey,
	{name: stageLogIn, bar: "step.login", open: newLogIn, need: (*visit).needsLogIn, live: true},
	{name: stageMembers, open: newMembers, need: func(v *visit) bool { return v.session != "" && !v.entered }, live: true},
	{name: stageCode, bar: "step.make", open: newCode, need: (*visit).needsCode, live: true},
}, making)

// idle: a checked key is only looked at, or what was wanted of it is done.
func idle(v *visit) bool {
	asked := v.wantsLogIn && v.session == "" || v.session != "" && !v.entered
	return v.made != nil || !asked && v.write.ID == "" && !v.begun() && !v.changesPIN
}

// checking is a look at a key. What is wanted beyond that leads back to it.
var checking = slices.Concat([]stage{{name: stageKeyCheck, open: newKeyCheck, need: idle, live: true}}, forgotten, []stage{
	byKey,
	{name: stageLogIn, open: newLogIn, need: func(v *visit) bool { return v.session == "" && v.wantsLogIn }, live: true},
	{name: stageMembers, open: newMembers, need: func(v *visit) bool { return v.session != "" && !v.entered }, live: true},
	{name: stageBegin, open: newBegin, need: func(v *visit) bool { return v.write.ID != "" && !v.begun() }, live: true},
	{name: stageAskPIN, open: newAskPIN, need: func(v *visit) bool { return v.begun() && len(v.pin) == 0 }, live: true, gate: true, back: stageKeyCheck},
	{name: stageWriting, open: newWriting, need: (*visit).begun, live: true, gate: true, back: stageKeyCheck},
	{name: stageChangePIN, open: newChangePIN, need: func(v *visit) bool { return v.changesPIN }, live: true},
})

// flows are all of them.
var flows = map[flowName][]stage{
	flowHome:  {{name: stageHome, open: newHome, live: true}},
	flowInfo:  {{name: stageProjects, open: newProjects}, {name: stageInfo, open: newInfo}},
	flowApply: apply,
	flowHealth: {
		{name: stageStaffLogIn, open: newKeyPIN, need: func(v *visit) bool { return v.staffLogsIn && !v.staff }, live: true},
		{name: stageStaff, open: newStaff, need: func(v *visit) bool { return !v.staff }, live: true},
		{name: stageHealth, open: newHealth, live: true, gate: true},
	},
	flowResume: resume,
	flowCheck:  checking,
	flowSlip:   finding,
	flowOrders: slices.Concat(person, []stage{{name: stageOrders, open: newOrders, live: true, gate: true}}),
	flowCertificates: slices.Concat(person, []stage{
		{name: stageFindKey, open: newFindKey, need: func(v *visit) bool { return v.finding }, live: true},
		{name: stageLost, open: newLost, need: func(v *visit) bool { return v.reporting }},
		{name: stageLostSure, open: newLostSure, need: func(v *visit) bool { return v.reporting }, live: true},
		{name: stageFound, open: newKeyPIN, need: func(v *visit) bool { return v.restoring }, live: true},
		{name: stageCertificate, open: newCertificate, need: func(v *visit) bool { return v.holding != nil }, live: true},
		{name: stageCertificates, open: newCertificates, live: true, gate: true, up: flowOrders},
	}),
	flowWork:    slices.Concat(person, []stage{{name: stageWork, open: newWork, live: true, gate: true, up: flowOrders}}),
	flowAgreed:  slices.Concat(signIn, []stage{{name: stageAgreed, open: newAgreed, up: flowMembers}}),
	flowConfirm: slices.Concat(signIn, []stage{{name: stageKeyConfirm, open: newKeyPIN, up: flowMembers}}),
	flowMembers: slices.Concat(signIn, []stage{
		{name: stageChosen, open: newMembers, up: flowOrders},
		{name: stageDrafts, bar: "step.login", open: newDrafts, need: func(v *visit) bool { return !v.looked }, live: true},
		{name: stageOrders, open: newOrders, live: true, gate: true},
	}),
	flowJoin: slices.Concat([]stage{{name: stageProjects, open: newProjects, up: flowMembers}}, join, signIn, []stage{
		{name: stageDrafts, bar: "step.login", open: newDrafts, need: func(v *visit) bool { return !v.looked }, live: true},
		{name: stageOrders, open: newOrders, live: true, gate: true},
	}),
	flowPassword: slices.Concat(signIn, []stage{
		{name: stagePassword, open: newPassword, up: flowMembers},
		{name: stageChosen, open: newMembers, up: flowOrders},
		{name: stageDrafts, bar: "step.login", open: newDrafts, need: func(v *visit) bool { return !v.looked }, live: true},
		{name: stageOrders, open: newOrders, live: true, gate: true},
	}),
}
