package workflow

import "slices"

// step is one place in a visit. Its methods run on Run's goroutine and do not block.
type step interface {
	name() stepName
	page(w *Workflow) Page
	// act is called for everything a person does but going back or home.
	act(w *Workflow, a Action)
	// back is the step that 上一步 leads to, nil when there is none. It changes nothing.
	back(w *Workflow) step
}

// What a step may do besides.
type (
	enterer   interface{ enter(w *Workflow) }   // on becoming the one in hand
	leaver    interface{ leave(w *Workflow) }   // on being left
	ticker    interface{ tick(w *Workflow) }    // each Config.Tick
	refresher interface{ refresh(w *Workflow) } // the order changed
	locker    interface{ locked() bool }        // must not be left now
	passing   interface{ passing() }            // has no page but waiting: breaking off goes back
)

// stepName names a step for the table and the log.
type stepName string

const (
	stepHome         stepName = "home"
	stepNotice       stepName = "notice"
	stepFault        stepName = "fault"
	stepProjects     stepName = "projects"
	stepInfo         stepName = "info"
	stepLogIn        stepName = "login"
	stepAccount      stepName = "account"
	stepOrganisation stepName = "organisation"
	stepLegal        stepName = "legal"
	stepHandler      stepName = "handler"
	stepAgreements   stepName = "agreements"
	stepAgreement    stepName = "agreement"
	stepCheck        stepName = "check"
	stepMembers      stepName = "members"
	stepPassword     stepName = "password"
	stepWarning      stepName = "warning"
	stepServices     stepName = "services"
	stepInvoice      stepName = "invoice"
	stepDelivery     stepName = "delivery"
	stepSummary      stepName = "summary"
	stepPlacing      stepName = "placing"
	stepPrint        stepName = "print"
	stepScan         stepName = "scan"
	stepPay          stepName = "pay"
	stepWait         stepName = "wait"
	stepOrders       stepName = "orders"
	stepKey          stepName = "key"
	stepCode         stepName = "code"
	stepProof        stepName = "proof"
	stepPIN          stepName = "pin"
	stepWriting      stepName = "writing"
	stepDone         stepName = "done"
)

// anywhere are the steps that may follow every other one.
var anywhere = []stepName{stepHome, stepFault, stepLogIn, stepNotice}

// order of continuing an order, from the list, after a login or after a part was done.
var onward = []stepName{stepPrint, stepScan, stepPay, stepWait, stepKey, stepOrders}

// follows is the table of steps: which may follow which, besides anywhere. Going back counts too.
var follows = map[stepName][]stepName{
	stepHome:         {stepProjects, stepInfo, stepKey, stepOrders},
	stepNotice:       {stepKey, stepWait, stepOrders, stepDone, stepMembers},
	stepProjects:     {stepInfo, stepProjects, stepOrganisation, stepMembers},
	stepInfo:         {stepProjects},
	stepAccount:      {stepOrganisation},
	stepMembers:      {stepOrganisation, stepProjects, stepPassword, stepPlacing, stepOrders, stepKey},
	stepPassword:     {stepMembers},
	stepOrganisation: {stepAccount, stepLegal, stepMembers},
	stepLegal:        {stepOrganisation, stepHandler},
	stepHandler:      {stepLegal, stepAgreements},
	stepAgreements:   {stepHandler, stepAgreement, stepCheck},
	stepAgreement:    {stepAgreements},
	stepCheck:        {stepAgreements, stepAccount, stepOrganisation, stepLegal, stepHandler, stepServices, stepWarning, stepPlacing, stepOrders, stepMembers},
	stepWarning:      {stepServices},
	stepServices:     {stepInvoice, stepOrders},
	stepInvoice:      {stepServices, stepDelivery},
	stepDelivery:     {stepInvoice, stepSummary},
	stepSummary:      {stepServices, stepInvoice, stepDelivery, stepPrint, stepScan, stepPay, stepWait},
	stepPlacing:      append([]stepName{stepServices, stepWarning}, onward...),
	stepPrint:        {stepScan, stepOrders},
	stepScan:         {stepPrint, stepPay, stepWait, stepOrders},
	stepPay:          {stepScan, stepWait, stepOrders},
	stepWait:         {stepScan, stepPay, stepKey, stepOrders, stepPrint},
	stepOrders:       append([]stepName{stepServices, stepProjects, stepMembers}, onward...),
	stepKey:          {stepCode, stepProof, stepPIN, stepDone, stepWait, stepOrders},
	stepCode:         {stepKey, stepPIN, stepDone},
	stepProof:        {stepKey, stepPIN, stepDone},
	stepPIN:          {stepKey, stepWriting},
	stepWriting:      {stepPIN, stepDone, stepKey},
	stepDone:         {stepKey, stepOrders},
}

// mayFollow looks into the table. After a fault, and after a login in between, it goes on where it was.
func mayFollow(from, to stepName) bool {
	return from == stepFault || from == stepLogIn || slices.Contains(anywhere, to) || slices.Contains(follows[from], to)
}

// trail is the step bar of an application.
var trail = []string{
	"step.login", "step.services", "step.invoice", "step.confirm", "step.print", "step.scan", "step.pay", "step.review",
	"step.make",
}

var trailPlace = map[stepName]int{
	stepLogIn: 0, stepAccount: 0, stepOrganisation: 0, stepLegal: 0, stepHandler: 0, stepAgreements: 0, stepAgreement: 0, stepCheck: 0,
	stepWarning: 1, stepServices: 1, stepInvoice: 2, stepDelivery: 2, stepSummary: 3, stepPlacing: 3, stepPrint: 4, stepScan: 5,
	stepPay: 6, stepWait: 7, stepKey: 8, stepCode: 8, stepProof: 8, stepPIN: 8, stepWriting: 8, stepDone: 8,
}

// trailOf is the bar for a step; none where the customer stands outside of an application.
func trailOf(at stepName) ([]string, int) {
	place, ok := trailPlace[at]
	if !ok {
		return nil, 0
	}
	return trail, place
}
