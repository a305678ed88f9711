package ra

import (
	"slices"
	"time"
)

// ServiceReason tells orders of one kind apart: what changed, or what became of the key.
type ServiceReason string

// The reasons. ReasonNone is that of the kinds that have only one.
const (
	ReasonNone    ServiceReason = ""
	ReasonLegal   ServiceReason = "legal"   // change: the legal representative
	ReasonName    ServiceReason = "name"    // change: the organisation's name or number
	ReasonData    ServiceReason = "data"    // change: handler, mobile, contact
	ReasonLost    ServiceReason = "lost"    // reissue
	ReasonDamaged ServiceReason = "damaged" // reissue
)

// ServiceRule is a row of the table of services: what follows from an order's kind and reason, wherever it is asked.
type ServiceRule struct {
	Kind   Kind
	Reason ServiceReason
	Plan   Plan
	// Term: it is sold for a number of months. The others leave the end of a certificate as it is.
	Term bool
	// Targets are the certificates that an order is on, with one unit for each.
	Targets TargetChoice
	// Within is when an order on a certificate may be placed.
	Within Within
	// Suspended: it may be placed on one that is suspended, too.
	Suspended bool
	// Changes is the part of the applicant's data that an order brings anew.
	Changes Part
	// Terms is what an order has to do with the terms of certificates.
	Terms TermUse
	// Code: an authorization code opens the work; else the holder's PIN does, or there is none.
	Code bool
	// ByRule: where nothing has to be shown nobody has to review it; it is approved once nothing is due any more.
	ByRule bool
	// Overtakes: its approval ends the other orders on its certificates.
	Overtakes bool
	// WhereRewritten: the plan is for the certificates whose subject differs from the new data; no key of the others is touched.
	WhereRewritten bool
	// AsksFiles: "are files still encrypted with the key?" is asked before (S16). Where WhereRewritten is set, only then.
	AsksFiles bool
	Old       OldCertificate
	// ByKey: the key's own session may order it for itself; ByLateKey: also when the certificate's time is over and the window is open.
	ByKey, ByLateKey bool
}

// OldCertificate is what becomes of the certificate that an order replaces.
type OldCertificate struct {
	Becomes    CertificateState // "" where there is none, or it stays as it is
	Key        KeyLife          // of the key that it is on, "" where that stays in use
	Because    int              // the CRLReason, where it is revoked
	AtApproval bool             // else when the new one is proven
}

// TargetChoice is which certificates an order is on.
type TargetChoice string

// The choices.
const (
	TargetsNone   TargetChoice = ""       // none: keys are new
	TargetsChosen TargetChoice = "chosen" // those that the customer names
	TargetsLive   TargetChoice = "live"   // all live ones of the organisation in the project
)

// TermUse is what an order has to do with terms.
type TermUse string

// The uses.
const (
	TermsNone TermUse = ""
	TermsMade TermUse = "made" // each unit makes one
	TermsUsed TermUse = "used" // each unit uses one, or is paid for itself
)

// Within is when an order on a certificate may be placed.
type Within string

// The times.
const (
	WithinLife   Within = ""       // until its end
	WithinLate   Within = "late"   // until the project's window closes after its end
	WithinWindow Within = "window" // while that window is open
)

// Part is a part of an applicant's data.
type Part string

// The parts.
const (
	PartNone         Part = ""
	PartLegal        Part = "legal"        // the legal representative
	PartOrganisation Part = "organisation" // name, number, address
	PartHandler      Part = "handler"      // the handler, and the organisation's address
)

var serviceRules = []ServiceRule{
	{Kind: KindNew, Plan: PlanMake, Term: true, Code: true},
	{Kind: KindRenew, Term: true, Targets: TargetsChosen, Within: WithinWindow, Terms: TermsMade, ByRule: true,
		ByKey: true, ByLateKey: true},
	{Kind: KindExtend, Plan: PlanExtend, Term: true, Targets: TargetsChosen, Within: WithinWindow, Terms: TermsUsed, AsksFiles: true,
		ByKey: true, Old: OldCertificate{Becomes: CertificateSuperseded}},
	{Kind: KindChange, Reason: ReasonLegal, Plan: PlanChange, Targets: TargetsLive, Changes: PartLegal, WhereRewritten: true, AsksFiles: true,
		Old: OldCertificate{Becomes: CertificateRevoked, Because: RevokedAffiliationChanged}},
	{Kind: KindChange, Reason: ReasonName, Plan: PlanChange, Targets: TargetsLive, Changes: PartOrganisation, Overtakes: true, AsksFiles: true,
		Old: OldCertificate{Becomes: CertificateRevoked, Because: RevokedAffiliationChanged}},
	{Kind: KindChange, Reason: ReasonData, Plan: PlanChange, Targets: TargetsLive, Changes: PartHandler, ByRule: true, WhereRewritten: true, AsksFiles: true,
		Old: OldCertificate{Becomes: CertificateSuperseded}},
	{Kind: KindReissue, Reason: ReasonLost, Plan: PlanMake, Targets: TargetsChosen, Suspended: true, Code: true, Overtakes: true, AsksFiles: true,
		Old: OldCertificate{Becomes: CertificateRevoked, Key: KeyLost, Because: RevokedKeyCompromise, AtApproval: true}},
	{Kind: KindReissue, Reason: ReasonDamaged, Plan: PlanMake, Targets: TargetsChosen, Suspended: true, Code: true, Overtakes: true, AsksFiles: true,
		Old: OldCertificate{Becomes: CertificateSuperseded, Key: KeyDamaged, AtApproval: true}},
	{Kind: KindUnlock, Plan: PlanUnlock, Targets: TargetsChosen, Within: WithinLate, Code: true},
}

// ServiceRules lists the table, in the order of the home screen.
func ServiceRules() []ServiceRule { return append([]ServiceRule(nil), serviceRules...) }

// RuleOf finds the row of a kind and reason; false where there is none.
func RuleOf(k Kind, r ServiceReason) (ServiceRule, bool) {
	for _, rule := range serviceRules {
		if rule.Kind == k && rule.Reason == r {
			return rule, true
		}
	}
	return ServiceRule{}, false
}

// PlanFor is the plan of a kind and reason, PlanNone where no key is touched or the two do not go together.
func PlanFor(k Kind, r ServiceReason) Plan {
	rule, _ := RuleOf(k, r)
	return rule.Plan
}

// Asks tells whether an order that replaces so many certificates asks about encrypted files.
func (r ServiceRule) Asks(certificates int) bool {
	return r.AsksFiles && (certificates > 0 || !r.WhereRewritten)
}

// CheckFiles is CodeRequired where such an order has no answer about encrypted files, CodeInvalid for a word that is none, or where
// the service never asks (field "files"). One given because a certificate might have been replaced is no mistake.
func (r ServiceRule) CheckFiles(answer FilesAnswer, certificates int) error {
	switch {
	case !slices.Contains(FilesAnswers(), answer) || answer != FilesUnasked && !r.AsksFiles:
		return E(CodeInvalid).At("files")
	case answer == FilesUnasked && r.Asks(certificates):
		return E(CodeRequired).At("files")
	}
	return nil
}

// MoveUnit returns nil when a unit of an order of this service may go from one state to another, else CodeState: nothing is reserved where
// nothing is written, and what is written is not done without its operation, nor without the certificate that the plan makes.
func (r ServiceRule) MoveUnit(from, to UnitState) error {
	written, certified := r.Plan != PlanNone, r.Plan.Has(StepCertificate)
	has := map[UnitState]bool{UnitWaiting: true, UnitReserved: written, UnitIssued: certified, UnitDone: true, UnitReleased: true}
	early := to == UnitDone && (from == UnitWaiting && written || from == UnitReserved && certified)
	if from != to && (early || !has[from] || !has[to]) {
		return E(CodeState, "what", "unit", "from", string(from), "to", string(to))
	}
	return from.Move(to)
}

// CheckEnd tells whether an order may be placed now on a certificate that ends then, in a project with that window, whose first and
// last day are whole days of the hall: CodeWindowEarly (args: from), CodeWindowOver (args: until).
func (r ServiceRule) CheckEnd(w Window, end, now time.Time) error {
	today, from, until := HallDay(now), HallDay(end.AddDate(0, 0, -w.BeforeDays)), HallDay(end.AddDate(0, 0, w.AfterDays))
	switch {
	case r.Within == WithinWindow && today < from:
		return E(CodeWindowEarly, "from", from)
	case r.Within == WithinLife && now.After(end):
		return E(CodeWindowOver, "until", HallDay(end))
	case r.Within != WithinLife && today > until:
		return E(CodeWindowOver, "until", until)
	}
	return nil
}
