package workflow

import (
	"maps"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/health"
)

// The forms: FormPage.ID.
const (
	FormLogIn        = "login"
	FormAccount      = "account"      // of a registration: login name and password
	FormOrganisation = "organisation" // of a registration
	FormLegal        = "legal"        // of a registration
	FormHandler      = "handler"      // of a registration
	FormCheck        = "check"        // of a registration: all that was entered, as Facts
	FormAmend        = "amend"        // corrections of what was entered, as Facts
	FormJoin         = "join"         // the same of somebody known, who adds an organisation
	FormPassword     = "password"     // a new one
	FormInvoice      = "invoice"
	FormDelivery     = "delivery"
	FormWarning      = "warning" // files encrypted for the old key (S16)
	FormCode         = "code"    // authorization code
	FormProof        = "proof"   // authorization code, or a login, to go on with an interrupted write
	FormPIN          = "pin"     // the customer's own, twice
)

// fieldIDs are the Field.IDs beside those of ra.FieldWords; where the back office names a field in an error, it is the same name.
var fieldIDs = []string{
	"login", "old", "password", "password_again", "new_password", "new_password_again",
	"auth_code", "pin", "pin_again", "staff_pin",
}

// rowIDs are the Row.IDs that are no field.
var rowIDs = []string{
	"sent_to", "certificate_state", "usual",
	"number", "project", "line", "amount", // line: the service's name, Args: quantity
	"serial", "model", "certificate_number", "subject", "valid_from", "valid_until", "seconds",
}

// Keys lists every message key that pages use beside the codes, states, reasons and kinds of ra, sorted. A screen's catalogue must
// have them all.
func Keys() []string {
	var all []string
	add := func(prefix string, ids ...string) {
		for _, id := range ids {
			all = append(all, prefix+id)
		}
	}
	for _, f := range []string{FormLogIn, FormAccount, FormOrganisation, FormLegal, FormHandler, FormCheck, FormAmend, FormJoin, FormPassword, FormInvoice,
		FormDelivery, FormWarning, FormCode, FormProof, FormPIN, FormStaff} {
		add("form."+f, ".title", ".about")
	}
	add("field.", fieldIDs...)
	add("field.", rowIDs...)
	add("", slices.Collect(maps.Keys(ra.FieldWords("zh")))...)
	add("field.", "good")
	add("span.", "seconds", "minutes", "working_days") // minutes: args minutes; working_days: args from, to
	for _, s := range ra.CertificateStates() {
		add("certificate.", string(s))
	}
	add("scan.side.", string(SideFront), string(SideBack))
	add("hint.", "login", "password", "again", "auth_code", "pin") // pin: args min, max
	add("action.", "next", "login", "register", "create", "understood", "start", "retry", "home", "later", "skip", "reprint", "logout",
		"new", "other_key", "members", "add_organisation", "password", "change_password", "forgot_password", "resend_code", "amend", "save")
	add("section.", "applicant", "services", "invoice", "delivery")
	add("step.", "login", "services", "invoice", "confirm", "print", "scan", "pay", "review", "make")
	add("mark.", markIDs...)
	add("busy.", "projects", "login", "register", "orders", "place", "handing_in", "key", "code", "resume", "send_code", "account")
	for _, n := range []string{"not_built", "staff", "delivered_later", "pull_key", "lose_typed", "forgot_password", "code_sent", "password_changed"} {
		add("notice."+n, ".title", ".text")
	}
	for _, n := range []string{noticePullKey, noticeLoseTyped} {
		add("notice."+n, ".stay", ".leave")
	}
	for _, s := range []PrintState{PrintReady, PrintRunning, PrintDone, PrintFailed} {
		add("print.", string(s))
	}
	add("state.", cardStates...)
	add("next.", cardNext...)
	for p, whats := range health.Words() {
		add("health.part.", string(p))
		add("health."+string(p)+".", whats...)
	}
	add("health.state.", "good", "warn", "bad")
	add("health.fact.", health.FactIDs()...)
	add("home.limit.", string(health.Printer), string(health.Scanner))
	add("kept.", keptOrder, keptPapers, keptSlip)
	slices.Sort(all)
	return slices.Compact(all)
}

// markIDs are the Mark.IDs that are no material: of the wait page, of the progress page and of the proof.
var markIDs = []string{
	"payment", "approval",
	"make.check", "make.pin", "make.generate", "make.request", "make.write", "make.prove",
	"prove.read", "prove.match", "prove.sign", "prove.left_overs",
}

var cardStates = []string{
	"unpaid", "paid", "awaiting_confirmation", "materials_missing", "under_review", "sent_back", "approved", "making",
	"done", "cancelled",
}

var cardNext = []string{"materials", "pay", "wait", "make", "none"}
