package ra

import "slices"

// Step is a step of a write to a key (see the design's table).
type Step string

// The steps.
const (
	StepIdentify      Step = "identify"        // which key it is, and what shows on it
	StepReserve       Step = "reserve"         // key, kiosk and unit are bound together
	StepAdministrator Step = "administrator"   // log in with the administrator PIN that may be on the key
	StepAdminPIN      Step = "admin_pin"       // give the key its own administrator PIN
	StepSetPIN        Step = "set_pin"         // give the customer a PIN
	StepAskPIN        Step = "ask_pin"         // log in with the PIN that the customer has
	StepRoom          Step = "room"            // erase what the person chose
	StepGenerate      Step = "generate"        // make the key pair
	StepRequest       Step = "request"         // sign the PKCS#10
	StepCertificate   Step = "certificate"     // get the certificate for it
	StepFetch         Step = "fetch"           // get the certificate of a pair that is there
	StepWrite         Step = "write"           // put certificate and chain onto the key
	StepRelabel       Step = "relabel"         // let the replaced pair look replaced
	StepProve         Step = "prove"           // read back, sign a challenge
	StepProvePIN      Step = "prove_pin"       // show that the customer's PIN opens the key
	StepProveAdminPIN Step = "prove_admin_pin" // show that the administrator PIN that was set does
	StepConfirm       Step = "confirm"         // the back office has the proof
)

// Steps lists all steps, in an order that every plan keeps to.
func Steps() []Step {
	return []Step{StepIdentify, StepReserve, StepAdministrator, StepAdminPIN, StepSetPIN, StepAskPIN, StepRoom, StepGenerate, StepRequest,
		StepCertificate, StepFetch, StepWrite, StepRelabel, StepProve, StepProvePIN, StepProveAdminPIN, StepConfirm}
}

// Plan is a list of steps that does one kind of work on a key.
type Plan string

// The plans. PlanNone is that of services for which no key is touched.
const (
	PlanNone   Plan = ""
	PlanMake   Plan = "make"   // a blank key gets PINs, pair and certificate
	PlanExtend Plan = "extend" // a key gets another pair and certificate beside those it has
	PlanChange Plan = "change" // likewise, for other data
	PlanUnlock Plan = "unlock" // a key gets a new customer PIN
	PlanRepair Plan = "repair" // a key gets a certificate back that it has the pair of, or proves it at last
	PlanRotate Plan = "rotate" // a key gets its next administrator PIN
)

// Plans lists all plans that touch a key.
func Plans() []Plan {
	return []Plan{PlanMake, PlanExtend, PlanChange, PlanUnlock, PlanRepair, PlanRotate}
}

var plans = map[Plan][]Step{
	PlanMake: {StepIdentify, StepReserve, StepAdministrator, StepAdminPIN, StepSetPIN,
		StepGenerate, StepRequest, StepCertificate, StepWrite, StepProve, StepConfirm},
	PlanExtend: {StepIdentify, StepReserve, StepAskPIN, StepRoom,
		StepGenerate, StepRequest, StepCertificate, StepWrite, StepRelabel, StepProve, StepConfirm},
	PlanChange: {StepIdentify, StepReserve, StepAskPIN, StepRoom,
		StepGenerate, StepRequest, StepCertificate, StepWrite, StepRelabel, StepProve, StepConfirm},
	PlanUnlock: {StepIdentify, StepReserve, StepAdministrator, StepAdminPIN, StepSetPIN, StepProvePIN, StepConfirm},
	PlanRepair: {StepIdentify, StepReserve, StepAskPIN, StepFetch, StepWrite, StepProve, StepConfirm},
	PlanRotate: {StepIdentify, StepReserve, StepAdministrator, StepAdminPIN, StepProveAdminPIN, StepConfirm},
}

// Steps lists the plan's steps in their order; none for PlanNone and for what is no plan.
func (p Plan) Steps() []Step { return slices.Clone(plans[p]) }

// Blank tells whether the plan is for keys that carry nothing; any other is for a key that the register knows.
func (p Plan) Blank() bool { return p.Has(StepAdministrator) && p.Has(StepGenerate) }

// Has tells whether a step belongs to the plan.
func (p Plan) Has(s Step) bool { return slices.Contains(plans[p], s) }
